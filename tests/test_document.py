"""Documents to values and back, with every fault at its place."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar, Generic, Literal, TypeVar

import attrs
import pytest

from salesrules._fields import about, field
from salesrules.bands import Lookup, Marginal, Whole
from salesrules.document import dumps, load, loads, schema
from salesrules.errors import FactError, Faults, PolicyError
from salesrules.money import HALF_UP, Currency, Money, Rounding
from salesrules.timeline import Entry, Timeline
from salesrules.trace import Source

jsonschema = pytest.importorskip("jsonschema")
T = TypeVar("T")

YUAN = Currency("CNY", 2)


@attrs.frozen(kw_only=True)
class Rung:
    """A slice."""

    start: int = field(doc="the slice starts here", key="from")
    rate: Fraction = field(doc="the share paid", rate=True)


@attrs.frozen(kw_only=True)
class Sliced:
    """Each slice at its own rate."""

    kind: ClassVar[str] = "sliced"
    bands: tuple[Rung, ...]

    def __attrs_post_init__(self) -> None:
        for index, (lower, upper) in enumerate(zip(self.bands, self.bands[1:], strict=False), start=1):
            if lower.start >= upper.start:
                raise PolicyError("demo.order", "out of order", path=f"bands[{index}].from")


@attrs.frozen(kw_only=True)
class Flat:
    """One rate."""

    kind: ClassVar[str] = "flat"
    rate: Fraction = field(doc="the share paid", rate=True)
    cap: Money | None = None


@attrs.frozen(kw_only=True)
class Component:
    """A part of the plan."""

    name: str
    table: Sliced | Flat
    weight: Fraction = Fraction(1)
    parts: tuple["Component", ...] = ()


@attrs.frozen(kw_only=True)
class Plan:
    """A plan.

    It has every kind of field.
    """

    title: str = attrs.field(metadata=about("what it is called"))
    components: tuple[Component, ...] = ()
    basis: Literal["invoiced", "collected"] = "invoiced"
    level: Literal[1, 2, True] = 2
    factor: Decimal = Decimal(1)
    active: bool = True
    since: date | None = None
    quota: Money | None = None
    currency: Currency = YUAN
    rounding: Rounding = HALF_UP
    source: Source = attrs.Factory(Source)
    points: tuple[tuple[Decimal, Fraction], ...] = ()
    pay: Fraction | Sliced | None = field(doc="a rate or a table", rate=True, default=None)
    tags: tuple[str, ...] | None = None
    rates: Timeline[Fraction] | None = field(doc="rates by day", rate=True, default=None)
    doubled: int = attrs.field(default=attrs.Factory(lambda self: len(self.title), takes_self=True))
    cached: int = attrs.field(init=False, default=0)
    _note: str = ""


FULL = """
schema = "salesrules/1"
title = "Year \\u007f"
basis = "collected"
level = 1
factor = 7.50
active = false
since = 2026-01-31
quota = "1000000.00 CNY"
currency = "JPY"
points = [[0, "1/3"], [1.5, 2]]
pay = "1/3"
tags = ["a", "b c"]
doubled = 9
note = "private"

[rounding]
mode = "half_even"
step = "0.05"

[source]
document = "Plan 2026"

[rates]
ends = 2027-01-01
[[rates.entries]]
start = 2026-01-01
value = "3%"
source = { document = "Plan", clause = "2.1" }

[[components]]
name = "revenue"
weight = "50%"
[components.table]
kind = "sliced"
bands = [{ from = 0, rate = "3%" }, { from = 500, rate = "7.25%" }]

