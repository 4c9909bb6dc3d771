"""A decision on paper: the price approval form (价格审批表), for an audience that sees no more of it than the policy opens."""

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..approvals.envelope import Breach, Holding, Signature
from ..approvals.verdict import Violation
from ..money import HALF_UP, Exact, Rounding
from ..money.rounding import Mode
from ..text import Column, Field, Label, Sheet, Table, label
from .days import price_day
from .redaction import Audience, is_open, open_breaches, rule_of
from .waterfall import STAGES

if TYPE_CHECKING:
    from .decision import Decision, Judged
    from .policy import PricePolicy

__all__ = ["sheet_of"]

_DIGITS = 4
_PLACES = 6
_FINER = {"price": 2}
"""Prices of one unit have more decimals than money has."""
_TITLES = {
    "allowed": label("pricing.sheet.allowed"),
    "needs_approval": label("pricing.sheet.needs_approval"),
    "refused": label("pricing.sheet.refused"),
}


def sheet_of(decision: "Decision", audience: Audience) -> Sheet:
    """A decision as a sheet."""
    quote, policy = decision.quote, decision.policy
    fields = [
        Field(label("pricing.sheet.verdict"), _TITLES[decision.verdict]),
        *([Field(label("pricing.sheet.level"), decision.title(decision.level))] if decision.level else []),
        Field(label("pricing.sheet.person"), decision.actor.person),
        *([Field(label("sheet.customer"), quote.customer)] if quote.customer else []),
        Field(label("sheet.date"), quote.date),
        *([Field(label("pricing.sheet.reason"), quote.reason)] if quote.reason else []),
    ]
    full = audience.sees_all
    footer = (label("sheet.policy", id=policy.id, version=policy.version or policy.effective_from, on=price_day(policy, quote)),)
    return Sheet(
        title=label("pricing.sheet.title"),
        number=quote.id,
        fields=tuple(fields),
        tables=(_lines(decision), *_violations(decision, audience), *_approvals(decision, audience), _waterfall(decision, audience)),
        notes=(*(warning.label for warning in decision.warnings), *(dropped.label for dropped in decision.dropped)),
        trace=decision.working if full else None,
        signatures=(label("pricing.sheet.asked_by"), label("sheet.approved")),
        footer=footer,
    )


def _lines(decision: "Decision") -> Table:
    columns = (
        Column(label("pricing.sheet.line")),
        Column(label("pricing.sheet.product")),
        Column(label("pricing.sheet.quantity"), "right", "number"),
        Column(label("pricing.sheet.list"), "right"),
        Column(label("pricing.sheet.invoice"), "right"),
        Column(label("pricing.sheet.discount"), "right", "percent"),
        Column(label("pricing.sheet.verdict")),
    )
    rows = tuple(_line(decision, judged) for judged in decision.judged if judged.line)
    whole = decision.waterfall
    total = (label("sheet.total"), "", "", whole.at("list"), whole.at("invoice"), _off(whole.at("list"), whole.at("invoice")), "")
    return Table(title=label("pricing.sheet.lines"), columns=columns, rows=rows, total=total)


def _line(decision: "Decision", judged: "Judged") -> tuple[Any, ...]:
    line, fall = judged.priced.line, judged.waterfall
    listed, invoiced = fall.at("list"), fall.at("invoice")
    sold = ("", "") if line is None else (line.product, abs(line.quantity))
    return (judged.line, *sold, listed, invoiced, _off(listed, invoiced), _said(decision, judged))


def _said(decision: "Decision", judged: "Judged") -> Label:
    level = decision.level_of(judged)
    if not level:
        return _TITLES[decision.verdict_of(judged)]
    held = decision.approval
    return label("pricing.sheet.needs", level=decision.title(level)) if held is None else label("pricing.sheet.approved", request=held.approval.request)


def _off(listed: Any, left: Any) -> Fraction:
    """The share taken off, in hundredths of a percent: the form is read, and the working reckons on."""
    return Fraction(0) if listed.is_zero else HALF_UP.round_number(1 - left / listed, _DIGITS)


def _violations(decision: "Decision", audience: Audience) -> tuple[Table, ...]:
    shown = [violation for violation in decision.violations if is_open(violation, audience)]
    if not shown:
        return ()
    columns = (
        Column(label("pricing.sheet.line")),
        Column(label("pricing.sheet.against")),
        Column(label("pricing.sheet.actual"), "right", "percent"),
        Column(label("pricing.sheet.limit"), "right", "percent"),
        Column(label("pricing.sheet.shortfall"), "right"),
        Column(label("pricing.sheet.asks")),
    )
    rows = tuple((violation.line or label("pricing.sheet.order"), *_against(violation), _asks(decision, violation)) for violation in shown)
    held = decision.approval if any(violation.level for violation in shown) else None
    title = label("pricing.sheet.violations") if held is None else label("pricing.sheet.covered", request=held.approval.request)
    return (Table(title=title, columns=columns, rows=rows),)


