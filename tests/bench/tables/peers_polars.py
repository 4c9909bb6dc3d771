"""Hand-written polars, as an expert would write it: the sales lie in posting order and int64 is known to be wide enough.

Small tables are looked up by position, which is quicker than joining them; the joins that most people would write are kept beside it.
"""

from typing import Any, Literal

import polars as pl

from . import data
from .answer import Answer, Prepared
from .terms import ACCELERATOR, DEN, GATE, GATE_DEN, MULTIPLES, PERIODS, SALE_CAP, SALE_DEN, Size

__all__ = ["eager", "joined", "lazy", "read", "stateless_eager", "stateless_lazy", "streaming", "tables"]

_col = pl.col
_FIRST = pl.Series([0], dtype=pl.Int64)


def tables(size: Size) -> list[pl.DataFrame]:
    """The lines, the people and the rates."""
    frames = [pl.from_arrow(data.arrow(size, name)) for name in data.TABLES]
    return [frame for frame in frames if isinstance(frame, pl.DataFrame)]


def read(result: tuple[pl.DataFrame, pl.DataFrame]) -> Answer:
    """The result as arrays."""
    lines, totals = result
    names = {"person": "person", "period": "period", "lines": "len", "credited": "amount", "paid": "pay"}
    columns = {field: totals.get_column(name).to_numpy() for field, name in names.items()}
    return Answer(id=lines.get_column("id").to_numpy(), pay=lines.get_column("pay").to_numpy(), **columns)


def _totals(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines with their totals; one whole number as the key, because two columns take polars several times longer."""
    slot = _col("person") * PERIODS + _col("period") - 1
    sums = lines.lazy().group_by(slot=slot).agg(pl.len(), _col("amount").sum(), _col("pay").sum())
    named = sums.with_columns(person=_col("slot") // PERIODS, period=_col("slot") % PERIODS + 1)
    return lines, named.drop("slot").collect()


def _halves() -> pl.Expr:
    """2 where the margin is enough, 1 where it is not; a credit note has the margin rate of a sale."""
    low = (_col("amount") - _col("cost")) * _col("amount").sign() * GATE_DEN < _col("amount").abs() * GATE
    return pl.when(low).then(1).otherwise(2)


def _rounded(value: pl.Expr, den: int) -> pl.Expr:
    return value.sign() * ((value.abs() * 2 + den) // (2 * den))


def _weighed(size: Size) -> pl.Expr:
    """The amount cut at the bounds of the tiers and at the quota, in percent of the rate."""
    after, before, quota = _col("after"), _col("before"), _col("quota")
    weighed = _col("amount") * MULTIPLES[0]
    for start, percent in size.steps:
        weighed += ((after - start).clip(0) - (before - start).clip(0)) * percent
    return weighed + ((after - quota).clip(0) - (before - quota).clip(0)) * ACCELERATOR


def _paid(frame: Any, size: Size) -> Any:
    """A frame, eager or lazy, that has the rate, quota and cap of each line, with its pay."""
    amount, made, run = _col("amount"), _col("made"), _col("run")
    return (
        frame.with_columns(after=amount.cum_sum().over("person"))
        .with_columns(before=_col("after") - amount)
        .with_columns(made=_weighed(size) * _col("ppm") * _halves())
        .with_columns(made=_rounded(made, DEN))
        .with_columns(run=made.cum_sum().over("person", "period"))
        .with_columns(pay=pl.min_horizontal("run", "cap") - pl.min_horizontal(run - made, "cap"))
    )


def _looked_up(frame: Any, people: pl.DataFrame, rates: pl.DataFrame) -> Any:
    """By position: people are numbered from 1, categories from 0."""
    quota, cap = (pl.concat([_FIRST, people.get_column(name)]) for name in ("quota", "cap"))
    person = _col("person")
    return frame.with_columns(quota=pl.lit(quota).gather(person), cap=pl.lit(cap).gather(person), ppm=pl.lit(rates.get_column("ppm")).gather("category"))


def eager(size: Size) -> Prepared:
    """Eager."""
    lines, people, rates = tables(size)
    return Prepared(work=lambda: _totals(_paid(_looked_up(lines, people, rates), size).select(*lines.columns, "pay")), read=read)


def _lazy(size: Size, engine: Literal["auto", "streaming"]) -> Prepared:
    lines, people, rates = tables(size)
    return Prepared(work=lambda: _totals(_paid(_looked_up(lines.lazy(), people, rates), size).select(*lines.columns, "pay").collect(engine=engine)), read=read)


def lazy(size: Size) -> Prepared:
    """Lazy."""
    return _lazy(size, "auto")


def streaming(size: Size) -> Prepared:
    """Lazy, on the streaming engine."""
    return _lazy(size, "streaming")


def joined(size: Size) -> Prepared:
    """Lazy, with joins; the order of the lines is kept, because the windows go by it."""
    lines, people, rates = tables(size)

    def work() -> tuple[pl.DataFrame, pl.DataFrame]:
        frame = lines.lazy()
        for other, key in ((rates, "category"), (people, "person")):
            frame = frame.join(other.lazy(), on=key, how="left", maintain_order="left")
        return _totals(_paid(frame, size).select(*lines.columns, "pay").collect())

    return Prepared(work=work, read=read)


def _stateless(frame: Any, rates: pl.DataFrame) -> Any:
    made = _col("amount") * pl.lit(rates.get_column("ppm")).gather("category") * _halves()
    return frame.with_columns(made=made).with_columns(pay=_rounded(_col("made"), SALE_DEN).clip(-SALE_CAP, SALE_CAP)).drop("made")


def stateless_eager(size: Size) -> Prepared:
    """The job without memory, eager."""
    lines, _, rates = tables(size)
    return Prepared(work=lambda: _totals(_stateless(lines, rates)), read=read)


def stateless_lazy(size: Size) -> Prepared:
    """The job without memory, lazy."""
    lines, _, rates = tables(size)
    return Prepared(work=lambda: _totals(_stateless(lines.lazy(), rates).collect()), read=read)
