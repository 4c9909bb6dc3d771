"""What is worse, and whether an approval still holds."""

import json
import pickle
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import pytest

from salesrules.approvals.envelope import Approval, Breach, Signature, holds, worse_than
from salesrules.approvals.history import Request, Submission
from salesrules.approvals.measured import Ceiling, Measured, Worsened, ordered, worsening
from salesrules.approvals.workings import working
from salesrules.errors import FactError, SalesRulesError
from salesrules.money import Currency, Exact, Money
from salesrules.text import LOCALES, step_from_data, step_to_data, working_text
from tests.approvals_people import day, discount, margin, net, procedure

F = Fraction


def approval(*measures: Measured, last_day: date | None = None) -> Approval:
    """An approval of 2 March."""
    signature = Signature(level="head", held="head", person="zhao", on=day(2))
    return Approval(request="R1", measures=measures, start=day(2), last_day=last_day, signatures=(signature,))


@pytest.mark.parametrize(
    ("limit", "actual", "worse", "found"),
    [
        (F(1, 5), F(1, 5), "more", None),
        (F(1, 5), F(1, 10), "more", None),
        (F(1, 5), F(1, 4), "more", Worsened("approvals.worse.by", F(1, 20))),
        (F(1, 5), F(1, 4), "less", None),
        (F(1, 5), F(1, 10), "less", Worsened("approvals.worse.by", F(1, 10))),
        (Money("100", "CNY"), Money("99.99", "CNY"), "less", Worsened("approvals.worse.by", Money("0.01", "CNY"))),
        (Money("100", "CNY"), Exact("100", "CNY"), "less", None),
        (Exact("100/3", "CNY"), Money("33.33", "CNY"), "less", Worsened("approvals.worse.by", Exact("1/300", "CNY"))),
        (Money("100", "CNY"), Money("200", "USD"), "less", Worsened("approvals.worse.incomparable")),
        (Money("100", "CNY"), F(100), "less", Worsened("approvals.worse.incomparable")),
        (F(100), Money("100", "CNY"), "less", Worsened("approvals.worse.incomparable")),
        (F(1, 5), None, "less", Worsened("approvals.worse.undefined")),
        (None, F(-5), "less", None),
        (None, None, "less", None),
    ],
    ids=[
        "equal",
        "less of more",
        "more of more",
        "more of less",
        "less of less",
        "a cent less",
        "equal unrounded",
        "a part of a cent",
        "another currency",
        "a number for an amount",
        "an amount for a number",
        "untold now",
        "told now",
        "untold both",
    ],
)
def test_worse(limit: Any, actual: Any, worse: Any, found: Any) -> None:
    """Equal is not worse, better is not worse, what cannot be told or compared is, and by how much is exact."""
    assert worsening(limit, actual, worse) == found


def test_what_breaks_the_envelope() -> None:
    """Every line and the order are compared: worse, new, untold and undefined measures are all named at once; a line that is gone is not."""
    approved = (discount("20%", "1"), margin("30%", "1"), discount("10%", "2"), net("1000"), margin("25%"))
    now = (discount("21%", "1"), discount("5%", "3"), margin(None), net("1000"))
    assert worse_than(approved, now) == (
        Breach(code="approvals.worse.undefined", measure="margin_rate", line="", approved=F(1, 4)),
        Breach(code="approvals.worse.by", measure="discount", line="1", approved=F(1, 5), actual=F(21, 100), by=F(1, 100)),
        Breach(code="approvals.worse.untold", measure="margin_rate", line="1", approved=F(3, 10)),
        Breach(code="approvals.worse.new", measure="discount", line="3", actual=F(1, 20)),
    )


def test_an_order_must_go_on_telling_its_measures() -> None:
    """An order measure that was approved and is left out is told as missing, though no order measure is given at all."""
    assert [breach.code for breach in worse_than((net("1000"), discount("5%", "1")), (discount("5%", "1"),))] == ["approvals.worse.untold"]


def test_the_days_of_an_approval() -> None:
    """An approval holds from its first to its last day, both included."""
    given = approval(discount("20%"), last_day=day(31))
    told = [holds(given, (discount("20%"),), on=on).dated for on in (day(1), day(2), day(31), day(1, 4))]
    assert told == ["approvals.envelope.not_yet", "", "", "approvals.envelope.expired"]
    assert holds(approval(discount("20%")), (discount("20%"),), on=date(2999, 1, 1)).holds


