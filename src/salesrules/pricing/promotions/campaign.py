"""The life of a promotion: proposed, approved, running, closed; or rejected, or suspended for a while.

A campaign is a promotion with everything that was done about it. What was approved is one exact content: whoever changes it proposes it
anew (`amend`), and a campaign whose promotion was swapped without that cannot even be built. Who proposed it never approves it.

    >>> from salesrules.money import Money
    >>> from salesrules.pricing.promotions.mandate import Level, Row
    >>> from salesrules.pricing.promotions.price_off import PriceOff
    >>> from salesrules.pricing.promotions.promotion import Budget
    >>> spring = Promotion(id="spring", currency="CNY", start=date(2026, 3, 1), until=date(2026, 4, 1), units="shared",
    ...     offers=(PriceOff(rate="10%", per="line", of="list"),),
    ...     budget=Budget(amount=Money(5000, "CNY"), charged="cost", short="refused"))
    >>> mandate = Mandate(levels=(Level(id="head"), Level(id="management")), currency="CNY", rows=(Row(level="head", limit=10000), Row(level="management")))
    >>> campaign = propose(spring, by="chen", on=date(2026, 2, 1))
    >>> campaign = approve(campaign, by="wang", level="head", on=date(2026, 2, 5), mandate=mandate)
    >>> [campaign.state(date(2026, *day)) for day in ((2, 3), (2, 5), (3, 1), (4, 1))]
    ['proposed', 'approved', 'running', 'closed']
    >>> approve(propose(spring, by="wang", on=date(2026, 2, 1)), by="wang", level="management", on=date(2026, 2, 5), mandate=mandate)
    Traceback (most recent call last):
        ...
    salesrules.errors.FactError: spring: wang proposed it, so somebody else must approve it [pricing.campaign_own]
"""

from datetime import date
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from typing import Literal, TypeAlias

import attrs

from ... import document
from ...errors import FactError
from ...periods import plain_date
from .mandate import Mandate
from .promotion import Promotion
from .usage import Usage

__all__ = ["Act", "Campaign", "Deed", "State", "amend", "approve", "close", "fingerprint", "propose", "reject", "resume", "start", "suspend"]

State: TypeAlias = Literal["unknown", "proposed", "approved", "rejected", "running", "suspended", "closed"]
Deed: TypeAlias = Literal["propose", "amend", "approve", "reject", "start", "suspend", "resume", "close"]

_LEADS_TO: dict[tuple[State, Deed], State] = {
    ("unknown", "propose"): "proposed",
    ("proposed", "amend"): "proposed",
    ("proposed", "approve"): "approved",
    ("proposed", "reject"): "rejected",
    ("proposed", "close"): "closed",
    ("rejected", "amend"): "proposed",
    ("approved", "amend"): "proposed",
    ("approved", "start"): "running",
    ("approved", "suspend"): "suspended",
    ("approved", "close"): "closed",
    ("running", "amend"): "proposed",
    ("running", "suspend"): "suspended",
    ("running", "close"): "closed",
    ("suspended", "amend"): "proposed",
    ("suspended", "resume"): "approved",
    ("suspended", "close"): "closed",
}
"""What may be done in which state, and the state it leads to; whatever is not written here is not possible."""

_CONTENT: frozenset[Deed] = frozenset({"propose", "amend"})


class _Deeds(tuple[Deed, ...]):
    """Deeds in a message: a list in English, words of the reader's language in a translation."""

    __slots__ = ()

    def __str__(self) -> str:
        return ", ".join(self)


def fingerprint(promotion: Promotion) -> str:
    """A text that is the same for the same promotion and for no other: the SHA-256 of its document."""
    return sha256(document.dumps(promotion, format="json").encode()).hexdigest()


@attrs.frozen(kw_only=True)
class Act:
    """Something that was done about a promotion.

    Args:
        deed: what.
        by: who.
        on: when.
        content: the fingerprint of the promotion that it was done about.
        level: the level of authority of who approved.
        reason: why.
    """

    deed: Deed
    by: str
    on: date = attrs.field(converter=plain_date)
    content: str
    level: str = ""
    reason: str = ""


@attrs.frozen(kw_only=True)
class Campaign:
    """A promotion with everything that was done about it.

    Args:
        promotion: the promotion as it was last proposed.
        acts: what was done, in order.

    Raises:
        FactError: ``pricing.campaign_changed`` where the promotion is not the one last proposed; ``pricing.campaign_act`` for something
            that is not possible in its state; ``pricing.campaign_order`` where a later act has an earlier day; ``pricing.campaign_own``.
    """

    promotion: Promotion
    acts: tuple[Act, ...]

    def __attrs_post_init__(self) -> None:
        path, proposer, content = self.promotion.id, "", ""
        state: State = "unknown"
        for earlier, later in pairwise(self.acts):
            if later.on < earlier.on:
                raise FactError(
                    "pricing.campaign_order",
                    "{deed} is dated before {before}; write the acts as they happened",
                    path=path,
                    deed=later.deed,
                    before=earlier.deed,
                )
        for act in self.acts:
            state = _next(state, act, path)
            if act.deed in _CONTENT:
                proposer, content = act.by, act.content
            if act.deed == "approve" and act.by == proposer:
                raise FactError("pricing.campaign_own", "{person} proposed it, so somebody else must approve it", path=path, person=act.by)
            if act.content != content:
                raise _changed(path)
        if content != self.content:
            raise _changed(path)

    @cached_property
    def content(self) -> str:
        """The fingerprint of the promotion."""
        return fingerprint(self.promotion)

    def state(self, on: date, usage: Usage | None = None) -> State:
        """The state on a day: by what was done until then, by the dates, and by the budget that is used up.

        Before the day on which this content was proposed it is ``unknown``, whatever was approved of an earlier content.

        Args:
            on: the day.
            usage: what has been used up; without it the budget is not looked at.
        """
        if on < max(act.on for act in self.acts if act.deed in _CONTENT):
            return "unknown"
        state: State = "unknown"
        for act in self.acts:
            if act.on <= on:
                state = _next(state, act, self.promotion.id)
        if state in {"approved", "running", "suspended"} and (on >= self.promotion.until or (usage is not None and self.is_used_up(usage))):
            return "closed"
        if state == "approved" and self._resumed(on) == "running":
            state = "running"
        opened = state == "approved" and self.promotion.opens == "date"
        if opened or state == "running":
            return "running" if on >= self.promotion.start else "approved"
        return state

    def _resumed(self, on: date) -> Literal["running", "approved"]:
        """Whether a campaign that is approved now was started since it was last proposed."""
        deeds = [act.deed for act in self.acts if act.on <= on]
        since = max(index for index, deed in enumerate(deeds) if deed in _CONTENT)
        return "running" if "start" in deeds[since:] else "approved"

    def is_used_up(self, usage: Usage) -> bool:
        """Whether nothing is left of the budget."""
        budget = self.promotion.budget
        return budget is not None and usage.charged(self.promotion.id, self.promotion.currency) >= budget.amount


