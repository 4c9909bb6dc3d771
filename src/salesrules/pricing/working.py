"""The working of a decision: prices on their way, floors and limits, as steps that can be replayed."""

from ..money import Exact
from ..trace import Step
from .floors import Floor
from .limits import Limit
from .waterfall import STAGES, Waterfall, WaterfallStep

__all__ = ["floor_step", "limit_step", "waterfall_step"]


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
        return Step("pricing.taken", step.amount, params=(("name", step.id),), source=step.source)
    parts = (Step("pricing.taken.base", step.base), Step("pricing.taken.rate", -step.rate))
    return Step("pricing.taken", step.amount, formula="product", params=(("name", step.id),), source=step.source, children=parts)


def floor_step(floor: Floor, demanded: Exact, price: Exact, *, breached: bool) -> Step:
    """What a floor demands, and the price held against it."""
    made = _made(floor, demanded)
    named = (("floor", floor.title or floor.id),)
    sides = (
        Step("pricing.floor.demanded", demanded, formula="product" if made else "given", params=named, children=made),
        Step("pricing.floor.price", price, params=(("stage", floor.at),)),
    )
    code = "pricing.floor.breached" if breached else "pricing.floor.kept"
    return Step(code, price - demanded, params=named, source=floor.source, children=sides)


def _made(floor: Floor, demanded: Exact) -> tuple[Step, ...]:
    """What a floor takes a share of, and the share; a floor of 0 takes nothing of anything."""
    if not floor.factor:
        return ()
    if floor.base == "quantity":
        price_of_one = Exact(floor.factor, demanded.currency)
        return Step("pricing.floor.units", demanded / price_of_one), Step("pricing.floor.price_of_one", price_of_one)
    return Step("pricing.floor.base", demanded / floor.factor, params=(("base", floor.base),)), Step("pricing.floor.factor", floor.factor)


def limit_step(limit: Limit, value: Exact, unit: Exact, price: Exact, needed: str) -> Step:
    """What was measured, and the level that it needs."""
    if limit.measure == "margin" and value.minor < 0 and price.minor <= 0:
        measured = Step("pricing.measure.undefined", None, params=(("price", price),))
        return Step("pricing.limit", None, params=(("limit", limit.title or limit.id), ("needed", needed)), source=limit.source, children=(measured,))
    over = unit if limit.measured.is_rate else unit.value
    parts = (Step("pricing.measured", value, params=(("measure", limit.measure),)), Step("pricing.measured.over", over, params=(("measure", limit.measure),)))
    measured = Step("pricing.measure", value / over, formula="ratio", params=(("measure", limit.measure),), children=parts)
    return Step(
        "pricing.limit",
        measured.value,
        formula="same",
        params=(("limit", limit.title or limit.id), ("needed", needed)),
        source=limit.source,
        children=(measured,),
    )