[[components.parts]]
name = "service"
table = { kind = "flat", rate = 0.07, cap = { amount = "12.30", currency = "CNY" } }
"""
VALUE = Plan(
    title="Year \x7f",
    basis="collected",
    level=1,
    factor=Decimal("7.50"),
    active=False,
    since=date(2026, 1, 31),
    quota=Money("1000000", "CNY"),
    currency=Currency("JPY", 0),
    points=((Decimal(0), Fraction(1, 3)), (Decimal("1.5"), Fraction(2))),
    pay=Fraction(1, 3),
    tags=("a", "b c"),
    doubled=9,
    note="private",
    rounding=Rounding("half_even", step="0.05"),
    source=Source(document="Plan 2026"),
    rates=Timeline((Entry(date(2026, 1, 1), Fraction(3, 100), source=Source(document="Plan", clause="2.1")),), ends=date(2027, 1, 1)),
    components=(
        Component(
            name="revenue",
            weight=Fraction(1, 2),
            table=Sliced(bands=(Rung(start=0, rate=Fraction(3, 100)), Rung(start=500, rate=Fraction(29, 400)))),
            parts=(Component(name="service", table=Flat(rate=Fraction(7, 100), cap=Money("12.30", "CNY"))),),
        ),
    ),
)


@attrs.frozen
class Counted:
    """So many of something."""

    units: Fraction


def faults(text: str | bytes, cls: Any = Plan, **options: Any) -> list[tuple[str, str]]:
    """Path and code of every fault."""
    with pytest.raises(Faults) as caught:
        loads(text, cls, **options)
    assert str(caught.value)
    return [(fault.path, fault.code) for fault in caught.value.faults]


def versioned(text: str) -> str:
    """The text with the version before it."""
    return f'schema = "salesrules/1"\n{text}'


class TestReading:
    """What a document means."""

    def test_every_kind_of_field_is_read(self) -> None:
        """The full document gives the value that its fields spell out."""
        assert loads(FULL, Plan) == VALUE

    def test_left_out_fields_hold_their_default(self) -> None:
        """A title is all a plan needs."""
        assert loads(versioned('title = "T"'), Plan) == Plan(title="T")

    def test_a_byte_order_mark_is_no_fault(self) -> None:
        """Bytes and text may start with one."""
        text = versioned('title = "年"')
        assert loads(b"\xef\xbb\xbf" + text.encode(), Plan) == loads("\ufeff" + text, Plan) == Plan(title="年")

    def test_json_means_the_same(self) -> None:
        """Dates are text in JSON, null is nothing, and numbers stay exact."""
        text = '{"schema": "salesrules/1", "title": "T", "since": "2026-01-31", "factor": 0.1, "quota": null, "pay": 0.07}'
        assert loads(text, Plan, format="json") == Plan(title="T", since=date(2026, 1, 31), factor=Decimal("0.1"), pay=Fraction(7, 100))

    def test_a_union_may_stand_at_the_top(self) -> None:
        """The kind tells which class is meant."""
        top: Any = Sliced | Flat
        assert loads(versioned('kind = "flat"\nrate = "7%"'), top) == Flat(rate=Fraction(7, 100))

    def test_the_alternative_that_is_no_table_is_told_by_its_form(self) -> None:
        """A field may hold a rate or a table of rates."""
        plan = loads(versioned('title = "T"\npay = { kind = "sliced", bands = [] }'), Plan)
        assert plan.pay == Sliced(bands=())

    def test_currencies_of_ones_own_are_tables(self) -> None:
        """Points are money to some, and a code does not say how many decimals they have."""
        points = Currency("POINTS", 0)
        plan = Plan(title="T", currency=points, quota=Money(250, points))
        assert loads(dumps(plan), Plan) == plan
        assert 'quota = { amount = "250", currency = { code = "POINTS", digits = 0 } }' in dumps(plan) or "[quota]" in dumps(plan)
        odd = Plan(title="T", currency=Currency("JPY", 2))
        assert loads(dumps(odd), Plan) == odd

    def test_files_are_read_by_suffix(self, tmp_path: Path) -> None:
        """``.toml`` and ``.json``; another suffix is refused."""
        for suffix in ("toml", "json"):
            path = tmp_path / f"plan.{suffix}"
            path.write_text(dumps(VALUE, format=suffix), encoding="utf-8")
            assert load(path, Plan) == load(str(path), Plan) == VALUE
        other = tmp_path / "plan.ini"
        other.write_text("")
        with pytest.raises(Faults, match=r"unknown format 'ini'"):
            load(other, Plan)

    def test_a_file_past_the_limit_is_not_read_to_its_end(self, tmp_path: Path) -> None:
        """The limit holds for files too."""
        path = tmp_path / "plan.toml"
        path.write_text(FULL)
        with pytest.raises(Faults, match=r"document\.too_large"):
            load(path, Plan, limit=10)

    def test_the_tables_of_bands_are_read(self) -> None:
        """The tables of the library follow the same annotations as anybody's."""
        text = versioned('kind = "whole"\nedges = "(]"\nbands = [{ from = 0, rate = "2%" }, { from = "80%", factor = 1.5 }]')
        table: Any = Marginal | Whole | Lookup
        assert loads(dumps(loads(text, table)), table) == loads(text, table)
        assert faults(text.replace('"80%"', "0"), table) == [("bands[1].from", "bands.order")]


