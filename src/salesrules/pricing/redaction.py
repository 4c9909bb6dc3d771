"""What a decision tells whom: price data are business secrets, so each audience is shown only what the policy opens to it.

A representative is told which level is needed and for which line, not what the article costs, where the floor lies or which margin is
missed. Two decisions that differ only in what an audience may not see are the same for it, to the letter
(`tests/laws/test_pricing_laws.py`).

One thing cannot be hidden: what is invoiced. Where a discount of the order is spread up to a floor that nobody may go below, the price stops
there for everybody to see; a policy that wants no one to see it lets `Spreading.pushed_back` refuse the whole.
"""

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import attrs

from .._fields import field, listing
from ..approvals.envelope import Breach, Holding
from ..approvals.measured import Value
from ..approvals.verdict import Violation
from ..money.numbers import shortest_text
from .days import price_day
from .limits import Limit
from .waterfall import STAGES

if TYPE_CHECKING:
    from .decision import Decision, Judged
    from .discounts.stacked import OrderMatters
    from .floors import Floor
    from .policy import PricePolicy
    from .priced import Priced

__all__ = ["Audience", "is_open", "open_breaches", "rule_of", "told"]

_REVEALING = {"margin": "costs", "markup": "costs"}


@attrs.frozen(kw_only=True)
class Audience:
    """Somebody whom decisions are told, and what is open to him.

    Args:
        sees: ``limits`` of the levels, ``floors``, ``costs`` (and with them margins and whatever is measured by them), ``pocket`` (rebates,
            payment terms and freight). What the customer pays, the verdict and the level needed are always told.
    """

    id: str = field(doc="name of the audience, such as a role")
    sees: tuple[Literal["limits", "floors", "costs", "pocket"], ...] = listing(doc="what is open to it", default=())

    @property
    def sees_all(self) -> bool:
        """Whether nothing is hidden, so that the working may be shown too."""
        return {"limits", "floors", "costs", "pocket"} <= {*self.sees}

    @property
    def hidden_kinds(self) -> frozenset[str]:
        """The steps of the waterfall that are not open to it."""
        pocket = () if "pocket" in self.sees else ("off_invoice", "cost_to_serve")
        return frozenset((*pocket, *(() if "costs" in self.sees and "pocket" in self.sees else ("cost",))))


def told(decision: "Decision", audience: Audience) -> dict[str, Any]:
    """A decision as plain data for an audience; stages that are not open are left out."""
    lines = [judged for judged in decision.judged if judged.line]
    orders = [judged for judged in decision.judged if not judged.line]
    return {
        "schema": "salesrules/1",
        "kind": "pricing.decision",
        "policy": decision.policy.id,
        "version": decision.policy.version,
        "quote": decision.quote.id,
        "person": decision.actor.person,
        "actor_level": decision.actor.level,
        "date": decision.quote.date.isoformat(),
        "price_date": price_day(decision.policy, decision.quote).isoformat(),
        "currency": decision.policy.currency,
        "verdict": decision.verdict,
        "level": decision.level,
        "lines": [{"line": judged.line, **_judged(decision, judged, audience), "waterfall": _steps(decision, judged.priced, audience)} for judged in lines],
        "total": _amounts(decision, decision.total, audience),
        "order": [_judged(decision, judged, audience) for judged in orders],
        "dropped": [{"discount": dropped.discount.id, "reason": dropped.reason} for dropped in decision.dropped],
        "forfeited": _amount(decision, decision.forfeited.minor),
        "warnings": [_warning(decision, warning) for warning in decision.warnings],
        "violations": [violation.to_data() for violation in decision.violations if is_open(violation, audience)],
        "approvals": [_approval(decision, held, audience) for held in decision.approvals],
    }


def _judged(decision: "Decision", judged: "Judged", audience: Audience) -> dict[str, Any]:
    return {"verdict": decision.verdict_of(judged), "level": decision.level_of(judged), **_amounts(decision, judged.priced, audience)}


