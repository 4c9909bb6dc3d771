"""The procedure: who is asked for an approval, in which order, and how long everything lasts. A value of the policy.

The ladder is climbed first: level by level (逐级), all levels at once (并行), or straight to the level that the concession needs (直达). Further
stages follow, for offices beside the ladder or under conditions: in each stage all must sign (会签), or one of them (或签).

    >>> finance = Stage(levels=("finance",), needs="all", when=(When(measure="payment_days", above=60),))
    >>> procedure = Procedure(ladder=Ladder(levels=(Level(id="rep"), Level(id="manager"), Level(id="head"))), offices=(Level(id="finance"),),
    ...     path="in_turn", stages=(finance,), alone="allowed", signs="or_higher", repeated="once", resubmitted="keep", rejected="final")
    >>> late = (Measured(measure="payment_days", value=75, worse="more"),)
    >>> [stage.levels for stage in procedure.route("head", own=("rep",), measures=late)]
    [('manager',), ('head',), ('finance',)]
    >>> [stage.levels for stage in procedure.route("head", own=("manager",), measures=(attrs.evolve(late[0], value=60),))]
    [('head',)]

References: approver chain, direct approver and first qualified approver (Microsoft Dynamics 365 Business Central); tier validation by sequence
or in parallel, with one review for several tiers of the same reviewer (OCA, base_tier_validation); 逐级审批、会签、或签 of Chinese office software.
Checked with: `tests/golden/pricing/approval.toml`.
"""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import ClassVar, Literal

import attrs

from .._exact import maybe_ratio
from .._fields import about, field, listing, word
from ..errors import FactError, PolicyError
from ..money import Exact, format_ratio
from ..periods import CivilCalendar, RetailCalendar, delay
from ..trace import Source
from .ladder import Ladder, Level
from .measured import Measured, Value

__all__ = ["Deadline", "Procedure", "Stage", "When"]


@attrs.frozen(kw_only=True)
class When:
    """A condition on a measure of the concession: it holds where any line, or the order, lies in the range.

    A value that cannot be told meets every condition.

    Args:
        measure: the measure.
        at_least: from here on, this value included; or ``above``: beyond it.
        at_most: up to here, this value included; or ``below``: short of it.
        currency: the currency of the limits, where the measure is an amount; the limits are then in its major units.

    Raises:
        PolicyError: ``approvals.when``.
    """

    measure: str = field(doc="the measure")
    at_least: Fraction | None = attrs.field(metadata=about("smallest value that meets it"), default=None, converter=maybe_ratio)
    above: Fraction | None = attrs.field(metadata=about("largest value that no longer meets it"), default=None, converter=maybe_ratio)
    at_most: Fraction | None = attrs.field(metadata=about("largest value that meets it"), default=None, converter=maybe_ratio)
    below: Fraction | None = attrs.field(metadata=about("smallest value that no longer meets it"), default=None, converter=maybe_ratio)
    currency: str = field(doc="ISO 4217 code of the limits, where the measure is an amount", default="")

    def __attrs_post_init__(self) -> None:
        lower = [limit for limit in (self.at_least, self.above) if limit is not None]
        upper = [limit for limit in (self.at_most, self.below) if limit is not None]
        if len(lower) > 1 or len(upper) > 1 or not lower + upper:
            raise PolicyError("approvals.when", "a condition needs at_least or above, at_most or below, or one of each", measure=self.measure)
        if lower and upper and not (lower[0] < upper[0] or (self.at_least == self.at_most and self.at_least is not None)):
            template = "no {measure} lies from {lower} to {upper}; correct the limits"
            raise PolicyError("approvals.when", template, measure=self.measure, lower=format_ratio(lower[0]), upper=format_ratio(upper[0]))

    def met_by(self, measures: Iterable[Measured]) -> bool:
        """Whether a concession meets the condition.

        Raises:
            FactError: ``approvals.untold`` where nothing tells the measure; ``approvals.unit`` where it is told in another unit than the limits.
        """
        told = [measured for measured in measures if measured.measure == self.measure]
        if not told:
            template = "who must sign depends on {measure}, which is not told; add it to the measures"
            raise FactError("approvals.untold", template, path="measures", measure=self.measure)
        numbers = [None if measured.value is None else self._number(measured.value) for measured in told]
        return any(value is None or self._holds(value) for value in numbers)

    def _number(self, value: Value) -> Fraction:
        unit = "" if isinstance(value, Fraction) else value.currency.code
        if unit != self.currency:
            template = "{measure} is told in {unit}, the condition in {expected}; tell it in that"
            raise FactError("approvals.unit", template, path="measures", measure=self.measure, unit=unit or "-", expected=self.currency or "-")
        return value if isinstance(value, Fraction) else Exact.from_minor(value.minor, value.currency).value

    def _holds(self, value: Fraction) -> bool:
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.above is None or value > self.above)
            and (self.at_most is None or value <= self.at_most)
            and (self.below is None or value < self.below)
        )


