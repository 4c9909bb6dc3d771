"""Hand-written narwhals on pandas: the sales lie in posting order, so no window sorts them again."""

from typing import Any

import narwhals as nw

from . import data
from .answer import Answer, Prepared
from .terms import ACCELERATOR, DEN, GATE, GATE_DEN, MULTIPLES, Size

__all__ = ["pandas"]


def _zero() -> nw.Expr:
    return nw.lit(0, nw.Int64)


def _above(value: nw.Expr) -> nw.Expr:
    return nw.when(value > 0).then(value).otherwise(_zero())


def _least(value: nw.Expr) -> nw.Expr:
    return nw.when(value > nw.col("cap")).then(nw.col("cap")).otherwise(value)


def _paid(lines: nw.DataFrame[Any], size: Size) -> nw.DataFrame[Any]:
    amount, after, before, quota, made, run = (nw.col(name) for name in ("amount", "after", "before", "quota", "made", "run"))
    weighed = amount * MULTIPLES[0]
    for start, percent in size.steps:
        weighed += (_above(after - start) - _above(before - start)) * percent
    weighed += (_above(after - quota) - _above(before - quota)) * ACCELERATOR
    margin = nw.when(amount < 0).then(nw.col("cost") - amount).otherwise(amount - nw.col("cost"))
    halves = nw.when(margin * GATE_DEN < amount.abs() * GATE).then(nw.lit(1, nw.Int64)).otherwise(nw.lit(2, nw.Int64))
    up = (made.abs() * 2 + DEN) // (2 * DEN)
    return (
        lines.with_columns(after=amount.cum_sum().over("person"))
        .with_columns(before=after - amount)
        .with_columns(made=weighed * nw.col("ppm") * halves)
        .with_columns(made=nw.when(made < 0).then(_zero() - up).otherwise(up))
        .with_columns(run=made.cum_sum().over("person", "period"))
        .with_columns(pay=_least(run) - _least(run - made))
    )


def pandas(size: Size) -> Prepared:
    """On pandas with NumPy columns."""
    lines, people, rates = (nw.from_native(data.arrow(size, name).to_pandas(date_as_object=False), eager_only=True) for name in data.TABLES)

    def work() -> tuple[nw.DataFrame[Any], nw.DataFrame[Any]]:
        known = lines.join(rates, on="category", how="left").join(people, on="person", how="left")
        out = _paid(known, size).select(*lines.columns, "pay")
        return out, out.group_by("person", "period").agg(nw.len(), nw.col("amount").sum(), nw.col("pay").sum())

    return Prepared(work=work, read=_read)


def _read(result: tuple[nw.DataFrame[Any], nw.DataFrame[Any]]) -> Answer:
    lines, totals = result
    names = {"person": "person", "period": "period", "lines": "len", "credited": "amount", "paid": "pay"}
    return Answer(id=lines["id"].to_numpy(), pay=lines["pay"].to_numpy(), **{field: totals[name].to_numpy() for field, name in names.items()})