def _amounts(decision: "Decision", one: "Priced", audience: Audience) -> dict[str, Any]:
    amounts = {"list": one.list, "invoice": one.invoice, "net": one.net, "pocket": one.pocket}
    if one.cost is not None:
        amounts["margin"] = one.pocket - one.cost
    return {stage: _amount(decision, amount) for stage, amount in amounts.items() if STAGES[stage] not in audience.hidden_kinds}


def _steps(decision: "Decision", one: "Priced", audience: Audience) -> list[dict[str, Any]]:
    taken = [("list", "list", one.list), *((step.id, step.kind, -step.amount) for step in one.steps)]
    if one.cost is not None:
        taken.append(("cost", "cost", -one.cost))
    return [{"id": name, "kind": kind, **_amount(decision, amount)} for name, kind, amount in taken if kind not in audience.hidden_kinds]


def _amount(decision: "Decision", minor: int | Fraction) -> dict[str, str]:
    return {"amount": shortest_text(Fraction(minor, 10**decision.policy.money.digits)), "currency": decision.policy.currency}


def _warning(decision: "Decision", warning: "OrderMatters") -> dict[str, Any]:
    nets = {"net": _amount(decision, warning.net.minor), "other_net": _amount(decision, warning.other_net.minor)}
    return {"code": "pricing.order_matters", "order": list(warning.order), "other": list(warning.other), **nets}


def _approval(decision: "Decision", held: Holding, audience: Audience) -> dict[str, Any]:
    until = None if held.approval.last_day is None else held.approval.last_day.isoformat()
    breaches = [_breach(breach) for breach in open_breaches(decision.policy, held, audience)]
    return {"request": held.approval.request, "holds": held.holds, "until": until, "dated": held.dated, "breaches": breaches}


def _breach(breach: Breach) -> dict[str, Any]:
    return {
        "code": breach.code,
        "measure": breach.measure,
        "line": breach.line,
        "approved": _value(breach.approved),
        "actual": _value(breach.actual),
        "by": _value(breach.by),
    }


def _value(value: Value | None) -> Any:
    if value is None or isinstance(value, Fraction):
        return None if value is None else str(value)
    return {"amount": shortest_text(Fraction(value.minor) / 10**value.currency.digits), "currency": value.currency.code}


def rule_of(policy: "PricePolicy", measure: str) -> "Floor | Limit | None":
    """The rule by which a measure of an approval is taken; `None` where this version of the policy has none of that name."""
    rules: dict[str, Floor | Limit] = {rule.id: rule for rule in (*policy.floors, *policy.limits)}
    return rules.get(measure) or rules.get(measure.removesuffix(".share"))


def open_breaches(policy: "PricePolicy", held: Holding, audience: Audience) -> tuple[Breach, ...]:
    """Why an approval no longer holds, as far as an audience may read it."""
    return tuple(breach for breach in held.breaches if audience.sees_all or _is_measure_open(rule_of(policy, breach.measure), audience))


def _is_measure_open(rule: "Floor | Limit | None", audience: Audience) -> bool:
    """Whether an audience may read what a rule measures; of a price after the invoice it tells what came off, on the day of the approval too."""
    if rule is None:
        return False
    opened, kind = ("limits", rule.measure) if isinstance(rule, Limit) else ("floors", rule.kind)
    return {opened, _REVEALING.get(kind, opened), opened if rule.at == "invoice" else "pocket"} <= {*audience.sees}


def is_open(violation: Violation, audience: Audience) -> bool:
    """Whether an audience may read what stands against a quote."""
    opened = {"pricing.reason.below_floor": "floors", "pricing.reason.beyond_limit": "limits"}.get(violation.code)
    needed = {opened, _REVEALING.get(violation.measure, opened), opened if violation.at in {"", "invoice"} else "pocket"}
    return needed - {None} <= {*audience.sees}
