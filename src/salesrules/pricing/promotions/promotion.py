"""A promotion as it is proposed and approved: what it offers, to whom, from when until when, and within which budget.

>>> from datetime import date
>>> spring = Promotion(id="spring", title="Spring sale", currency="CNY", start=date(2026, 3, 1), until=date(2026, 4, 1), units="shared",
...     offers=(PriceOff(rate="10%", per="line", of="list"),), audience=Audience(customers="new"),
...     budget=Budget(amount=Money(5000, "CNY"), charged="cost", short="refused"))
>>> spring.covers(date(2026, 3, 31)), spring.covers(date(2026, 4, 1))
(True, False)
"""

from datetime import date
from functools import cached_property
from typing import ClassVar, Literal, TypeAlias

import attrs

from ..._fields import field, listing, word
from ...errors import FactError, PolicyError, SalesRulesError
from ...money import HALF_UP, Currency, Money, Rounding, currency
from ...scope import Scope
from ...text import Label, label
from ...trace import Source
from .basket import Basket
from .bundle import Bundle
from .buy_get import BuyGet
from .contest import Contest
from .draw import Draw
from .giving import Giving
from .meter import Threshold
from .price_off import PriceOff
from .spend import Spend

__all__ = ["Audience", "Budget", "Coupon", "Offer", "Promotion"]

Offer: TypeAlias = PriceOff | BuyGet | Giving | Bundle | Spend | Draw | Contest
"""Whatever a promotion may offer, told apart by ``kind``."""

_OF_PRODUCTS = frozenset({"product", "variant", "category"})


@attrs.frozen(kw_only=True)
class Audience:
    """For whom a promotion is.

    Args:
        customers: all customers, only ``new`` ones, or only ``existing`` ones.
        scope: customers, grades, channels and regions.
        groups: customer groups, any of which will do.
        not_groups: customer groups that are left out, such as those who opted out of campaigns.

    Raises:
        PolicyError: ``pricing.promotion_audience`` for a scope that speaks on products, which the offers do.
    """

    customers: Literal["all", "new", "existing"] = word(doc="all customers, new ones or existing ones", default="all")
    scope: Scope = field(doc="customers, grades, channels and regions", default=Scope())
    groups: tuple[str, ...] = listing(doc="customer groups, any of which will do", default=())
    not_groups: tuple[str, ...] = listing(doc="customer groups that are left out", default=())

    def __attrs_post_init__(self) -> None:
        if _OF_PRODUCTS & set(self.scope.dimensions):
            raise PolicyError("pricing.promotion_audience", "an audience names no products; put them into the scope of the offers", path="scope")

    def unmet(self, basket: Basket) -> Label | None:
        """Why a customer does not belong to it; `None` where he does.

        Raises:
            FactError: ``pricing.promotion_new`` where it matters whether the customer is new and the basket does not say.
        """
        if self.customers != "all":
            if basket.new_customer is None:
                raise FactError("pricing.promotion_new", "a promotion is for new or existing customers only; say which this one is", path="new_customer")
            if basket.new_customer != (self.customers == "new"):
                return label("pricing.promotion.dropped.existing") if self.customers == "new" else label("pricing.promotion.dropped.new")
        if not self.scope.covers(basket.customer_dimensions):
            return label("pricing.promotion.dropped.scope", scope=self.scope)
        if (self.groups and not set(self.groups) & set(basket.groups)) or set(self.not_groups) & set(basket.groups):
            return label("pricing.promotion.dropped.group")
        return None


@attrs.frozen(kw_only=True)
class Budget:
    """How much a promotion may cost in all.

    Args:
        amount: the budget.
        charged: what is held against it: what a concession ``cost`` the company, or the ``worth`` of it at the list price. Money off is both.
        short: what becomes of a promotion of which the rest of the budget does not cover all: it is ``refused``, or ``cut`` to the rest
            (money to the smallest unit; free units and gifts are given in full or not at all).
    """

    amount: Money = field(doc="the budget")
    charged: Literal["cost", "worth"] = word(doc="what is held against it")
    short: Literal["refused", "cut"] = word(doc="what happens where the rest does not cover all")

    def __attrs_post_init__(self) -> None:
        if self.amount.minor <= 0:
            raise PolicyError("pricing.promotion_budget", "the budget is {amount}; give one above 0, or none", path="amount", amount=str(self.amount))


@attrs.frozen(kw_only=True)
class Coupon:
    """Codes that a customer must show.

    Args:
        codes: the codes, any of which will do.
        uses: how often one code may be used; any number of times where left out.
        per_order: how many codes of this promotion count in one order, each bringing the offers once.
    """

    codes: tuple[str, ...] = listing(doc="the codes")
    uses: int | None = field(doc="how often one code may be used", default=None)
    per_order: int = field(doc="how many codes count in one order")

    def __attrs_post_init__(self) -> None:
        if not self.codes or len(set(self.codes)) < len(self.codes) or "" in self.codes or self.per_order < 1 or (self.uses is not None and self.uses < 1):
            raise PolicyError("pricing.promotion_coupon", "name codes, none of them twice or empty, and numbers of 1 or more", path="codes")


