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
# # 两百万行销售的提成 · The commission of two million sales
#
# One plan, one year of made-up sales, three libraries: polars, pandas and DuckDB pay every line, and agree to the cent. Then one line is
# explained, a sample is computed again one sale at a time, the year is cut into two halves, statements are made, and another plan is tried.
# It is a plain Python script: run it as it is, or open it with jupytext.

# %%
# ruff: noqa: D100, S101 - a notebook is introduced by its first cell, and checks itself
import json
import time
from datetime import date

import duckdb
import numpy as np
import pandas as pd
import polars as pl

from salesrules import Money, frames, policy
from salesrules.commission import Member, Quota, Roster, State
from salesrules.text import working_text

LINES, PEOPLE, SEED = 2_000_000, 1_000, 20260101

# %% [markdown]
# ## 制度 · The plan
#
# A rate by category; half of it below a margin of 10%; half as much again above the annual quota (超额累进); at most 2,000 a month.
# Who earns less than 1,500 in a month draws the rest in advance.

# %%
TEXT = """
schema = "salesrules/1"
kind = "commission"
id = "tables-2026"
title = "销售提成办法（示例）"
currency = "CNY"
effective_from = 2026-01-01
returns = { rate = "original" }
draw = { amount = "1500 CNY", kind = "recoverable", until = 12 }

[[components]]
id = "sales"
title = "销售提成"
measure = "sales"

[[components.steps]]
kind = "gate"
on = "margin_rate"
at_least = "10%"
otherwise = "50%"
counts = true

[[components.steps]]
kind = "tiers"
over = "year"
on = "attainment"
table = { kind = "marginal", bands = [{ from = 0, factor = 1 }, { from = "100%", factor = 1.5 }] }

[[components.steps]]
kind = "rate"
entries = [
    { rate = "1.5%" },
    { scope = { category = ["灭火器"] }, rate = "2%" },
    { scope = { category = ["报警设备"] }, rate = "3.5%" },
]

[[components.steps]]
kind = "cap"
over = "period"
amount = "2000 CNY"
"""
plan = policy.loads(TEXT)
YEAR = plan.calendar.parse("2026")

# %% [markdown]
# ## 数据 · The sales
#
# Amounts are in fen, as 64-bit integers. Two in a hundred lines are negative: goods that came back without naming their sale.

# %%
chance = np.random.default_rng(SEED)
amount = np.exp(chance.normal(10.3, 1.0, LINES)).astype(np.int64) + 1
amount[chance.random(LINES) < 0.02] *= -1
sales = pl.DataFrame(
    {
        "id": np.arange(1, LINES + 1),
        "date": np.datetime64("2026-01-01") + np.sort(chance.integers(0, 365, LINES)),
        "person": chance.integers(1, PEOPLE + 1, LINES),
        "category": chance.integers(0, 4, LINES),
        "amount": amount,
        "cost": amount - amount * chance.integers(-2, 40, LINES) // 100,
    },
    schema_overrides={"date": pl.Date},
).with_columns(
    pl.concat_str(pl.lit("P"), pl.col("person").cast(pl.String).str.zfill(4)).alias("person"),
    pl.col("category").replace_strict(dict(enumerate(("灭火器", "消火栓", "水带水枪", "报警设备")))),
)
people = sorted(sales["person"].unique())
quotas = [Quota(person=person, period=YEAR, amount=Money("900000", "CNY")) for person in people]
sales.head(5)

# %% [markdown]
# ## 三个库，同样的分 · Three libraries, the same cents


# %%
def timed(name: str, work: object) -> object:
    """What some work gives; says how long it took."""
    start = time.perf_counter()
    made = work()
    print(f"{name:22} {time.perf_counter() - start:6.2f} s")
    return made


done = timed("polars", lambda: frames.apply(plan, sales, quotas=quotas))
in_pandas = timed("pandas", lambda: frames.apply(plan, sales.to_pandas(), quotas=quotas).lines)
relation = duckdb.from_arrow(sales.to_arrow())
in_duckdb = timed("DuckDB, its own query", lambda: frames.apply(plan, relation, quotas=quotas).lines.order("id").pl())

# %%
assert isinstance(in_pandas, pd.DataFrame)
assert (in_pandas["pay"].to_numpy() == done.lines["pay"].to_numpy()).all()
assert in_duckdb["pay"].equals(done.lines["pay"])
done.lines.head(5)

# %% [markdown]
# ## 合计 · Totals by person and month

# %%
monthly = done.totals.group_by("period").agg(pl.col("lines", "credited", "pay").sum()).sort("period")
assert monthly["lines"].sum() == LINES
assert monthly["pay"].sum() == done.lines["pay"].sum()
assert done.totals["pay"].max() == 200_000  # nobody is paid more than 2,000 a month
monthly.head(12)

# %% [markdown]
# ## 一行的由来 · One line with its working
#
# The line at which somebody reached the quota: it is cut there.

# %%
one = sales.filter(pl.col("person") == "P0001").with_columns(pl.col("amount").cum_sum().alias("sold"))
crossing = one.filter(pl.col("sold") > 90_000_000)["id"][0]
line = done.explain(crossing)
assert line.pay.minor == done.lines.filter(pl.col("id") == crossing)["pay"].item()
print(working_text(line.working, "zh_CN"))

# %% [markdown]
# ## 核对 · Five people once more, one sale at a time

# %%
check = done.check(5)
assert check, check.differences
len(check.people), check.rows

# %% [markdown]
# ## 接着算 · The second half of the year goes on from the first
#
# The state is plain data: it is written to JSON, and read in another library.

# %%
half = date(2026, 7, 1)
first = frames.apply(plan, sales.filter(pl.col("date") < half), quotas=quotas)
stored = json.dumps(first.state.to_data())
second = frames.apply(plan, sales.filter(pl.col("date") >= half).to_pandas(), quotas=quotas, opening=State.from_data(json.loads(stored)))
assert second.state == done.state
assert first.lines["pay"].to_list() + second.lines["pay"].tolist() == done.lines["pay"].to_list()
f"{len(stored):,} characters of state for {LINES:,} lines"

# %% [markdown]
# ## 结算单 · Statements
#
# Totals go on to draws and debts: the same rules as for a statement of single sales.

# %%
roster = Roster(tuple(Member(person=person, start=date(2026, 1, 1)) for person in people))
stated = frames.statements(plan, sales, on=YEAR.last, roster=roster, quotas=quotas)
assert len(stated.statements) == 12 * PEOPLE
stated.statement("P0001", "2026-12")

# %% [markdown]
# ## 假如 · What if the accelerator were twice the rate?

# %%
compared = frames.compare(plan, policy.loads(TEXT.replace("factor = 1.5", "factor = 2")), sales, quotas=quotas)
more = sum(changed.difference.minor for changed in compared.people)
assert more == compared.lines["pay_difference"].sum()
top = compared.people[0]
f"{Money.from_minor(more, 'CNY')} more in all; most for {top.person}: {top.difference}, of it {top.causes[0].difference} in {top.causes[0].period}"

# %%
compared.rows(top.person)
