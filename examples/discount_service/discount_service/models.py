"""What travels as JSON. Every number travels as text, so that no program on the way makes a binary float of it; unknown keys are refused.

A quote says what is asked for. What an article costs and which category it is in, the service knows itself: whoever wants a discount
is not asked for the facts that it is judged by. Nor does a quote say who asks: that is in the token.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StringConstraints
from pydantic_core import PydanticCustomError

from .limits import MOST_DISCOUNTS, MOST_IN_ROOM, MOST_LINES
from .problems import like

__all__ = ["Answer", "DiscountBody", "Health", "LineBody", "PolicyShown", "Problem", "QuoteBody", "Room", "RoomBody", "TaxBody", "Wish"]

_AMOUNT = like(r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$", '"88.00"')
_PRICE = like(r"^[0-9]{1,12}(\.[0-9]{1,6})?$", '"88.00"')
_RATE = like(r"^-?([0-9]{1,3}(\.[0-9]{1,6})?%|[0-9](\.[0-9]{1,8})?|[0-9]{1,6}/[1-9][0-9]{0,5})$", '"5%"')
_QUANTITY = like(r"^-?[0-9]{1,9}(\.[0-9]{1,6})?$", '"10"')
_ZHE = like(r"^[0-9一二三四五六七八九对折.]{1,8}$", '"八五折"')
_CURRENCY = like(r"^[A-Z]{3}$", '"CNY"')
_TEXT = like(r"^[^\x00-\x1f\x7f]*$", '"Q-1"')
_NAME = like(r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$", '"Q-1"')

Amount = Annotated[str, StringConstraints(pattern=_AMOUNT), Field(examples=["10.00"])]
Price = Annotated[str, StringConstraints(pattern=_PRICE), Field(examples=["88.00"])]
Rate = Annotated[str, StringConstraints(pattern=_RATE), Field(examples=["5%"])]
Quantity = Annotated[str, StringConstraints(pattern=_QUANTITY), Field(examples=["10"])]


def _written(value: Any) -> Any:
    """Only a day that is written out is one: a number would be taken for seconds since 1970."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        return value
    raise PydanticCustomError("date_type", "a day is written as 2026-11-30")


Day = Annotated[date, BeforeValidator(_written), Field(examples=["2026-11-20"])]
Text = Annotated[str, StringConstraints(pattern=_TEXT, max_length=100)]
Name = Annotated[str, StringConstraints(pattern=_NAME, max_length=100)]

QUOTE: dict[str, Any] = {
    "id": "Q-1",
    "date": "2026-11-20",
    "currency": "CNY",
    "customer": "东方影院",
    "customer_grade": "A",
    "reason": "竞争对手报价 340 元/箱",
    "lines": [
        {"id": "1", "product": "MFZ-ABC4", "unit": "box", "quantity": "10", "price": "352.00"},
        {"id": "2", "product": "JTY-GD", "quantity": "120", "discounts": [{"id": "manual", "rate": "3%"}]},
    ],
}
"""The example in the documentation, which the tests send."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TaxBody(_Body):
    """Whether tax is in the prices of a line."""

    basis: Literal["net", "gross"]
    rate: Rate | None = None


class DiscountBody(_Body):
    """One concession: exactly one of rate, zhe, amount and price."""

    id: Name = Field(description="what it is called", examples=["manual"])
    rate: Rate | None = Field(None, description="share taken off")
    zhe: Annotated[str, StringConstraints(pattern=_ZHE)] | None = Field(None, description="the share that is paid, in Chinese", examples=["八五折"])
    amount: Amount | None = Field(None, description="money off")
    price: Price | None = Field(None, description="what is paid instead")
    per: Literal["unit", "line", "order"] = Field("unit", description="what amount and price are stated for")
    of: Literal["running", "list"] = Field("running", description="whether a rate is a share of the price so far or of the list price")
    exclusive: StrictBool = Field(default=False, description="whether it stands alone")
    reason: Text = ""


class LineBody(_Body):
    """An article of a quote."""

    id: Name = Field(description="what the caller calls the line", examples=["1"])
    product: Name = Field(description="the article", examples=["MFZ-ABC4"])
    quantity: Quantity = Field(description="units sold; below 0 for a return")
    unit: Text = Field("", description="unit of measure of quantity and prices; the article's own where left out", examples=["piece"])
    price: Price | None = Field(None, description="what is asked for one unit; the price in force where left out")
    list_price: Price | None = Field(None, description="the list price that the caller's screen showed; the price book rules, and a difference is reported")
    discounts: list[DiscountBody] = Field([], max_length=MOST_DISCOUNTS)
    free: Quantity = Field("0", description="further units of the article for nothing")
    bundle: Text = Field("", description="lines of one name are sold together")
    tax: TaxBody | None = None


class QuoteBody(_Body):
    """An offer, an order, a return or an amendment that is to be judged."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [QUOTE]})

    id: Name = Field(description="what the caller calls the quote", examples=["Q-1"])
    date: Day
    shipped: Day | None = None
    invoiced: Day | None = None
    original: Day | None = Field(None, description="day of the original order of a return or an amendment")
    currency: Annotated[str, StringConstraints(pattern=_CURRENCY)] = Field(description="of every amount of the quote", examples=["CNY"])
    customer: Text = ""
    customer_grade: Text = ""
    channel: Text = ""
    region: Text = ""
    reason: Text = Field("", description="why a concession is asked for")
    lines: list[LineBody] = Field(min_length=1, max_length=MOST_LINES)
    discounts: list[DiscountBody] = Field([], max_length=MOST_DISCOUNTS, description="what is conceded on the order as a whole")
    rebate: Rate = Field("0%", description="share paid back later")
    payment_discount: Rate = Field("0%", description="share kept back for paying early")
    freight: Price | None = Field(None, description="freight that the seller bears")


