"""What holds for every price policy: monotony, exact sums, tight answers, and secrets that stay secret."""

import json
from datetime import date
from fractions import Fraction
from typing import Any

import attrs
from hypothesis import assume, example, given
from hypothesis import strategies as st

from salesrules.approvals.envelope import Approval, Signature
from salesrules.money import Exact, Money
from salesrules.pricing import (
    Actor,
    Audience,
    Discount,
    FixedFloor,
    Limit,
    ListFloor,
    MarginFloor,
    MarkupFloor,
    PricePolicy,
    Quote,
    QuoteLine,
    Row,
    decide,
    further_discount,
    lowest_price,
    one_more_free,
    price_for_margin,
)
from salesrules.trace import replay
from tests.pricing_cases import DAY, LEVELS, MEETING

PER: st.SearchStrategy[Any] = st.sampled_from(["line", "order"])
STAGES: st.SearchStrategy[Any] = st.sampled_from(["invoice", "net", "pocket"])
BELOW = st.sampled_from(["nobody", "warning", *(level.id for level in LEVELS)])
CENTS = st.integers(0, 20_000)
ACTORS = st.sampled_from([Actor(person="li", level=level.id) for level in LEVELS])


def shares(most: int = 99) -> st.SearchStrategy[str]:
    """Percentages."""
    return st.integers(0, most).map(lambda share: f"{share}%")


@st.composite
def floors(draw: st.DrawFn) -> tuple[Any, ...]:
    """A few floors of any kind."""
    kinds: list[tuple[Any, str, Any]] = [
        (FixedFloor, "price", st.integers(0, 120).map(str)),
        (ListFloor, "share", shares()),
        (MarginFloor, "margin", shares(80)),
        (MarkupFloor, "markup", shares(100)),
    ]
    made = []
    for place, (cls, name, values) in enumerate(draw(st.lists(st.sampled_from(kinds), max_size=3))):
        made.append(cls(id=f"floor{place}", at=draw(STAGES), per=draw(PER), below=draw(BELOW), **{name: draw(values)}))
    return tuple(made)


@st.composite
def limits(draw: st.DrawFn) -> tuple[Limit, ...]:
    """Limits by any measure, of which each counts once."""
    made = []
    for measure in draw(st.sets(st.sampled_from(["discount", "amount", "margin", "markup", "price", "size"]), min_size=1, max_size=3)):
        worse_is_more = measure in {"discount", "amount", "size"}
        steps = sorted(draw(st.sets(st.integers(0, 99), min_size=len(LEVELS), max_size=len(LEVELS))), reverse=not worse_is_more)
        unit = "" if measure in {"amount", "price", "size"} else "%"
        last = draw(st.booleans())
        rows = tuple(Row(level=level.id, limit=None if last and level is LEVELS[-1] else f"{step}{unit}") for level, step in zip(LEVELS, steps, strict=True))
        made.append(Limit(id=measure, measure=measure, at=draw(STAGES), per=draw(PER), rows=rows, edge=draw(st.sampled_from(["inclusive", "exclusive"]))))  # type: ignore[arg-type]
    return tuple(made)


@st.composite
def policies(draw: st.DrawFn) -> PricePolicy:
    """A price policy."""
    return PricePolicy(
        id="prices",
        currency="CNY",
        effective_from=date(2026, 1, 1),
        own_range=draw(st.sampled_from(["granted", "asks_above"])),
        combine=draw(st.sampled_from(["all", "highest"])),
        levels=LEVELS,
        floors=draw(floors()),
        limits=draw(limits()),
        discounts=MEETING,
        audiences=(Audience(id="rep"), Audience(id="lead", sees=("limits",)), Audience(id="finance", sees=("limits", "floors", "costs", "pocket"))),
    )


def prices(least: int = 0) -> st.SearchStrategy[Money]:
    """Unit prices."""
    return st.integers(least, 20_000).map(lambda minor: Money.from_minor(minor, "CNY"))


