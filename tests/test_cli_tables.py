"""The command line computes sales in one file by column, and says the same as line by line."""

import csv
import importlib.util
import io
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("narwhals", reason="tables need narwhals")
pytest.importorskip("numpy", reason="tables need numpy")

import narwhals

from salesrules.cli import main
from salesrules.errors import FactError, FactFaults
from salesrules.frames import files

PLAN = """\
schema = "salesrules/1"
kind = "commission"
id = "north"
version = "1"
currency = "CNY"
effective_from = 2026-01-01
returns = { rate = "original" }
conversion = { at = "plan", rates = [ { base = "USD", rate = "7" }, { base = "JPY", rate = "1/20" } ] }
[[components]]
id = "base"
measure = "sales"
[[components.steps]]
kind = "tiers"
over = "year"
table = { kind = "marginal", bands = [ { from = 0, rate = "3%" }, { from = 1000, rate = "5%" } ] }
[[components]]
id = "units"
measure = "units"
steps = [ { kind = "rate", entries = [ { amount = 2 } ] } ]
"""
DRAW = 'draw = { kind = "recoverable", amount = "100 CNY" }\n'
SALES = """\
id,date,amount,person,credits,units,returns,currency
S1,2026-02-02,500.00,chen,,,,
S2,2026-03-02, 1500 ,chen,,2,,CNY
S3,2026-03-03,200.5,,chen:60%;li:40%,,,
S4,2026-03-05,1000.0000,li,,3,,JPY

R1,2026-03-06,-100.00,,nobody:100%,-1,S2,
S5,2026-04-04,100.00,chen,,1,,
"""
ON = "--on 2026-03-31"
BACKENDS = [pytest.param(name, marks=pytest.mark.skipif(find_spec(name) is None, reason=f"{name} is not installed")) for name in files.LIBRARIES]