class TestFaults:
    """What is refused, with its place."""

    def test_all_are_told_at_once(self) -> None:
        """Faults of one document come together, each with its path in the document's own keys."""
        text = FULL
        for right, wrong in (("from = 500", "form = 500"), ('"collected"', '"billed"'), ('"flat"', '"fiat"'), ("2026-01-31", "3")):
            text = text.replace(right, wrong)
        assert sorted(faults(text)) == [
            ("basis", "document.type"),
            ("components[0].parts[0].table.kind", "document.kind"),
            ("components[0].table.bands[1].form", "document.unknown_key"),
            ("components[0].table.bands[1].from", "document.missing"),
            ("since", "document.type"),
        ]

    def test_constructors_are_given_their_path(self) -> None:
        """What a constructor refuses is placed where the value stands."""
        assert faults(FULL.replace("from = 500", "from = 0")) == [("components[0].table.bands[1].from", "demo.order")]
        assert faults(FULL.replace('"3%"\nsource', "7\nsource")) == [("rates.entries[0].value", "rate.percent")]
        assert faults(FULL.replace("2027-01-01", "2025-01-01")) == [("rates.ends", "timeline.order")]

    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("title = 3", ("title", "document.type")),
            ('title = "T"\nlevel = 3', ("level", "document.type")),
            ('title = "T"\nactive = 1', ("active", "document.type")),
            ('title = "T"\ndoubled = true', ("doubled", "document.type")),
            ('title = "T"\ndoubled = 1.0', ("doubled", "document.type")),
            ('title = "T"\nfactor = "1_000"', ("factor", "document.type")),
            ('title = "T"\nfactor = nan', ("factor", "document.float")),
            ('title = "T"\nfactor = -inf', ("factor", "document.float")),
            ('title = "T"\nfactor = 1e99999', ("factor", "document.number")),
            ('title = "T"\nfactor = 1e99999999999999999999', ("factor", "document.float")),
            (f'title = "T"\ndoubled = 1{"0" * 1000}', ("doubled", "document.number")),
            (f'title = "T"\nfactor = 0.{"1" * 1001}', ("factor", "document.number")),
            ('title = "T"\nsince = "2026-02-30"', ("since", "document.type")),
            ('title = "T"\nsince = 2026-01-31T10:00:00', ("since", "document.type")),
            ('title = "T"\nsince = 10:00:00', ("since", "document.type")),
            ('title = "T"\nquota = 12.30', ("quota", "document.type")),
            ('title = "T"\nquota = "12.30"', ("quota", "document.type")),
            ('title = "T"\nquota = "12.30 cny"', ("quota", "money.currency")),
            ('title = "T"\nquota = "12.345 CNY"', ("quota", "money.precision")),
            ('title = "T"\nquota = { amount = 12.30 }', ("quota", "document.type")),
            ('title = "T"\nquota = "1e100 CNY"', ("quota", "document.number")),
            ('title = "T"\nquota = { amount = "1e100", currency = "CNY" }', ("quota", "document.number")),
            (f'title = "T"\nquota = "{"1" * 1000} CNY"', ("quota", "document.type")),
            (f'title = "T"\ncurrency = "{"X" * 1000}"', ("currency", "document.type")),
            ('title = "T"\npay = "1e100%"', ("pay", "document.number")),
            (f'title = "T"\npay = "{"1" * 1000}"', ("pay", "document.type")),
            ('title = "T"\ncurrency = 3', ("currency", "document.type")),
            ('title = "T"\npay = 7', ("pay", "rate.percent")),
            ('title = "T"\npay = true', ("pay", "document.type")),
            ('title = "T"\npay = { kind = "flat" }', ("pay.kind", "document.kind")),
            ('title = "T"\npoints = [[1]]', ("points[0]", "document.type")),
            ('title = "T"\npoints = [[1, true]]', ("points[0][1]", "document.type")),
            ('title = "T"\ntags = "abc"', ("tags", "document.type")),
            ('title = "T"\nsource = "abc"', ("source", "document.type")),
            ('title = "T"\nsource = [{}]', ("source", "document.type")),
            ('title = "T"\ncomponents = [{ name = "a", table = 3 }]', ("components[0].table", "document.type")),
            ('title = "T"\ncomponents = [{ name = "a", table = {} }]', ("components[0].table.kind", "document.kind")),
            ('title = "T"\ncomponents = [{ name = "a", table = { kind = [] } }]', ("components[0].table.kind", "document.kind")),
            ('title = "T"\n"odd key" = 3', ('"odd key"', "document.unknown_key")),
            (f'title = "T"\n{"k" * 100} = 3', ("k" * 57 + "...", "document.unknown_key")),
            ('title = "T"\ncached = 3', ("cached", "document.unknown_key")),
            ("", ("title", "document.missing")),
        ],
    )
    def test_each_is_placed(self, line: str, expected: tuple[str, str]) -> None:
        """A single mistake gives a single fault, at its place."""
        found = faults(versioned(line))
        assert found == [expected] or found == [expected[:1] + expected[1:]] or _quoted(found) == [expected]

    def test_the_version_is_asked_for(self) -> None:
        """Without it, it is one fault among the others; another version is the only fault."""
        assert faults("title = 3") == [("schema", "document.schema"), ("title", "document.type")]
        assert faults('schema = "salesrules/9"\ntitle = 3') == [("schema", "document.schema")]
        assert faults("schema = []") == [("schema", "document.schema")]

    def test_syntax_is_placed_by_line(self) -> None:
        """Line and column, for both formats."""
        for text, format_, line, column in (("a = 1\nb = =", "toml", 2, 5), ('{"a": 1,\n "b": }', "json", 2, 7), ("a = 1\nb = [1,", "toml", 2, 8)):
            with pytest.raises(Faults) as caught:
                loads(text, Plan, format=format_)
            (fault,) = caught.value.faults
            assert (fault.code, fault.params["line"], fault.params["column"]) == ("document.syntax", line, column)

    def test_syntax_without_a_place_is_a_fault_too(self) -> None:
        """Python refuses to read an integer of 5000 digits and does not say where it stands."""
        for format_, text in (("toml", f"a = 1{'0' * 5000}"), ("json", f'{{"a": 1{"0" * 5000}}}')):
            assert faults(text, format=format_) == [("", "document.syntax")]

    def test_repeated_keys_of_json_are_refused(self) -> None:
        """Python's reader would keep the last and say nothing."""
        text = '{"schema": "salesrules/1", "title": "a", "source": {"clause": "1", "clause": "2", "clause": "3"}, "title": "b"}'
        assert faults(text, format="json") == [("title", "document.duplicate_key"), ("source.clause", "document.duplicate_key")]

    def test_json_that_is_no_object_is_refused(self) -> None:
        """A document is a table."""
        assert faults("[]", format="json") == [("", "document.type")]

    def test_a_kind_left_out_hides_no_other_fault(self) -> None:
        """Where only one class can be meant, its faults are told along with the missing kind."""
        assert faults("rate = 7", Flat) == [("schema", "document.schema"), ("kind", "document.kind"), ("rate", "rate.percent")]
        assert faults(versioned('rate = "7%"'), Flat) == [("kind", "document.kind")]
        assert faults(versioned('kind = "sliced"\nrate = 7'), Flat) == [("kind", "document.kind")]

    def test_another_document_is_told_as_such(self) -> None:
        """A document of another sort is told to be one, in place of a fault for each of its keys."""
        lead = 'schema = "salesrules/1"\n'
        assert faults(lead + 'rate = "3%"\nlines = []\nday = 3', Flat) == [("kind", "document.kind")]
        assert faults(lead + "lines = []\nday = 3", Flat | Sliced) == [("kind", "document.kind")]
        assert faults('kind = "flat"\nrate = "3%"\nfrom = "x"', Rung) == [("schema", "document.schema"), ("kind", "document.kind")]
        with pytest.raises(Faults, match="add a kind: 'flat'; but lines, day are no keys of such a document"):
            loads(lead + "lines = []\nday = 3", Flat)
        with pytest.raises(Faults, match="this is a document of kind 'flat', and one with from, rate and without a kind is wanted"):
            loads(lead + 'kind = "flat"', Rung)

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ('cap = "CNY 390"', r"cap: 'CNY 390' has the amount last; write '390 CNY' \[document.amount\]"),
            ('rate = "20 pcs"', r"rate: expected a rate such as .*, not '20 pcs' \[document.type\]"),
            ("rate = 7", r"rate: 7 as a rate would be 700%"),
        ],
    )
    def test_what_to_write_instead_is_told(self, line: str, told: str) -> None:
        """A value in another form than documents have is told how to be written, not what a part of it is no name of."""
        lines = {"rate": 'rate = "3%"'} | {line.split(maxsplit=1)[0]: line}
        with pytest.raises(Faults, match=told):
            loads("\n".join(['schema = "salesrules/1"', 'kind = "flat"', *lines.values()]), Flat)

    def test_a_quantity_is_no_rate(self) -> None:
        """A quantity with a unit or with separators is told to be a plain number."""
        for written in ("20 pcs", "1,000"):
            with pytest.raises(Faults, match=f"expected a number such as 20, .*, without unit or separators, not '{written}'"):
                loads(f'schema = "salesrules/1"\nunits = "{written}"', Counted)

    def test_other_exceptions_become_faults(self) -> None:
        """Whatever a constructor raises, a fault with its place comes out."""
        assert faults(versioned("[[items]]\nvalue = 3\n[[items]]\nvalue = 4\n[[items]]\nvalue = 5"), Boxes) == [
            ("items[0]", "document.value"),
            ("items[1].value", "demo.fact"),
            ("items[1]", "demo.fact"),
            ("items[2]", "document.value"),
        ]

    def test_a_hint_is_given_where_a_key_is_near(self) -> None:
        """A slip of the pen is recognised; otherwise the keys are listed."""
        with pytest.raises(Faults, match=r"titel: unknown key; did you mean title\?"):
            loads(versioned('titel = "T"'), Plan)
        with pytest.raises(Faults, match="x: unknown key; the keys here are start, value, source"):
            loads(versioned("x = 1\nstart = 2026-01-01\nvalue = 3"), Entry[int])