@st.composite
def lines(draw: st.DrawFn, name: str) -> QuoteLine:
    """A line."""
    return QuoteLine(
        id=name,
        product=draw(st.sampled_from(["pump", "valve"])),
        quantity=draw(st.sampled_from(["1", "3", "2.5", "10"])),
        list_price=draw(prices(1)),
        price=draw(prices()),
        cost=draw(prices()),
        free=draw(st.sampled_from(["0", "0", "1"])),
        bundle=draw(st.sampled_from(["", "", "set"])),
        discounts=tuple(Discount(id=f"{name}{place}", rate=share) for place, share in enumerate(draw(st.lists(shares(50), max_size=2)))),
    )


@st.composite
def quotes(draw: st.DrawFn) -> Quote:
    """A quote of one to three lines."""
    count = draw(st.integers(1, 3))
    return Quote(
        id="Q",
        person="li",
        date=DAY,
        lines=tuple(draw(lines(str(place))) for place in range(count)),
        rebate=draw(shares(10)),
        payment_discount=draw(shares(3)),
        freight=draw(st.none() | prices()),
    )


def lowered(quote: Quote, by: int) -> Quote:
    """The quote with a lower price on its first line."""
    first = quote.lines[0]
    assert first.price is not None
    price = Exact.from_minor(max(first.price.minor - by, Fraction(0)), "CNY")
    return attrs.evolve(quote, lines=(attrs.evolve(first, price=price), *quote.lines[1:]))


@given(policies(), quotes(), ACTORS, st.integers(0, 5_000))
def test_a_lower_price_never_needs_a_lower_level(policy: PricePolicy, quote: Quote, actor: Actor, by: int) -> None:
    """Whoever concedes more needs at least the same level."""
    quote = attrs.evolve(quote, lines=tuple(attrs.evolve(line, bundle="") for line in quote.lines), freight=None)
    assert decide(policy, lowered(quote, by), actor=actor).rank >= decide(policy, quote, actor=actor).rank


@given(policies(), quotes(), ACTORS, floors())
def test_a_further_rule_never_improves_a_decision(policy: PricePolicy, quote: Quote, actor: Actor, more: tuple[Any, ...]) -> None:
    """With another floor that must hold as well the level needed is at least the same."""
    policy = attrs.evolve(policy, combine="all")
    stricter = attrs.evolve(policy, floors=(*policy.floors, *(attrs.evolve(floor, id=f"more {floor.id}") for floor in more)))
    assume(not any(line.discounts for line in quote.lines))
    before, after = decide(policy, quote, actor=actor), decide(stricter, quote, actor=actor)
    assert after.rank >= before.rank
    assert len(after.violations) >= len(before.violations)


@given(policies(), quotes(), ACTORS)
def test_a_higher_level_never_gets_a_worse_answer(policy: PricePolicy, quote: Quote, actor: Actor) -> None:
    """The highest level is told no more violations than anybody else, and is allowed whatever others are allowed."""
    top = Actor(person="qian", level=LEVELS[-1].id)
    mine, highest = decide(policy, quote, actor=actor), decide(policy, quote, actor=top)
    assert len(highest.violations) <= len(mine.violations)
    assert highest.verdict == "allowed" or mine.verdict != "allowed"


@given(policies(), quotes(), ACTORS)
def test_the_waterfall_sums_exactly_and_the_working_replays(policy: PricePolicy, quote: Quote, actor: Actor) -> None:
    """Every stage is the sum of the steps that lead to it; the order is the sum of its lines; the working gives the verdict again."""
    decision = decide(policy, quote, actor=actor)
    for stage in ("list", "invoice", "net", "pocket", "margin"):
        of_lines = sum((decision.of(line.id).waterfall.at(stage).minor for line in quote.lines), Fraction(0))
        assert decision.waterfall.at(stage).minor == of_lines
    for one in decision.prices.lines:
        assert one.pocket == one.list - sum(step.amount for step in one.steps)
    assert replay(decision.working) == decision.verdict


