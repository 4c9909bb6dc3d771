"""Promotions: approved offers that give discounts, free units, gifts and prizes, within dates, audience, caps and budget.

A `Promotion` is proposed and approved (`propose`, `approve`: a `Campaign`); only one that is approved and runs is applied. `promote` is the
verb: it gives the discounts, free units and gifts of every basket with their working, what they cost, and why the others gave nothing. What
has been used up so far goes in and comes out as a `Usage`; nothing is stored. A `Draw` and a `Contest` say before they are approved what
they will cost.

    >>> from datetime import date
    >>> from salesrules.money import Money
    >>> half_price = BuyGet(buy_quantity=1, get_quantity=1, off="50%", reward="in_basket", repeat="every", together=True, picking="cheapest", qualifiers="used")
    >>> second = Promotion(id="second", currency="CNY", start=date(2026, 3, 1), until=date(2026, 4, 1), units="once", offers=(half_price,))
    >>> mandate = Mandate(levels=(Level(id="management"),), currency="CNY", rows=(Row(level="management"),))
    >>> campaign = approve(propose(second, by="chen", on=date(2026, 2, 1)), by="wang", level="management", on=date(2026, 2, 2), mandate=mandate)
    >>> lines = (BasketLine(id="1", quantity=1, list_price=Money(80, "CNY")), BasketLine(id="2", quantity=2, list_price=Money(50, "CNY")))
    >>> promoted = promote([campaign], Basket(currency="CNY", lines=lines), on=date(2026, 3, 8))
    >>> promoted.saved, promoted.total                            # three units: one pair, of which the cheaper is at half price
    (Money('25.00', 'CNY'), Exact('155', 'CNY'))
"""

from .award import FreeUnits, Gift
from .basket import Basket, BasketLine
from .bundle import Bundle, Part
from .buy_get import BuyGet
from .campaign import Act, Campaign, amend, approve, close, fingerprint, propose, reject, resume, start, suspend
from .contest import Contest, Placed, Places, Ranking, Result, most_of_contest, rank
from .draw import Draw, DrawCost, Prize, cost_of_draw, cost_of_prizes
from .giving import Giving
from .mandate import Level, Mandate, Row, exposure_of
from .meter import Meter, Threshold
from .price_off import PriceOff
from .promote import promote
from .promoted import Applied, Dropped, LineDiscount, Promoted
from .promotion import Audience, Budget, Coupon, Promotion
from .reach import Reach
from .spend import Spend, Tier
from .usage import Usage, Use

__all__ = [
    "Act",
    "Applied",
    "Audience",
    "Basket",
    "BasketLine",
    "Budget",
    "Bundle",
    "BuyGet",
    "Campaign",
    "Contest",
    "Coupon",
    "Draw",
    "DrawCost",
    "Dropped",
    "FreeUnits",
    "Gift",
    "Giving",
    "Level",
    "LineDiscount",
    "Mandate",
    "Meter",
    "Part",
    "Placed",
    "Places",
    "PriceOff",
    "Prize",
    "Promoted",
    "Promotion",
    "Ranking",
    "Reach",
    "Result",
    "Row",
    "Spend",
    "Threshold",
    "Tier",
    "Usage",
    "Use",
    "amend",
    "approve",
    "close",
    "cost_of_draw",
    "cost_of_prizes",
    "exposure_of",
    "fingerprint",
    "most_of_contest",
    "promote",
    "propose",
    "rank",
    "reject",
    "resume",
    "start",
    "suspend",
]
