"""salesrules inside a host that we do not know: its decimal context, its threads, its switches, its database, its pickles."""

import os
import pickle
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from threading import Barrier

import pytest

from salesrules.bands import Marginal, RateBand
from salesrules.commission import Cap, Component, Credit, Gate, Plan, Quota, Rate, RateEntry, Returns, Run, Sale, Tiers, calculate
from salesrules.money import Money
from salesrules.periods import CivilCalendar
from salesrules.scope import Scope
from salesrules.trace import replay

SOURCE = Path(__file__).parents[2] / "src"

# A calculation as a host would write it; it prints every line, statement and working, and the state to go on from.
PROGRAM = """
from datetime import date
from salesrules.commission import Credit, Quota, Sale, calculate
from salesrules.money import Money
from salesrules.periods import CivilCalendar
from salesrules.policy import loads

plan = loads('''
schema = "salesrules/1"
kind = "commission"
id = "north"
currency = "CNY"
effective_from = 2026-01-01
returns = { rate = "original" }
[[components]]
id = "base"
measure = "sales"
steps = [
 { kind = "gate", on = "margin_rate", at_least = "10%", otherwise = "50%", counts = true },
 { kind = "tiers", over = "year", table = { kind = "marginal", bands = [ { from = 0, factor = 1 }, { from = 100000.5, factor = "1.2" } ] } },
 { kind = "rate", entries = [ { rate = "3.33%" }, { scope = { category = ["pump"] }, rate = "1/7" } ] },
 { kind = "cap", over = "period", amount = "123456.78 CNY" },
]
''')
sales = [
    Sale(id="S1", date=date(2026, 1, 9), amount=Money("81234.56", "CNY"), cost=Money("60000.01", "CNY"), category="pump", person="chen"),
    Sale(id="S2", date=date(2026, 1, 19), amount=Money("51234.57", "CNY"), cost=Money("50000.01", "CNY"), credits=(Credit("chen", "60%"), Credit("li", "40%"))),
    Sale(id="R1", date=date(2026, 2, 1), amount=Money("-1234.56", "CNY"), cost=Money("-1000.00", "CNY"), category="pump", person="chen", returns="S1"),
]
run = calculate(plan, sales, on=date(2026, 3, 31))
for line in run.lines:
    print(line.key, line.pay, line.working)
for statement in run.statements:
    print(statement.to_data(), statement.to_text("zh_CN"), statement.to_html("en"), sep="\\n")
print(run.state.to_data())
"""

FOREIGN_CONTEXT = """
import decimal
context = decimal.getcontext()
context.prec, context.Emax, context.Emin, context.rounding = 3, 5, -5, decimal.ROUND_UP
context.traps = dict.fromkeys(context.traps, True)
decimal.DefaultContext.prec = 3
"""

VALIDATORS_OFF = "import attrs; attrs.validators.set_disabled(True)"

LOUD = """
import locale, os, sys, time
os.environ["TZ"] = "Pacific/Kiritimati"
time.tzset()
sys.set_int_max_str_digits(640)
"""


def output(program: str, *switches: str, **environment: str) -> str:
    """What a fresh interpreter prints."""
    places = {"PYTHONPATH": str(SOURCE), "PYTHONIOENCODING": "utf-8", "PYTHONWARNINGS": "error"}
    return subprocess.run(
        [sys.executable, *switches, "-c", program], check=True, capture_output=True, encoding="utf-8", env={**os.environ, **places, **environment}
    ).stdout


@pytest.fixture(scope="module")
def expected() -> str:
    """What the program prints by itself."""
    return output(PROGRAM)


def test_the_program_says_something(expected: str) -> None:
    """The output compared below holds the pay that is worked out by hand: one seventh of 81,234.56."""
    assert "11604.94 CNY" in expected


@pytest.mark.parametrize("host", [FOREIGN_CONTEXT, VALIDATORS_OFF, LOUD], ids=["decimal context", "validators off", "time zone"])
def test_a_host_changes_no_figure(host: str, expected: str) -> None:
    """Three digits of precision with every trap set, attrs validators switched off, another time zone: the output is the same to the letter."""
    assert output(host + "\n" + PROGRAM) == expected


@pytest.mark.parametrize("switches", [("-O",), ("-OO",), ("-b", "-E"), ("-X", "utf8=0")], ids=" ".join)
def test_switches_change_no_figure(switches: tuple[str, ...], expected: str) -> None:
    """Without assertions, without docstrings, in another mode of the interpreter: the output is the same to the letter."""
    if "-E" in switches:
        prelude = f"import sys; sys.path.insert(0, {str(SOURCE)!r}); sys.stdout.reconfigure(encoding='utf-8')\n"
        assert output(prelude + PROGRAM, *switches) == expected
    else:
        assert output(PROGRAM, *switches) == expected


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_the_order_of_sets_changes_nothing(seed: str, expected: str) -> None:
    """Hash randomisation, which shuffles every set, moves no line and no letter."""
    assert output(PROGRAM, PYTHONHASHSEED=seed) == expected