def _quoted(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(path.replace('"kkk', "kkk").replace('..."', "..."), code) for path, code in found]


@attrs.frozen(kw_only=True)
class Box:
    """Refuses its value in several ways."""

    value: int

    def __attrs_post_init__(self) -> None:
        if self.value == 4:
            raise Faults([FactError("demo.fact", "a fact", path="value"), FactError("demo.fact", "another")])
        error = KeyError("x") if self.value == 3 else ZeroDivisionError()
        error.add_note("a note of its own")
        raise error


@attrs.frozen(kw_only=True)
class Boxes:
    """Some boxes."""

    items: tuple[Box, ...]


@attrs.frozen(kw_only=True)
class Nullable:
    """Nothing is not what it holds where nothing is written."""

    value: int | None = 3


@attrs.frozen(kw_only=True)
class Pair(Generic[T]):
    """Two of a kind."""

    left: T
    right: T


class TestWriting:
    """Values as documents."""

    @pytest.mark.parametrize("format_", ["toml", "json"])
    def test_what_is_written_reads_back(self, format_: str) -> None:
        """The same value comes back, of the same types."""
        assert repr(loads(dumps(VALUE, format=format_), Plan, format=format_)) == repr(VALUE)

    def test_toml_is_readable(self) -> None:
        """Small tables stand on one line, large ones in sections, defaults are left out."""
        assert dumps(VALUE.components[0]) == (
            'schema = "salesrules/1"\n'
            'name = "revenue"\n'
            "weight = 0.5\n"
            "\n"
            "[table]\n"
            'kind = "sliced"\n'
            "bands = [\n"
            '  { from = 0, rate = "3%" },\n'
            '  { from = 500, rate = "7.25%" },\n'
            "]\n"
            "\n"
            "[[parts]]\n"
            'name = "service"\n'
            'table = { kind = "flat", rate = "7%", cap = "12.30 CNY" }\n'
        )

    def test_defaults_are_left_out(self) -> None:
        """A plan of defaults is its title, and what depends on it."""
        assert dumps(Plan(title="T"), format="json") == '{\n  "schema": "salesrules/1",\n  "title": "T",\n  "doubled": 1\n}\n'

    def test_empty_and_long_lists(self) -> None:
        """An empty list stays on the line, a long one gets a line for each item, an empty table is written."""
        plan = Plan(title="T", pay=Sliced(bands=()), tags=("x" * 50, "y" * 50, "z" * 50), rates=None, components=())
        text = dumps(plan)
        assert "bands = []" in text
        assert f'tags = [\n  "{"x" * 50}",\n' in text
        assert loads(text, Plan) == plan

    def test_nothing_has_no_word_in_toml(self) -> None:
        """JSON has null; TOML refuses."""
        value = Nullable(value=None)
        assert loads(dumps(value, format="json"), Nullable, format="json") == value
        with pytest.raises(Faults, match=r"document\.null"):
            dumps(value)

    def test_numbers_that_cannot_be_read_back_are_not_written(self) -> None:
        """Neither NaN nor astronomic exponents."""
        for number in ("NaN", "1e5000"):
            with pytest.raises(Faults, match=r"document\.number"):
                dumps(Plan(title="T", factor=Decimal(number)))
        component = Component(name="c", table=Sliced(bands=()), weight=Fraction(1, 7**100))
        for value in (Plan(title="T", pay=Fraction(10) ** 100), Plan(title="T", quota=Money(10**100, "CNY")), component):
            with pytest.raises(Faults, match=r"document\.number"):
                dumps(value)

    def test_unknown_formats_are_refused(self) -> None:
        """With the known ones named."""
        with pytest.raises(Faults, match="unknown format 'xml'; use one of toml, json"):
            dumps(VALUE, format="xml")

    def test_odd_keys_are_quoted(self) -> None:
        """A key may be anything; TOML wants some in quotes."""
        assert '"Straße 1" = 3' in dumps(Odd(value=3))
        assert loads(dumps(Odd(value=3)), Odd) == Odd(value=3)