def _next(state: State, act: Act, path: str) -> State:
    if (state, act.deed) in _LEADS_TO:
        return _LEADS_TO[state, act.deed]
    possible = _Deeds(deed for known, deed in _LEADS_TO if known == state)
    if not possible:
        template = "{deed} is not possible where a promotion is {state}; propose another promotion"
        raise FactError("pricing.campaign_act", template, path=path, deed=act.deed, state=state)
    template = "{deed} is not possible where a promotion is {state}; possible is {possible}"
    raise FactError("pricing.campaign_act", template, path=path, deed=act.deed, state=state, possible=possible)


def _changed(path: str) -> FactError:
    return FactError("pricing.campaign_changed", "the promotion is not the one that was proposed; propose the change with amend()", path=path)


def _done(campaign: Campaign, deed: Deed, by: str, on: date, *, level: str = "", reason: str = "") -> Campaign:
    act = Act(deed=deed, by=by, on=on, content=campaign.content, level=level, reason=reason)
    return attrs.evolve(campaign, acts=(*campaign.acts, act))


def propose(promotion: Promotion, *, by: str, on: date, reason: str = "") -> Campaign:
    """A new campaign, for approval."""
    return Campaign(promotion=promotion, acts=(Act(deed="propose", by=by, on=on, content=fingerprint(promotion), reason=reason),))


def amend(campaign: Campaign, promotion: Promotion, *, by: str, on: date, reason: str = "") -> Campaign:
    """The campaign with another content, proposed anew: what was approved before counts no more.

    Raises:
        FactError: ``pricing.campaign_act``, ``pricing.campaign_order``; ``pricing.campaign_id`` where the promotion has another id, under
            which its uses would be lost.
    """
    if promotion.id != campaign.promotion.id:
        template = "{other!r} is another promotion; keep the id, under which uses are counted, or propose it by itself"
        raise FactError("pricing.campaign_id", template, path=campaign.promotion.id, other=promotion.id)
    act = Act(deed="amend", by=by, on=on, content=fingerprint(promotion), reason=reason)
    return Campaign(promotion=promotion, acts=(*campaign.acts, act))


def approve(campaign: Campaign, *, by: str, level: str, on: date, mandate: Mandate, reason: str = "") -> Campaign:
    """The campaign approved.

    Args:
        campaign: as proposed.
        by: who approves, never who proposed.
        level: the level of authority of that person.
        on: when.
        mandate: who may approve what.
        reason: why.

    Raises:
        FactError: ``pricing.campaign_own``, ``pricing.campaign_level`` where the level does not suffice, ``pricing.campaign_nobody``, ``pricing.campaign_act``,
            ``approvals.unknown_level``, ``pricing.campaign_order``.
    """
    needed = mandate.level(campaign.promotion)
    if needed is None:
        raise FactError("pricing.campaign_nobody", "nobody may approve what it can cost; give it a budget", path=campaign.promotion.id)
    if mandate.ladder.rank(level) < mandate.ladder.rank(needed):
        template = "{level} may not approve what it can cost; ask {needed}, or give it a smaller budget"
        raise FactError("pricing.campaign_level", template, path=campaign.promotion.id, level=level, needed=needed)
    return _done(campaign, "approve", by, on, level=level, reason=reason)


def reject(campaign: Campaign, *, by: str, on: date, reason: str) -> Campaign:
    """The campaign rejected; it may be amended and proposed anew."""
    return _done(campaign, "reject", by, on, reason=reason)


def start(campaign: Campaign, *, by: str, on: date) -> Campaign:
    """The campaign started, where it opens by decision; it runs from its first day on all the same."""
    return _done(campaign, "start", by, on)


def suspend(campaign: Campaign, *, by: str, on: date, reason: str) -> Campaign:
    """The campaign suspended until it is resumed."""
    return _done(campaign, "suspend", by, on, reason=reason)


def resume(campaign: Campaign, *, by: str, on: date) -> Campaign:
    """The campaign going on as it was before it was suspended."""
    return _done(campaign, "resume", by, on)


def close(campaign: Campaign, *, by: str, on: date, reason: str) -> Campaign:
    """The campaign closed for good."""
    return _done(campaign, "close", by, on, reason=reason)
