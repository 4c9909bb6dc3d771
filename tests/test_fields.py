"""Fields that take listed words or tuples refuse anything else when rules and facts are made in Python."""

import datetime as dt
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any, cast

import attrs
import pytest

import salesrules
from salesrules._fields import words_of
from salesrules.approvals import Act, Measured, Submission
from salesrules.bands import AmountBand, Interpolated, Lookup, Marginal, Overage, Point, RateBand, Step, ValueBand, Whole
from salesrules.commission import Credit, Tiers
from salesrules.errors import FactError, PolicyError, SalesRulesError
from salesrules.money import Money, Rounding
from salesrules.periods import After, CivilCalendar, RetailCalendar, WeekdayCalendar
from salesrules.pricing import Audience, Block, Break, Discount, Graduated, Quote, QuoteLine, Spreading, Stacking, Volume, price_for_margin
from salesrules.pricing.discounts.spreading import into_units
from salesrules.pricing.prices.tax import rebased
from salesrules.pricing.promotions import Basket, BasketLine, Contest, Coupon, Places, promote
from salesrules.scope import Ranked, Scope
from tests.pricing_cases import discounts, policy

BANDS = (RateBand(start=0, rate="1%"),)
MEASURED = Measured(measure="discount", value="5%", worse="more")
BREAKS = (Break(start=0, price=1),)
BY_HAND: tuple[Any, ...] = (
    Act(verb="approve", person="chen", on=dt.date(2026, 3, 2)),
    After(),
    Block(bands=(AmountBand(start=0, amount=1),)),
    CivilCalendar(),
    Credit("chen"),
    Discount(id="spring", rate="5%"),
    Graduated(breaks=BREAKS),
    Interpolated(points=(Point(at=0, value=0), Point(at=1, value=1)), below="clamp", above="clamp"),
    Lookup(bands=(ValueBand(start=0, value=1),)),
    Marginal(bands=BANDS),
    MEASURED,
    Overage(bands=BANDS, above=0),
    Ranked(()),
    RetailCalendar(pattern="4-4-5", ends="saturday", last_of=9, named_by="end"),
    Rounding(),
    Scope(),
    Spreading(by="amount", remainder="first", pushed_back="move"),
    Stacking(mode="additive", order="given"),
    Step(bands=(AmountBand(start=0, amount=1),)),
    Volume(breaks=BREAKS),
    WeekdayCalendar(years=(2026, 2026)),
    Whole(bands=BANDS),
)
"""Classes that look at some of their words themselves, with errors of their own."""

OWN = {
    "approvals.state.State": "an answer",
    "commission.program.Part": "a rule in preparation, made from a plan",
    "commission.steps.flow.Ask": "a question of the calculation to itself",
    "pricing.discounts.stacked.Dropped": "an answer",
    "pricing.discounts.stacked.OrderMatters": "an answer",
    "pricing.discounts.stacked.Reduction": "an answer",
    "pricing.discounts.stacked.Stacked": "an answer",
    "pricing.discounts.taking.Taken": "what one discount took, on the way to the answer",
    "pricing.discounts.taking.Terms": "a rule in preparation, made from a policy",
    "pricing.measures.Measure": "the table of the measures",
    "pricing.priced.Priced": "prices on the way to the answer",
    "pricing.prices.shelf.Shelf": "a book in preparation, made from its entries",
    "pricing.prices.terms.Market": "a rule in preparation, made from a book",
    "pricing.promotions.award.Award": "an answer",
    "pricing.promotions.award.Terms": "an answer",
    "pricing.promotions.campaign.Act": "a campaign refuses what cannot be done in its state",
    "pricing.waterfall.WaterfallStep": "an answer",
    "source.Compiled": "an expression in preparation",
    "text.sheet.Column": "a column of a printed sheet",
}
"""Classes that nobody writes rules or facts with."""


def _classes() -> Iterator[type[Any]]:
    """Every attrs class of the rules and facts that can be made, each where it is defined."""
    for found in pkgutil.walk_packages(salesrules.__path__, "salesrules."):
        if not found.name.startswith(("salesrules.__main__", "salesrules.cli", "salesrules.frames", "salesrules.testing")):
            module = importlib.import_module(found.name)
            yield from (each for each in vars(module).values() if isinstance(each, type) and attrs.has(each) and each.__module__ == found.name)


def _named(cls: type[Any]) -> str:
    return f"{cls.__module__}.{cls.__name__}".removeprefix("salesrules.")


def _takes_words(hint: Any) -> bool:
    """Whether it is a Literal, a tuple of them, or a tuple of texts."""
    return hint == tuple[str, ...] or any(word is not None for word in words_of(hint))


ALL = [(cls, attribute) for cls in _classes() for attribute in attrs.fields(cls) if _takes_words(attribute.type)]
FIELDS = [(cls, attribute) for cls, attribute in ALL if _named(cls) not in OWN and not cls.__name__.startswith("_")]
SAMPLES = {type(sample): sample for sample in BY_HAND}


@pytest.mark.parametrize(("cls", "attribute"), [pytest.param(*pair, id=f"{pair[0].__name__}.{pair[1].name}") for pair in FIELDS])
def test_every_field_refuses(cls: type[Any], attribute: "attrs.Attribute[Any]") -> None:
    """A field of listed words refuses another word, and one of several texts refuses a bare text, when the value is made."""
    given, convert = {attribute.name: "yaer"}, cast("Any", attribute.converter)
    if attribute.validator is None:
        with pytest.raises(SalesRulesError):
            attrs.evolve(SAMPLES[cls], **given)
        return
    with pytest.raises(SalesRulesError) as caught:
        attribute.validator(None, attribute, convert("yaer") if convert else "yaer")
    assert caught.value.code == ("field.list" if convert else "field.word")
    assert caught.value.path == attribute.name


