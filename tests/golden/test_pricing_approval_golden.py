"""The published examples of `pricing/approval.toml`: a procedure, who holds which level, and what is done step by step.

A case gives ``procedure`` (a document; ``change`` of a variant replaces keys of it), ``holders`` (level to person; the one who asks is ``rep``)
and ``steps``, a day apart: ``do`` is request, resubmit, envelope (is the approval still good for this?) or a verb of `record`. ``measures`` are
value and the way that is worse. What a step must lead to stands in its ``expect``, one key per question of `QUESTIONS`. Variants are ours:
edges, and the other reading of an ambiguous source.
"""

import tomllib
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from salesrules.approvals.acting import Recorded, record, request, resubmit
from salesrules.approvals.envelope import Approval, Holding, holds
from salesrules.approvals.history import Request
from salesrules.approvals.measured import Measured
from salesrules.approvals.procedure import Procedure
from salesrules.approvals.signatories import Holder, Signatories
from salesrules.approvals.state import State, state_on
from salesrules.document import dumps, loads
from salesrules.money import Money

CASES = tomllib.loads((Path(__file__).parent / "pricing" / "approval.toml").read_text("utf-8"))["case"]
START = date(2026, 3, 2)


def _cases() -> Iterator[Any]:
    for case in CASES:
        whole = {key: value for key, value in case.items() if key != "variants"}
        yield pytest.param(whole, id=case["id"])
        for variant in case.get("variants", ()):
            yield pytest.param(whole | variant, id=f"{case['id']} {variant['name']}")


def _procedure(case: dict[str, Any]) -> Procedure:
    lines = case["procedure"].strip().splitlines()
    for key, value in case.get("change", {}).items():
        lines = [f'{key} = "{value}"' if line.startswith(f"{key} = ") else line for line in lines]
    return loads('schema = "salesrules/1"\nkind = "approval"\n' + "\n".join(lines), Procedure)


def _signatories(case: dict[str, Any]) -> Signatories:
    holders = {"rep": "rep"} | case["holders"]
    return Signatories(holders=tuple(Holder(person=person, level=level, start=date(2026, 1, 1)) for level, person in holders.items()))


def _value(text: Any) -> Any:
    return Money(*text.split()) if isinstance(text, str) and " " in text else text


def _measures(step: dict[str, Any]) -> tuple[Measured, ...]:
    return tuple(Measured(measure=name, value=_value(value), worse=worse) for name, (value, worse) in step["measures"].items())


QUESTIONS: dict[str, Callable[[State, Recorded, Holding | None], Any]] = {
    "status": lambda state, done, held: state.status,
    "asked": lambda state, done, held: list(state.open),
    "signed": lambda state, done, held: [signature.level for signature in state.signatures],
    "route": lambda state, done, held: [list(stage) for stage in state.route],
    "refused": lambda state, done, held: [refusal.code for refusal in done.refused],
    "holds": lambda state, done, held: held is not None and held.holds,
    "worse": lambda state, done, held: [breach.code for breach in held.breaches] if held else None,
    "by": lambda state, done, held: [breach.by for breach in held.breaches] if held else None,
}


@pytest.mark.parametrize("case", tuple(_cases()))
def test_published_example(case: dict[str, Any]) -> None:
    """Every step of a published example leads to the state that it must, and the history says so again when it is read back."""
    procedure, signatories = _procedure(case), _signatories(case)
    assert loads(dumps(procedure), Procedure) == procedure
    asked: Request | None = None
    for number, step in enumerate(case["steps"]):
        on, held, done = START + timedelta(days=number), None, None
        told: dict[str, Any] = {"person": step.get("person", "rep"), "on": on}
        if step["do"] in {"request", "resubmit"}:
            told |= {"needs": step.get("needs", ""), "measures": _measures(step), "reason": "a published example"}
        if asked is None:
            done = Recorded(request=request(procedure, signatories, id=case["id"], **told))
        elif step["do"] == "resubmit":
            done = resubmit(asked, procedure, signatories, **told)
        elif step["do"] == "envelope":
            approval = state_on(asked, procedure, on).approval
            assert isinstance(approval, Approval)
            done, held = Recorded(request=asked), holds(approval, _measures(step), on)
        else:
            done = record(asked, procedure, signatories, verb=step["do"], **told)
        asked = done.request
        state = state_on(asked, procedure, on)
        for question, answer in step.get("expect", {}).items():
            expected = [_value(value) for value in answer] if question == "by" else answer
            assert QUESTIONS[question](state, done, held) == expected, (step, question)
        assert state_on(Request.from_data(asked.to_data()), procedure, on) == state


def test_every_example_expects_something() -> None:
    """No case is run without a question that can fail."""
    assert all(any(step.get("expect") for step in case.values[0]["steps"]) for case in _cases())
