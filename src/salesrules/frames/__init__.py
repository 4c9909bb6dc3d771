"""The verbs over columns: the same rules, applied to whole tables in the library that the user already has."""

from .applied import Applied, Check, Difference
from .apply import OUTPUTS, apply

__all__ = ["OUTPUTS", "Applied", "Check", "Difference", "apply"]