@attrs.frozen(kw_only=True)
class Stage:
    """Levels and offices that are asked at the same time.

    Args:
        levels: who is asked.
        needs: whether ``all`` must sign (会签), or ``one`` of them is enough (或签).
        when: the conditions, all of which must hold; always where there is none.
    """

    levels: tuple[str, ...] = listing(doc="levels and offices asked at the same time")
    needs: Literal["all", "one"] = word(doc="whether all must sign, or one is enough")
    when: tuple[When, ...] = field(doc="the conditions, all of which must hold; always where there is none", default=(), converter=tuple)
    source: Source | None = field(doc="the clause", default=None)

    def __attrs_post_init__(self) -> None:
        if not self.levels or len(set(self.levels)) < len(self.levels):
            raise PolicyError("approvals.stage", "a stage needs at least one level, and each only once", path="levels")

    def is_asked(self, measures: tuple[Measured, ...]) -> bool:
        """Whether a concession meets all conditions of the stage.

        Raises:
            FactError: ``approvals.untold``, ``approvals.unit``.
        """
        return all([condition.met_by(measures) for condition in self.when])  # noqa: C419  every condition is checked, also after one that fails


@attrs.frozen(kw_only=True)
class Deadline:
    """What happens when a level does not answer.

    Args:
        level: the level or office asked.
        remind: how long after it was asked a reminder is due, such as ``2 days``.
        escalate: how long after it was asked another may sign in its place; from that day on.
        to: the level or office that may.

    Raises:
        PolicyError: ``approvals.deadline``, ``period.delay``.
    """

    level: str = field(doc="level or office asked")
    remind: str = field(doc="how long after it was asked a reminder is due, such as 2 days", default="")
    escalate: str = field(doc="how long after it was asked another may sign in its place", default="")
    to: str = field(doc="level or office that may then sign", default="")
    source: Source | None = field(doc="the clause", default=None)

    def __attrs_post_init__(self) -> None:
        if bool(self.escalate) != bool(self.to) or not (self.remind or self.escalate) or self.to == self.level:
            raise PolicyError("approvals.deadline", "a deadline for {level} needs remind, or escalate and another level in to", level=self.level)
        for text in filter(None, (self.remind, self.escalate)):
            delay(text)


