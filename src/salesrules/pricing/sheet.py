"""A decision on paper: the price approval form (价格审批表), for an audience that sees no more of it than the policy opens."""

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..approvals.verdict import Violation
from ..money import HALF_UP
from ..text import Column, Field, Label, Sheet, Table, label
from .redaction import Audience, is_open
from .waterfall import STAGES

if TYPE_CHECKING:
    from .decision import Decision, Judged

__all__ = ["sheet_of"]

_DIGITS = 4
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
    footer = (label("sheet.policy", id=policy.id, version=policy.version or policy.effective_from, on=quote.date),)
    return Sheet(
        title=label("pricing.sheet.title"),
        number=quote.id,
        fields=tuple(fields),
        tables=(_lines(decision), *_violations(decision, audience), _waterfall(decision, audience)),
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
    level = decision.level_of(judged)
    said = label("pricing.sheet.needs", level=decision.title(level)) if level else _TITLES[decision.verdict_of(judged)]
    sold = ("", "") if line is None else (line.product, abs(line.quantity))
    return (judged.line, *sold, listed, invoiced, _off(listed, invoiced), said)


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
        Column(label("pricing.sheet.actual"), "right"),
        Column(label("pricing.sheet.limit"), "right"),
        Column(label("pricing.sheet.shortfall"), "right"),
        Column(label("pricing.sheet.asks")),
    )
    rows = tuple((violation.line or label("pricing.sheet.order"), *_against(violation), _asks(decision, violation)) for violation in shown)
    return (Table(title=label("pricing.sheet.violations"), columns=columns, rows=rows),)


def _against(violation: Violation) -> tuple[Any, ...]:
    said = Label(violation.code, (("rule", violation.title or violation.rule),))
    return said, violation.actual, violation.limit, violation.shortfall


def _asks(decision: "Decision", violation: Violation) -> Any:
    if violation.warning:
        return label("pricing.sheet.warning")
    return decision.title(violation.level) if violation.level else label("pricing.sheet.refused")


def _waterfall(decision: "Decision", audience: Audience) -> Table:
    fall = decision.waterfall
    hidden = audience.hidden_kinds
    rows: list[tuple[Any, ...]] = []
    for stage, kind in STAGES.items():
        taken = [step for step in fall.steps if step.kind == kind]
        if kind in hidden or not taken:
            continue
        rows += [("", step.line, label("pricing.sheet.taken", name=step.id), step.amount) for step in taken if kind != "list"]
        rows.append((label("pricing.sheet.stage", stage=stage), "", "", fall.at(stage)))
    columns = (
        Column(label("pricing.sheet.at")),
        Column(label("pricing.sheet.line")),
        Column(label("pricing.sheet.step")),
        Column(label("sheet.amount"), "right"),
    )
    return Table(title=label("pricing.sheet.waterfall"), columns=columns, rows=tuple(rows))
