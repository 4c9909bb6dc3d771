"""What commission is computed from: sales and who is credited, what happened to them, who works for whom, quotas, factors, rates.

Facts are small frozen values in the field's words. They check themselves when they are made, so that nothing is computed from half of
a wrong table. A return is a sale with a negative amount that names the sale it ``returns``; nothing is ever edited.

    >>> from datetime import date
    >>> Sale(id="S1", date=date(2026, 3, 2), amount=Money("1200.00", "CNY"), person="chen").credits
    (Credit(person='chen', share=Fraction(1, 1), kind='split'),)
    >>> Sale(id="S2", date=date(2026, 3, 2), amount=Money("1200.00", "CNY"), credits=(Credit("chen", "60%"), Credit("li", "39.99%")))
    Traceback (most recent call last):
        ...
    salesrules.errors.FactError: sale S2: the split shares add up to 99.99%, not 100%; correct them, or mark extra credit as overlay [sale.split]
"""

from datetime import date, datetime
from fractions import Fraction
from typing import Any, Literal

import attrs

from .._fields import field
from ..errors import FactError
from ..money import Money, format_ratio, rate, ratio
from ..periods import Period

__all__ = ["Credit", "Event", "Factor", "FxRate", "Incentive", "Quota", "Receipt", "Sale", "check_day", "check_money", "check_name", "check_period"]


def check_day(value: Any, path: str) -> None:
    """Refuse what is not a plain date.

    Raises:
        FactError: ``fact.date``.
    """
    if not isinstance(value, date) or isinstance(value, datetime):
        raise FactError("fact.date", "{value!r} is no plain date; pass a datetime.date", path=path, value=value)


def check_period(value: Any, path: str) -> None:
    """Refuse what is no period.

    Raises:
        FactError: ``fact.period``.
    """
    if not isinstance(value, Period):
        raise FactError("fact.period", "{value!r} is no period; pass one of a calendar, such as CivilCalendar().parse('2026-03')", path=path, value=value)


def check_money(value: Any, path: str, name: str) -> None:
    """Refuse what is no money.

    Raises:
        FactError: ``fact.money``.
    """
    if not isinstance(value, Money):
        raise FactError("fact.money", "{name} is {value!r}; pass Money('12.30', 'CNY')", path=path, name=name, value=value)


def check_name(value: Any, path: str, name: str) -> None:
    """Refuse what is no text, or an empty one.

    Raises:
        FactError: ``fact.name``.
    """
    if not isinstance(value, str) or not value.strip():
        raise FactError("fact.name", "{name} is {value!r}; give it a text that is not empty", path=path, name=name, value=value)


@attrs.frozen
class Credit:
    """Who is credited with how much of a sale. Split shares of one sale add up to exactly 1; an overlay (shadow) credit is extra."""

    person: str
    share: Fraction = attrs.field(default=Fraction(1), converter=rate)
    kind: Literal["split", "overlay"] = "split"

    def __attrs_post_init__(self) -> None:
        check_name(self.person, "credit", "person")
        if self.kind not in {"split", "overlay"}:
            raise FactError("credit.kind", "{kind!r} is no kind of credit; say split or overlay", path=f"credit {self.person}", kind=self.kind)
        if self.share <= 0:
            raise FactError(
                "credit.share", "the share is {share}; a credit needs a share above 0", path=f"credit {self.person}", share=format_ratio(self.share)
            )


def _credits(given: tuple[Credit, ...], sale: Any) -> tuple[Credit, ...]:
    return tuple(given) or ((Credit(sale.person),) if sale.person else ())


