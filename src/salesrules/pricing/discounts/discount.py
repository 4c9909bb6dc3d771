"""One concession on a price, however it came about: a promotion, a coupon, a manual discount, a surcharge.

A discount is a share off, money off, or the price that is paid instead. A Chinese 折 says the share that is *paid*, so it has its own
constructor: 八折 takes 20% off.

    >>> Discount(id="spring", rate="20%").rate, Discount.zhe("八折", id="八折").rate
    (Fraction(1, 5), Fraction(1, 5))
    >>> Discount(id="coupon", amount=Money("10.00", "CNY"), per="order").amount
    Exact('10', 'CNY')
    >>> Discount(id="slip", rate="120%")
    Traceback (most recent call last):
        ...
    salesrules.errors.FactError: discount slip: 120% off is more than the price; write the share taken off, at most 100% (八折 is 20%) [pricing.discount_rate]

References: the condition types of SAP SD (percentage, amount, price), and the two forms of a line discount in OCA's ``sale_fixed_discount``.
Checked with: ``tests/golden/pricing/stacking.toml``.
"""

from fractions import Fraction
from typing import Any, Literal, Self, get_args

import attrs

from ..._exact import maybe_rate
from ..._fields import about, field
from ...errors import FactError
from ...money import Currency, Exact, Money, format_ratio, zhe
from ...trace import Source

__all__ = ["Discount", "share_off"]

Per = Literal["unit", "line", "order"]
Of = Literal["running", "list"]


def _exact(value: Any) -> Any:
    return Exact.from_minor(value.minor, value.currency) if isinstance(value, Money) else value


def share_off(before: Exact, after: Exact) -> Fraction:
    """The share that was taken off; nothing of nothing counts as 0.

    >>> share_off(Exact(200, "CNY"), Exact(150, "CNY")), share_off(Exact(0, "CNY"), Exact(0, "CNY"))
    (Fraction(1, 4), Fraction(0, 1))
    """
    return Fraction(0) if before.is_zero else (before - after) / before


@attrs.frozen(kw_only=True)
class Discount:
    """One concession: exactly one of ``rate``, ``amount``, ``price``.

    A document that states both a rate and an amount for one discount gives both here; they must agree on the price that the discount
    meets, and the amount is what counts.

    Args:
        rate: the share taken off, up to 100%; below 0 it is a surcharge.
        amount: money off; below 0 it is a surcharge.
        price: what is paid instead; it never raises a price.
        per: what ``amount``, ``price`` and ``most`` are stated for: a unit, the whole line, the whole order.
        of: what ``rate`` is a share of: the price so far (连续折), or the list price.
        lane: of the discounts in one lane only the best counts; the lanes follow one another.
        exclusive: it stands alone; how it meets others is said by `Stacking.exclusives`.
        combinable: whether it may stand beside other discounts; where not, it is taken alone if that gives more.
        priority: the higher comes first where `Stacking.order` goes by priority.
        last: it is always taken, after all the others.
        most: the most it may take off.
        not_on_discounted: it is taken only where nothing has been taken off the list price before.
        reason: where it comes from: ``promotion``, ``coupon``, ``manual``, ``payment_term``.
        source: the clause.

    Raises:
        FactError: ``pricing.discount_id``, ``pricing.discount_terms`` (none or several of the three), ``pricing.discount_rate`` (over 100%),
            ``pricing.discount_amount`` (no amount of money), ``pricing.discount_below`` (a price or a cap below 0),
            ``pricing.discount_currency``, ``pricing.discount_word``.
    """

    id: str = field(doc="name of the discount")
    rate: Fraction | None = attrs.field(metadata=about("share taken off", rate=True), default=None, converter=maybe_rate)
    amount: Exact | None = attrs.field(metadata=about("money off"), default=None, converter=_exact)
    price: Exact | None = attrs.field(metadata=about("what is paid instead"), default=None, converter=_exact)
    per: Per = field(doc="what amount, price and most are stated for", default="unit")
    of: Of = field(doc="what the rate is a share of", default="running")
    lane: str = field(doc="only the best of a lane counts", default="")
    exclusive: bool = field(doc="whether it stands alone", default=False)
    combinable: bool = field(doc="whether it may stand beside others", default=True)
    priority: int = field(doc="the higher comes first", default=0)
    last: bool = field(doc="always taken, after all others", default=False)
    most: Money | None = field(doc="the most it may take off", default=None)
    not_on_discounted: bool = field(doc="only where nothing has been taken off before", default=False)
    reason: str = field(doc="where it comes from", default="")
    source: Source | None = field(doc="the clause", default=None)

    def __attrs_post_init__(self) -> None:
        path = f"discount {self.id}"
        if not isinstance(self.id, str) or not self.id.strip():
            raise FactError("pricing.discount_id", "the discount is called {id!r}; give it a name that is not empty", path="discount", id=self.id)
        given = [name for name in ("rate", "amount", "price") if getattr(self, name) is not None]
        if len(given) != 1 and given != ["rate", "amount"]:
            template = "gives {given}; give exactly one of rate, amount, price (or a rate and the amount it comes to)"
            raise FactError("pricing.discount_terms", template, path=path, given=", ".join(given) or "nothing")
        if self.rate is not None and self.rate > 1:
            template = "{rate} off is more than the price; write the share taken off, at most 100% (八折 is 20%)"
            raise FactError("pricing.discount_rate", template, path=path, rate=format_ratio(self.rate))
        for name, known in (("per", get_args(Per)), ("of", get_args(Of))):
            if getattr(self, name) not in known:
                template = "{name} is {word!r}; use one of {known}"
                raise FactError("pricing.discount_word", template, path=path, name=name, word=getattr(self, name), known=", ".join(known))
        self._check_amounts(path)

    def _check_amounts(self, path: str) -> None:
        for name, kind in (("amount", Exact), ("price", Exact), ("most", Money)):
            value = getattr(self, name)
            if value is None:
                continue
            if not isinstance(value, kind):
                template = "{name} is {value!r}; pass Money('12.30', 'CNY')"
                raise FactError("pricing.discount_amount", template, path=path, name=name, value=value)
            if name != "amount" and value.minor < 0:
                template = "{name} is {value}; give 0 or more (a surcharge is an amount or a rate below 0)"
                raise FactError("pricing.discount_below", template, path=path, name=name, value=str(value))
        if len(self.currencies) > 1:
            template = "its amounts are in {given}; give all in one currency"
            raise FactError("pricing.discount_currency", template, path=path, given=", ".join(sorted(unit.code for unit in self.currencies)))

    @classmethod
    def zhe(cls, text: str, *, id: str, **options: Any) -> Self:
        """A Chinese discount, which names the share that is paid: 八五折 takes 15% off.

            >>> Discount.zhe("八五折", id="老客户").rate
            Fraction(3, 20)

        Args:
            text: as `salesrules.money.zhe` reads it.
            id: name of the discount.
            options: other fields of the discount.

        Raises:
            PolicyError: ``rate.zhe`` for a text that is no such discount.
            FactError: as `Discount` raises.
        """
        return cls(id=id, rate=1 - zhe(text), **options)

    @property
    def currencies(self) -> frozenset[Currency]:
        """The currencies of its amounts; none for a plain rate."""
        return frozenset(value.currency for value in (self.amount, self.price, self.most) if value is not None)

    @property
    def is_surcharge(self) -> bool:
        """Whether it raises the price."""
        return (self.amount.minor if self.amount is not None else self.rate or 0) < 0