@attrs.frozen(kw_only=True)
class Odd:
    """A key that is no bare word, and a table without keys."""

    value: int = field(doc="", key="Straße 1")
    empty: tuple["Empty", ...] = ()
    left: tuple[tuple["Empty", ...], ...] = ()


@attrs.frozen(kw_only=True)
class Empty:
    """No keys at all."""


class TestClasses:
    """Mistakes in a class are told to its author."""

    @pytest.mark.parametrize("hint", [float, dict[str, int], int | str, Money | Flat, Rung | Component, Flat | Pair[int], Pair, tuple[float, ...]])
    def test_what_no_document_can_express_is_a_type_error(self, hint: Any) -> None:
        """At any depth, and whatever the document says."""
        cls = attrs.make_class("Made", {"value": attrs.field(type=hint)})
        cls.__annotations__ = {"value": hint}
        for attempt in (lambda: loads(versioned("value = 1"), cls), lambda: schema(cls), lambda: dumps(cls(1))):
            with pytest.raises(TypeError):
                attempt()

    def test_a_key_stands_for_one_field(self) -> None:
        """Two fields of one key, or one called kind beside the class's own kind, cannot be told apart."""
        with pytest.raises(TypeError, match="uses a key twice"):
            schema(Clash)

    def test_generic_classes_and_empty_ones(self) -> None:
        """The types in brackets are those of the fields."""
        assert loads(versioned('left = "1/3"\nright = 2'), Pair[Fraction]) == Pair(left=Fraction(1, 3), right=Fraction(2))
        assert faults(versioned('left = "1/3"\nright = 2'), Pair[int]) == [("left", "document.type")]
        assert loads(versioned("empty = [{}]\nleft = [[{}]]\n'Straße 1' = 1"), Odd) == Odd(value=1, empty=(Empty(),), left=((Empty(),),))
        assert faults(versioned("empty = [3]\n'Straße 1' = 1"), Odd) == [("empty[0]", "document.type")]
        value = Odd(value=1, empty=(Empty(),), left=((Empty(),),))
        assert loads(dumps(value), Odd) == value


