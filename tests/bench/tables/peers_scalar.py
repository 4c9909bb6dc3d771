"""One line at a time, on the first few people: the plain Decimal loop of an ERP, and our scalar verb, which is the reference."""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import attrs
import numpy as np

from salesrules.commission import Run, Sale, calculate
from salesrules.money import Money

from . import data
from .answer import Answer, Prepared, sample_people
from .plan import CURRENCY, END, Job, job, stateless
from .terms import ACCELERATOR, GATE, GATE_DEN, MULTIPLES, RATES_PPM, Size

__all__ = ["decimal_loop", "scalar", "scalar_stateless"]

_CENT, _NOTHING = Decimal("0.01"), Decimal(0)


@attrs.frozen(kw_only=True, eq=False)
class _Sample:
    """All lines of the first few people."""

    columns: dict[str, Any]

    @classmethod
    def of(cls, size: Size) -> "_Sample":
        columns = data.arrays(data.arrow(size))
        keep = columns["person"] <= sample_people(size.rows, size.people)
        return cls(columns={name: column[keep] for name, column in columns.items()})

    @property
    def sales(self) -> tuple[Sale, ...]:
        """The lines as facts; the ids sort as the numbers do."""
        days = {day: date.fromordinal(date(1970, 1, 1).toordinal() + day) for day in set(self.columns["date"].tolist())}
        return tuple(
            Sale(
                id=f"{number:012}",
                date=days[day],
                person=str(person),
                category=str(category),
                amount=Money.from_minor(amount, CURRENCY),
                cost=Money.from_minor(cost, CURRENCY),
            )
            for number, day, person, category, amount, cost in self._rows("id", "date", "person", "category", "amount", "cost")
        )

    def _rows(self, *names: str) -> Iterable[tuple[int, ...]]:
        return zip(*(self.columns[name].tolist() for name in names), strict=True)

    @property
    def decimals(self) -> list[tuple[int, int, int, Decimal, Decimal]]:
        """Person, period, category, amount and cost."""
        return [
            (person, period, category, Decimal(amount).scaleb(-2), Decimal(cost).scaleb(-2))
            for person, period, category, amount, cost in self._rows("person", "period", "category", "amount", "cost")
        ]

    def answer(self, pays: Iterable[int]) -> Answer:
        """The pay of each line, in their order, and its totals."""
        pay = np.fromiter(pays, dtype=np.int64, count=len(self.columns["id"]))
        keys, where = np.unique(self.columns["person"].astype(np.int64) * 100 + self.columns["period"], return_inverse=True)
        totals = [np.zeros(len(keys), np.int64) for _ in range(3)]
        for total, values in zip(totals, (1, self.columns["amount"], pay), strict=True):
            np.add.at(total, where, values)
        lines, credited, paid = totals
        return Answer(id=self.columns["id"], pay=pay, person=keys // 100, period=keys % 100, lines=lines, credited=credited, paid=paid)


def decimal_loop(size: Size) -> Prepared:
    """What an ERP has today: plain Decimals, no working."""
    sample = _Sample.of(size)
    rows = sample.decimals
    people = {row[0] for row in rows}
    quotas, caps = ({person: Decimal(of(person)).scaleb(-2) for person in people} for of in (size.quota, size.cap))
    rates = [Decimal(ppm) / 1_000_000 for ppm in RATES_PPM]
    first, *_ = factors = [Decimal(multiple) / 100 for multiple in MULTIPLES]
    bands = [(Decimal(start).scaleb(-2), factor - below) for start, below, factor in zip(size.starts[1:], factors, factors[1:], strict=False)]
    gate, half, more = Decimal(GATE) / GATE_DEN, Decimal("0.5"), Decimal(ACCELERATOR) / 100

    def work() -> list[Decimal]:
        reached: dict[int, Decimal] = {}
        earned: dict[tuple[int, int], Decimal] = {}
        pays = []
        for person, period, category, amount, cost in rows:
            before = reached.get(person, _NOTHING)
            after = reached[person] = before + amount
            weighed = amount * first
            for start, extra in bands:
                if after > start:
                    weighed += (after - start) * extra
                if before > start:
                    weighed -= (before - start) * extra
            quota = quotas[person]
            if after > quota:
                weighed += (after - quota) * more
            if before > quota:
                weighed -= (before - quota) * more
            margin = amount - cost if amount >= 0 else cost - amount
            share = half if margin < abs(amount) * gate else 1
            commission = (weighed * rates[category] * share).quantize(_CENT, ROUND_HALF_UP)
            run = earned.get((person, period), _NOTHING)
            total = earned[person, period] = run + commission
            pays.append(min(total, caps[person]) - min(run, caps[person]))
        return pays

    return Prepared(work=work, read=lambda pays: sample.answer(int(pay.scaleb(2)) for pay in pays))


def _calculated(size: Size, given: Job) -> Prepared:
    sample = _Sample.of(size)
    sales = sample.sales

    def work() -> Run:
        return calculate(given.plan, sales, on=END, trace=False, **given.facts)

    return Prepared(work=work, read=lambda run: sample.answer(line.pay.minor for line in run.lines))


def scalar(size: Size) -> Prepared:
    """Our scalar verb without working, on the commission job."""
    return _calculated(size, job(size))


def scalar_stateless(size: Size) -> Prepared:
    """Our scalar verb without working, on the job without memory."""
    return _calculated(size, stateless())
