"""What travels, made into the values of salesrules, and its answers made into what travels."""

from fractions import Fraction
from typing import Any

from salesrules.errors import FactError, PolicyError
from salesrules.money import Exact, Money
from salesrules.pricing import Actor, Audience, Decision, Discount, PricePolicy, Quote, QuoteLine
from salesrules.pricing.prices.tax import Tax
from salesrules.pricing.prices.units import nearest
from salesrules.text import working_html, working_text

from .models import DiscountBody, LineBody, QuoteBody
from .policies import Article, Edition, Shelf
from .problems import Refusal
from .tokens import Caller

__all__ = ["actor_of", "answer", "audience_of", "health", "money", "quote_of", "room_hides", "ruling", "shown"]


def actor_of(caller: Caller, edition: Edition) -> Actor:
    """Who asks, at a level that the policy knows.

    Raises:
        Refusal: 403 ``service.level``.
    """
    known = edition.policy.ladder.ranks
    if caller.level not in known:
        raise Refusal(403, "service.level", level=caller.level, known=", ".join(known))
    return Actor(person=caller.person, level=caller.level)


def audience_of(caller: Caller, edition: Edition) -> Audience:
    """For whom the answer is, as the policy knows him.

    Raises:
        Refusal: 403 ``service.audience``.
    """
    known = {audience.id: audience for audience in edition.policy.audiences}
    if caller.audience not in known:
        raise Refusal(403, "service.audience", audience=caller.audience, known=", ".join(known))
    return known[caller.audience]


def quote_of(body: QuoteBody, caller: Caller, edition: Edition) -> Quote:
    """The quote that was sent, with what the service knows of its articles.

    Raises:
        Refusal: 422 ``service.currency``, ``service.article``.
        FactError: as `Quote`, `QuoteLine` and `Discount`.
    """
    if body.currency != edition.policy.currency:
        raise Refusal(422, "service.currency", path="currency", currency=body.currency, known=edition.policy.currency)
    try:
        return Quote(
            id=body.id,
            person=caller.person,
            date=body.date,
            shipped=body.shipped,
            invoiced=body.invoiced,
            original=body.original,
            customer=body.customer,
            customer_grade=body.customer_grade,
            channel=body.channel,
            region=body.region,
            reason=body.reason,
            lines=tuple(_line(line, f"lines[{index}]", body.currency, edition) for index, line in enumerate(body.lines)),
            discounts=tuple(_discount(discount, body.currency) for discount in body.discounts),
            rebate=body.rebate,
            payment_discount=body.payment_discount,
            freight=None if body.freight is None else Money(body.freight, body.currency),
        )
    except PolicyError as error:  # a rate or a tax of the quote, which no policy is to blame for
        raise FactError(error.code, error.template, path=error.path, **error.params) from None


def _line(line: LineBody, path: str, currency: str, edition: Edition) -> QuoteLine:
    article = edition.articles.get(line.product)
    if article is None:
        near = nearest(line.product, tuple(edition.articles))
        raise Refusal(422, "service.article", path=f"{path}.product", product=line.product, near=near)
    return QuoteLine(
        id=line.id,
        product=line.product,
        category=article.category,
        quantity=Fraction(line.quantity),
        unit=line.unit or article.unit,
        price=_exact(line.price, currency),
        list_price=_exact(line.list_price, currency),
        cost=_cost(article, line.unit, edition.policy),
        discounts=tuple(_discount(discount, currency) for discount in line.discounts),
        free=Fraction(line.free),
        bundle=line.bundle,
        tax=None if line.tax is None else Tax(basis=line.tax.basis, rate=line.tax.rate),
    )


def _cost(article: Article, unit: str, rules: PricePolicy) -> Exact | None:
    """The cost of one unit of a line: that of the article, for as many as are in it."""
    if article.cost is None or rules.prices is None or not unit:
        return None if article.cost is None else article.cost * Fraction(1)
    return article.cost * rules.prices.measures.factor(unit, article.unit, article.id)


def _discount(body: DiscountBody, currency: str) -> Discount:
    terms: dict[str, Any] = {"id": body.id, "per": body.per, "of": body.of, "exclusive": body.exclusive, "reason": body.reason}
    if body.zhe is not None:
        if body.rate is not None:
            template = "gives {given}; give exactly one of rate, amount, price (or a rate and the amount it comes to)"
            raise FactError("pricing.discount_terms", template, path=f"discount {body.id}", given="rate, zhe")
        return Discount.zhe(body.zhe, amount=_exact(body.amount, currency), price=_exact(body.price, currency), **terms)
    return Discount(rate=body.rate, amount=_exact(body.amount, currency), price=_exact(body.price, currency), **terms)


def _exact(amount: str | None, currency: str) -> Exact | None:
    return None if amount is None else Exact(amount, currency)


def answer(decision: Decision, audience: Audience, edition: Edition, show: str, locale: str) -> dict[str, Any]:
    """A decision for an audience, with its form and its working where they are asked for and open to it."""
    form, working = None, None
    if show != "data":
        form = str(decision.to_text(locale, audience.id) if show == "text" else decision.to_html(locale, audience.id, page=False))
        if audience.sees_all:
            working = str((working_text if show == "text" else working_html)(decision.working, locale))
    return {"decision": decision.to_data(audience.id), "policy": ruling(edition), "form": form, "working": working}


def room_hides(audience: Audience, rules: PricePolicy) -> tuple[str, ...]:
    """What an audience is not to know and could work out of the lowest price."""
    told = {"limits": bool(rules.limits), "floors": bool(rules.floors)}
    told["costs"] = any(floor.base == "cost" for floor in rules.floors) or any("cost" in limit.measured.reads for limit in rules.limits)
    return tuple(name for name, is_told in told.items() if is_told and name not in audience.sees)


def money(amount: Money | None) -> dict[str, str] | None:
    """An amount as it travels."""
    return None if amount is None else {"amount": str(amount.amount), "currency": amount.currency.code}


def ruling(edition: Edition) -> dict[str, str]:
    """Which rules an answer is by."""
    return {"id": edition.policy.id, "version": edition.policy.version, "hash": edition.hash}


def shown(edition: Edition, audience: Audience, day: Any) -> dict[str, Any]:
    """The policy in force, as far as it is open to an audience."""
    rules = edition.policy
    return {
        **ruling(edition),
        "title": rules.title,
        "currency": rules.currency,
        "effective_from": rules.effective_from.isoformat(),
        "effective_until": None if rules.effective_until is None else rules.effective_until.isoformat(),
        "in_force": edition.in_force(day),
        "loaded_at": edition.loaded_at.isoformat(),
        "levels": [{"id": level.id, "title": level.title} for level in rules.levels],
        "articles": [{name: getattr(one, name) for name in ("id", "title", "title_en", "category", "unit")} for one in edition.articles.values()],
        "document": edition.document if audience.sees_all else None,
    }


def health(shelf: Shelf) -> dict[str, Any]:
    """How the service does."""
    edition, refused = shelf.current, shelf.refused
    return {
        "status": "ok" if refused is None else "stale",
        "policy": ruling(edition),
        "loaded_at": edition.loaded_at.isoformat(),
        "refused": None if refused is None else {"at": refused.at.isoformat(), "codes": refused.codes, "paths": refused.paths},
    }
