// Types a deal, asks /decisions, and shows the answer. Amounts stay text all the way: nothing here is computed with binary floats.

const WORDS = {
  en: {
    title: "May I give this price?", token: "Token", date: "Date", customer: "Customer", grade: "Grade", reason: "Reason", product: "Article",
    quantity: "Quantity", unit: "Unit", price: "Price asked", rate: "Discount", free: "Free units", add: "Add a line", ask: "Decide",
    hint: "Leave the price empty for the price in force. Write a discount as 5%, or as 八五折 (85% is paid).",
    allowed: "Allowed", needs_approval: "Needs approval", refused: "Refused", level: "by", lines: "Lines", line: "Line", list: "List", invoice: "Invoiced", net: "Net",
    pocket: "Pocket", margin: "Margin", verdict: "Decision", violations: "What stands against it", rule: "Rule", actual: "Found", limit: "Limit",
    shortfall: "Short by", points: "Points", order: "Order", warning: "only reported", nobody: "nobody may grant it", working: "Working",
    closed: "The working is open to those who may see costs and floors.", room: "How far may I go?", lowest: "Lowest price", further: "May still be taken off",
    none: "none", policy: "Policy", version: "version",
  },
  "zh-CN": {
    title: "这个价格能报吗？", token: "令牌", date: "日期", customer: "客户", grade: "客户等级", reason: "申请理由", product: "产品",
    quantity: "数量", unit: "单位", price: "拟报单价", rate: "折扣", free: "赠送数量", add: "增加一行", ask: "判定",
    hint: "单价留空即按现行价格。折扣写作 5%（让利 5%），也可写作 八五折。",
    allowed: "可以执行", needs_approval: "须报批", refused: "不予批准", level: "须报批至：", lines: "报价明细", line: "行号", list: "基准金额", invoice: "开票金额", net: "净额",
    pocket: "到手金额", margin: "毛利", verdict: "结论", violations: "超出授权之处", rule: "规则", actual: "实际", limit: "限值",
    shortfall: "相差金额", points: "相差点数", order: "整单", warning: "仅提示", nobody: "任何级别均无权批准", working: "计算过程",
    closed: "计算过程仅对可查阅成本和限价的人员开放。", room: "最低能报多少？", lowest: "最低可报单价", further: "尚可让利",
    none: "无", policy: "价格政策", version: "版本",
  },
  "zh-TW": {
    title: "這個價格能報嗎？", token: "權杖", date: "日期", customer: "客戶", grade: "客戶等級", reason: "申請理由", product: "產品",
    quantity: "數量", unit: "單位", price: "擬報單價", rate: "折扣", free: "贈送數量", add: "新增一項", ask: "判定",
    hint: "單價留空即按現行價格。折扣寫作 5%（折讓 5%），也可寫作 八五折。",
    allowed: "可以執行", needs_approval: "須簽核", refused: "不得執行", level: "須送簽至：", lines: "報價明細", line: "項次", list: "定價金額", invoice: "發票金額", net: "淨額",
    pocket: "實收金額", margin: "毛利", verdict: "結論", violations: "超出授權之處", rule: "規則", actual: "實際", limit: "限值",
    shortfall: "相差金額", points: "相差點數", order: "整單", warning: "僅提示", nobody: "任何層級均無權簽核", working: "計算過程",
    closed: "計算過程僅對可查閱成本和限價的人員開放。", room: "最低能報多少？", lowest: "最低可報單價", further: "尚可折讓",
    none: "無", policy: "價格政策", version: "版本",
  },
};

const query = new URLSearchParams(location.search);
const form = document.getElementById("deal");
const answer = document.getElementById("answer");
let language = known(query.get("lang")) ?? known(navigator.language) ?? "en";
let policy = null;

function known(tag) {
  if (!tag) return null;
  if (/^zh-(TW|HK|MO|Hant)/i.test(tag)) return "zh-TW";
  return /^zh/i.test(tag) ? "zh-CN" : /^en/i.test(tag) ? "en" : null;
}

const say = (word) => WORDS[language][word] ?? word;

function make(tag, text, className) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

/** An exact number such as "4693/50" with so many decimals, rounded half up, by whole numbers only. */
function decimal(exact, digits) {
  const [above, below = "1"] = exact.replace("-", "").split("/");
  const [whole, part = ""] = above.split(".");
  const over = BigInt(below) * 10n ** BigInt(part.length);
  const units = (BigInt(whole + part) * 10n ** BigInt(digits) * 2n + over) / (over * 2n);
  const text = units.toString().padStart(digits + 1, "0");
  return (exact.startsWith("-") && units ? "-" : "") + (digits ? `${text.slice(0, -digits)}.${text.slice(-digits)}` : text);
}

const money = (amount) => (amount ? `${decimal(amount.amount, 2)} ${amount.currency}` : say("none"));

function measured(value) {
  if (value === null) return say("none");
  return typeof value === "string" ? `${decimal(value.includes("/") ? value.replace(/^(-?)(\d+)/, "$1$200") : `${value}00`, 2)}%` : money(value);
}

function table(title, heads, rows) {
  const made = make("table");
  made.append(make("caption", title));
  const head = made.createTHead().insertRow();
  const numbers = heads.map((_, column) => rows.some((cells) => /^-?\d+\.\d/.test(cells[column])));
  const cell = (tag) => (text, column) => make(tag, text, numbers[column] ? "number" : "");
  head.append(...heads.map(cell("th")));
  const body = made.createTBody();
  rows.forEach((cells) => body.insertRow().append(...cells.map(cell("td"))));
  return made;
}

