"""What an error says, and what a host can do with it."""

import copy
import pickle

import pytest

from salesrules.errors import FactError, FactFaults, Faults, NotInForce, PolicyError, SalesRulesError

KINDS = (SalesRulesError, PolicyError, FactError, NotInForce)


@pytest.mark.parametrize("kind", KINDS)
def test_code_template_params_and_path(kind: type[SalesRulesError]) -> None:
    """Every error carries what a host needs to say it in its own words."""
    error = kind("demo.code", "{count} of {name!r}", path="a[1].b", count=3, name="x")
    assert (error.code, error.template, error.path, error.params) == ("demo.code", "{count} of {name!r}", "a[1].b", {"count": 3, "name": "x"})
    assert error.message == "3 of 'x'"
    assert str(error) == "a[1].b: 3 of 'x' [demo.code]"
    assert str(kind("demo.code", "plain")) == "plain [demo.code]"


def test_a_param_may_have_any_name() -> None:
    """Parameters called code and template, and values with braces, are told apart from the error's own."""
    error = PolicyError("demo.code", "{code} {template}", code="{x}", template="{0}")
    assert (error.code, error.message) == ("demo.code", "{x} {0}")


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (SalesRulesError, ValueError),
        (PolicyError, ValueError),
        (FactError, TypeError),
        (NotInForce, LookupError),
        (Faults, PolicyError),
        (FactFaults, FactError),
    ],
)
def test_errors_are_builtin_errors_too(kind: type[SalesRulesError], builtin: type[Exception]) -> None:
    """A host that catches what Python raises catches ours; all of ours have one base."""
    assert issubclass(kind, builtin)
    assert issubclass(kind, SalesRulesError)
    assert issubclass(kind, ValueError)


@pytest.mark.parametrize(
    ("path", "prefix", "joined"),
    [("", "a", "a"), ("b", "a", "a.b"), ("[0].b", "a", "a[0].b"), ("b", "[2]", "[2].b"), ("[1]", "[2]", "[2][1]"), ("", "", "")],
)
def test_paths_join(path: str, prefix: str, joined: str) -> None:
    """A place inside a list joins without a point, a name with one."""
    error = PolicyError("demo.code", "wrong", path=path)
    assert error.at(prefix) is error
    assert error.path == joined


def test_paths_grow_outwards() -> None:
    """Each container that is unwound puts itself before."""
    error = PolicyError("demo.code", "wrong", path="from")
    for prefix in ("[1]", "bands", "table", "[2]", "components"):
        error.at(prefix)
    assert error.path == "components[2].table.bands[1].from"


@pytest.mark.parametrize("kind", KINDS)
def test_errors_travel(kind: type[SalesRulesError]) -> None:
    """An error comes whole out of a pickle and a copy, so it crosses processes."""
    error = kind("demo.code", "{count} wrong", path="a", count=(1, "x")).at("top")
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is kind
        assert str(twin) == str(error) == "top.a: (1, 'x') wrong [demo.code]"
        assert (twin.code, twin.template, twin.path, twin.params, twin.args) == (error.code, error.template, error.path, error.params, error.args)


@pytest.mark.parametrize("kind", [Faults, FactFaults])
def test_all_faults_at_once(kind: type[Faults] | type[FactFaults]) -> None:
    """Faults are told together, each with its path, in order; a prefix reaches each of them."""
    faults = kind([FactError("demo.one", "first {name}", path="a", name="x"), FactError("demo.two", "second")])
    assert str(faults) == "2 faults:\n  a: first x [demo.one]\n  second [demo.two] [document.faults]"
    placed = faults.at("plan")
    assert [fault.path for fault in placed.faults] == ["plan.a", "plan"]
    assert type(placed) is kind
    twin = pickle.loads(pickle.dumps(placed))
    assert str(twin) == str(placed) == "2 faults:\n  plan.a: first x [demo.one]\n  plan: second [demo.two] [document.faults]"
    assert (twin.code, twin.params["count"]) == ("document.faults", 2)