@pytest.fixture(params=BACKENDS)
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a plan and facts, made the current one; tables are read by each library in turn."""
    monkeypatch.setattr(files, "LIBRARIES", (request.param,))
    (tmp_path / "facts").mkdir()
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    (tmp_path / "facts/sales.csv").write_text(SALES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], line: str) -> tuple[int, str, str]:
    """The exit code of a command line, what it printed, and what it complained about."""
    status = main(line.split())
    told = capsys.readouterr()
    return status, told.out, told.err


def by_sale(text: str) -> dict[tuple[str, str], float]:
    """What each sale pays each person, in hundredths, from lines as CSV."""
    found: dict[tuple[str, str], float] = {}
    for row in csv.DictReader(io.StringIO(text)):
        key = row["sale"], row["person"]
        found[key] = found.get(key, 0) + int(row["pay"].replace(".", ""))
    return found


def small(path: str) -> None:
    """Write a Parquet file of two sales, in columns of other names."""
    days = ["2026-03-02", "2026-03-09"]
    frame = narwhals.from_dict({"no": [17, 18], "day": days, "cents": [150000, 20050], "rep": ["chen", "li"], "units": [2, 0]}, backend=files.library())
    frame.with_columns(narwhals.col("day").str.to_datetime(format="%Y-%m-%d").dt.date()).write_parquet(path)


NAMES = "--column id=no --column date=day --column amount=cents --column person=rep"


@pytest.mark.parametrize("period", ["2026-02", "2026-03", "2026-Q1"])
def test_the_same_pay_as_line_by_line(capsys: pytest.CaptureFixture[str], folder: Path, period: str) -> None:
    """Tiers, joint sales, returns, other currencies and blank lines: each sale pays each person the same by line and by column."""
    plain = run(capsys, f"commission plan.toml facts {ON} --format csv --period {period}")
    table = run(capsys, f"commission plan.toml facts/sales.csv {ON} --format csv --period {period}")
    assert plain[0] == table[0] == 0
    assert by_sale(table[1]) == by_sale(plain[1]) != {}
    assert table[1].splitlines()[0] == "sale,date,person,pay,currency"


@pytest.mark.parametrize("draw", ["", DRAW])
def test_the_same_statements(capsys: pytest.CaptureFixture[str], folder: Path, draw: str) -> None:
    """Statements come to the same sums, with the roster and the other facts from the files beside the table."""
    Path("plan.toml").write_text(PLAN.replace("returns =", f"{draw}returns ="), encoding="utf-8")
    Path("facts/roster.csv").write_text("person,name,start\nchen,陈伟,2026-01-01\n", encoding="utf-8")
    told = [json.loads(run(capsys, f"commission plan.toml {facts} {ON} --format json --period 2026-Q1")[1]) for facts in ("facts", "facts/sales.csv")]
    plain, table = ([(one["person"], one["period"], one["payable"]) for one in some] for some in told)
    assert plain == table != []
    assert "陈伟" in run(capsys, f"commission plan.toml facts/sales.csv {ON}")[1]


def test_text_and_html(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """Statements in every form have a row for each component."""
    text = run(capsys, f"commission plan.toml facts/sales.csv {ON} --person chen")[1]
    html = run(capsys, f"commission plan.toml facts/sales.csv {ON} --format html --locale zh_CN")[1]
    assert "by component" in text
    assert [line.split()[:2] for line in text.splitlines() if line.startswith(("base", "units"))] == [["base", "3"], ["units", "3"]]
    assert html.count('<div class="salesrules"') == 2


def test_files_for_each_statement(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """A folder gets the lines of each person in a file."""
    assert run(capsys, f"commission plan.toml facts/sales.csv {ON} --format csv --output out/")[0] == 0
    assert {key for file in Path("out").iterdir() for key in by_sale(file.read_text(encoding="utf-8"))} == {
        ("S2", "chen"), ("S3", "chen"), ("R1", "chen"), ("S3", "li"), ("S4", "li")
    }  # fmt: skip
    assert sorted(file.name for file in Path("out").iterdir()) == ["chen-2026-03.csv", "li-2026-03.csv"]


def test_parquet_of_other_names(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """Columns are named; whole numbers are minor units; the table itself is written with what each row pays."""
    small("sales.parquet")
    status, out, err = run(capsys, f"commission plan.toml sales.parquet {ON} {NAMES} --format csv")
    assert (status, err) == (0, "")
    assert out.splitlines()[1:] == ["17,2026-03-02,chen,59.00,CNY", "18,2026-03-09,li,6.02,CNY"]
    assert run(capsys, f"commission plan.toml sales.parquet {ON} {NAMES} --person chen --output paid.parquet") == (0, "", "")
    paid = narwhals.read_parquet("paid.parquet", backend=files.library())
    assert paid.drop("day").to_dict(as_series=False) == {"no": [17], "cents": [150000], "rep": ["chen"], "units": [2], "pay": [5900]}


def test_a_folder_with_parquet(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """A folder with Parquet instead of CSV is a table, with the quotas and all beside it; where both are, CSV is read as ever."""
    small("facts/sales.parquet")
    both = run(capsys, f"commission plan.toml facts {ON} --format csv")[1]
    assert both.splitlines()[0].startswith("sale,date,person,component")
    Path("facts/sales.csv").unlink()
    Path("facts/quotas.csv").write_text("person,period,amount\nchen,2026,1000\n", encoding="utf-8")
    assert run(capsys, f"commission plan.toml facts {ON} {NAMES} --engine blocks --format csv")[1].splitlines()[1] == "17,2026-03-02,chen,59.00,CNY"


def test_parquet_with_decimals_and_credits(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """Decimals are major units, and a column of credits divides sales, also where no column tells a person."""
    table = {"id": ["S1"], "date": ["2026-03-02"], "amount": ["200.50"], "units": [0], "credits": ["chen:60%;li:40%"]}
    frame = narwhals.from_dict(table, backend=files.library())
    day = narwhals.col("date").str.to_datetime(format="%Y-%m-%d").dt.date()
    frame.with_columns(day, narwhals.col("amount").cast(narwhals.Decimal(18, 2))).write_parquet("sales.parquet")
    out = run(capsys, f"commission plan.toml sales.parquet {ON} --format csv")[1]
    assert by_sale(out) == {("S1", "chen"): 361, ("S1", "li"): 241}


def test_encoding(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """A table in GB 18030 is read when told, and refused with what to do otherwise."""
    Path("facts/sales.csv").write_bytes(SALES.replace("li", "李").encode("gb18030"))
    assert run(capsys, f"commission plan.toml facts/sales.csv {ON}")[2].startswith("sales.csv:4: not written in utf-8")
    assert "李" in run(capsys, f"commission plan.toml facts/sales.csv {ON} --encoding gb18030")[1]


# explain


@pytest.mark.parametrize("words", ["--sale S2", "--sale S3", "--sale S3 --person li", "--sale S2 --component units --locale zh_CN"])
def test_explain(capsys: pytest.CaptureFixture[str], folder: Path, words: str) -> None:
    """The working of a row of a table is that of the sale, for each person and component."""
    plain, table = (run(capsys, f"explain plan.toml {facts} {ON} {words}") for facts in ("facts", "facts/sales.csv"))
    assert plain[0] == 0
    assert table == plain


def test_explain_numbers(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """Ids that are numbers are found by their number; one that is not there, or no number, is told."""
    small("sales.parquet")
    assert "17 of Mar 2, 2026, chen, base" in run(capsys, f"explain plan.toml sales.parquet {ON} {NAMES} --sale 17")[1]
    for name in ("19", "S17"):
        status, _, err = run(capsys, f"explain plan.toml sales.parquet {ON} {NAMES} --sale {name}")
        assert (status, err.endswith("[frames.no_row]\n")) == (1, True)
    assert run(capsys, f"explain plan.toml sales.parquet {ON} {NAMES} --sale 17 --person li")[2].endswith("pays chen (base), chen (units) [cli.no_line]\n")


def test_explain_a_sale_that_nothing_pays(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """A sale outside the scope of every component is told."""
    text = PLAN[: PLAN.index('[[components]]\nid = "units"')].replace('measure = "sales"', 'measure = "sales"\nscope = { product = ["pump"] }')
    Path("plan.toml").write_text(text, encoding="utf-8")
    Path("facts/sales.csv").write_text("id,date,amount,person,product\nS1,2026-03-02,5,chen,hose\n", encoding="utf-8")
    assert run(capsys, f"explain plan.toml facts/sales.csv {ON} --sale S1")[2].endswith("[frames.no_line]\n")


# What is refused


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("facts --column person=rep", "--column is for sales in one file; pass that file instead of the folder, such as "),
        ("facts --engine blocks", "--engine is for sales in one file"),
        ("facts --output x.parquet", "--output x.parquet is for sales in one file"),
        ("plan.toml", "plan.toml: neither a folder nor a .parquet or .csv file; pass one of these [cli.no_table]"),
        ("facts/sales.csv --column persn=rep", "columns: a sale has no field 'persn'; did you mean 'person'? [frames.field]"),
        ("facts/sales.csv --column person=persn", "columns.person: the table has no column 'persn'; did you mean 'person'? [frames.no_column]"),
        ("facts/sales.csv --column units=amount", "column amount: is read as amount and as units, which are written differently"),
        ("facts/sales.csv --column quota=goal", "columns.quota: a CSV file does not say whether quota is money or a count; put it into quotas.csv"),
    ],
)
def test_refused(capsys: pytest.CaptureFixture[str], folder: Path, words: str, said: str) -> None:
    """What does not fit is told with what to do, exit 1."""
    status, out, err = run(capsys, f"commission plan.toml {words} {ON}")
    assert (status, out) == (1, "")
    assert err.startswith(said)


def test_wrong_column_words(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """A column is named by field and column, exit 2."""
    for words in ("person", "=rep", "person="):
        status, _, err = run(capsys, f"commission plan.toml facts/sales.csv {ON} --column {words}")
        assert (status, f"{words} names no column; write it like person=rep" in err) == (2, True)


def test_no_file(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """A file that is not there, or that cannot be written, is exit 3; one that is no Parquet, exit 1."""
    for words in ("none.parquet", "none.csv", "facts/sales.csv --output no/such/x.parquet"):
        assert run(capsys, f"commission plan.toml {words} {ON}")[0] == 3
    Path("bad.parquet").write_text("id,date", encoding="utf-8")
    status, _, err = run(capsys, f"commission plan.toml bad.parquet {ON}")
    assert (status, err.startswith("bad.parquet: cannot be read as Parquet: ")) == (1, True)


def test_faults_of_all_files(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """Every fault of the table and of the files beside it is a line, with its place, as line by line."""
    Path("facts/sales.csv").write_text(SALES + 'S1,2026-3-9,"1,0",li,,1.5,,\nS7,,,,,,,\nS8,2026-03-09,5,li\nS9,2026-03-09,5.001,li,,,,XXX\n', encoding="utf-8")
    Path("facts/quotas.csv").write_text("person,period,amount\nchen,2026,x\n", encoding="utf-8")
    Path("facts/roster.csv").write_text("person,role,start\nchen,a,2026-01-01\nchen,b,2026-01-01\n", encoding="utf-8")
    status, _, err = run(capsys, f"commission plan.toml facts/sales.csv {ON}")
    assert status == 1
    told = [(line.split(": ")[0], line.rsplit(" [")[1].rstrip("]")) for line in err.splitlines()]
    expected = {
        "sales.csv:9.date": "table.date",
        "sales.csv:9.amount": "table.number",
        "sales.csv:9.units": "frames.whole",
        "sales.csv:10.date": "table.missing",
        "sales.csv:10.amount": "table.missing",
        "sales.csv:10.person": "sale.uncredited",
        "sales.csv:11": "table.cells",
        "sales.csv:12.currency": "money.currency",
    }
    assert dict(told[:8]) == expected
    assert {place for place, _ in told[8:]} == {"quotas.csv:2.amount", "roster.csv"}


def test_a_sale_with_person_and_credits(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """A person and other credits contradict each other; the same said twice does not."""
    path, head = Path("facts/sales.csv"), "id,date,amount,units,person,credits\n"
    path.write_text(f"{head}S1,2026-03-02,5,,chen,chen:100%\n", encoding="utf-8")
    assert run(capsys, f"commission plan.toml facts/sales.csv {ON}")[0] == 0
    path.write_text(f"{head}S1,2026-03-02,5,,chen,li:100%\n", encoding="utf-8")
    assert run(capsys, f"commission plan.toml facts/sales.csv {ON}")[2].startswith("sale S1: names chen and a list of credits")
    path.write_text(f"{head}S1,2026-03-02,5,,,li\n", encoding="utf-8")
    assert run(capsys, f"commission plan.toml facts/sales.csv {ON}")[2].startswith("sale S1: 'li' is no credit; write chen:60%;li:40%")


@pytest.mark.parametrize("library", ["narwhals", "numpy"])
def test_without_the_extra(capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    """Without the libraries behind tables it is told what to install; a folder is computed as ever."""
    monkeypatch.setattr("salesrules.cli.tables.find_spec", lambda name: None if name == library else importlib.util.find_spec(name))
    status, _, err = run(capsys, f"commission plan.toml facts/sales.csv {ON}")
    said = f"{library} is not installed, and sales in one file need it; install salesrules[frames] and polars or pyarrow [cli.no_frames]\n"
    assert (status, err) == (1, f"{Path('facts', 'sales.csv')}: {said}")
    assert run(capsys, f"commission plan.toml facts {ON}")[0] == 0


def test_without_a_library(capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no library reads tables, those that do are named."""
    monkeypatch.setattr(files, "find_spec", lambda name: None)
    for facts in ("facts/sales.csv", "plan.parquet"):
        Path("plan.parquet").touch()
        said = "no library is installed that reads tables; install polars or pyarrow [frames.no_library]\n"
        assert run(capsys, f"commission plan.toml {facts} {ON}") == (1, "", said)