@attrs.frozen(kw_only=True)
class Clash:
    """Two fields, one key."""

    one: int = field(doc="", key="same")
    same: int = 0


class TestSchema:
    """JSON Schema made from the classes."""

    def test_it_is_a_schema(self) -> None:
        """Of draft 2020-12, and the full document satisfies it."""
        made = schema(Plan)
        jsonschema.Draft202012Validator.check_schema(made)
        jsonschema.validate(json.loads(dumps(VALUE, format="json")), made)

    def test_it_describes(self) -> None:
        """Descriptions come from the docstrings and the fields, constants from the kinds, enums from the literals."""
        made = schema(Plan)
        assert made["description"] == "A plan."
        assert made["properties"]["title"] == {"type": "string", "description": "what it is called"}
        assert made["properties"]["schema"]["const"] == "salesrules/1"
        assert made["properties"]["basis"] == {"enum": ["invoiced", "collected"], "default": "invoiced"}
        assert made["required"] == ["schema", "title"]
        assert made["additionalProperties"] is False
        assert made["$defs"]["Component"]["properties"]["table"] == {"oneOf": [{"$ref": "#/$defs/Sliced"}, {"$ref": "#/$defs/Flat"}]}
        assert made["$defs"]["Flat"]["properties"]["kind"] == {"const": "flat"}
        assert made["$defs"]["Rung"]["properties"]["from"]["description"] == "the slice starts here"
        assert json.loads(json.dumps(made)) == made

    def test_a_union_at_the_top(self) -> None:
        """Each alternative carries the version."""
        made = schema(Sliced | Flat)
        assert [one["properties"]["schema"]["const"] for one in made["oneOf"]] == ["salesrules/1"] * 2
        with pytest.raises(TypeError, match="is no table"):
            schema(int)
        with pytest.raises(TypeError, match="is no table"):
            schema(Fraction | None)

    def test_names_are_kept_apart(self) -> None:
        """Two classes of one name, and one class with different types in brackets, are described apart."""
        made = schema(Twins)
        assert len(made["$defs"]) == 4
        jsonschema.Draft202012Validator.check_schema(made)

    @pytest.mark.parametrize(
        ("change", "accepted"),
        [
            ({}, True),
            ({"quota": {"amount": "12.30", "currency": "CNY"}}, True),
            ({"quota": {"amount": 12, "currency": {"code": "POINTS", "digits": 0}}}, True),
            ({"pay": "50%"}, True),
            ({"pay": 0.5}, True),
            ({"pay": None}, True),
            ({"factor": 2}, True),
            ({"factor": "7.5e3"}, True),
            ({"pay": {"kind": "sliced", "bands": []}}, True),
            ({"schema": "salesrules/2"}, False),
            ({"pay": 7}, False),
            ({"pay": "seven"}, False),
            ({"pay": "1/0"}, False),
            ({"pay": {"kind": "flat", "rate": 0}}, False),
            ({"title": None}, False),
            ({"titel": "T"}, False),
            ({"basis": "billed"}, False),
            ({"active": "true"}, False),
            ({"doubled": "1"}, False),
            ({"doubled": 1.5}, False),
            ({"since": "tomorrow"}, False),
            ({"quota": "12.30"}, False),
            ({"quota": {"amount": "12.30"}}, False),
            ({"currency": {"code": "POINTS"}}, False),
            ({"currency": {"code": "POINTS", "digits": 19}}, False),
            ({"tags": "abc"}, False),
            ({"points": [[1]]}, False),
            ({"points": [[1, "1/3", 2]]}, False),
            ({"components": [{"name": "a"}]}, False),
            ({"components": [{"name": "a", "table": {"rate": "7%"}}]}, False),
            ({"components": [{"name": "a", "table": {"kind": "fiat", "rate": "7%"}}]}, False),
            ({"components": [{"name": "a", "table": {"kind": "flat", "rate": "7%", "bands": []}}]}, False),
        ],
    )
    def test_it_accepts_what_is_read_and_refuses_what_is_not(self, change: dict[str, Any], *, accepted: bool) -> None:
        """Schema and reader agree on the form of documents."""
        document = json.loads(dumps(VALUE, format="json")) | change
        assert jsonschema.Draft202012Validator(schema(Plan)).is_valid(document) is accepted
        if accepted:
            loads(json.dumps(document), Plan, format="json")
        else:
            faults(json.dumps(document), format="json")


