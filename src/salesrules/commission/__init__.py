"""Sales commission: a plan applied to sales gives every line's pay with its working, statements per person and period, and a state.

A `Plan` is read from a document (`salesrules.policy.load`) or built from values. Its components pay a measure through steps in the order
declared; `calculate` is the verb; `settle` makes statements of totals, where columns computed the lines.

    >>> from datetime import date
    >>> from fractions import Fraction
    >>> from salesrules.bands import Marginal, RateBand
    >>> from salesrules.money import Money
    >>> tiers = Marginal(bands=(RateBand(start=0, rate=Fraction("0.03")), RateBand(start=100_000, rate=Fraction("0.05"))))
    >>> plan = Plan(id="north", currency="CNY", effective_from=date(2026, 1, 1), returns=Returns(rate="recompute"),
    ...             components=(Component(id="sales", measure="sales", steps=(Tiers(table=tiers, over="year"),)),))
    >>> sales = (Sale(id="S1", date=date(2026, 1, 9), amount=Money("80000", "CNY"), person="chen"),
    ...          Sale(id="S2", date=date(2026, 2, 3), amount=Money("50000", "CNY"), person="chen"))
    >>> run = calculate(plan, sales, on=date(2026, 2, 28))
    >>> [str(line.pay) for line in run.lines]               # the second sale crosses 100,000: 20,000 x 3% + 30,000 x 5%
    ['2400.00 CNY', '2100.00 CNY']
"""

from .calculate import calculate
from .component import Component
from .conversion import Conversion, PlanRate
from .draws import Balance, Draw, Drawn, Guarantee
from .earning import Earned, Holdback, Stage
from .facts import Credit, Event, Factor, FxRate, Incentive, Quota, Receipt, Sale
from .lines import Line
from .plan import Plan, Pool
from .quotas import prorate, ramp, spread
from .returns import Returns
from .roster import Member, Roster
from .run import Run
from .settle import Settled, settle
from .state import State
from .statement import Adjustment, Entry, Statement
from .steps import Bonus, Cap, FactorStep, Floor, Gate, Hurdle, Rate, RateEntry, Target, Tiers
from .totals import Total, total_up

__all__ = [
    "Adjustment",
    "Balance",
    "Bonus",
    "Cap",
    "Component",
    "Conversion",
    "Credit",
    "Draw",
    "Drawn",
    "Earned",
    "Entry",
    "Event",
    "Factor",
    "FactorStep",
    "Floor",
    "FxRate",
    "Gate",
    "Guarantee",
    "Holdback",
    "Hurdle",
    "Incentive",
    "Line",
    "Member",
    "Plan",
    "PlanRate",
    "Pool",
    "Quota",
    "Rate",
    "RateEntry",
    "Receipt",
    "Returns",
    "Roster",
    "Run",
    "Sale",
    "Settled",
    "Stage",
    "State",
    "Statement",
    "Target",
    "Tiers",
    "Total",
    "calculate",
    "prorate",
    "ramp",
    "settle",
    "spread",
    "total_up",
]