@attrs.frozen(kw_only=True)
class Promotion:
    """A promotion.

    Args:
        id: what applied discounts and uses are recorded under.
        currency: ISO 4217 code of all its amounts; it does not apply to baskets in another currency, and says so.
        start: the first day.
        until: the first day on which it is over.
        opens: whether it runs from its first day on by itself once approved (``date``), or when somebody starts it (``decision``).
        offers: what is given, one after the other.
        units: whether a unit that one promotion has used up is out of reach of this one, and the reverse (``once``), or not (``shared``).
        when: conditions that must all hold.
        audience: for whom it is.
        coupon: codes that must be shown.
        budget: how much it may cost in all.
        most_uses: how often it may be used in all; ``most_per_customer`` by one customer.
        priority: the higher comes first; equal ones by id.
        exclusive: where it applies, no other promotion does; of several the one that comes first.
        rounding: how money off is rounded.
        lane, combinable, last, not_on_discounted: how its discounts meet others, as in `salesrules.pricing.discounts.discount.Discount`; the last
            also keeps the offers away from units that are below their list price.

    Raises:
        PolicyError: ``pricing.promotion_no_offers``, ``pricing.promotion_dates``, ``pricing.promotion_currency_code``,
            ``pricing.promotion_mixed``, ``pricing.promotion_uses``.
    """

    kind: ClassVar[str] = "promotion"

    id: str = field(doc="name in every record")
    title: str = field(doc="what customers read", default="")
    source: Source | None = field(doc="where it is written", default=None)
    currency: str = field(doc="ISO 4217 code of all amounts")
    start: date = field(doc="first day", key="from")
    until: date = field(doc="first day on which it is over")
    opens: Literal["date", "decision"] = word(doc="whether it runs from its first day on by itself once approved", default="date")
    offers: tuple[Offer, ...] = field(doc="what is given")
    units: Literal["once", "shared"] = word(doc="whether units used up by one promotion are out of reach of others")
    when: tuple[Threshold, ...] = field(doc="conditions that must all hold", default=())
    audience: Audience = field(doc="for whom it is", default=Audience())
    coupon: Coupon | None = field(doc="codes that must be shown", default=None)
    budget: Budget | None = field(doc="how much it may cost in all", default=None)
    most_uses: int | None = field(doc="how often it may be used in all", default=None)
    most_per_customer: int | None = field(doc="how often one customer may use it", default=None)
    priority: int = field(doc="the higher comes first", default=0)
    exclusive: bool = field(doc="whether no other promotion applies with it", default=False)
    lane: str = field(doc="only the best discount of a lane counts", default="")
    combinable: bool = field(doc="whether its discounts may meet others", default=True)
    last: bool = field(doc="whether its discounts come after all others", default=False)
    not_on_discounted: bool = field(doc="whether units below their list price are left out", default=False)
    rounding: Rounding = field(doc="how money off is rounded", default=HALF_UP)

    def __attrs_post_init__(self) -> None:
        if not self.offers:
            raise PolicyError("pricing.promotion_no_offers", "nothing is offered; add an offer", path="offers")
        if self.until <= self.start:
            raise PolicyError("pricing.promotion_dates", "it is over on {until}, not after {start}", path="until", until=self.until, start=self.start)
        try:
            unit = self.money
        except SalesRulesError as error:
            template = "{currency!r} is no ISO 4217 currency: {reason}"
            raise PolicyError("pricing.promotion_currency_code", template, path="currency", currency=self.currency, reason=error.message) from None
        amounts = [(f"offers[{index}]", amount) for index, offer in enumerate(self.offers) for amount in offer.amounts()]
        for path, amount in amounts + ([] if self.budget is None else [("budget.amount", self.budget.amount)]):
            if amount.currency != unit:
                template = "{amount} is not in the currency of the promotion, {currency}; give it in that"
                raise PolicyError("pricing.promotion_mixed", template, path=path, amount=str(amount), currency=unit.code)
        for name in ("most_uses", "most_per_customer"):
            most = getattr(self, name)
            if most is not None and most < 1:
                raise PolicyError("pricing.promotion_uses", "{name} is {most}; give 1 or more, or leave it out", path=name, name=name, most=most)

    @cached_property
    def money(self) -> Currency:
        """The currency."""
        return currency(self.currency)

    def covers(self, day: date) -> bool:
        """Whether a day lies within its dates."""
        return self.start <= day < self.until