@given(policies(), quotes(), ACTORS)
def test_violations_explain_the_verdict(policy: PricePolicy, quote: Quote, actor: Actor) -> None:
    """A quote that is not allowed has a violation that asks for just the level that is needed; an allowed one has only warnings."""
    decision = decide(policy, quote, actor=actor)
    blocking = [violation for violation in decision.violations if not violation.warning]
    assert (decision.verdict == "allowed") == (not blocking)
    assert (decision.verdict == "refused") == any(violation.refused for violation in blocking)
    if decision.verdict == "needs_approval":
        assert max(policy.ladder.rank(violation.level) for violation in blocking) == decision.rank


@given(policies(), quotes(), ACTORS)
def test_the_lowest_price_is_tight(policy: PricePolicy, quote: Quote, actor: Actor) -> None:
    """The lowest price is allowed, and one step below it is not."""
    quote = attrs.evolve(quote, lines=tuple(attrs.evolve(line, bundle="", discounts=()) for line in quote.lines), freight=None)
    name = quote.lines[0].id
    lowest = lowest_price(policy, quote, name, actor=actor)
    if lowest is None:
        return

    def at(minor: int) -> str:
        line = attrs.evolve(quote.lines[0], price=Exact.from_minor(minor, "CNY"))
        return decide(policy, attrs.evolve(quote, lines=(line, *quote.lines[1:])), actor=actor).verdict

    assert at(lowest.minor) == "allowed"
    assert lowest.minor == 0 or at(lowest.minor - 1) != "allowed"


@given(policies(), quotes(), ACTORS)
def test_the_further_discount_is_tight(policy: PricePolicy, quote: Quote, actor: Actor) -> None:
    """What may still be taken off is allowed, one unit more is not; and where nothing more is allowed the quote is not either."""
    quote = attrs.evolve(quote, lines=tuple(attrs.evolve(line, bundle="", free=0, discounts=(), quantity=1) for line in quote.lines), freight=None)
    further = further_discount(policy, quote, quote.lines[0].id, actor=actor)
    if further is None:
        assert decide(policy, quote, actor=actor).verdict != "allowed"
        return
    price = quote.lines[0].price
    assert price is not None
    assert decide(policy, lowered(quote, further.minor), actor=actor).verdict == "allowed"
    assert further.minor == price.minor or decide(policy, lowered(quote, further.minor + 1), actor=actor).verdict != "allowed"


@given(policies(), quotes(), shares(90))
def test_the_price_for_a_margin_is_tight(policy: PricePolicy, quote: Quote, margin: str) -> None:
    """The price leaves the margin, and one step below it does not."""
    quote = attrs.evolve(quote, lines=tuple(attrs.evolve(line, bundle="", discounts=()) for line in quote.lines), freight=None)
    line, wanted = quote.lines[0], Fraction(margin.removesuffix("%")) / 100
    found = price_for_margin(policy, quote, line.id, margin, at="net")

    def left(minor: int) -> bool:
        asked = attrs.evolve(quote, lines=(attrs.evolve(line, price=Exact.from_minor(minor, "CNY")), *quote.lines[1:]))
        fall = decide(policy, asked, actor=Actor(person="", level="rep")).of(line.id).waterfall
        cost = fall.at("pocket").minor - fall.at("margin").minor
        return fall.at("net").minor - cost >= wanted * fall.at("net").minor

    if found is not None:
        assert left(found.minor)
        assert found.minor == 0 or not left(found.minor - 1)


@given(policies(), quotes(), ACTORS)
def test_one_more_free_unit_is_what_the_quote_with_it_is(policy: PricePolicy, quote: Quote, actor: Actor) -> None:
    """The answer about a free unit is the decision about the quote that has it."""
    line = quote.lines[0]
    told = one_more_free(policy, quote, line.id, actor=actor)
    after = attrs.evolve(quote, lines=(attrs.evolve(line, free=(line.free or 0) + 1), *quote.lines[1:]))
    assert told.decision.rank == decide(policy, after, actor=actor).rank
    assert told.cost == line.cost