def _against(violation: Violation) -> tuple[Any, ...]:
    said = Label(violation.code, (("rule", violation.title or violation.rule),))
    limit, actual = violation.limit, violation.actual
    more = limit is not None and actual is not None and actual > limit  # type: ignore[operator]  # both are shares, or amounts of one currency
    return said, *_apart(actual, limit, more=more, finer=_FINER.get(violation.measure, 0)), _read(violation.shortfall, "ceiling")


def _apart(actual: Any, limit: Any, *, more: bool, finer: int = 0) -> tuple[Any, Any]:
    """What was found and what is allowed as the form shows them: rounded away from each other, so that they never look alike."""
    modes: tuple[Mode, Mode] = ("ceiling", "floor") if more else ("floor", "ceiling")
    return _read(actual, modes[0], finer), _read(limit, modes[1], finer)


def _read(value: Any, mode: Mode, finer: int = 0) -> Any:
    """A figure as the form shows it: a share in percent with up to 4 decimals, an amount to the minor unit; the working keeps it exact."""
    if value is None or isinstance(value, Fraction):
        return None if value is None else Rounding(mode).round_number(value, _PLACES)
    return Exact.from_minor(Rounding(mode).round_number(value.minor, finer), value.currency)


def _asks(decision: "Decision", violation: Violation) -> Any:
    if violation.warning:
        return label("pricing.sheet.warning")
    return decision.title(violation.level) if violation.level else label("pricing.nobody")


def _approvals(decision: "Decision", audience: Audience) -> tuple[Table, ...]:
    if not decision.approvals:
        return ()
    columns = (
        Column(label("pricing.sheet.request")),
        Column(label("pricing.sheet.signed_by")),
        Column(label("pricing.sheet.until")),
        Column(label("pricing.sheet.state")),
    )
    rows = tuple(row for held in decision.approvals for row in _approval(decision, held, audience))
    return (Table(title=label("pricing.sheet.approvals"), columns=columns, rows=rows),)


def _approval(decision: "Decision", held: Holding, audience: Audience) -> Iterator[tuple[Any, ...]]:
    """An approval and whether it holds; below it, why not."""
    signed = tuple(_signed(decision, signature) for signature in held.approval.signatures)
    yield held.approval.request, signed or None, held.approval.last_day, _state(decision, held)
    for reason in _reasons(decision, held, audience):
        yield "", "", "", reason


def _signed(decision: "Decision", signature: Signature) -> Label:
    level = decision.title(signature.level)
    if signature.on_behalf_of:
        return label("pricing.sheet.signed_for", person=signature.person, level=level, by=signature.on_behalf_of)
    return label("pricing.sheet.signed", person=signature.person, level=level)


def _state(decision: "Decision", held: Holding) -> Label:
    if not held.holds:
        return label("pricing.sheet.broken")
    return label("pricing.sheet.holds") if decision.verdict == "allowed" else label("pricing.sheet.too_low")


def _reasons(decision: "Decision", held: Holding, audience: Audience) -> tuple[Label, ...]:
    """Why an approval no longer holds; that something unseen got worse is said only where nothing else is, so that it tells no more than that."""
    days = (("start", held.approval.start), ("last_day", held.approval.last_day))
    late = (Label(held.dated, days),) if held.dated else ()
    worse = tuple(_worse(decision.policy, breach) for breach in open_breaches(decision.policy, held, audience))
    return (*late, *worse) or (() if held.holds else (label("pricing.sheet.unseen"),))


def _worse(policy: "PricePolicy", breach: Breach) -> Label:
    more = breach.by is not None and breach.actual > breach.approved  # type: ignore[operator]  # what is worse by something was compared
    finer = _FINER.get(getattr(rule_of(policy, breach.measure), "measure", ""), 0)
    actual, approved = _apart(breach.actual, breach.approved, more=more, finer=finer)
    named = (("rule", _titled(policy, breach.measure)), ("where", breach.line or label("pricing.sheet.order")))
    return Label(breach.code, (*named, ("actual", actual), ("approved", approved)))


def _titled(policy: "PricePolicy", measure: str) -> Label | str:
    """What people call a measure: the title of its rule."""
    rule = rule_of(policy, measure)
    if rule is None:
        return label("pricing.own_range") if measure == "own_range" else measure
    return rule.title or rule.id


def _waterfall(decision: "Decision", audience: Audience) -> Table:
    fall = decision.waterfall
    hidden = audience.hidden_kinds
    rows: list[tuple[Any, ...]] = []
    for stage, kind in STAGES.items():
        taken = [step for step in fall.steps if step.kind == kind]
        if kind in hidden or not taken:
            continue
        rows += [("", step.line, step.title, step.amount) for step in taken if kind != "list"]
        rows.append((label("pricing.sheet.stage", stage=stage), "", "", fall.at(stage)))
    columns = (
        Column(label("pricing.sheet.at")),
        Column(label("pricing.sheet.line")),
        Column(label("pricing.sheet.step")),
        Column(label("sheet.amount"), "right"),
    )
    return Table(title=label("pricing.sheet.waterfall"), columns=columns, rows=tuple(rows))