BAD_VALUES = """
from datetime import date
from fractions import Fraction
from salesrules.bands import Interpolated, Lookup, Marginal, Overage, Point, RateBand, Step, ValueBand, AmountBand
from salesrules.commission import Cap, Component, Credit, Gate, Plan, Quota, Rate, RateEntry, Returns, Sale, Tiers
from salesrules.errors import SalesRulesError
from salesrules.money import Money, Rounding
from salesrules.scope import Entry, Ranked, Scope
from salesrules.trace import Step as Working

band = RateBand(start=0, rate="3%")
bad = [
    lambda: RateBand(start=0),
    lambda: RateBand(start=0.5, rate="3%"),
    lambda: RateBand(start=0, rate=7),
    lambda: Marginal(bands=()),
    lambda: Marginal(bands=(band, band)),
    lambda: Marginal(bands=(band,), edges="[]"),
    lambda: Overage(bands=(band,), above=1),
    lambda: Interpolated(points=(Point(at=0, value=0),), below="clamp", above="clamp"),
    lambda: Interpolated(points=(Point(at=0, value=0), Point(at=1, value=0)), below="clamp", above="zero"),
    lambda: Step(bands=(AmountBand(start=0, amount=1),), every=0),
    lambda: Lookup(bands=()),
    lambda: Scope(region="north"),
    lambda: Ranked((Entry(scope=Scope(), value=1), Entry(scope=Scope(), value=2))),
    lambda: Working("demo", 1, formula="eval"),
    lambda: Money(1.5, "CNY"),
    lambda: Rounding("sideways"),
    lambda: Credit("", "60%"),
    lambda: Credit("chen", "0%"),
    lambda: Sale(id="", date=date(2026, 1, 1), amount=Money("1", "CNY"), person="chen"),
    lambda: Sale(id="S", date="2026-01-01", amount=Money("1", "CNY"), person="chen"),
    lambda: Sale(id="S", date=date(2026, 1, 1), amount=1, person="chen"),
    lambda: Rate(entries=()),
    lambda: RateEntry(),
    lambda: Gate(on="amount", counts=True),
    lambda: Cap(over="year"),
    lambda: Component(id="", measure="sales", steps=(Rate(entries=(RateEntry(rate="3%"),)),)),
    lambda: Component(id="a", measure="sales", steps=()),
    lambda: Plan(id="p", currency="CNY", effective_from=date(2026, 1, 1), returns=Returns(rate="original"), components=()),
]
for index, make in enumerate(bad):
    try:
        make()
    except SalesRulesError as error:
        print(index, type(error).__name__, error)
    else:
        raise SystemExit(f"number {index} was let through")
"""


def test_bad_values_are_refused_in_any_host() -> None:
    """What is refused is refused with validators switched off, without assertions, and in a foreign decimal context, in the same words."""
    plain = output(BAD_VALUES)
    assert plain.count("\n") == BAD_VALUES.count("    lambda:")
    assert output(VALIDATORS_OFF + "\n" + FOREIGN_CONTEXT + BAD_VALUES, "-O") == plain


def test_import_writes_and_opens_nothing_of_its_own() -> None:
    """Importing every public module prints nothing, opens no file for writing, no socket, starts no process and no thread."""
    program = """
import sys, threading
seen = []
def watch(event, args):
    writes = event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")
    area = event.split(".")[0]
    changes = event in {"os.system", "os.mkdir", "os.remove", "os.putenv", "os.chdir", "os.fork"}
    if writes or changes or area in {"socket", "subprocess", "shutil", "urllib", "sqlite3"}:
        seen.append((event, args))
sys.dont_write_bytecode = True
sys.addaudithook(watch)
import salesrules
from salesrules import bands, money, ops, periods, policy, scope, text, timeline, trace
import salesrules.commission
assert not seen, seen
assert threading.active_count() == 1
"""
    assert output(program) == ""


def plan() -> Plan:
    """A plan with running totals over two intervals."""
    bands = tuple(RateBand(start=Fraction(start), factor=Fraction(factor)) for start, factor in ((0, "1"), (50_000, "1.25"), (200_000, "1.5")))
    steps = (
        Gate(on="margin_rate", at_least=Fraction(1, 10), otherwise=Fraction(1, 2), counts=True),
        Tiers(table=Marginal(bands=bands), over="year"),
        Rate(entries=(RateEntry(rate=Fraction(3, 100)), RateEntry(scope=Scope(category=("pump",)), rate=Fraction(1, 7)))),
        Cap(amount=Money("20000", "CNY"), over="period"),
    )
    return Plan(
        id="north",
        currency="CNY",
        effective_from=date(2026, 1, 1),
        returns=Returns(rate="recompute"),
        components=(Component(id="base", measure="sales", steps=steps),),
    )