@attrs.frozen(kw_only=True)
class Twins:
    """Classes of one name."""

    one: Pair[int]
    two: Pair[str]
    three: "tuple[Elsewhere, ...]"
    four: Rung
    five: Rung | None = None


def _made_elsewhere() -> type:
    made = attrs.make_class("Rung", {}, class_body={"__doc__": None})
    made.__module__ = __name__
    return made


Elsewhere: Any = _made_elsewhere()


class TestEmbedding:
    """A guest in somebody else's process."""

    def test_cattrs_is_not_imported_before_it_is_needed(self) -> None:
        """Nor when a value is written or a schema made."""
        code = (
            "import sys, salesrules.document as d; from salesrules.trace import Source\nd.dumps(Source()); d.schema(Source); sys.exit('cattrs' in sys.modules)"
        )
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

    def test_threads_may_start_together(self) -> None:
        """Eight threads read the first document at once."""
        code = (
            "import sys, threading, salesrules.document as d; from salesrules.trace import Source; found = []\n"
            'text = \'schema = "salesrules/1"\\nclause = "2"\'\n'
            "threads = [threading.Thread(target=lambda: found.append(d.loads(text, Source))) for _ in range(8)]\n"
            "[thread.start() for thread in threads]; [thread.join() for thread in threads]\n"
            "sys.exit(found != [Source(clause='2')] * 8)"
        )
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

    def test_threads_share_a_reader(self) -> None:
        """And get what each asked for."""
        found: list[Plan] = []
        work: Callable[[], None] = lambda: found.append(loads(FULL, Plan))  # noqa: E731
        threads = [Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [VALUE] * 8
