"""Writes the year 2025 of an invented company that sells fire-fighting equipment: ``python examples/generate_data.py [folder]``.

Three sales teams, a house account, somebody who joins in May, somebody who leaves in September, somebody who changes team; customers who
pay late, in parts, or not at all; returns, some of them months later; free goods, deep discounts, credit shared by two. The seed is fixed:
every run writes the same bytes. People, customers and figures are invented.
"""

import csv
import random
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

SEED = 2026
YEAR_END = date(2025, 12, 31)
INVOICES = 2500
VAT = 113

# Person, name, annual quota in CNY, how much the person sells compared with the others.
REPS = {
    "east": (("chen_wei", "陈伟", 3_400_000, 14), ("li_na", "李娜", 2_400_000, 12), ("zhang_min", "张敏", 2_100_000, 8), ("zhao_lei", "赵磊", 1_900_000, 9)),
    "south": (
        ("huang_li", "黄丽", 2_200_000, 11),
        ("wu_gang", "吴刚", 1_800_000, 7),
        ("lin_xiaomei", "林晓梅", 2_000_000, 10),
        ("he_jianguo", "何建国", 1_900_000, 8),
    ),
    "north": (("yang_fan", "杨帆", 2_300_000, 10), ("ma_chao", "马超", 2_200_000, 8), ("guo_jing", "郭静", 2_400_000, 9), ("xu_ming", "徐明", 1_000_000, 7)),
}
MANAGERS = {"east": ("wang_haiyan", "王海燕"), "south": ("liu_zhiqiang", "刘志强"), "north": ("sun_lixin", "孙立新")}
DIRECTOR = ("zhou_guodong", "周国栋")
REGIONS = {"east": "华东", "south": "华南", "north": "华北"}

JOINS, CONFIRMED = ("xu_ming", date(2025, 5, 6)), date(2025, 8, 6)
LEAVES = ("he_jianguo", date(2025, 9, 20))
MOVES = ("zhao_lei", date(2025, 7, 1), "south")

# Category: how often it is sold, and its products with the list price in yuan, tax included, and the cost as a share of it in percent.
PRODUCTS = {
    "灭火器": (34, (("干粉灭火器4kg", 68, 71), ("干粉灭火器8kg", 108, 70), ("二氧化碳灭火器3kg", 185, 68), ("推车式灭火器35kg", 460, 72))),
    "消火栓": (20, (("室内消火栓SN65", 145, 69), ("消火栓箱", 320, 73), ("地上消火栓SS100", 980, 70))),
    "报警设备": (18, (("点型感烟探测器", 78, 62), ("手动报警按钮", 65, 60), ("火灾报警控制器", 8600, 66))),
    "水带水枪": (14, (("水带65-20", 175, 72), ("直流水枪", 42, 70))),
    "应急照明": (8, (("应急照明灯", 96, 74), ("疏散指示标志", 38, 72))),
    "消防工程": (6, (("喷淋系统安装", 1, 76), ("消防改造", 1, 80), ("年度维保", 1, 70))),
}
# Grade: customers in a hundred, how often they buy, what they buy for at a time in yuan.
GRADES = {"A": (10, 8, (6_000, 24_000)), "B": (30, 3, (2_500, 14_000)), "C": (60, 1, (600, 7_000))}
WORDS = "恒安宏达金鼎瑞丰华泰永盛中汇启明东方新城万和安居天佑长信百川明珠德润嘉禾国宾海纳"
TRADES = "物业酒店商场医院学校机电建设仓储化工装饰置业食品纺织电子贸易物流影院汽车印务能源"
CUSTOMERS, REGULARS = 400, 290
HOLIDAYS = ((date(2025, 1, 28), date(2025, 2, 4)), (date(2025, 5, 1), date(2025, 5, 5)), (date(2025, 10, 1), date(2025, 10, 8)))
MONTHS = (6, 5, 8, 8, 8, 10, 8, 8, 9, 7, 12, 11)

