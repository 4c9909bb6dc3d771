"""Price floors, discount validation and promotions: a deal, a policy, a person and a date become a decision.

`decide` judges a quote; `lowest_price`, `further_discount`, `price_for_margin` and `one_more_free` answer the questions the other way round.

================= ==================================================================================================================
the rules         `policy`, with `floors`, `limits` by the `measures`, and whom decisions are told (`redaction`)
the facts         `facts`: quotes and their lines
prices            `prices`: the price book, how a price is made, units, tax, currencies; `prior` prices
discounts         `discounts`: how several meet, and how those of an order are spread over its lines
promotions        `promotions`: approved offers with an audience and a budget
the way           `listing`, `promoting`, `priced`: from list price to pocket; `waterfall` tells it
the answer        `program` (the rule of a line, for numbers and columns), `decide`, `decision`, `room`, `working`, `sheet`
================= ==================================================================================================================
"""

from .decide import decide
from .decision import Decision
from .discounts.algebra import Stacking
from .discounts.discount import Discount
from .discounts.spreading import Spreading, spread
from .discounts.stacking import stack
from .facts import Actor, Quote, QuoteLine
from .floors import BookPriceFloor, ContractPriceFloor, FixedFloor, GuidanceFloor, LastPriceFloor, ListFloor, MarginFloor, MarkupFloor
from .limits import Limit, Row
from .policy import Level, Meeting, PricePolicy
from .prices.asked import Asked, PriceFound
from .prices.book import PriceBook
from .prices.breaks import Block, Break, Graduated, Volume
from .prices.entry import PriceEntry
from .prices.exchange import Exchange, ExchangeRate
from .prices.formulas import Change, Formula
from .prices.margins import Margin, Markup, margin_of, markup_of
from .prices.prior import PricePoint, PriorPrice, prior_price
from .prices.tax import Tax
from .prices.units import Unit
from .redaction import Audience
from .room import FreeUnit, further_discount, lowest_price, one_more_free, price_for_margin
from .waterfall import Waterfall

__all__ = [
    "Actor",
    "Asked",
    "Audience",
    "Block",
    "BookPriceFloor",
    "Break",
    "Change",
    "ContractPriceFloor",
    "Decision",
    "Discount",
    "Exchange",
    "ExchangeRate",
    "FixedFloor",
    "Formula",
    "FreeUnit",
    "Graduated",
    "GuidanceFloor",
    "LastPriceFloor",
    "Level",
    "Limit",
    "ListFloor",
    "Margin",
    "MarginFloor",
    "Markup",
    "MarkupFloor",
    "Meeting",
    "PriceBook",
    "PriceEntry",
    "PriceFound",
    "PricePoint",
    "PricePolicy",
    "PriorPrice",
    "Quote",
    "QuoteLine",
    "Row",
    "Spreading",
    "Stacking",
    "Tax",
    "Unit",
    "Volume",
    "Waterfall",
    "decide",
    "further_discount",
    "lowest_price",
    "margin_of",
    "markup_of",
    "one_more_free",
    "price_for_margin",
    "prior_price",
    "spread",
    "stack",
]
