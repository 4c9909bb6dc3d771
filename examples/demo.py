"""The demonstration: a year of sales of fire-fighting equipment, paid by a policy of one page. ``make demo``, or ``python examples/demo.py``.

It reads the policy and the data beside it, computes the year to the end of November 2025, and shows the month: everybody's pay, one
line with its working in Chinese and in English, what another margin gate would have paid, and a statement to print and sign. Then a
quote asks for less than the price system: the approval form, the lowest price that the representative may give, and the same quote once
it is signed.
"""

import sys
from datetime import date
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Any

import attrs

from salesrules import approvals, policy
from salesrules.commission import Run, Statement, calculate
from salesrules.commission.tables import read_all
from salesrules.money import Money
from salesrules.pricing import Actor, PricePolicy, Quote, QuoteLine, decide, lowest_price
from salesrules.text import Column, Sheet, Table, display_width, format_value, render_text, working_text
from salesrules.trace import replay

HERE = Path(__file__).parent
POLICY = HERE / "policies" / "fire_equipment.toml"
PRICES = HERE / "policies" / "pricing" / "price_system.toml"
MONTH_END = date(2025, 11, 30)
PERSON, SALE = "lin_xiaomei", "XS2020"
GATE, OTHER_GATE = 'at_least = "12%"', 'at_least = "16%"'
WIDTH = 120


def heading(chinese: str, english: str) -> None:
    """A heading across the screen."""
    text = f"{chinese} · {english} "
    print(f"\n{text}{'─' * (WIDTH - display_width(text))}\n")