Row = dict[str, Any]


def yuan(fen: int) -> str:
    """An amount in fen, written in yuan."""
    return f"{'-' * (fen < 0)}{abs(fen) // 100}.{abs(fen) % 100:02}"


def share_of(amount: int, part: int, whole: int) -> int:
    """``amount`` times ``part`` over ``whole``, to the nearest fen."""
    return (2 * amount * part + whole) // (2 * whole)


def pairs(text: str) -> list[str]:
    """The words of a text in which every word has two characters."""
    return [text[at : at + 2] for at in range(0, len(text), 2)]


def working_days() -> dict[int, list[date]]:
    """The days on which anything is invoiced, by month."""
    days: dict[int, list[date]] = {month: [] for month in range(1, 13)}
    day = date(2025, 1, 2)
    while day <= YEAR_END:
        if day.weekday() < 5 and not any(first <= day <= last for first, last in HOLIDAYS):
            days[day.month].append(day)
        day += timedelta(days=1)
    return days


def team_of(person: str, day: date) -> str:
    """The team in which a person is on a day."""
    if person == MOVES[0] and day >= MOVES[1]:
        return MOVES[2]
    return next(team for team, people in REPS.items() if person in {rep[0] for rep in people})


def sells(person: str, day: date) -> bool:
    """Whether a person is with the company on a day."""
    return not ((person == JOINS[0] and day < JOINS[1]) or (person == LEAVES[0] and day >= LEAVES[1]))


def roster() -> list[Row]:
    """Who works for whom."""
    rows: list[Row] = [{"person": DIRECTOR[0], "name": DIRECTOR[1], "role": "director", "start": "2018-03-01"}]
    for team, (manager, name) in MANAGERS.items():
        rows.append({"person": manager, "name": name, "role": "manager", "manager": DIRECTOR[0], "team": team, "start": "2019-07-01"})
        for number, (person, called, _, _) in enumerate(REPS[team]):
            post = {"person": person, "name": called, "role": "rep", "manager": manager, "team": team, "start": f"{2020 + number}-04-01"}
            if person == JOINS[0]:
                rows += [post | {"role": "trainee", "start": JOINS[1], "end": CONFIRMED}, post | {"start": CONFIRMED}]
            elif person == LEAVES[0]:
                rows.append(post | {"end": LEAVES[1]})
            elif person == MOVES[0]:
                rows += [post | {"end": MOVES[1]}, post | {"manager": MANAGERS[MOVES[2]][0], "team": MOVES[2], "start": MOVES[1]}]
            else:
                rows.append(post)
    return rows


def customers(rng: random.Random) -> list[tuple[str, str, str]]:
    """Name, grade and region of every customer."""
    names = [word + trade for word in pairs(WORDS) for trade in pairs(TRADES)]
    rng.shuffle(names)
    grades = rng.choices(list(GRADES), [share for share, _, _ in GRADES.values()], k=CUSTOMERS)
    return [(name, grade, rng.choice(list(REGIONS.values()))) for name, grade in zip(names, grades, strict=True)]


def credited(rng: random.Random, person: str, grade: str, day: date) -> Row:
    """Who is credited: mostly one person; sometimes two; with some key accounts the house."""
    if grade == "A" and rng.random() < 0.04:
        return rng.choice(({"person": "house"}, {"credits": f"{person}:50%;house:50%"}))
    if rng.random() < 0.06:
        everybody = (rep[0] for people in REPS.values() for rep in people)
        others = [other for other in everybody if other != person and sells(other, day) and team_of(other, day) == team_of(person, day)]
        mine, theirs = rng.choice((("60%", "40%"), ("70%", "30%"), ("50%", "50%"), ("2/3", "1/3")))
        return {"credits": f"{person}:{mine};{rng.choice(others)}:{theirs}"}
    return {"person": person}


