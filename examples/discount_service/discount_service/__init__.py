"""A service that validates discounts: a quote, a price policy, a person and a date become a decision, over HTTP.

The rules are those of `salesrules.pricing`; here stands only what a service adds to them. From the outside inwards:

================ ===================================================================================================
``app``          the addresses, each a few lines
``tokens``       who asks, at which level, and for which audience: read from a signed token
``language``     the reader's language, from ``Accept-Language``
``problems``     errors as ``application/problem+json``, with the library's codes and messages
``limits``       how large a request may be
``models``       what travels as JSON
``facts``        what travels, made into the library's values and back; the only module that knows both
``policies``     the policy in force, read again when its file changes
``settings``     what the environment says
================ ===================================================================================================
"""
