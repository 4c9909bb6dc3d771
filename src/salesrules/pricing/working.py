"""The working of a decision: prices on their way, floors and limits, as steps that can be replayed."""

from ..money import Exact
from ..text import Label, label
from ..trace import Step
from .floors import Floor, MarginFloor, MarkupFloor
from .limits import Limit
from .waterfall import STAGES, Waterfall, WaterfallStep

__all__ = ["floor_step", "limit_step", "waterfall_step"]

_MEASURES = {
    "discount": label("pricing.measure.discount"),
    "amount": label("pricing.measure.amount"),
    "margin": label("pricing.measure.margin"),
    "markup": label("pricing.measure.markup"),
    "price": label("pricing.measure.price"),
    "size": label("pricing.measure.size"),
}
_BASES = {"line": "pricing.floor.base", "order": "pricing.floor.base.order"}


def waterfall_step(fall: Waterfall) -> Step:
    """The price at the last stage before the margin, each stage made of the one before it."""
    told = Step("pricing.stage.list", fall.at("list"))
    for stage in ("invoice", "net", "pocket"):
        taken = [step for step in fall.steps if step.kind == STAGES[stage]]
        if taken:
            told = Step("pricing.stage", fall.at(stage), formula="sum", params=(("stage", stage),), children=(told, *map(_taken, taken)))
    return told


def _taken(step: WaterfallStep) -> Step:
    if step.rate is None or step.base is None or step.base * -step.rate != step.amount:
        return Step("pricing.taken", step.amount, params=(("name", step.title),), source=step.source)
    parts = (Step("pricing.taken.base", step.base), Step("pricing.taken.rate", -step.rate))
    return Step("pricing.taken", step.amount, formula="product", params=(("name", step.title),), source=step.source, children=parts)


def floor_step(floor: Floor, demanded: Exact, price: Exact, *, breached: bool) -> Step:
    """What a floor demands, and the price held against it."""
    formula, made = _made(floor, demanded)
    named = (("floor", floor.title or floor.id),)
    sides = (
        Step("pricing.floor.demanded", demanded, formula=formula, params=named, children=made),
        Step("pricing.floor.price", price, params=(("stage", floor.at),)),
    )
    code = "pricing.floor.breached" if breached else "pricing.floor.kept"
    return Step(code, price - demanded, params=named, source=floor.source, children=sides)


def _made(floor: Floor, demanded: Exact) -> tuple[str, tuple[Step, ...]]:
    """How a floor follows from what it is a share of; a floor of 0 takes nothing of anything."""
    if not floor.factor:
        return "given", ()
    if floor.base == "quantity":
        price_of_one = Exact(floor.factor, demanded.currency)
        return "product", (Step("pricing.floor.units", demanded / price_of_one), Step("pricing.floor.price_of_one", price_of_one))
    base = Step(_BASES[floor.per], demanded / floor.factor, params=(("base", floor.base),))
    if isinstance(floor, MarginFloor):
        return "ratio", (base, Step("pricing.floor.margin", 1 - floor.margin, params=(("margin", floor.margin),)))
    if isinstance(floor, MarkupFloor):
        return "product", (base, Step("pricing.floor.markup", floor.factor, params=(("markup", floor.markup),)))
    return "product", (base, Step("pricing.floor.factor", floor.factor))


def limit_step(limit: Limit, value: Exact, unit: Exact, price: Exact, needed: Label | str) -> Step:
    """What was measured, and the level that it needs."""
    params = (("limit", limit.title or limit.id), ("needed", needed))
    if limit.measure == "margin" and value.minor < 0 and price.minor <= 0:
        undefined = Step("pricing.measure.undefined", None, params=(("price", price),))
        return Step("pricing.limit", None, params=params, source=limit.source, children=(undefined,))
    measured = _measured(limit, value, unit)
    return Step("pricing.limit", measured.value, formula="same", params=params, source=limit.source, children=(measured,))


def _measured(limit: Limit, value: Exact, unit: Exact) -> Step:
    """What was measured: a share of an amount, the price of one of several units, or an amount as it is."""
    named = (("measure", _MEASURES[limit.measure]),)
    if limit.measured.is_rate:
        parts = (Step("pricing.measured", value), Step("pricing.measured.over", unit))
        return Step("pricing.measure", value / unit, formula="ratio", params=named, children=parts)
    if unit.value == 1:
        return Step("pricing.measure", value, params=named)
    parts = (Step("pricing.measured", value), Step("pricing.floor.units", unit.value))
    return Step("pricing.measure", value / unit.value, formula="ratio", params=named, children=parts)