def test_a_folder_loads_no_tables(folder: Path) -> None:
    """Computing line by line loads none of the libraries behind tables."""
    code = f"import sys; from salesrules.cli import main; main('commission plan.toml facts {ON}'.split()); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, encoding="utf-8", env={"PYTHONPATH": ":".join(sys.path)})
    assert {"narwhals", "numpy", "salesrules.frames"}.isdisjoint(done.stdout.splitlines()[-1].split())


# Cells


def test_cells_are_exact(folder: Path) -> None:
    """Amounts are minor units of the currency of their line, up to the last one that a table holds."""
    rows = ["92233720368547758.07,CNY", "-92233720368547758.08,", "1200,JPY", "1.234,KWD", "+5,CNY", "-0.05,USD", ".5,CNY"]
    made = files.read_csv(["amount,currency", *rows], currency="CNY")
    assert narwhals.from_native(made)["amount"].to_list() == [2**63 - 1, -(2**63), 1200, 1234, 500, -5, 50]


def test_cells_of_each_kind(folder: Path) -> None:
    """Days, whole numbers, yes and no have their defaults; other columns are text, whatever is in them."""
    lines = ["\ufeffid,date,amount,cost,units,new_customer,note,", "1,2026-03-02,5,,,,007", "2,2026-03-02,5,1,-3,是,1e5"]
    frame = narwhals.from_native(files.read_csv(lines, currency="CNY"))
    assert frame.drop("date").to_dict(as_series=False) == {
        "id": ["1", "2"], "amount": [500, 500], "cost": [None, 100], "units": [0, -3], "new_customer": [False, True], "note": ["007", "1e5"]
    }  # fmt: skip
    assert frame.schema["date"] == narwhals.Date


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        (["amount", "92233720368547758.08"], ["frames.wide"]),
        (["amount,amount", "1,1"], ["table.duplicate_column"]),
        (["amount", '"1'], ["table.syntax"]),
        (["amount,currency", "1.5,JPY"], ["money.precision"]),
        (["units", "1" * 19], ["frames.whole"]),
        (["amount", *["x"] * 101], [*["table.number"] * 100, "table.more"]),
    ],
)
def test_cells_refused(folder: Path, lines: list[str], codes: list[str]) -> None:
    """What no table can hold is refused with its line."""
    with pytest.raises(FactFaults) as refused:
        files.read_csv(lines, currency="CNY", name="sales.csv")
    assert [fault.code for fault in refused.value.faults] == codes
    assert all(fault.path.startswith("sales.csv") for fault in refused.value.faults)