def sales(number: int) -> tuple[Sale, ...]:
    """Sales of three people over half a year, one in five taken back, one in seven shared."""
    made = []
    for index in range(number):
        amount = (index * 7919 % 100_000 + 1) * (-1 if index % 5 == 4 else 1)
        shared = (Credit("chen", Fraction(1, 3)), Credit("li", Fraction(2, 3))) if index % 7 == 6 else (Credit(("chen", "li", "wang")[index % 3]),)
        made.append(
            Sale(
                id=f"S{index:04}",
                date=date(2026, 1, 1) + timedelta(index * 180 // number),
                amount=Money.from_minor(amount * 10, "CNY"),
                cost=Money.from_minor(amount * 9, "CNY") if index % 3 else Money.from_minor(amount * 8, "CNY"),
                category="pump" if index % 2 else "valve",
                credits=shared,
            )
        )
    return tuple(made)


def made(number: int = 60, rule: Plan | None = None) -> Run:
    """A calculation."""
    return calculate(rule or plan(), sales(number), on=date(2026, 6, 30))


def shown(run: Run) -> list[tuple[object, ...]]:
    """The figures and workings of a run."""
    return [(line.key, line.pay, line.by_rule, line.working) for line in run.lines]


def test_threads_share_a_plan() -> None:
    """Eight threads that start at once on one fresh plan get the lines and statements that one gets alone."""
    alone, rule, start = made(300), plan(), Barrier(8)

    def work(_: int) -> Run:
        start.wait()
        return made(300, rule)

    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(work, range(8)))
    assert all(shown(run) == shown(alone) for run in runs)
    assert all(run.statements == alone.statements for run in runs)


def test_threads_share_a_run() -> None:
    """Lines and statements of one run, which are made when they are first read, come out the same for eight readers at once."""
    run, start = made(300), Barrier(8)

    def read(_: int) -> tuple[object, object]:
        start.wait()
        return shown(run), run.statements

    with ThreadPoolExecutor(8) as pool:
        read_by = list(pool.map(read, range(8)))
    assert all(one == read_by[0] for one in read_by)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_everything_pickles(protocol: int) -> None:
    """Plans, sales, quotas, runs, lines, statements and state come whole out of every pickle protocol that keeps slots."""
    run = made()
    facts = Quota(person="chen", period=CivilCalendar().year(2026), amount=Money("100000", "CNY"))
    for value in (run.plan, sales(8), facts, run.lines, run.statements, run.state):
        assert pickle.loads(pickle.dumps(value, protocol)) == value
    twin = pickle.loads(pickle.dumps(run, protocol))
    assert shown(twin) == shown(run)
    assert [statement.to_text("en") for statement in twin.statements] == [statement.to_text("en") for statement in run.statements]
    for line in pickle.loads(pickle.dumps(run.lines, protocol)):
        assert replay(line.working).minor == line.by_rule.minor


def test_pickles_cross_processes() -> None:
    """A run that another process made reads as one made here."""
    program = f"""
import base64, pickle, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import test_embedding
print(base64.b64encode(pickle.dumps(test_embedding.made())).decode())
"""
    import base64

    assert shown(pickle.loads(base64.b64decode(output(program)))) == shown(made())


def test_results_bind_to_a_database() -> None:
    """Dates and texts of results go into SQLite as they are, and amounts as integers; they come back the same."""
    run = made()
    rows = [
        (line.sale.id, line.person, line.component, line.sale.date.isoformat(), line.pay.minor, line.pay.currency.code, str(line.pay)) for line in run.lines
    ]
    entries = [(statement.person, str(statement.period), statement.period.start.isoformat(), statement.payable.minor) for statement in run.statements]
    with sqlite3.connect(":memory:") as base:
        base.execute("create table line (sale text, person text, component text, day text, minor integer, currency text, shown text)")
        base.execute("create table statement (person text, period text, start text, minor integer)")
        base.executemany("insert into line values (?, ?, ?, ?, ?, ?, ?)", rows)
        base.executemany("insert into statement values (?, ?, ?, ?)", entries)
        assert base.execute("select * from line").fetchall() == rows
        assert base.execute("select * from statement").fetchall() == entries
        assert base.execute("select sum(minor) from line").fetchone()[0] == sum(line.pay.minor for line in run.lines)
    base.close()


def test_dates_are_plain_dates() -> None:
    """Every date in a result is a `datetime.date` and nothing that derives from it, which a database driver would refuse."""
    run = made()
    days = [line.sale.date for line in run.lines] + [day for statement in run.statements for day in (statement.period.start, statement.period.last)]
    assert {type(day) for day in days} == {date}