def test_exceptions_are_few() -> None:
    """Every class in the lists of exceptions has a field that needs the exception."""
    unchecked = {cls for cls, attribute in ALL if attribute.validator is None}
    assert OWN.keys() <= {_named(cls) for cls in unchecked}
    assert SAMPLES.keys() <= unchecked


M = Money(100, "CNY")
LINE = QuoteLine(id="1", quantity=1, price=M)
BASKET = Basket(currency="CNY", lines=(BasketLine(id="1", quantity=1, list_price=M),))
ASKED = Submission(person="chen", on=dt.date(2026, 3, 2), reason="volume", needs="head", own=("rep",), measures=(MEASURED,))


def _quote(**terms: Any) -> Quote:
    given: dict[str, Any] = {"id": "Q1", "date": dt.date(2026, 3, 2), "lines": (LINE,)}
    return Quote(**given | terms)


REFUSED: dict[str, tuple[type[SalesRulesError], str, str, Callable[[], Any]]] = {
    "a level's own range": (PolicyError, "field.word", "own_range", lambda: policy(own_range="ask_above")),
    "how floors combine": (PolicyError, "field.word", "combine", lambda: policy(combine="al")),
    "tax": (PolicyError, "field.word", "tax", lambda: policy(tax="gros")),
    "a measure": (PolicyError, "field.word", "measure", lambda: discounts("5%", measure="discout")),
    "the best of a contest": (PolicyError, "field.word", "best", lambda: Contest(prizes=(Places(prize=M),), best="higest", ties="each")),  # type: ignore[arg-type]
    "an interval": (PolicyError, "field.word", "over", lambda: Tiers(over="yer", table=Marginal(bands=BANDS))),  # type: ignore[arg-type]
    "one of several words": (PolicyError, "field.word", "sees[1]", lambda: Audience(id="rep", sees=("limits", "flors"))),  # type: ignore[arg-type]
    "a word for a list of words": (PolicyError, "field.list", "sees", lambda: Audience(id="rep", sees="limits")),  # type: ignore[arg-type]
    "a text for a list": (PolicyError, "field.list", "codes", lambda: Coupon(codes="SPRING", per_order=1)),  # type: ignore[arg-type]
    "nothing for a list": (PolicyError, "field.list", "codes", lambda: Coupon(codes=None, per_order=1)),  # type: ignore[arg-type]
    "a number for a text": (PolicyError, "field.item", "codes[1]", lambda: Coupon(codes=("A", 1), per_order=1)),  # type: ignore[arg-type]
    "the tax of a basket": (FactError, "field.word", "basis", lambda: attrs.evolve(BASKET, basis="gros")),  # type: ignore[arg-type]
    "the coupons of a basket": (FactError, "field.list", "coupons", lambda: attrs.evolve(BASKET, coupons="SPRING")),  # type: ignore[arg-type]
    "the groups of a quote": (FactError, "field.list", "groups", lambda: _quote(groups="vip")),
    "a line for lines": (FactError, "field.list", "lines", lambda: _quote(lines=LINE)),
    "a text for a line": (FactError, "field.item", "lines[0]", lambda: _quote(lines=("1",))),
    "a text for a discount of the order": (FactError, "field.item", "discounts[0]", lambda: _quote(discounts=("5%",))),
    "a text for a discount of the line": (FactError, "field.item", "discounts[0]", lambda: attrs.evolve(LINE, discounts=["5%"])),  # type: ignore[arg-type]
    "a line for the lines of a basket": (FactError, "field.list", "lines", lambda: attrs.evolve(BASKET, lines=BASKET.lines[0])),  # type: ignore[arg-type]
    "a name for names": (FactError, "field.list", "parties", lambda: attrs.evolve(ASKED, parties="li")),  # type: ignore[arg-type]
    "a number for money": (FactError, "pricing.price_type", "freight", lambda: _quote(freight=250)),
    "a text for money": (FactError, "pricing.price_type", "freight", lambda: _quote(freight="250 EUR")),
    "how promotions are chosen": (PolicyError, "field.word", "choice", lambda: promote([], BASKET, on=dt.date(2026, 3, 2), choice="bset")),  # type: ignore[arg-type]
    "which units bear more": (PolicyError, "field.word", "remainder", lambda: into_units(M, 3, remainder="frist")),  # type: ignore[arg-type]
    "what stays without tax": (PolicyError, "field.word", "keep", lambda: rebased(M, None, None, "prise")),  # type: ignore[arg-type]
    "which price": (PolicyError, "field.word", "at", lambda: price_for_margin(policy(), _quote(), "1", "30%", at="cost")),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str) -> None:
    """Wrong words raise `PolicyError` in rules and `FactError` in facts, and the path leads to the word."""
    kind, code, path, make = REFUSED[name]
    with pytest.raises(kind) as caught:
        make()
    assert (type(caught.value), caught.value.code, caught.value.path) == (kind, code, path)


def test_lists_become_tuples() -> None:
    """A list is as good as a tuple, and the value can be hashed."""
    quote = _quote(groups=["vip"], lines=[LINE], coupons=iter(["SPRING"]))
    assert quote == _quote(groups=("vip",), coupons=("SPRING",))
    assert hash(quote)


def test_no_word_where_none_is_needed() -> None:
    """A field that may be left out takes None."""
    assert policy(tax=None).tax is None


def test_what_is_given_stays_short() -> None:
    """The message shows the beginning of what was given, however long it is."""
    with pytest.raises(FactError) as caught:
        _quote(groups="x" * 1000)
    assert len(str(caught.value)) < 200