@attrs.frozen(kw_only=True)
class Sale:
    """One line of sales, or (with a negative amount) of returns.

    Args:
        id: unique among all sales of a calculation.
        date: the day on which it is credited.
        amount: net sales value.
        person: who made it, where one person did; otherwise give ``credits``.
        credits: who is credited with how much.
        cost: what it cost the company; needed where margin is measured.
        list_amount: its value at list price; needed where the discount given decides.
        receivable: what the customer owes for it, tax included; cash is compared with it. The amount where left out.
        units: quantity.
        new_customer: whether it is the first sale to a customer.
        instalment: which payment of a contract it is, counted from 1; needed where the instalment decides.
        returns: the id of the sale that this one takes back, as it stood: credits, product, customer and the like are those of that sale,
            whatever is given here.
    """

    id: str
    date: date
    amount: Money
    person: str = ""
    credits: tuple[Credit, ...] = attrs.field(default=(), converter=attrs.Converter(_credits, takes_self=True))  # type: ignore[misc]  # mypy knows no converters that take the instance
    customer: str = ""
    variant: str = ""
    product: str = ""
    category: str = ""
    customer_grade: str = ""
    channel: str = ""
    region: str = ""
    cost: Money | None = None
    list_amount: Money | None = None
    receivable: Money | None = None
    units: Fraction = attrs.field(default=Fraction(0), converter=ratio)
    new_customer: bool = False
    instalment: Fraction = attrs.field(default=Fraction(0), converter=ratio)
    returns: str = ""
    document: str = ""

    def __attrs_post_init__(self) -> None:
        check_name(self.id, "sale", "id")
        path = f"sale {self.id}"
        check_day(self.date, path)
        check_money(self.amount, path, "amount")
        for name in ("cost", "list_amount", "receivable"):
            other = getattr(self, name)
            if other is not None:
                check_money(other, path, name)
                if other.currency != self.amount.currency:
                    raise FactError(
                        "sale.currency",
                        "{name} is in {other}, the amount in {own}; give both in one currency",
                        path=path,
                        name=name,
                        other=str(other.currency),
                        own=str(self.amount.currency),
                    )
        if not self.credits and not self.returns:
            raise FactError("sale.uncredited", "credited to nobody; name a person, or a house account of the plan", path=path)
        self._check_shares(path)
        if self.person and self.credits != (Credit(self.person),):
            raise FactError("sale.person_and_credits", "names {person} and a list of credits; give the one or the other", path=path, person=self.person)
        if self.returns and self.amount.minor > 0:
            raise FactError(
                "sale.return_sign",
                "a return of {original} has the positive amount {amount}; give it negative",
                path=path,
                original=self.returns,
                amount=str(self.amount),
            )

    def _check_shares(self, path: str) -> None:
        for credit in self.credits:
            if not isinstance(credit, Credit):
                raise FactError("fact.credit", "{value!r} is no credit; pass Credit('chen', '60%')", path=path, value=credit)
        if len({(credit.person, credit.kind) for credit in self.credits}) != len(self.credits):
            raise FactError("sale.credited_twice", "credits one person twice; add the shares up", path=path)
        total = sum((credit.share for credit in self.credits if credit.kind == "split"), Fraction(0))
        if self.credits and total != 1:
            raise FactError(
                "sale.split",
                "the split shares add up to {total}, not 100%; correct them, or mark extra credit as overlay",
                path=path,
                total=format_ratio(total),
            )


@attrs.frozen(kw_only=True)
class Receipt:
    """Cash received for a sale (回款); negative where it went back."""

    id: str
    sale: str
    date: date
    amount: Money

    def __attrs_post_init__(self) -> None:
        check_name(self.id, "receipt", "id")
        check_day(self.date, f"receipt {self.id}")
        check_money(self.amount, f"receipt {self.id}", "amount")


@attrs.frozen(kw_only=True)
class Event:
    """Something that happened to a sale: ``shipment``, ``invoice``, or a milestone by its name; ``share`` says how much of it."""

    sale: str
    kind: str
    date: date
    share: Fraction = attrs.field(default=Fraction(1), converter=rate)

    def __attrs_post_init__(self) -> None:
        check_name(self.kind, "event", "kind")
        check_day(self.date, f"event {self.kind} of {self.sale}")
        if not 0 < self.share <= 1:
            raise FactError(
                "event.share",
                "the share is {share}; give a share above 0 and up to 100%",
                path=f"event {self.kind} of {self.sale}",
                share=format_ratio(self.share),
            )


def _goal(value: Any) -> Money | Fraction:
    return value if isinstance(value, Money) else ratio(value)


@attrs.frozen(kw_only=True)
class Quota:
    """The goal of a person over a period: money, or a number of units."""

    person: str
    period: Period
    amount: Money | Fraction = attrs.field(converter=_goal)
    name: str = "sales"

    def __attrs_post_init__(self) -> None:
        check_period(self.period, f"quota {self.person}")


@attrs.frozen(kw_only=True)
class Incentive:
    """The target incentive of a person over a period: what 100% attainment pays."""

    person: str
    period: Period
    amount: Money

    def __attrs_post_init__(self) -> None:
        check_period(self.period, f"incentive {self.person}")
        check_money(self.amount, f"incentive {self.person}", "amount")


@attrs.frozen(kw_only=True)
class Factor:
    """A coefficient from elsewhere, such as a KPI coefficient or a collection rate, by person and period. Who made it is not asked."""

    name: str
    person: str
    period: Period
    value: Fraction = attrs.field(converter=ratio)

    def __attrs_post_init__(self) -> None:
        check_period(self.period, f"factor {self.name} of {self.person}")


@attrs.frozen(kw_only=True)
class FxRate:
    """One unit of ``base`` is worth ``rate`` of ``quote`` from ``date`` on, as ``source`` published it. Never inverted."""

    base: str
    quote: str
    date: date
    rate: Fraction = attrs.field(converter=ratio)
    source: str = field(doc="who published the rate", default="")

    def __attrs_post_init__(self) -> None:
        check_day(self.date, f"rate {self.base}/{self.quote}")
        if self.rate <= 0:
            raise FactError("fx.rate", "the rate is {rate}; an exchange rate is above 0", path=f"rate {self.base}/{self.quote}", rate=str(self.rate))