@given(policies(), quotes(), ACTORS, st.integers(0, 3_000))
def test_an_approval_is_an_envelope(policy: PricePolicy, quote: Quote, actor: Actor, by: int) -> None:
    """What was approved is allowed as long as nothing gets worse; a price that makes anything worse needs a new approval."""
    decision = decide(policy, quote, actor=actor)
    assume(decision.verdict == "needs_approval")
    signed = Signature(level=decision.level, held=decision.level, person="qian", on=DAY)
    approval = Approval(request="R", measures=decision.measures, start=DAY, last_day=date(2026, 3, 31), signatures=(signed,))
    assert decide(policy, quote, actor=actor, approvals=[approval], on=date(2026, 3, 31)).verdict == "allowed"
    late = decide(policy, quote, actor=actor, approvals=[approval], on=date(2026, 4, 1))
    assert (late.verdict, late.level) == (decision.verdict, decision.level)
    worse = decide(policy, lowered(quote, by), actor=actor, approvals=[approval])
    if worse.approvals[0].breaches:
        assert worse.approval is None
    else:
        assert worse.rank <= decision.rank


@given(policies(), quotes(), ACTORS, st.data())
@example(
    PricePolicy(
        id="p",
        currency="CNY",
        effective_from=date(2026, 1, 1),
        own_range="granted",
        combine="all",
        levels=LEVELS,
        floors=(MarginFloor(id="m", at="net", per="line", below="management", margin="10%"), ListFloor(id="l", at="net", per="line", below="head", share="1%")),
        limits=(Limit(id="d", measure="discount", at="net", per="line", rows=(Row(level="rep", limit="50%"), Row(level="manager"))),),
        audiences=(Audience(id="rep"),),
    ),
    Quote(
        id="Q", person="li", date=DAY, lines=(QuoteLine(id="0", quantity=1, list_price=Money(100, "CNY"), price=Money(90, "CNY"), cost=Money("7.77", "CNY")),)
    ),
    Actor(person="li", level="rep"),
    None,
)
def test_what_is_hidden_cannot_be_read_off(policy: PricePolicy, quote: Quote, actor: Actor, data: Any) -> None:
    """Two decisions that differ only in costs, and come to the same levels, are told a representative in the same words, to the letter."""
    audience = policy.audiences[0].id
    decision = decide(policy, quote, actor=actor)
    costs = [Money("3.21", "CNY")] * len(quote.lines) if data is None else data.draw(st.lists(prices(), min_size=len(quote.lines), max_size=len(quote.lines)))
    other = attrs.evolve(quote, lines=tuple(attrs.evolve(line, cost=cost) for line, cost in zip(quote.lines, costs, strict=True)))
    instead = decide(policy, other, actor=actor)
    assume([judged.rank for judged in decision.judged] == [judged.rank for judged in instead.judged])
    assert json.dumps(decision.to_data(audience)) == json.dumps(instead.to_data(audience))


@given(policies(), quotes(), ACTORS, st.integers(1, 9))
def test_hidden_floors_cannot_be_read_off(policy: PricePolicy, quote: Quote, actor: Actor, by: int) -> None:
    """Two policies that differ only in how high their floors are, and come to the same levels, say the same to whom floors are not open."""
    assume(not any(line.discounts for line in quote.lines))
    moved = tuple(attrs.evolve(floor, price=floor.price + Fraction(by, 100)) if isinstance(floor, FixedFloor) else floor for floor in policy.floors)
    other = attrs.evolve(policy, floors=moved)
    decision, instead = decide(policy, quote, actor=actor), decide(other, quote, actor=actor)
    assume([judged.rank for judged in decision.judged] == [judged.rank for judged in instead.judged])
    for audience in ("rep", "lead"):
        assert json.dumps(decision.to_data(audience)) == json.dumps(instead.to_data(audience))
