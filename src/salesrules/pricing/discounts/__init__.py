"""Discounts: one concession, how several meet, and how those of an order are spread over its lines.

========================== =========================================================================================
one                        `discount`
several on one price       `stacking`, by the words of `algebra`: which count (`choosing`), what each takes (`taking`),
                           whether another order would matter (`ordering`); `stacked` is the result
an order                   `orders`: first the discounts of each line, then those of the order, spread by `spreading`
========================== =========================================================================================
"""
