"""Prices: the book, how a price is made, units of measure, tax and currencies, and the lowest price of the days before.

========================== =========================================================================================
the book                   `book`, its entries (`entry`), the question and the answer (`asked`)
how a price is made        `breaks` by quantity (`reach`), `formulas` from another price, `margins` and markups
what it is stated in       `units`, `tax`, `exchange`; `terms` brings one price to another's
how it is found            `shelf` (which entry covers a sale), `finding` (one question)
prices of other days       `prior`
========================== =========================================================================================
"""
