"""Price decisions over a table of quote lines: the same rule as `salesrules.pricing.decide`, on columns.

=============== ======================================================================================================
the verbs       `validate`, `replay`; one row at a time: `scalar`
the way in      `job` (policy and columns), `columns`, `survey` (what is asked of a table beforehand)
the rule        `rule`, over the `operands` of a line; `answers` in words
carriers        `blocks` (NumPy), `ops` and `lazily` (expressions)
=============== ======================================================================================================
"""