async function send(method, address, body) {
  const headers = { Authorization: `Bearer ${form.elements.token.value.trim()}`, "Accept-Language": language };
  if (body) headers["Content-Type"] = "application/json";
  const response = await fetch(address, { method, headers, body: body && JSON.stringify(body) });
  const told = await response.json();
  if (!response.ok) throw told;
  return told;
}

function deal() {
  const value = (name) => form.elements[name].value.trim();
  const lines = [...document.querySelectorAll("#lines tr")].map((row, index) => {
    const line = { id: String(index + 1) };
    for (const name of ["product", "quantity", "unit", "price", "free"]) {
      const typed = row.querySelector(`[name=${name}]`).value.trim();
      if (typed) line[name] = typed;
    }
    const rate = row.querySelector("[name=rate]").value.trim();
    if (rate) line.discounts = [{ id: "manual", [rate.endsWith("折") ? "zhe" : "rate"]: rate }];
    return line;
  });
  return {
    id: `WEB-${value("date")}`, date: value("date"), currency: policy?.currency ?? "CNY", customer: value("customer"),
    customer_grade: value("customer_grade"), reason: value("reason"), lines,
  };
}

function title(level) {
  return policy?.levels.find((one) => one.id === level)?.title || level;
}

function verdict(one) {
  return one.level ? `${say(one.verdict)} · ${title(one.level)}` : say(one.verdict);
}

function show(told) {
  const { decision } = told;
  const stages = ["list", "invoice", "net", "pocket", "margin"].filter((stage) => stage in decision.lines[0]);
  const banner = make("p", say(decision.verdict), `verdict ${decision.verdict}`);
  if (decision.level) banner.append(` · ${say("level")} ${title(decision.level)}`);
  answer.replaceChildren(banner);
  const rows = decision.lines.map((line) => [line.line, ...stages.map((stage) => money(line[stage])), verdict(line)]);
  answer.append(table(say("lines"), [say("line"), ...stages.map(say), say("verdict")], rows));
  if (decision.violations.length) {
    const heads = ["line", "rule", "actual", "limit", "shortfall", "verdict"].map(say);
    answer.append(table(say("violations"), heads, decision.violations.map((one) => [
      one.line || say("order"), one.title || one.rule, measured(one.actual), measured(one.limit), one.shortfall ? money(one.shortfall) : "",
      one.warning ? say("warning") : one.level ? title(one.level) : say("nobody"),
    ])));
  }
  const further = make("button", say("room"));
  further.type = "button";
  further.id = "room";
  further.addEventListener("click", () => attempt(room));
  answer.append(further, make("h2", say("working")));
  const working = make("div", told.working === null ? say("closed") : "");
  working.id = "working";
  if (told.working !== null) working.innerHTML = told.working; // escaped where it is made; scripts are shut out by the content security policy
  answer.append(working);
  document.getElementById("ruling").textContent = `${say("policy")} ${told.policy.id}, ${say("version")} ${told.policy.version} (${told.policy.hash})`;
}

async function ask() {
  policy ??= await read();
  show(await send("POST", "/decisions?show=html", deal()));
}

async function room() {
  const quote = deal();
  const found = await Promise.all(quote.lines.map((line) => send("POST", "/room", { quote, line: line.id })));
  answer.append(table(say("room"), [say("line"), say("lowest"), say("further")], found.map((one) => [one.line, money(one.lowest_price), money(one.further_discount)])));
}

async function read() {
  const told = await send("GET", "/policy");
  document.getElementById("articles").replaceChildren(...told.articles.map((article) => {
    const option = make("option", language === "en" ? article.title_en : article.title);
    option.value = article.id;
    return option;
  }));
  return told;
}

async function attempt(work) {
  try {
    await work();
  } catch (problem) {
    const places = (problem.errors ?? []).map((fault) => `${fault.path}: ${fault.detail}`);
    answer.append(make("p", [problem.detail ?? String(problem), problem.path, problem.code && `[${problem.code}]`, ...places].filter(Boolean).join(" "), "problem"));
  }
}

function speak() {
  document.documentElement.lang = language;
  document.title = say("title");
  document.querySelectorAll("[data-say]").forEach((element) => { element.textContent = say(element.dataset.say); });
  document.querySelectorAll("[data-language]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.language === language)));
}

function add(values = new URLSearchParams()) {
  const row = document.getElementById("line").content.cloneNode(true);
  row.querySelectorAll("input").forEach((input) => { input.value = values.get(input.name) ?? ""; });
  document.getElementById("lines").append(row);
}

document.querySelectorAll("[data-language]").forEach((button) => button.addEventListener("click", () => {
  language = button.dataset.language;
  policy = null;
  speak();
  if (answer.childElementCount) attempt(ask);
}));
document.getElementById("add").addEventListener("click", () => add());
form.addEventListener("submit", (event) => {
  event.preventDefault();
  answer.replaceChildren();
  attempt(ask);
});

// A deal may stand in the address, /?product=MT-3&quantity=4&price=170; the token only behind #, which is never sent to a server.
speak();
add(query);
const token = new URLSearchParams(location.hash.slice(1)).get("token");
form.elements.token.value = token ?? "";
form.elements.date.value = query.get("date") ?? new Date().toISOString().slice(0, 10);
["customer", "customer_grade", "reason"].forEach((name) => { form.elements[name].value = query.get(name) ?? ""; });
if (token) {
  history.replaceState(null, "", location.pathname + location.search);
  attempt(async () => {
    policy = await read();
    if (query.get("product")) await ask();
  });
}