def attainment(run: Run, facts: dict[str, Any], person: str) -> Fraction | str:
    """What of the year's quota a person has reached; empty for those without one."""
    quota = [goal.amount.minor for goal in facts["quotas"] if goal.person == person]
    sold = sum(line.measure_count for line in run.lines if line.person == person and line.component == "sales")
    return Fraction(1000 * sold // sum(quota), 1000) if quota else ""


def part(statement: Statement, kind: str) -> Money:
    """What was earned, held or released in the period of a statement."""
    return Money.total((entry.pay for entry in statement.entries if entry.kind == kind), statement.plan.money)


def summary(run: Run, facts: dict[str, Any]) -> str:
    """Everybody's month in one table."""
    heads = ("姓名 Name", "岗位 Role", "完成率 Attained", "本月提成 Commission", "计提 Earned", "风险金 Held", "返还 Released", "应发 Payable")
    columns = tuple(Column(head, "left" if place < 2 else "right") for place, head in enumerate(heads))
    mine = [statement for statement in run.statements if statement.period == run.period]
    rows = []
    for statement in mine:
        post = run.roster.stays(statement.person)[-1]
        figures = (statement.commission, *(part(statement, kind) for kind in ("earned", "held", "released")), statement.payable)
        rows.append((f"{statement.name} {statement.person}", post.role, attainment(run, facts, statement.person), *figures))
    totals = [Money.total((row[place] for row in rows), run.plan.money) for place in range(3, 8)]
    return render_text(Sheet(title="", tables=(Table(columns=columns, rows=tuple(rows), total=("合计 Total", "", "", *totals)),)), "zh_CN").strip("\n")


def commission(run: Run) -> Money:
    """What all lines from January to the month of the run make, for everybody together."""
    return Money.total((line.pay for line in run.lines), run.plan.money)


def signed(rules: PricePolicy, quote: Quote, needs: str, measures: tuple[approvals.Measured, ...]) -> approvals.Approval | None:
    """The approval of a quote, as the level needed signs it."""
    procedure = approvals.Procedure(
        ladder=rules.ladder,
        path="needed",
        alone="refused",
        signs="or_higher",
        repeated="once",
        resubmitted="keep",
        rejected="open",
        approval_lasts="30 days",
    )
    posts = {quote.person: "rep", "王海燕": "manager"}
    team = approvals.Signatories(holders=tuple(approvals.Holder(person=person, level=level, start=date(2025, 1, 1)) for person, level in posts.items()))
    asked = approvals.request(procedure, team, id="SP-1", person=quote.person, on=quote.date, needs=needs, reason=quote.reason, measures=measures)
    done = approvals.record(asked, procedure, team, verb="approve", person="王海燕", on=quote.date)
    return approvals.state_on(done.request, procedure, quote.date).approval


def prices() -> None:
    """A quote below the price system: the form, how low the representative may go, and what a signature changes."""
    rules = policy.load(PRICES, PricePolicy)
    cabinets = QuoteLine(id="1", product="cabinet", quantity=20, price=Money("390", "CNY"), cost=Money("220", "CNY"))
    quote = Quote(id="BJ-1", person="林晓梅", date=date(2026, 3, 2), customer="C017", customer_grade="A", reason="竞争对手报价更低", lines=(cabinets,))
    rep = Actor(person=quote.person, level="rep")
    asked = decide(rules, quote, actor=rep)

    heading("报价审批", "A quote that needs approval")
    print(asked.to_text("zh_CN", "manager"))
    lowest = lowest_price(rules, quote, "1", actor=rep)
    print(f"业务员最低可报 Lowest price the representative may give by himself: {lowest}")
    approval = signed(rules, quote, asked.level, asked.measures)
    for price in ("390", "389.99"):
        other = attrs.evolve(quote, lines=(attrs.evolve(cabinets, price=Money(price, "CNY")),))
        verdict = decide(rules, other, actor=rep, approvals=[approval] if approval else []).verdict
        print(f"经理签批后 Once the manager has signed, at {price:>6}: {verdict}")


def main(out: Path = HERE / "out") -> None:
    """Run the demonstration, and write the statements into ``out``."""
    text = POLICY.read_text(encoding="utf-8")
    plan = policy.loads(text)
    facts = read_all(HERE / "data", calendar=plan.calendar, currency=plan.currency)
    started = perf_counter()
    run = calculate(plan, on=MONTH_END, **facts)
    period = run.period
    month = [line for line in run.lines if line.sale.date in period]
    took = perf_counter() - started

    heading("制度与数据", "Policy and facts")
    print(f"制度 Policy   {plan.title}  ({plan.id}, {plan.version})")
    print(f"数据 Facts    {len(facts['sales']):,} sales and returns, {len(facts['receipts']):,} receipts, {len(facts['factors'])} monthly factors")
    print(f"结果 Result   {len(run.lines):,} commission lines from January to {format_value(MONTH_END, 'en')}, each with its working, in {took:.2f} s")

    heading("2025年11月提成", "Commission of November 2025")
    print(summary(run, facts))

    statement = run.statement(PERSON)
    line = statement.line(SALE, "sales")
    sale = line.sale
    heading("逐步计算", f"One line, step by step: {statement.name}, {SALE}")
    print(f"{sale.date}  {sale.customer} ({sale.customer_grade})  {sale.category}/{sale.product}")
    print(f"售价 Amount {sale.amount}   成本 Cost {sale.cost}   基准价格 List price {sale.list_amount}\n")
    print(working_text(line.working, "zh_CN"), end="\n\n")
    print(working_text(line.working, "en"))

    heading("复核", "Checked")
    for checked in month:
        replay(checked.working)
    print(f"{len(month):,} workings of the month were computed again from their own figures: every one gives the same amount.")

    heading("如果", "What if")
    clause = text[text.index("# 毛利门槛") :].partition("\n\n")[0]
    print(f"{clause.replace(GATE, f'{GATE}   →   {OTHER_GATE}')}\n")
    other = calculate(policy.loads(text.replace(GATE, OTHER_GATE)), on=MONTH_END, trace=False, **facts)
    was, now, more = (format_value(value, "zh_CN") for value in (commission(run), commission(other), commission(other) - commission(run)))
    print(f"提成总额 Commission from January to November: {was} → {now}, a difference of {more}.")
    print(f"The policy is one file: change a figure in {POLICY.relative_to(HERE.parent)} and run this again.")

    heading("对账单", "The statement")
    out.mkdir(parents=True, exist_ok=True)
    for locale, ending in (("zh_CN", ""), ("en", "_en")):
        path = out / f"statement_{PERSON}_{period.label or period}{ending}.html"
        path.write_text(statement.to_html(locale), encoding="utf-8")
        print(f"{statement.name}  {format_value(statement.payable, locale):>14}  {path}")

    prices()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
