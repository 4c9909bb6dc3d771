"""The published examples of `commission/*.toml`: a plan document, facts, and what must come out.

How a case is written. Each file starts with a ``head``, which opens every plan of the file (a plan that names its own ``schema`` stands
alone), and with ``[plans]``, the documents that several cases share. A case gives

=============== ==========================================================================================================================
``id``          the published example; ``source`` cites it; ``note`` says what must be known, above all where the source is wrong
``plan``        the name of a shared plan, or a document of its own
``sales``       rows in posting order: an amount, or a table with the fields of `Sale`; ids run S1, S2, ..., the date is 15 January of the
                year of the head, the person ``rep``. An amount is in the plan's currency unless it says another (``"100 USD"``)
``quotas`` ...  rows of ``quotas``, ``incentives``, ``factors``, ``receipts``, ``events``, ``rates``, ``roster``, with the same defaults
``on``          the day of the calculation; the last day of the year where left out
``goal``        a quota to spread, ramp and prorate
``expect``      what must come out, one key per question of `QUESTIONS`
``variants``    the same case with other facts, another plan or another choice: what a variant gives replaces what the case says. The
                variants are ours: edges, returns, the other reading of an ambiguous source
=============== ==========================================================================================================================

A name in ``expect`` selects lines by words: ``"S1 base"`` are the lines of sale S1 and component base, ``"rep"`` those of the person,
``""`` all lines; the pay of the lines selected is added up. A statement is named by person and period: ``"rep 2026-01"``.
"""

import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from salesrules.commission import (
    Credit,
    Event,
    Factor,
    FxRate,
    Incentive,
    Line,
    Member,
    Plan,
    Quota,
    Receipt,
    Roster,
    Run,
    Sale,
    State,
    Tiers,
    calculate,
    prorate,
    ramp,
    settle,
    spread,
    total_up,
)
from salesrules.errors import SalesRulesError
from salesrules.money import Exact, Money, Rounding, ratio
from salesrules.policy import dumps, loads
from salesrules.trace import Step, replay

PUBLISHED = 116
"""How many published examples there are, those left out included."""

FILES = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted((Path(__file__).parent / "commission").glob("*.toml"))}


def _cases() -> list[Any]:
    cases = []
    for name, file in FILES.items():
        for case in file["case"]:
            whole = {key: value for key, value in case.items() if key != "variants"} | {"file": name}
            cases.append(pytest.param(whole, id=case["id"]))
            cases += [pytest.param(whole | variant, id=f"{case['id']} {variant['name']}") for variant in case.get("variants", ())]
    return cases


# Facts


def _document(case: dict[str, Any]) -> Plan:
    file = FILES[case["file"]]
    text = file.get("plans", {}).get(case["plan"], case["plan"])
    return loads(text if text.lstrip().startswith("schema") else file["head"] + text, Plan)