@attrs.frozen(kw_only=True)
class Procedure:
    """How a concession is approved.

    Args:
        id: the name of the procedure; ``title`` and ``version`` as documents tell them.
        ladder: the levels, lowest first.
        offices: who may be asked beside the ladder, such as finance or legal.
        path: how the ladder is climbed from above the requester to the level needed: ``in_turn`` one level after the other, ``together`` all at
            once, ``needed`` only the level needed; ``none`` where the stages say everything.
        stages: the stages after the ladder, in order.
        alone: whether a requester who holds the level needed may concede alone; if ``refused``, another holder of that level signs.
        signs: whether a level is signed only by who holds it (``own_level``), or also by a higher level (``or_higher``).
        repeated: a person who may sign several levels signs ``each`` of them, or ``once`` for all; ``another`` refuses a second signature,
            also one on behalf of somebody who signed.
        resubmitted: whether signatures are kept while nothing got worse than what was signed (``keep``), or all are asked anew (``afresh``).
        rejected: whether a rejection is ``final``, or the request may be resubmitted (``open``).
        reasons: what must be given a reason: any of approve, reject, send_back, withdraw.
        request_lasts: how long after it was submitted a request can be decided, the last day included; without end where left out.
        approval_lasts: how long after the last signature an approval holds, the last day included; without end where left out.
        deadlines: reminders and escalation.
        calendar: what a month, quarter and year are, for delays that speak of their end.

    Raises:
        PolicyError: ``approvals.duplicate_level``, ``approvals.unknown_level``, ``approvals.nobody``, ``approvals.deadline_twice``,
            ``period.delay``.
    """

    kind: ClassVar[str] = "approval"

    id: str = field(doc="name of the procedure", default="")
    title: str = field(doc="what documents call it", default="")
    version: str = field(doc="version of the document", default="")
    ladder: Ladder = field(doc="the levels, lowest first")
    offices: tuple[Level, ...] = field(doc="who may be asked beside the ladder", default=(), converter=tuple)
    path: Literal["in_turn", "together", "needed", "none"] = word(doc="how the ladder is climbed")
    stages: tuple[Stage, ...] = field(doc="the stages after the ladder, in order", default=(), converter=tuple)
    alone: Literal["allowed", "refused"] = word(doc="whether who holds the level needed may concede alone")
    signs: Literal["own_level", "or_higher"] = word(doc="who may sign for a level")
    repeated: Literal["each", "once", "another"] = word(doc="what becomes of a person who may sign several levels")
    resubmitted: Literal["keep", "afresh"] = word(doc="what becomes of signatures when a request is resubmitted")
    rejected: Literal["final", "open"] = word(doc="whether a rejected request may be resubmitted")
    reasons: tuple[Literal["approve", "reject", "send_back", "withdraw"], ...] = listing(doc="what must be given a reason", default=())
    request_lasts: str = field(doc="how long a request can be decided; without end where left out", default="")
    approval_lasts: str = field(doc="how long an approval holds; without end where left out", default="")
    deadlines: tuple[Deadline, ...] = field(doc="reminders and escalation", default=(), converter=tuple)
    calendar: CivilCalendar | RetailCalendar = field(doc="what a month, quarter and year are", default=CivilCalendar())
    source: Source | None = field(doc="the policy it comes from", default=None)

    def __attrs_post_init__(self) -> None:
        for index, office in enumerate(self.offices):
            if office.id in {*self.ladder.ranks, *(other.id for other in self.offices[:index])}:
                raise PolicyError("approvals.duplicate_level", "two levels are called {name!r}; rename one", path=f"offices[{index}].id", name=office.id)
        asked = [(f"stages[{index}].levels", name) for index, stage in enumerate(self.stages) for name in stage.levels]
        asked += [(f"deadlines[{index}].level", deadline.level) for index, deadline in enumerate(self.deadlines)]
        asked += [(f"deadlines[{index}].to", deadline.to) for index, deadline in enumerate(self.deadlines) if deadline.to]
        for path, name in asked:
            if name not in self.titles:
                template = "there is no level {name!r}; the levels are {known}"
                raise PolicyError("approvals.unknown_level", template, path=path, name=name, known=", ".join(self.titles))
        if self.path == "none" and not self.stages:
            raise PolicyError("approvals.nobody", "the ladder is not climbed and there are no stages, so nobody is asked; add stages", path="stages")
        for index, deadline in enumerate(self.deadlines):
            if deadline.level in {other.level for other in self.deadlines[:index]}:
                template = "{level} has two deadlines; write one"
                raise PolicyError("approvals.deadline_twice", template, path=f"deadlines[{index}].level", level=deadline.level)
        for text in filter(None, (self.request_lasts, self.approval_lasts)):
            delay(text)

    @cached_property
    def titles(self) -> dict[str, str]:
        """What each level and office is called."""
        return {level.id: level.title or level.id for level in (*self.ladder.levels, *self.offices)}

    def check_level(self, name: str, path: str) -> None:
        """Refuse a level that is neither on the ladder nor an office.

        Raises:
            FactError: ``approvals.unknown_level``.
        """
        if name not in self.titles:
            template = "there is no level {name!r}; the levels are {known}"
            raise FactError("approvals.unknown_level", template, path=path, name=name, known=", ".join(self.titles))

    def grants(self, held: str, level: str) -> bool:
        """Whether who holds one level may sign for another."""
        ranks = self.ladder.ranks
        return held == level or (self.signs == "or_higher" and held in ranks and level in ranks and ranks[held] > ranks[level])

    def deadline(self, level: str) -> Deadline | None:
        """The deadline of a level, if it has one."""
        return next((deadline for deadline in self.deadlines if deadline.level == level), None)

    def last_day(self, lasts: str, day: date) -> date | None:
        """The last day of what begins on a day and lasts so long; None without end."""
        return delay(lasts).on(day, self.calendar) if lasts else None

    def route(self, needs: str, *, own: tuple[str, ...], measures: Iterable[Measured]) -> tuple[Stage, ...]:
        """Who is asked, stage by stage.

        Args:
            needs: the level that the concession needs; empty where the ladder is not climbed.
            own: the levels that the requester holds.
            measures: the concession.

        Raises:
            FactError: ``approvals.unknown_level`` where the level needed is not on the ladder; ``approvals.untold``, ``approvals.unit``.
        """
        told = tuple(measures)
        return (*self._climb(needs, own), *(stage for stage in self.stages if stage.is_asked(told)))

    def _climb(self, needs: str, own: tuple[str, ...]) -> tuple[Stage, ...]:
        if self.path == "none":
            return ()
        top, ranks = self.ladder.rank(needs), self.ladder.ranks
        start = max((ranks[level] for level in own if level in ranks), default=-1)
        between = tuple(level.id for level in self.ladder.levels[start + 1 : top + 1])
        levels = (needs,) if (between and self.path == "needed") or (not between and self.alone == "refused") else between
        return tuple(Stage(levels=group, needs="all") for group in (((levels,) if levels else ()) if self.path == "together" else ((name,) for name in levels)))