class RoomBody(_Body):
    """A quote, and the line whose room is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [{"quote": QUOTE, "line": "1"}]})

    quote: Annotated[QuoteBody, Field(description=f"of at most {MOST_IN_ROOM} lines")]
    line: Name


class Wish(_Body):
    """What an answer shall hold besides the decision."""

    show: Literal["data", "text", "html"] = Field("data", description="text and html: the price approval form too, and the working where it is open")


class Money(BaseModel):
    """An amount, exactly: a decimal, or a fraction such as ``"100/3"`` where that does not end, in major units."""

    amount: str
    currency: str


class Ruling(BaseModel):
    """Which version of which policy an answer is by."""

    id: str
    version: str
    hash: str = Field(description="SHA-256 of the files that hold the rules")


class Found(BaseModel):
    """What was found of a line, or of the order as a whole; further stages of the price as far as they are open to the audience."""

    verdict: Literal["allowed", "needs_approval", "refused"]
    level: str = Field(description="the level that must approve; empty where nobody need or nobody may")
    list: Money
    invoice: Money


class LineFound(Found):
    """What was found of a line."""

    line: str
    waterfall: Sequence[dict[str, Any]]


class DecisionTold(BaseModel):
    """A decision, with no more in it than the policy opens to the audience."""

    schema_: str = Field(alias="schema")
    kind: Literal["pricing.decision"]
    policy: str
    version: str
    quote: str
    person: str
    actor_level: str
    date: str
    price_date: str
    currency: str
    verdict: Literal["allowed", "needs_approval", "refused"]
    level: str
    lines: list[LineFound]
    total: dict[str, Money]
    order: list[Found]
    dropped: list[dict[str, str]]
    forfeited: Money
    warnings: list[dict[str, Any]]
    violations: list[dict[str, Any]]
    approvals: list[dict[str, Any]]


class Answer(BaseModel):
    """A decision and what it is by."""

    decision: DecisionTold
    policy: Ruling
    form: str | None = Field(description="the price approval form as text or HTML, where it was asked for")
    working: str | None = Field(description="how the decision was found, where it was asked for and everything is open to the audience")


class Room(BaseModel):
    """How far the caller may go with a line as it stands."""

    line: str
    level: str
    lowest_price: Money | None = Field(description="of one unit; null where not even the list price is his to grant")
    further_discount: Money | None = Field(description="off the line as a whole; null where it goes too far already")
    policy: Ruling


class LevelShown(BaseModel):
    """A level of authority."""

    id: str
    title: str


class ArticleShown(BaseModel):
    """An article, without what it costs."""

    id: str
    title: str
    title_en: str
    category: str
    unit: str


class PolicyShown(BaseModel):
    """The policy in force."""

    id: str
    title: str
    version: str
    hash: str
    currency: str
    effective_from: date
    effective_until: date | None
    in_force: bool = Field(description="whether it is in force today")
    loaded_at: datetime
    levels: list[LevelShown]
    articles: list[ArticleShown]
    document: dict[str, Any] | None = Field(description="the whole document, for an audience to whom everything is open")


class FileRefused(BaseModel):
    """A file that was not taken; its rules are told in the log only."""

    at: datetime
    codes: list[str]
    paths: list[str]


class Health(BaseModel):
    """Whether the service answers, and by what."""

    status: Literal["ok", "stale"] = Field(description="stale: a newer file was refused, and the rules before it still answer")
    policy: Ruling
    loaded_at: datetime
    refused: FileRefused | None


class Fault(BaseModel):
    """One of several faults."""

    code: str
    path: str
    detail: str
    params: dict[str, str]


class Problem(BaseModel):
    """Why a request was not answered (RFC 9457), with the code, the path and the parameters of salesrules."""

    type: str
    title: str
    status: int
    detail: str = Field(description="in the language of Accept-Language: en, zh-CN or zh-TW")
    code: str
    path: str
    params: dict[str, str]
    errors: list[Fault]
