"""Ladders, authorities and violations: which level may grant what, and matrices that cannot be meant."""

import itertools
import pickle
from fractions import Fraction
from typing import Any

import pytest

from salesrules.approvals.authority import Authority, Ladder, Level, Row
from salesrules.approvals.verdict import Violation
from salesrules.document import dumps, loads
from salesrules.errors import FactError, PolicyError
from salesrules.money import Exact
from salesrules.ops import ScalarOps
from salesrules.trace import Source

LADDER = Ladder(levels=(Level(id="rep"), Level(id="manager", title="销售经理"), Level(id="head"), Level(id="board")))
NAMES = ("rep", "manager", "head", "board")


def _rows(*limits: Any) -> tuple[Row, ...]:
    return tuple(Row(level=name, limit=limit) for name, limit in zip(NAMES, limits, strict=False))


def test_ladder() -> None:
    """A ladder tells ranks from 0, and the levels above; a level that it does not have is refused with those that it has."""
    assert [LADDER.rank(name) for name in NAMES] == [0, 1, 2, 3]
    assert LADDER.above("manager") == ("head", "board")
    assert LADDER.above("board") == ()
    with pytest.raises(FactError, match="rep, manager, head, board") as caught:
        LADDER.rank("boss")
    assert (caught.value.code, caught.value.path) == ("approvals.unknown_level", "level")


@pytest.mark.parametrize(("code", "path", "levels"), [("approvals.no_levels", "levels", ()), ("approvals.duplicate_level", "levels[2].id", ("a", "b", "a"))])
def test_bad_ladders(code: str, path: str, levels: tuple[str, ...]) -> None:
    """A ladder has levels, each of one name."""
    with pytest.raises(PolicyError) as caught:
        Ladder(levels=tuple(Level(id=name) for name in levels))
    assert (caught.value.code, caught.value.path) == (code, path)


@pytest.mark.parametrize("worse", ["more", "less"])
@pytest.mark.parametrize("edge", ["inclusive", "exclusive"])
@pytest.mark.parametrize("open_end", [True, False])
def test_every_value_has_its_level(worse: Any, edge: Any, open_end: bool) -> None:
    """Every value belongs to the first level whose limit it keeps, a limit itself to its own level or to the next, past all to nobody."""
    limits = ["5%", "15%", "30%"] if worse == "more" else ["30%", "15%", "5%"]
    authority = Authority(rows=_rows(*limits, *([None] if open_end else [])), edge=edge)
    authority.check(LADDER, worse)
    sign = 1 if worse == "more" else -1
    for value in (Fraction(step, 1000) for step in range(-20, 400, 5)):
        kept = [name for name, limit in zip(NAMES, authority.limits, strict=False) if sign * value < sign * limit or (value == limit and edge == "inclusive")]
        expected = kept[0] if kept else "board" if open_end else None
        assert authority.level(LADDER, value, worse=worse) == expected


def test_nobody_is_needed_where_one_level_may_do_anything() -> None:
    """A single row without a limit gives everything to its level; there are no bands then."""
    authority = Authority(rows=(Row(level="head"),))
    assert (authority.limits, authority.bounds("more")) == ((), None)
    assert authority.level(LADDER, "99%", worse="more") == "head"
    assert authority.rank(ScalarOps(), LADDER, 5, 1, "less") == 2


def test_levels_that_are_left_out() -> None:
    """A level without a row of its own is passed over: the next one above grants."""
    authority = Authority(rows=(Row(level="rep", limit="5%"), Row(level="head", limit="20%")))
    authority.check(LADDER, "more")
    assert [authority.level(LADDER, share, worse="more") for share in ("5%", "6%", "21%")] == ["rep", "head", None]


def test_exact_edges() -> None:
    """A third is a limit like any other, and one part in 10 to the 30th beyond it is beyond."""
    authority = Authority(rows=_rows("1/3", "1/2"))
    assert authority.level(LADDER, "1/3", worse="more") == "rep"
    assert authority.level(LADDER, Fraction(1, 3) + Fraction(1, 10**30), worse="more") == "manager"


