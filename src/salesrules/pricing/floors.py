"""The lowest price: a share of something that is known of the line, and who may go below it.

============== =======================================================
fixed          an amount for one unit
of_list        a share of the list price
markup         the cost and a share of the cost on top
margin         the cost, and a share of the price above it
last_price     a share of what the customer paid last time
contract_price a share of what a contract says
book_price     a share of the price that the price book gives, its discounts and promotions included
guidance       a share of the floor price in the price book
============== =======================================================

>>> MarginFloor(id="m", at="net", per="line", below="nobody", margin="20%").factor      # cost / (1 - 20%)
Fraction(5, 4)
"""

from fractions import Fraction
from typing import ClassVar, Literal

import attrs

from .._exact import as_rate, as_ratio
from .._fields import about, field, word
from ..errors import PolicyError
from ..scope import Scope
from ..trace import Source
from .measures import Stage

__all__ = ["BookPriceFloor", "ContractPriceFloor", "FixedFloor", "Floor", "GuidanceFloor", "LastPriceFloor", "ListFloor", "MarginFloor", "MarkupFloor"]


@attrs.frozen(kw_only=True)
class _Floor:
    """What all floors say: where, for whom, and who may go below.

    Raises:
        PolicyError: ``pricing.floor_below`` for a floor below 0, which no price can go below.
    """

    id: str = field(doc="name of the floor")
    title: str = field(doc="what people call it", default="")
    scope: Scope = field(doc="the lines it holds for; all where left out", default=Scope())
    at: Stage = word(doc="which price must hold it")
    per: Literal["line", "order"] = word(doc="whether each line must hold it, or the order as a whole")
    below: str = field(doc="the lowest level that may approve less; 'nobody' where no one may; 'warning' where it is only reported")
    source: Source | None = field(doc="the clause", default=None)

    base: ClassVar[str]
    """The operand that the floor is a share of."""

    def __attrs_post_init__(self) -> None:
        if self.factor < 0:
            template = "the floor is {factor} times its base, so no price goes below it; give 0 or more, or drop it"
            raise PolicyError("pricing.floor_below", template, path=attrs.fields(type(self))[-1].name, factor=str(self.factor))

    @property
    def factor(self) -> Fraction:
        """The share."""
        raise NotImplementedError


@attrs.frozen(kw_only=True)
class FixedFloor(_Floor):
    """An amount for one unit, in major units of the policy's currency."""

    kind: ClassVar[str] = "fixed"
    base: ClassVar[str] = "quantity"
    price: Fraction = attrs.field(metadata=about("lowest price of one unit, in major units"), converter=as_ratio)

    @property
    def factor(self) -> Fraction:
        """The price."""
        return self.price


@attrs.frozen(kw_only=True)
class _Share(_Floor):
    share: Fraction = attrs.field(metadata=about("lowest share, such as 85%", rate=True), converter=as_rate)

    @property
    def factor(self) -> Fraction:
        """The share."""
        return self.share


@attrs.frozen(kw_only=True)
class ListFloor(_Share):
    """A share of the list price."""

    kind: ClassVar[str] = "of_list"
    base: ClassVar[str] = "list"


@attrs.frozen(kw_only=True)
class LastPriceFloor(_Share):
    """A share of what the customer paid last time; a customer without a last price is not bound by it."""

    kind: ClassVar[str] = "last_price"
    base: ClassVar[str] = "last_price"


@attrs.frozen(kw_only=True)
class ContractPriceFloor(_Share):
    """A share of what a contract with the customer says; without a contract it does not bind."""

    kind: ClassVar[str] = "contract_price"
    base: ClassVar[str] = "contract_price"


@attrs.frozen(kw_only=True)
class BookPriceFloor(_Share):
    """A share of the price that the price book gives for the line, its discounts and promotions included; of the list price without a book."""

    kind: ClassVar[str] = "book_price"
    base: ClassVar[str] = "book"


@attrs.frozen(kw_only=True)
class GuidanceFloor(_Share):
    """A share of the floor price that the price book gives; where it gives none it does not bind."""

    kind: ClassVar[str] = "guidance"
    base: ClassVar[str] = "guidance"


@attrs.frozen(kw_only=True)
class MarkupFloor(_Floor):
    """The cost and a share of the cost (加成): 25% on a cost of 80 is 100."""

    kind: ClassVar[str] = "markup"
    base: ClassVar[str] = "cost"
    markup: Fraction = attrs.field(metadata=about("share of the cost on top of it", rate=True), converter=as_rate)

    @property
    def factor(self) -> Fraction:
        """The cost and the markup."""
        return 1 + self.markup


@attrs.frozen(kw_only=True)
class MarginFloor(_Floor):
    """The cost, and a share of the price above it (毛利率): 20% on a cost of 80 is 100.

    Raises:
        PolicyError: ``pricing.margin`` for a margin of 100% or more, which no price has.
    """

    kind: ClassVar[str] = "margin"
    base: ClassVar[str] = "cost"
    margin: Fraction = attrs.field(metadata=about("share of the price above the cost", rate=True), converter=as_rate)

    def __attrs_post_init__(self) -> None:
        if self.margin >= 1:
            raise PolicyError("pricing.margin", "no price has a margin of 100% or more; did you mean a markup?", path="margin")

    @property
    def factor(self) -> Fraction:
        """The cost over what the margin leaves."""
        return 1 / (1 - self.margin)


Floor = FixedFloor | ListFloor | MarkupFloor | MarginFloor | LastPriceFloor | ContractPriceFloor | BookPriceFloor | GuidanceFloor
"""Every kind of floor."""
