"""An award made into money: rounded as the promotion says, never above its cap or the rest of its budget, line by line.

The lines together give exactly what the promotion gives, because a capped amount is divided among them and not cut from each.
"""

from fractions import Fraction
from math import ceil, floor

import attrs

from ...allocation import allocate
from ...money import Exact, Money
from ...trace import Step
from .award import Award, Case, FreeUnits, Gift
from .promotion import Promotion
from .shelf import Pick

__all__ = ["Settled", "settle"]


@attrs.frozen(kw_only=True)
class Settled:
    """What an offer gives, in money.

    Args:
        award: with what really comes off the units it takes.
        saved: line to money off.
        cut: whether a cap or a budget took something from it.
        free: further units and gifts, each with its worth and cost in money; the cost is `None` where it is not known.
        lines: the working of the money off.
    """

    award: Award
    saved: dict[str, Money]
    cut: bool
    free: tuple[tuple[FreeUnits | Gift, Money, Money | None], ...]
    lines: tuple[Step, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The working of everything given."""
        return (*self.lines, *(_free_step(*given) for given in self.free))

    @property
    def off(self) -> int:
        """All money off, in minor units."""
        return sum(amount.minor for amount in self.saved.values())


def settle(award: Award, case: Case, promotion: Promotion, room: int | None) -> Settled:
    """The award in money.

    Args:
        award: what the offer would give.
        case: the basket.
        promotion: for its rounding.
        room: the most money off that the budget leaves, in minor units; `None` where it does not matter here.
    """
    exact: dict[str, Fraction] = {}
    now: dict[str, Fraction] = {}
    for pick in award.picks:
        lot = case.shelf.lots[pick.lot]
        exact[lot.line.id] = exact.get(lot.line.id, Fraction(0)) + pick.off
        now[lot.line.id] = now.get(lot.line.id, Fraction(0)) + lot.now * pick.quantity
    minor = _rounded(award, case, promotion, exact)
    whole = case.shelf.worth
    # Of some units no more comes off than they are worth; of a whole line its last part of a minor unit does too.
    minor = {line: min(amount, ceil(now[line]) if now[line] == whole[line] else floor(now[line])) for line, amount in minor.items()}
    limits = [limit for limit in (award.limit, room) if limit is not None]
    cut = bool(limits) and sum(minor.values()) > min(limits)
    if cut:
        minor = _divided(floor(min(limits)), exact, promotion)
    saved = {line: Money.from_minor(amount, promotion.money) for line, amount in sorted(minor.items()) if amount}
    picks = _carried(award, case, minor, exact)
    given_away: tuple[FreeUnits | Gift, ...] = (*award.free, *award.gifts)
    free = tuple((given, given.worth.round(promotion.rounding), None if given.cost is None else given.cost.round(promotion.rounding)) for given in given_away)
    steps = tuple(_line_step(line, amount, exact[line], award, case, promotion) for line, amount in saved.items())
    return Settled(award=attrs.evolve(award, picks=tuple(picks)), saved=saved, cut=cut, free=free, lines=steps)


def _carried(award: Award, case: Case, minor: dict[str, int], exact: dict[str, Fraction]) -> list[Pick]:
    """The picks with what comes off each once it is rounded: in proportion, but never more than the units are worth; others carry the rest."""
    wanted = [pick.off * minor[line] / exact[line] if exact[line := case.shelf.lots[pick.lot].line.id] else Fraction(0) for pick in award.picks]
    worth = [case.shelf.lots[pick.lot].now * pick.quantity for pick in award.picks]
    offs = [min(off, most) for off, most in zip(wanted, worth, strict=True)]
    rest: dict[str, Fraction] = {}
    for pick, off, taken in zip(award.picks, wanted, offs, strict=True):
        line = case.shelf.lots[pick.lot].line.id
        rest[line] = rest.get(line, Fraction(0)) + off - taken
    for index, pick in enumerate(award.picks):
        line = case.shelf.lots[pick.lot].line.id
        more = min(rest[line], worth[index] - offs[index])
        offs[index], rest[line] = offs[index] + more, rest[line] - more
    return [attrs.evolve(pick, off=off) for pick, off in zip(award.picks, offs, strict=True)]


def _rounded(award: Award, case: Case, promotion: Promotion, exact: dict[str, Fraction]) -> dict[str, int]:
    def rounded(minor: Fraction) -> int:
        return promotion.rounding.round_minor(minor, promotion.money).minor

    if award.per == "order":
        return _divided(rounded(sum(exact.values(), Fraction(0))), exact, promotion)
    if award.per == "line":
        return {line: rounded(minor) for line, minor in exact.items()}
    units: dict[str, Fraction] = {}
    for pick in award.picks:
        line = case.shelf.lots[pick.lot].line.id
        units[line] = units.get(line, Fraction(0)) + rounded(pick.off / pick.quantity) * pick.quantity
    return {line: rounded(minor) for line, minor in units.items()}


def _divided(total: int, exact: dict[str, Fraction], promotion: Promotion) -> dict[str, int]:
    """So much off, divided as what would have come off each line."""
    return {share.key: share.amount.minor for share in allocate(Money.from_minor(total, promotion.money), exact).shares}


def _line_step(line: str, amount: Money, exact: Fraction, award: Award, case: Case, promotion: Promotion) -> Step:
    share = Step("pricing.promotion.share", Exact.from_minor(exact, promotion.money))
    if award.terms.rate is not None:
        mine = [(pick.quantity, case.shelf.lots[pick.lot]) for pick in award.picks if case.shelf.lots[pick.lot].line.id == line]
        prices = [lot.now if award.terms.of == "running" else lot.line.list_price.minor for _, lot in mine]
        base = Exact.from_minor(sum((quantity * price for (quantity, _), price in zip(mine, prices, strict=True)), Fraction(0)), promotion.money)
        if base.minor * award.terms.rate == exact:
            children = (Step("pricing.promotion.base", base, params=(("of", award.terms.of),)), Step("pricing.promotion.rate", award.terms.rate))
            share = Step("pricing.promotion.share", share.value, formula="product", children=children)
    follows = share.value.round(promotion.rounding) == amount
    params = (("line", line), ("rounding", promotion.rounding))
    return Step("pricing.promotion.line", amount, formula="rounded" if follows else "given", params=params, children=(share,))


def _free_step(given: FreeUnits | Gift, worth: Money, cost: Money | None) -> Step:
    params = (("name", given.name), ("quantity", given.quantity), ("cost", cost))
    return Step("pricing.promotion.free" if isinstance(given, FreeUnits) else "pricing.promotion.gift", worth, params=params)