class Facts:
    """The facts of a case, with the defaults that the module docstring declares."""

    def __init__(self, case: dict[str, Any], plan: Plan) -> None:
        self.case, self.plan, self.year = case, plan, plan.effective_from.year

    def money(self, text: str) -> Money:
        """An amount, in the plan's currency unless it names another."""
        amount, _, code = text.partition(" ")
        return Money(amount, code or self.plan.currency)

    def rows(self, name: str) -> Iterator[dict[str, Any]]:
        """The rows of a kind of fact, as tables with their amounts read."""
        for place, given in enumerate(self.case.get(name, ()), start=1):
            row = given if isinstance(given, dict) else {"amount": given}
            yield {"place": place} | row

    def sales(self) -> Iterator[Sale]:
        """The sales."""
        for row in self.rows("sales"):
            place = row.pop("place")
            fields: dict[str, Any] = {"id": f"S{place}", "date": date(self.year, 1, 15)} | row
            fields |= {key: self.money(fields[key]) for key in ("amount", "cost", "list_amount", "receivable") if key in fields}
            if "credits" in fields:
                fields["credits"] = tuple(Credit(person, share) for person, share in fields["credits"].items())
            if "overlay" in fields:
                fields["credits"] = (
                    Credit(fields.pop("person", "rep")),
                    *(Credit(person, share, "overlay") for person, share in fields.pop("overlay").items()),
                )
            yield Sale(**({} if "credits" in fields else {"person": "rep"}) | fields)

    def dated(self, name: str, fact: Callable[..., Any]) -> list[Any]:
        """Facts of a day: receipts, events, rates."""
        return [fact(**self._read({"sale": "S1"} if name != "rates" else {}, row, ids=name == "receipts")) for row in self.rows(name)]

    def spanned(self, name: str, fact: Callable[..., Any]) -> list[Any]:
        """Facts of a person and period: quotas, incentives, factors."""
        found = []
        for row in self.rows(name):
            fields = self._read({"person": "rep", "period": str(self.year)}, row)
            found.append(fact(**fields | {"period": self.plan.calendar.parse(fields["period"])}))
        return found

    def _read(self, defaults: dict[str, Any], row: dict[str, Any], *, ids: bool = False) -> dict[str, Any]:
        place = row.pop("place")
        fields = ({"id": f"P{place}"} if ids else {}) | defaults | row
        if "units" in fields:
            return fields | {"amount": fields.pop("units")}
        return fields | ({"amount": self.money(fields["amount"])} if "amount" in fields else {})

    def roster(self) -> Roster:
        """Who works for whom."""
        return Roster(
            tuple(Member(**{"start": date(self.year, 1, 1)} | {key: value for key, value in row.items() if key != "place"}) for row in self.rows("roster"))
        )

    def run(self, *, on: date | None = None, after: date = date.min, opening: State | None = None, history: tuple[Line, ...] = (), trace: bool = True) -> Run:
        """The calculation, of all sales or of those of some days."""
        return calculate(
            self.plan,
            [sale for sale in self.sales() if sale.date > after],
            on=on or self.case.get("on", date(self.year, 12, 31)),
            opening=opening,
            history=history,
            roster=self.roster(),
            receipts=[receipt for receipt in self.dated("receipts", Receipt) if receipt.date > after],
            events=self.dated("events", Event),
            rates=self.dated("rates", FxRate),
            quotas=self.spanned("quotas", Quota),
            incentives=self.spanned("incentives", Incentive),
            factors=self.spanned("factors", Factor),
            trace=trace,
        )


# Questions


def _selected(run: Run, words: str) -> list[Line]:
    return [line for line in run.lines if set(words.split()) <= {line.sale.id, line.person, line.component, line.receipt}]


def _same(value: Any, told: str, case: str) -> None:
    shown = value if isinstance(value, (Money, Exact)) else Fraction(value)
    assert shown == (type(shown)(told, shown.currency) if isinstance(shown, (Money, Exact)) else ratio(told)), f"{case}: {value} and not {told}"


def pay(run: Run, expected: Any) -> None:
    """The pay of each line in posting order, or of the lines that a name selects."""
    if isinstance(expected, list):
        assert [str(line.pay.amount) for line in run.lines] == [str(Money(amount, run.plan.money).amount) for amount in expected]
        return
    for words, amount in expected.items():
        lines = _selected(run, words)
        assert lines or not Fraction(amount), f"no lines for {words!r}"
        _same(Money.total((line.pay for line in lines), run.plan.money), amount, words)


def by_rule(run: Run, expected: dict[str, str]) -> None:
    """What the rules make of lines that are booked otherwise: a return at the original rate, a commission that is divided."""
    for words, amount in expected.items():
        (line,) = _selected(run, words)
        _same(line.by_rule, amount, words)


def measure(run: Run, expected: dict[str, str]) -> None:
    """What a line counts, and so what it is paid for."""
    for words, amount in expected.items():
        (line,) = _selected(run, words)
        _same(line.measure, amount, words)