def invoice(rng: random.Random, grade: str) -> Row:
    """What is sold, for how much, at which cost; amounts in fen, tax left out except in what the customer owes."""
    category = rng.choices(list(PRODUCTS), [often for often, _ in PRODUCTS.values()])[0]
    product, price, cost = rng.choice(PRODUCTS[category][1])
    discount = rng.choices((0, 3, 5, 8, 10, 12, 15, 18, 22), (22, 14, 16, 14, 12, 9, 7, 4, 2))[0]
    if category == "消防工程":
        price, units = rng.randrange(20_000, 180_000, 500), 1
    else:
        units = max(rng.randint(*GRADES[grade][2]) // price, 1)
    listed = units * price * 100
    # A price is agreed in whole yuan, a small one in tenths; the tax is then taken out of it, which leaves odd cents.
    step = 100 if price >= 100 else 10
    owed = units * share_of(price * 100 // step, 100 - discount, 100) * step
    net = share_of(owed, 100, VAT)
    dearer = rng.randint(-4, 5)
    return {
        "amount": net,
        "cost": share_of(share_of(listed, 100, VAT), cost + dearer, 100) + rng.randint(0, 99),
        "list_amount": share_of(listed, 100, VAT),
        "receivable": owed,
        "product": product,
        "category": category,
        "units": units,
    }


def sales(rng: random.Random) -> list[Row]:
    """The invoices of the year, in order."""
    days, known = working_days(), customers(rng)
    buying = [GRADES[grade][1] for _, grade, _ in known]
    weights = {rep[0]: rep[3] for people in REPS.values() for rep in people}
    dated = sorted(rng.choice(days[month]) for month in rng.choices(range(1, 13), MONTHS, k=INVOICES))
    met, rows = set(range(REGULARS)), []
    for number, day in enumerate(dated, start=1):
        # Customers who did not buy before come in one after the other through the year.
        come = min(REGULARS + (day.timetuple().tm_yday * (CUSTOMERS - REGULARS)) // 350, CUSTOMERS)
        which = rng.choices(range(come), buying[:come])[0]
        customer, grade, region = known[which]
        people = [person for person in weights if sells(person, day) and REGIONS[team_of(person, day)] == region]
        person = rng.choices(people, [weights[name] for name in people])[0]
        row = {"id": f"XS{number:04}", "date": day, "customer": customer, "customer_grade": grade, "region": region} | invoice(rng, grade)
        row |= credited(rng, person, grade, day)
        if rng.random() < 0.008 and row["category"] != "消防工程":
            row |= {"amount": 0, "receivable": 0}
        elif which not in met:
            met.add(which)
            row["new_customer"] = "true"
        rows.append(row)
    return rows


def returns(rng: random.Random, sold: list[Row]) -> list[Row]:
    """Goods that came back: some soon, some after months, some in part."""
    rows: list[Row] = []
    for sale in sold:
        if rng.random() >= 0.033 or not sale["amount"] or sale["category"] == "消防工程":
            continue
        day = sale["date"] + timedelta(days=rng.choice((rng.randint(3, 30), rng.randint(3, 90), rng.randint(60, 230))))
        if day > YEAR_END:
            continue
        back = rng.choice((sale["units"], rng.randint(1, sale["units"])))
        parts = {name: -share_of(sale[name], back, sale["units"]) for name in ("amount", "cost", "list_amount", "receivable")}
        kept = {name: sale[name] for name in ("customer", "customer_grade", "region", "product", "category", "person", "credits") if name in sale}
        rows.append({"id": "", "date": day, "units": -back, "returns": sale["id"]} | kept | parts)
    rows.sort(key=lambda row: (row["date"], row["returns"]))
    return [row | {"id": f"TH{number:03}"} for number, row in enumerate(rows, start=1)]


def receipts(rng: random.Random, sold: list[Row], returned: list[Row]) -> list[Row]:
    """How the customers pay: at once, in parts, late, or not at all; and what goes back to them for what they returned."""
    back = {row["returns"]: row for row in returned}
    rows: list[Row] = []
    for sale in sold:
        owed, parts = sale["receivable"], rng.choices((1, 2, 3, 0), (60, 24, 8, 8))[0]
        day, left = sale["date"], owed
        for part in range(parts if owed else 0):
            day += timedelta(days=rng.choice((rng.randint(0, 20), rng.randint(15, 45), rng.randint(25, 60), rng.randint(60, 150))))
            paid = left if part == parts - 1 else left * rng.choice((3, 5, 5, 6)) // 1000 * 100
            gone = back.get(sale["id"])
            if gone is not None and gone["date"] <= day and part == parts - 1:
                paid += gone["receivable"]
            if paid > 0 and day <= YEAR_END:
                rows.append({"sale": sale["id"], "date": day, "amount": paid})
                left -= paid
        gone = back.get(sale["id"])
        if gone is not None and left + gone["receivable"] < 0:
            day = max(day, gone["date"]) + timedelta(days=rng.randint(3, 20))
            if day <= YEAR_END:
                rows.append({"sale": sale["id"], "date": day, "amount": left + gone["receivable"]})
    rows.sort(key=lambda row: (row["date"], row["sale"]))
    return [{"id": f"HK{number:04}"} | row for number, row in enumerate(rows, start=1)]


def quotas() -> list[Row]:
    """The annual quota of every sales person; of who joins in May, for the months that remain."""
    return [
        {"person": person, "period": "2025-05-01..2025-12-31" if person == JOINS[0] else "2025", "amount": f"{quota}.00", "name": "sales"}
        for people in REPS.values()
        for person, _, quota, _ in people
    ]


def factors(rng: random.Random) -> list[Row]:
    """The appraisal of every sales person and the collection factor of every manager, by month."""
    months = [f"2025-{month:02}" for month in range(1, 13)]
    rows = []
    for people in REPS.values():
        for person, *_ in people:
            left = LEAVES[1].strftime("%Y-%m") if person == LEAVES[0] else "2025-12"
            for month in months:
                value = rng.choices(("0.8", "0.9", "0.95", "1", "1.05", "1.1", "1.2"), (3, 8, 12, 40, 18, 14, 5))[0]
                rows.append({"name": "kpi", "person": person, "period": month, "value": value if month <= left else "1"})
    for manager, _ in MANAGERS.values():
        rows += [{"name": "collection", "person": manager, "period": month, "value": rng.choice(("0.9", "0.95", "1", "1", "1.05", "1.1"))} for month in months]
    return rows


COLUMNS = {
    "sales": (
        "id",
        "date",
        "amount",
        "person",
        "credits",
        "customer",
        "customer_grade",
        "region",
        "product",
        "category",
        "units",
        "cost",
        "list_amount",
        "receivable",
        "new_customer",
        "returns",
    ),
    "receipts": ("id", "sale", "date", "amount"),
    "roster": ("person", "name", "role", "manager", "team", "start", "end"),
    "quotas": ("person", "period", "amount", "name"),
    "factors": ("name", "person", "period", "value"),
}
MONEY = ("amount", "cost", "list_amount", "receivable")


def tables() -> dict[str, list[Row]]:
    """Every table, in the columns of `COLUMNS`."""
    rng = random.Random(SEED)  # noqa: S311 - invented data, no secret
    sold = sales(rng)
    returned = returns(rng, sold)
    paid = receipts(rng, sold, returned)
    return {"sales": sold + returned, "receipts": paid, "roster": roster(), "quotas": quotas(), "factors": factors(rng)}


def write(folder: Path) -> None:
    """Write every table as a CSV file."""
    for name, rows in tables().items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS[name], lineterminator="\n")
            writer.writeheader()
            for row in rows:
                writer.writerow({column: yuan(value) if column in MONEY and isinstance(value, int) else value for column, value in row.items()})


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("data"))
