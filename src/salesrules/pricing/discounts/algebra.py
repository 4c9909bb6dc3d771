"""How discounts meet: what they are shares of, which of them count, in which order, how far they go, and where they are rounded.

Every answer is a field of the policy, because systems disagree on each of them:

=============== ==============================================================================================================
``mode``        ``additive``: every rate is a share of the price that comes in (20% + 10% = 30%); ``cascading``: every rate is a
                share of the price so far (20% + 10% = 28%); ``declared``: each discount says it for itself (`Discount.of`)
``choose``      ``all`` that may meet; the ``best`` alone; the ``best_combination`` of those that may meet
``order``       as ``given``; by ``priority``, the higher first; ``rates_first`` or ``amounts_first``. What is declared ``last`` always
                comes last, and in additive mode surcharges come first, so that nothing of them is lost at the lower limit
``exclusives``  among exclusive ones the highest ``priority`` stands, even if it takes off less, or the ``best``; or ``best_of_all``:
                an exclusive one stands only where it takes off more than the others do together
``surcharges``  ``honour`` discounts below 0, or ``ignore`` them as far as they would raise the price above the one that comes in
``idle``        a discount that brought nothing is left out (``drop``), or counts as applied (``keep``)
``cap``         the most that all together may take off the list price, as a share; ``cap_amount`` as an amount
``least``       the least price of a unit; 0 where left out
``rounding``    how and to what; per ``line``, or per ``document``: then nothing is rounded here, and the document rounds its total
``rounds``      what is rounded: the ``discount``, or the ``price`` that remains (15% off 10.50 is 1.58 or leaves 8.93)
``rounds_on``   the price of a ``unit``, or the amount of the ``line``
``rounds_when`` after every ``step``, or once at the ``end``
=============== ==============================================================================================================

    >>> Stacking(mode="cascading", order="given").choose
    'all'
    >>> Stacking(mode="cascading", order="given", cap="150%")
    Traceback (most recent call last):
        ...
    salesrules.errors.PolicyError: cap: all discounts together take off at most 150%; give a share from 0 to 100% [pricing.stacking_cap]

References: chain and addition in Liferay Commerce; exclusive, best price and compounded in Dynamics 365; lanes in Solidus; combinable and
stackable offers in Broadleaf Commerce; exclusive promotions and priorities in Sylius.
Checked with: ``tests/golden/pricing/stacking.toml``.
"""

from fractions import Fraction
from typing import Literal, get_args

import attrs

from ..._exact import maybe_rate
from ..._fields import about, field
from ...errors import PolicyError
from ...money import HALF_UP, Money, Rounding, format_ratio

__all__ = ["Stacking"]

Mode = Literal["additive", "cascading", "declared"]
Choose = Literal["all", "best", "best_combination"]
Order = Literal["given", "priority", "rates_first", "amounts_first"]
Exclusives = Literal["priority", "best", "best_of_all"]
Surcharges = Literal["honour", "ignore"]
Idle = Literal["drop", "keep"]
Rounds = Literal["discount", "price"]
RoundsOn = Literal["unit", "line"]
RoundsWhen = Literal["step", "end"]

_WORDS = {
    "mode": Mode,
    "choose": Choose,
    "order": Order,
    "exclusives": Exclusives,
    "surcharges": Surcharges,
    "idle": Idle,
    "rounds": Rounds,
    "rounds_on": RoundsOn,
    "rounds_when": RoundsWhen,
}


@attrs.frozen(kw_only=True)
class Stacking:
    """How discounts meet; the module tells what each word means.

    Raises:
        PolicyError: ``pricing.stacking_word``, ``pricing.stacking_cap`` (a share beyond 0 to 100%), ``pricing.stacking_below`` (an amount
            below 0).
    """

    mode: Mode = field(doc="what a rate is a share of")
    order: Order = field(doc="which discount comes first")
    choose: Choose = field(doc="which of the discounts count", default="all")
    exclusives: Exclusives = field(doc="which exclusive discount stands", default="priority")
    surcharges: Surcharges = field(doc="whether a discount below 0 may raise the price", default="honour")
    idle: Idle = field(doc="whether a discount that brought nothing counts as applied", default="drop")
    cap: Fraction | None = attrs.field(metadata=about("the most all together take off the list price", rate=True), default=None, converter=maybe_rate)
    cap_amount: Money | None = field(doc="the most all together take off", default=None)
    least: Money | None = field(doc="the least price of a unit; 0 where left out", default=None)
    rounding: Rounding = field(doc="how and to what amounts are rounded", default=HALF_UP)
    rounds: Rounds = field(doc="whether the discount is rounded or the price that remains", default="discount")
    rounds_on: RoundsOn = field(doc="whether the price of a unit is rounded or the amount of the line", default="line")
    rounds_when: RoundsWhen = field(doc="whether every step is rounded or only the end", default="step")

    def __attrs_post_init__(self) -> None:
        for name, known in _WORDS.items():
            word = getattr(self, name)
            if word not in get_args(known):
                template = "{name} is {word!r}; use one of {known}"
                raise PolicyError("pricing.stacking_word", template, path=name, name=name, word=word, known=", ".join(get_args(known)))
        if self.cap is not None and not 0 <= self.cap <= 1:
            template = "all discounts together take off at most {cap}; give a share from 0 to 100%"
            raise PolicyError("pricing.stacking_cap", template, path="cap", cap=format_ratio(self.cap))
        for name in ("cap_amount", "least"):
            value = getattr(self, name)
            if value is not None and value.minor < 0:
                raise PolicyError("pricing.stacking_below", "{name} is {value}; give 0 or more", path=name, name=name, value=str(value))