BAD: list[tuple[str, str, Any]] = [
    ("approvals.no_rows", "rows", ()),
    ("approvals.unlimited", "rows[0].limit", (Row(level="rep"), Row(level="manager", limit="5%"))),
    ("approvals.hole", "rows[1].from", (Row(level="rep", limit="10%"), Row(level="manager", start="11%", limit="20%"))),
    ("approvals.overlap", "rows[1].from", (Row(level="rep", limit="10%"), Row(level="manager", start="9%", limit="20%"))),
    ("approvals.overlap", "rows[1].from", (Row(level="rep", limit="30%"), Row(level="manager", start="31%", limit="20%"))),
    ("approvals.hole", "rows[1].from", (Row(level="rep", limit="30%"), Row(level="manager", start="29%", limit="20%"))),
    ("approvals.hole", "rows[2].from", (*_rows("10%", "20%"), Row(level="head", start="21%"))),
]


@pytest.mark.parametrize(("code", "path", "rows"), BAD)
def test_matrices_with_holes_and_overlaps(code: str, path: str, rows: Any) -> None:
    """Rows that leave something out, or claim it twice, are refused with both edges; so is a row that is never reached."""
    with pytest.raises(PolicyError) as caught:
        Authority(rows=rows)
    assert (caught.value.code, caught.value.path) == (code, path)


def test_published_matrices() -> None:
    """Printed bands such as 0 to 10, 10 to 20 are read where they touch; 11 to 20 after 10 is not."""
    touching = Authority(rows=(Row(level="rep", start="0%", limit="10%"), Row(level="manager", start="10%", limit="20%"), Row(level="head", start="20%")))
    assert [touching.level(LADDER, share, worse="more") for share in ("10%", "10.5%", "20%", "20.01%")] == ["rep", "manager", "manager", "head"]
    touching.check(LADDER, "more")
    Authority(rows=(Row(level="rep", start="100%", limit="30%"), Row(level="manager", start="30%"))).check(LADDER, "less")
    with pytest.raises(PolicyError, match="begin at 10%"):
        Authority(rows=(Row(level="rep", start="0%", limit="10%"), Row(level="manager", start="11%", limit="20%")))


@pytest.mark.parametrize(
    ("code", "path", "rows", "worse"),
    [
        ("approvals.unknown_level", "rows[0].level", (Row(level="boss", limit="5%"),), "more"),
        ("approvals.first_row", "rows[0].from", (Row(level="rep", start="3%", limit="5%"),), "more"),
        ("approvals.first_row", "rows[0].from", (Row(level="rep", start="90%", limit="30%"),), "less"),
        ("approvals.row_order", "rows[1].level", (Row(level="manager", limit="5%"), Row(level="rep", limit="9%")), "more"),
        ("approvals.row_order", "rows[1].level", (Row(level="rep", limit="5%"), Row(level="rep", limit="9%")), "more"),
        ("approvals.unreachable", "rows[1].limit", _rows("5%", "5%"), "more"),
        ("approvals.unreachable", "rows[1].limit", _rows("5%", "15%"), "less"),
        ("approvals.unreachable", "rows[2].limit", _rows("5%", "15%", "10%"), "more"),
    ],
)
def test_rows_that_do_not_climb(code: str, path: str, rows: Any, worse: Any) -> None:
    """Rows name levels of the ladder from below, and each goes further than the one before."""
    with pytest.raises(PolicyError) as caught:
        Authority(rows=rows).check(LADDER, worse)
    assert (caught.value.code, caught.value.path) == (code, path)
    assert caught.value.message


def test_documents() -> None:
    """An authority is written and read again as it was, with ``from`` for where a row begins."""
    authority = Authority(rows=(Row(level="rep", limit="1/3"), Row(level="manager", start="1/3")), edge="exclusive")
    text = dumps(authority)
    assert "from" in text
    assert loads(text, Authority) == authority
    assert pickle.loads(pickle.dumps(authority)) == authority


def test_violations() -> None:
    """A violation is refused where no level may grant it and it is more than a warning; its data are texts, with the clause."""
    given: dict[str, Any] = {"code": "c", "rule": "r", "measure": "price", "limit": Exact("9.9999", "CNY"), "actual": Exact("1/3", "CNY")}
    for level, warning in itertools.product(("", "head"), (False, True)):
        assert Violation(level=level, warning=warning, **given).refused == (not level and not warning)
    told = Violation(source=Source(document="价格管理办法", clause="4"), **given | {"limit": None}).to_data()
    assert (told["limit"], told["actual"], told["shortfall"], told["points"]) == (None, {"amount": "1/3", "currency": "CNY"}, None, None)
    assert told["source"] == {"document": "价格管理办法", "clause": "4", "version": ""}
    share = Violation(points=Fraction(1, 3), **given | {"limit": Fraction(1, 10)}).to_data()
    assert (share["limit"], share["points"], share["source"]) == ("1/10", "1/3", None)