def test_an_empty_file(folder: Path) -> None:
    """A file without sales is a table without rows; one without columns lacks what the plan needs."""
    assert narwhals.from_native(files.read_csv(["id,date,amount"], currency="CNY")).shape == (0, 3)
    assert narwhals.from_native(files.read_csv([], currency="CNY")).shape == (0, 0)


def test_chunks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file longer than a chunk is one table."""
    monkeypatch.setattr(files, "_CHUNK", 2)
    made = files.read_csv(["id,units", *(f"S{at},{at}" for at in range(5))], currency="CNY")
    assert narwhals.from_native(made).to_dict(as_series=False) == {"id": [f"S{at}" for at in range(5)], "units": [0, 1, 2, 3, 4]}


def test_rows_without_an_id(folder: Path) -> None:
    """Credits need the id of their sale: without one they are left to the table's own faults."""
    made = files.read_csv(["date,credits", "2026-03-02,chen:100%"], currency="CNY")
    assert files.splits_of(made, {}) == (made, None)


def test_a_column_of_credits_that_says_nothing(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """Where no sale is joint, there is no second table, and expressions serve."""
    Path("facts/sales.csv").write_text("id,date,amount,units,person,credits\nS1,2026-03-02,5,,chen,\n", encoding="utf-8")
    made = files.read_csv("facts/sales.csv", currency="CNY")
    assert files.splits_of(made, {})[1] is None
    status, out, err = run(capsys, f"commission plan.toml facts/sales.csv {ON} --format csv --engine expressions")
    if files.library() == "polars":
        assert (status, by_sale(out)) == (0, {("S1", "chen"): 15})
    else:
        assert (status, "frames.engine_table" in err) == (1, True)


def test_unknown_encoding(folder: Path) -> None:
    """An encoding that does not exist is told; errors of the table itself pass."""
    with pytest.raises(FactFaults, match=r"table\.codec"):
        files.read_csv("facts/sales.csv", currency="CNY", encoding="utf-99")
    with pytest.raises(FactError, match=r"frames\.beside"):
        files.read_csv("facts/sales.csv", currency="CNY", columns={"incentive": "goal"})
