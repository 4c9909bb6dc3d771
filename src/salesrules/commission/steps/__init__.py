"""The steps a component may be made of, in the order in which the plan declares them.

Each step is a frozen value with one rule, `apply`, written over `salesrules.ops.Ops`, and one `explain`, which turns what `apply`
noted into the working. A step changes the `Flow` of the line it is given and hands it on.
"""

from .factor import FactorStep, Target
from .gate import Gate, Hurdle
from .limits import Bonus, Cap, Floor
from .rate import Rate, RateEntry
from .tiers import Tiers

__all__ = ["Bonus", "Cap", "FactorStep", "Floor", "Gate", "Hurdle", "Rate", "RateEntry", "StepRule", "Target", "Tiers"]

StepRule = Gate | Hurdle | Rate | Tiers | Target | FactorStep | Bonus | Cap | Floor
"""Any step of a component."""
