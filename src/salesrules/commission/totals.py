"""Totals: what a component made of a person's sales in a settlement period, without the single lines.

Columns compute millions of lines; `settle` makes statements, draws and balances of their totals. `total_up` adds up the lines of a run.

>>> from datetime import date
>>> from salesrules.commission import Component, Rate, RateEntry, Returns, Sale, calculate
>>> plan = Plan(id="simple", currency="CNY", effective_from=date(2026, 1, 1), returns=Returns(rate="original"),
...             components=(Component(id="base", measure="sales", steps=(Rate(entries=(RateEntry(rate="3%"),)),)),))
>>> sales = [Sale(id=f"S{day}", date=date(2026, 3, day), amount=Money("1200", "CNY"), person="chen") for day in (2, 9)]
>>> (total,) = total_up(plan, calculate(plan, sales, on=date(2026, 3, 31)).lines)
>>> str(total.period), total.lines, total.credited, total.pay
('2026-03', 2, Money('2400.00', 'CNY'), Money('72.00', 'CNY'))
"""

from collections.abc import Iterable
from datetime import date

import attrs

from ..errors import FactError
from ..money import Money
from ..periods import Period
from .facts import check_money, check_name, check_period
from .lines import Line
from .plan import Plan

__all__ = ["Total", "total_up"]


@attrs.frozen(kw_only=True)
class Total:
    """What the lines of one person, settlement period and component come to.

    Args:
        person: who is paid; what a team is credited with is under the account ``team:`` and its name.
        period: the settlement period that holds the days of the sales.
        component: the id of the component.
        lines: how many lines there are.
        credited: the amounts that the person was credited with, in the plan's currency.
        pay: what the lines book.

    Raises:
        FactError: ``fact.name``, ``fact.period``, ``fact.money``, ``total.lines`` for values of another kind.
    """

    person: str
    period: Period
    component: str
    lines: int
    credited: Money
    pay: Money

    def __attrs_post_init__(self) -> None:
        check_name(self.person, "total", "person")
        path = f"total {self.person}"
        check_name(self.component, path, "component")
        check_period(self.period, path)
        check_money(self.credited, path, "credited")
        check_money(self.pay, path, "pay")
        if type(self.lines) is not int or self.lines < 0:
            raise FactError("total.lines", "lines is {value!r}; give the number of lines, 0 or more", path=path, value=self.lines)


def total_up(plan: Plan, lines: Iterable[Line]) -> tuple[Total, ...]:
    """Lines added up by person, settlement period and component, in that order.

    Args:
        plan: the version that says what the settlement periods are: that of the day as of which is settled, such as `Run.plan`.
        lines: the lines of a run, or lines that were stored and read back.
    """
    periods: dict[date, Period] = {}
    found: dict[tuple[str, Period, str], list[int]] = {}
    for line in lines:
        day = line.sale.date
        if day not in periods:
            periods[day] = plan.calendar.containing(day, plan.settle)
        sums = found.setdefault((line.person, periods[day], line.component), [0, 0, 0])
        for place, count in enumerate((1, line.measure_count, line.pay.minor)):
            sums[place] += count
    return tuple(
        Total(
            person=person,
            period=period,
            component=component,
            lines=count,
            credited=Money.from_minor(credited, plan.money),
            pay=Money.from_minor(pay, plan.money),
        )
        for (person, period, component), (count, credited, pay) in sorted(found.items())
    )