def pieces(run: Run, expected: dict[str, list[list[str]]]) -> None:
    """The slices into which tiers cut a line, with the rate of each."""
    for words, slices in expected.items():
        (line,) = _selected(run, words)
        cut = [[child.value for child in piece.children] for piece in line.working.find("commission.tiers.piece")]
        assert len(cut) == len(slices), words
        for (amount, rate), told in zip(cut, slices, strict=True):
            _same(amount, told[0], words)
            assert rate == ratio(told[1]), words


def working(run: Run, expected: dict[str, dict[str, str]]) -> None:
    """Values in the working of a line by their code, or by code and parameter: ``"commission.tiers.difference.attained"``."""
    for words, values in expected.items():
        (line,) = _selected(run, words)
        for code, told in values.items():
            _same(_worked(line.working, code), told, f"{words} {code}")


def _worked(root: Step, code: str) -> Any:
    found = root.find(code)
    if found:
        return found[0].value
    code, _, param = code.rpartition(".")
    return root.find(code)[0][param]


def settled(run: Run, expected: dict[str, Any]) -> None:
    """What a statement pays out and, where more is told, its parts: earned, held, released, guarantee, advanced, recovered, draw, carried."""
    for words, told in expected.items():
        person, label = words.split()
        found = [statement for statement in run.statements if statement.person == person and statement.period == run.plan.calendar.parse(label)]
        parts = {"payable": told} if isinstance(told, str) else told
        for name, amount in parts.items():
            _same(_part(found[0], name) if found else Money("0", run.plan.money), amount, f"{words} {name}")


def _part(statement: Any, name: str) -> Money:
    if name == "payable":
        return statement.payable  # type: ignore[no-any-return]
    if name in {"draw", "carried"}:
        return Money.from_minor(getattr(statement.closing, name), statement.plan.money)
    steps = [step.value for step in statement.working.children if step.code == f"commission.settle.{name}"]
    return steps[0] if steps else Money("0", statement.plan.money)


def booked(run: Run, expected: list[list[Any]]) -> None:
    """Everything booked: the day, what (earned, held, released), the stage it waited for, and the amount."""
    entries = sorted((entry.date, entry.kind, entry.on, entry.pay) for statement in run.statements for entry in statement.entries)
    assert entries == [(day, kind, on, Money(amount, run.plan.money)) for day, kind, on, amount in expected]


def statements(run: Run, expected: int) -> None:
    """How many statements there are."""
    assert len(run.statements) == expected


QUESTIONS: dict[str, Callable[[Run, Any], None]] = {
    "pay": pay,
    "by_rule": by_rule,
    "measure": measure,
    "pieces": pieces,
    "working": working,
    "settled": settled,
    "booked": booked,
    "statements": statements,
}


def _at(plan: Plan, expected: dict[str, str]) -> None:
    """What the table of the plan's first tiers is worth at a point."""
    for point, told in expected.items():
        (tiers, *_) = [step for component in plan.components for step in component.steps if isinstance(step, Tiers)]
        assert tiers.table.at(point) == ratio(told), point


def _goals(facts: Facts, goal: dict[str, Any], expected: list[str]) -> None:
    """The quotas that come of one quota once it is spread, ramped and prorated."""
    calendar, rounding = facts.plan.calendar, Rounding(step=goal.get("rounded_to"))
    whole = Quota(person="rep", period=calendar.parse(goal["period"]), amount=facts.money(goal["amount"]))
    quotas = spread(whole, calendar, goal["unit"], goal.get("weights", ()))
    quotas = ramp(quotas, goal.get("ramp", ()), rounding=rounding)
    if "day_count" in goal:
        quotas = prorate(quotas, facts.roster(), day_count=goal["day_count"], rounding=rounding)
    assert [quota.amount for quota in quotas][: len(expected)] == [facts.money(amount) for amount in expected]