@pytest.mark.parametrize("locale", LOCALES)
def test_the_working_can_be_read(locale: str) -> None:
    """Why an approval holds or not is told in every language, with every figure, and survives storage."""
    given = approval(discount("20%", "1"), margin("30%"), net("1000"), discount("5%"), last_day=day(31))
    now = (discount("21.5%", "1"), margin(None), net("900", "USD"), discount("1%", "2"))
    for on in (day(1), day(2), day(1, 4)):
        told = holds(given, now, on=on).working
        text = working_text(told, locale)
        assert "{" not in text
        assert "approvals." not in text
        assert step_from_data(step_to_data(told)) == told
        assert "21.5%" in text
        assert "1.5%" in text
    assert "approvals" not in working_text(holds(given, given.measures, on=day(2)).working, locale)


def test_measures_are_told_by_their_titles() -> None:
    """A measure that carries a title is told by it in the history and where it got worse; what is compared is the name."""
    given = approval(Measured(measure="valves", title="Discount on valves", value="12%", worse="more", line="1"))
    now = [Measured(measure="valves", title="Discount, valves", value="13%", worse="more", line="1")]
    held = holds(given, now, on=day(2))
    assert working_text(held.working, "en").splitlines()[1].strip() == "Discount, valves of line 1: 13%, worse by 1% than the 12% approved"
    asked = Submission(person="chen", on=day(2), reason="rival", needs="manager", own=("rep",), measures=given.measures)
    history = working(Request(id="R1", history=(asked,)), procedure(), day(2))
    assert "Discount on valves of line 1 = 12%" in working_text(history, "en")


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (lambda: Measured(measure="discount", value=0.2, worse="more"), "approvals.value"),
        (lambda: Measured(measure=" ", value="20%", worse="more"), "fact.name"),
        (lambda: Measured(measure="discount", value="20%", worse="up"), "approvals.worse"),  # type: ignore[arg-type]
        (lambda: Ceiling(measure="discount", limit=None), "approvals.ceiling"),
        (lambda: Ceiling(measure="", limit="20%"), "fact.name"),
        (lambda: ordered((discount("20%"), discount("10%"))), "approvals.measured_twice"),
        (lambda: ordered(("20%",)), "approvals.measured"),  # type: ignore[arg-type]
        (lambda: worse_than((discount("20%"),), (Measured(measure="discount", value="20%", worse="less"),)), "approvals.direction"),
        (lambda: holds(approval(discount("20%")), (), on=datetime(2026, 3, 2, 12)), "period.datetime"),  # noqa: DTZ001
    ],
    ids=["a float", "no name", "no way to be worse", "no limit", "no name of a ceiling", "measured twice", "no measure", "turned round", "a moment"],
)
def test_wrong_facts_are_refused(made: Any, code: str) -> None:
    """What cannot be meant raises an error that says so."""
    with pytest.raises(FactError) as caught:
        made()
    assert caught.value.code == code


def test_an_approval_is_stored() -> None:
    """An approval goes through JSON and pickle unchanged, whatever kind of value it holds."""
    values = ("20%", None, Money("12.30", "CNY"), Exact("1/3", "CNY"), Money("1.234", Currency("XTS", 3)))
    given = approval(*(Measured(measure=f"m{index}", value=value, worse="more") for index, value in enumerate(values)), last_day=day(31))
    assert Approval.from_data(json.loads(json.dumps(given.to_data()))) == given
    assert pickle.loads(pickle.dumps(given)) == given


@pytest.mark.parametrize(
    "data",
    [{}, {"request": "R1"}, {"measures": [{"line": 3}]}, {"surprise": 1}, {"start": {"when": "2026"}}, {"start": {"date": "x"}}],
    ids=["nothing", "half", "measure", "surprise", "untyped", "no date"],
)
def test_data_of_another_shape(data: Any) -> None:
    """Data that no approval wrote are refused."""
    with pytest.raises(FactError, match="to_data"):
        Approval.from_data(data)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("start", 20260302, "period.date"),
        ("measures", [{"measure": "discount", "value": 0.2, "worse": "more"}], "approvals.value"),
        ("measures", [{"measure": "discount", "value": {"ratio": 0.2}, "worse": "more"}], "rate.number"),
        ("measures", [{"measure": "discount", "value": {"ratio": "1/0"}, "worse": "more"}], "rate.number"),
        ("measures", [{"measure": "net", "value": {"amount": 0.2, "currency": "CNY"}, "worse": "less"}], "money.float"),
        ("measures", [{"measure": "net", "value": {"exact": 0.2, "currency": "CNY"}, "worse": "less"}], "money.float"),
    ],
    ids=["number as day", "float", "float ratio", "by zero", "float amount", "float exact"],
)
def test_data_with_wrong_values(name: str, value: Any, code: str) -> None:
    """What the values themselves refuse is told in their own words, and no float comes in by way of JSON."""
    data = approval(discount("20%")).to_data() | {name: value}
    with pytest.raises(SalesRulesError) as caught:
        Approval.from_data(data)
    assert caught.value.code == code
