# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 一个团队的提成 · The commission of one team
#
# This notebook reads the policy and the data of the demonstration, computes the year 2025, and looks at the south team: who earned what,
# how far everybody came, and what the policy pays at which attainment. It is a plain Python script: run it as it is, or open it with jupytext.

# %%
# ruff: noqa: D100 - a notebook is introduced by its first cell
from datetime import date
from decimal import Decimal
from pathlib import Path

import altair as alt
import polars as pl

from salesrules import Money, policy
from salesrules.commission import Factor, Member, Quota, Roster, Sale, calculate
from salesrules.commission.tables import read_all

EXAMPLES = next(folder / "examples" for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "examples" / "data").exists())
TEAM = "south"

# %% [markdown]
# ## 计算 · Calculation
#
# One call computes the year. `facts` holds the sales, receipts, roster, quotas and factors as the arguments of `calculate`.

# %%
plan = policy.load(EXAMPLES / "policies" / "fire_equipment.toml")
facts = read_all(EXAMPLES / "data", calendar=plan.calendar, currency=plan.currency)
run = calculate(plan, on=date(2025, 12, 31), **facts)
team = {member.person for member in run.roster.team(TEAM, plan.calendar.parse("2025"))}
len(run.lines), sorted(team)

# %% [markdown]
# ## 明细表 · Lines as a dataframe
#
# Each line pays one person for one sale under one component. `Money.amount` is a `Decimal`, so the dataframe holds the exact amounts, and
# sums of them are exact.

# %%
lines = pl.DataFrame(
    [
        {
            "month": line.sale.date.strftime("%Y-%m"),
            "person": line.person,
            "name": run.roster.name(line.person),
            "component": line.title,
            "sale": line.sale.id,
            "category": line.sale.category,
            "sold": Money.from_minor(line.measure_count, plan.money).amount,
            "pay": line.pay.amount,
        }
        for line in run.lines
        if line.person in team
    ],
    schema_overrides={"sold": pl.Decimal(18, 2), "pay": pl.Decimal(18, 2)},
    infer_schema_length=None,
)
lines.sort("pay", descending=True).head(8)

# %% [markdown]
# ## 人员与项目 · People and components

# %%
by_component = (
    lines.group_by("name", "component").agg(pl.col("pay").sum(), pl.col("sale").n_unique().alias("sales")).sort("name", "pay", descending=[False, True])
)
by_component.head(20)

# %% [markdown]
# The dataframe and the library agree to the cent: nothing was rounded on the way.

# %%
for person in team:
    assert lines.filter(pl.col("person") == person)["pay"].sum() == run.pay(person).amount, person  # noqa: S101 - the notebook checks itself

# %% [markdown]
# ## 对账单 · Statements as a dataframe
#
# A statement says what is paid in a month: 60% of a commission is earned with the order, 40% as the customer pays, and a tenth of that is
# held for three months. So what is paid trails what the lines make.

# %%
statements = pl.DataFrame(
    [
        {
            "month": statement.period.start.strftime("%Y-%m"),
            "name": statement.name,
            "commission": statement.commission.amount,
            "payable": statement.payable.amount,
        }
        for statement in run.statements
        if statement.person in team
    ],
    schema_overrides={"commission": pl.Decimal(18, 2), "payable": pl.Decimal(18, 2)},
    infer_schema_length=None,
)
statements.group_by("name").agg(pl.col("commission").sum(), pl.col("payable").sum()).sort("payable", descending=True).head(10)

# %% [markdown]
# Only the chart turns amounts into floats.

# %%
monthly = statements.group_by("month").agg(pl.col("commission").sum(), pl.col("payable").sum()).sort("month")
shown = monthly.unpivot(index="month", on=["commission", "payable"], variable_name="figure", value_name="CNY").with_columns(pl.col("CNY").cast(pl.Float64))
alt.Chart(shown).mark_line(point=True).encode(x="month:O", y="CNY:Q", color="figure:N").properties(title="提成与应发 · Commission and pay by month", width=560)

# %% [markdown]
# ## 完成率 · Attainment by person

# %%
quotas = {quota.person: quota.amount for quota in facts["quotas"] if quota.person in team}
sold = {person: sum(line.measure_count for line in run.lines if line.person == person and line.component == "sales") for person in quotas}
attainment = pl.DataFrame(
    {
        "name": [run.roster.name(person) for person in quotas],
        "quota": [quota.amount for quota in quotas.values()],
        "sold": [Money.from_minor(sold[person], plan.money).amount for person in quotas],
        "attained": [sold[person] / quota.minor for person, quota in quotas.items()],
    }
).sort("attained", descending=True)
attainment.head(10)

# %%
bars = alt.Chart(attainment.select("name", "attained")).mark_bar().encode(x=alt.X("attained:Q", axis=alt.Axis(format="%")), y=alt.Y("name:N", sort="-x"))
goal = alt.Chart(pl.DataFrame({"at": [1.0, 1.2]})).mark_rule(strokeDash=[4, 4]).encode(x="at:Q")
(bars + goal).properties(title="年度完成率 · Attainment of the annual quota", width=560)

# %% [markdown]
# ## 提成曲线 · What the policy pays
#
# A plan is a value, so it can be asked what it would pay. Somebody with a quota of 1.8 million sells extinguishers in twelve equal months;
# the curve shows the year's pay at every attainment, at a good margin and below the margin gate. The bends at 100% and 120% are the
# accelerator, the jumps are the bonuses, the flat end is the monthly cap.

# %%
QUOTA = Money("1800000", "CNY")
YEAR = plan.calendar.parse("2025")
MONTHS = plan.calendar.periods(YEAR, "month")
ROSTER = Roster((Member(person="somebody", role="rep", start=date(2020, 1, 1)),))


def year_pay(percent: int, margin: int) -> Decimal:
    """The pay of a year in which that percentage of the quota is sold, in equal months, at that margin in percent."""
    sales = []
    for number, month in enumerate(MONTHS, start=1):
        amount = Money.from_minor(QUOTA.minor * percent // 1200, plan.money)
        cost = Money.from_minor(amount.minor * (100 - margin) // 100, plan.money)
        sales.append(
            Sale(id=f"H{number:02}", date=month.last, amount=amount, cost=cost, list_amount=amount, person="somebody", category="灭火器", customer_grade="B")
        )
    factors = [Factor(name="kpi", person="somebody", period=month, value=1) for month in MONTHS]
    quota = Quota(person="somebody", period=YEAR, amount=QUOTA)
    return calculate(plan, sales, on=YEAR.last, roster=ROSTER, quotas=[quota], factors=factors, trace=False).pay("somebody").amount


curve = pl.DataFrame(
    [
        {"attained": percent / 100, "margin": label, "CNY": float(year_pay(percent, margin))}
        for percent in range(0, 181, 5)
        for label, margin in (("毛利 margin 25%", 25), ("毛利 margin 10%", 10))
    ]
)
attained = alt.X("attained:Q", axis=alt.Axis(format="%"))
alt.Chart(curve).mark_line().encode(x=attained, y="CNY:Q", color="margin:N").properties(title="年度提成曲线 · Pay against attainment", width=560)