@pytest.mark.parametrize("case", _cases())
def test_published(case: dict[str, Any]) -> None:
    """The library gives what was published or, where the case says that the source is wrong, the right answer."""
    expect = dict(case["expect"])
    if "refused" in expect:
        with pytest.raises(SalesRulesError) as caught:
            Facts(case, _document(case)).run()
        assert expect["refused"] in {error.code for error in (caught.value, *getattr(caught.value, "faults", ()))}
        return
    plan = _document(case)
    facts = Facts(case, plan)
    _at(plan, expect.pop("table", {}))
    if "goals" in expect:
        _goals(facts, case["goal"], expect.pop("goals"))
    if expect:
        run = facts.run()
        for question, told in expect.items():
            QUESTIONS[question](run, told)
        for line in run.lines:
            assert replay(line.working) == line.pay
        assert [line.pay for line in facts.run(trace=False).lines] == [line.pay for line in run.lines]


@pytest.mark.parametrize("case", [case for case in _cases() if "refused" not in case.values[0]["expect"]])
def test_documents_come_back(case: dict[str, Any]) -> None:
    """Every plan of the table is written out and read back equal, as TOML and as JSON."""
    plan = _document(case)
    assert loads(dumps(plan)) == plan
    assert loads(dumps(plan, format="json"), format="json") == plan


def test_none_is_lost() -> None:
    """Every published example either runs or is left out with a reason, and none is listed twice."""
    run = [case["id"] for file in FILES.values() for case in file["case"]]
    left_out = [entry["id"] for file in FILES.values() for entry in file.get("left_out", ()) if entry["reason"]]
    assert len({*run, *left_out}) == len(run) + len(left_out) == PUBLISHED
    assert all(case["source"] for file in FILES.values() for case in file["case"])


def test_every_shared_plan_is_used() -> None:
    """No plan is left behind by the cases that used it."""
    for file in FILES.values():
        used = {entry["plan"] for case in file["case"] for entry in (case, *case.get("variants", ())) if "plan" in entry}
        assert set(file.get("plans", {})) <= used


def _goes_on(case: dict[str, Any]) -> bool:
    """Whether there is something to go on from; a payment of an earlier sale that paid nothing itself needs that sale again."""
    return "refused" not in case["expect"] and bool(case.get("sales")) and all(component.measure != "cash" for component in _document(case).components)


@pytest.mark.parametrize("case", [case for case in _cases() if _goes_on(case.values[0])])
def test_any_batches_pay_the_same(case: dict[str, Any]) -> None:
    """Going on from the state after any day of sales pays every line what one run over everything pays."""
    facts = Facts(case, _document(case))
    whole = facts.run()
    for day in sorted({line.sale.date for line in whole.lines})[:-1]:
        first = facts.run(on=day)
        later = facts.run(after=day, opening=first.state, history=first.lines)
        assert [(line.key, line.pay) for line in (*first.lines, *later.lines)] == [(line.key, line.pay) for line in whole.lines]
        assert later.state.totals == whole.state.totals


def _settles(case: dict[str, Any]) -> bool:
    """Whether totals tell all that the settlement asks."""
    plan = None if "refused" in case["expect"] else _document(case)
    return plan is not None and not (plan.earning or plan.holdback or (plan.pool is not None and plan.pool.by == "sales"))


@pytest.mark.parametrize("case", [case for case in _cases() if _settles(case.values[0])])
def test_totals_settle_the_same(case: dict[str, Any]) -> None:
    """Settling the totals of the lines gives the statements and the state of the run."""
    run = Facts(case, _document(case)).run()
    settled = settle(run.plans, total_up(run.plan, run.lines), on=run.on, roster=run.roster, running=run.state)
    figures = [[(one.person, one.period, one.working, one.commission, one.drawn, one.closing) for one in found.statements] for found in (run, settled)]
    assert figures[0] == figures[1]
    assert settled.state == run.state
