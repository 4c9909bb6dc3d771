"""Facts come out of CSV files as they stand there, or every fault is told with its line."""

import csv
import pickle
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs
import pytest

from salesrules.commission import Component, Credit, Event, Factor, FxRate, Incentive, Member, Plan, Quota, Receipt, Returns, Roster, Sale, calculate
from salesrules.commission.steps import Rate, RateEntry
from salesrules.commission.tables import FILES, read_all, read_facts
from salesrules.errors import FactError, FactFaults, PolicyError
from salesrules.money import Money
from salesrules.periods import CivilCalendar
from salesrules.text import error_message

HEAD = "id,date,amount,person"


def faults(lines: Iterable[str], cls: type[Any] = Sale, **options: Any) -> list[tuple[str, str]]:
    """Path and code of every fault."""
    with pytest.raises(FactFaults) as caught:
        read_facts(lines, cls, **{"currency": "CNY", "name": "sales.csv"} | options)
    return [(fault.path, fault.code) for fault in caught.value.faults]


def fault(cell: str, column: str) -> str:
    """What is said about one wrong cell of a sale."""
    cells = {"id": "S1", "date": "2026-03-02", "amount": "100", "person": "chen", column: cell}
    with pytest.raises(FactFaults) as caught:
        read_facts([",".join(cells), ",".join(f'"{text}"' for text in cells.values())], Sale, currency="CNY", name="sales.csv")
    (one,) = caught.value.faults
    assert one.path == f"sales.csv:2.{column}"
    return f"{one.code}: {one.message}"


# What is read


def test_every_column_of_a_sale() -> None:
    """Each field of a sale is read from the column of its name."""
    line = {
        "id": "S1",
        "date": "2026-03-02",
        "amount": "-1200.50",
        "currency": "USD",
        "person": "",
        "credits": "chen:60%; li:2/5:split ;wang:100%:overlay;",
        "customer": " 宏达贸易 ",
        "variant": "P1-red",
        "product": "P1",
        "category": "pump",
        "customer_grade": "A",
        "channel": "direct",
        "region": "north",
        "cost": "-900",
        "list_amount": "-1300",
        "receivable": "-1356.57",
        "units": "-2.5",
        "new_customer": "是",
        "instalment": "3",
        "returns": "S0",
        "document": "INV-1",
    }
    (sale,) = read_facts([",".join(line), ",".join(line.values())], Sale, currency="CNY")
    assert sale == Sale(
        id="S1",
        date=date(2026, 3, 2),
        amount=Money("-1200.50", "USD"),
        credits=(Credit("chen", "60%"), Credit("li", "40%"), Credit("wang", 1, "overlay")),
        customer="宏达贸易",
        variant="P1-red",
        product="P1",
        category="pump",
        customer_grade="A",
        channel="direct",
        region="north",
        cost=Money("-900", "USD"),
        list_amount=Money("-1300", "USD"),
        receivable=Money("-1356.57", "USD"),
        units=Fraction(-5, 2),
        new_customer=True,
        instalment=3,
        returns="S0",
        document="INV-1",
    )
    assert set(line) == {*(field.name for field in attrs.fields(Sale)), "currency"}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["id,sale,date,amount", "P1,S1,2026-03-02,10"], Receipt(id="P1", sale="S1", date=date(2026, 3, 2), amount=Money("10", "CNY"))),
        (["sale,kind,date,share", "S1,shipment,2026-03-02,50%"], Event(sale="S1", kind="shipment", date=date(2026, 3, 2), share="50%")),
        (["person,period,amount", "li,2026-Q1,10"], Quota(person="li", period=CivilCalendar().parse("2026-Q1"), amount=Money("10", "CNY"))),
        (["person,period,amount,currency", "li,2026,12.5,units"], Quota(person="li", period=CivilCalendar().parse("2026"), amount="12.5")),
        (["person,period,amount", "li,2026-03,10"], Incentive(person="li", period=CivilCalendar().parse("2026-03"), amount=Money("10", "CNY"))),
        (
            ["name,person,period,value", "kpi,li,2026-01-01..2026-01-15,1.05"],
            Factor(name="kpi", person="li", period=CivilCalendar().parse("2026-01-01..2026-01-15"), value="1.05"),
        ),
        (["base,quote,date,rate,source", "USD,CNY,2026-03-02,7.1,PBOC"], FxRate(base="USD", quote="CNY", date=date(2026, 3, 2), rate="7.1", source="PBOC")),
        (["person,start,end,team", "li,2026-01-01,2026-07-01,n"], Member(person="li", start=date(2026, 1, 1), end=date(2026, 7, 1), team="n")),
    ],
)
def test_every_kind_of_fact(lines: list[str], expected: Any) -> None:
    """Each kind of fact has a table."""
    assert read_facts(lines, type(expected), currency="CNY") == (expected,)


def test_periods_are_those_of_the_calendar() -> None:
    """A period means what it means in the calendar that is passed."""
    fiscal = CivilCalendar(year_starts=(4, 1), named_by="start")
    (quota,) = read_facts(["person,period,amount", "li,2026-Q1,10"], Quota, currency="CNY", calendar=fiscal)
    assert quota.period.start == date(2026, 4, 1)


@pytest.mark.parametrize(
    ("cell", "meant"), [("true", True), ("1", True), ("Yes", True), ("是", True), ("FALSE", False), ("0", False), ("no", False), ("否", False), ("", False)]
)
def test_yes_and_no(cell: str, meant: bool) -> None:
    """Yes and no are read in the ways people and programs write them."""
    assert read_facts([f"{HEAD},new_customer", f"S1,2026-03-02,1,li,{cell}"], Sale, currency="CNY")[0].new_customer is meant


def test_blank_lines_and_blank_columns_are_skipped() -> None:
    """What a spreadsheet adds at the right and at the end means nothing."""
    lines = [f"{HEAD},,\n", "\n", "S1,2026-03-02,1,li,,\n", ",,,,,\n", "S2,2026-03-02,2,li,,\n", "\n"]
    assert [sale.id for sale in read_facts(lines, Sale, currency="CNY")] == ["S1", "S2"]


def test_nothing_but_the_columns() -> None:
    """A table without lines holds no facts."""
    assert read_facts([HEAD], Sale, currency="CNY") == ()


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", ""), ("utf-8", "\ufeff"), ("gb18030", ""), ("gb18030", "\ufeff")])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, mark: str, end: str) -> None:
    """A file is read in the encodings and with the line ends that spreadsheets write, with or without a byte order mark."""
    path = tmp_path / "sales.csv"
    path.write_bytes(end.join([f'{mark}"id",date,amount,person,customer', "S1,2026-03-02,1,陈,宏达", ""]).encode(encoding))
    (sale,) = read_facts(path, Sale, currency="CNY", encoding=encoding)
    assert (sale.id, sale.customer) == ("S1", "宏达")
    assert read_facts(str(path), Sale, currency="CNY", encoding=encoding) == (sale,)


# What is refused


@pytest.mark.parametrize(
    ("cell", "column", "said"),
    [
        ("1,234.50", "amount", "table.number: '1,234.50' is no plain number; write 1234.50"),
        ("１２３", "amount", "table.number: '１２３' is no plain number; write 123"),
        ("¥12", "amount", "table.number: '¥12' is no plain number; write 12"),
        ("$1,000", "cost", "table.number: '$1,000' is no plain number; write 1000"),
        ("1 234", "amount", "table.number: '1 234' is no plain number; write 1234"),
        ("12,5", "amount", "table.number: '12,5' is no plain number; write it like 1234.50, with a point, without separators and signs of currency"),
        ("(12)", "amount", "table.number: '(12)' is no plain number; write it like 1234.50, with a point, without separators and signs of currency"),
        ("nan", "units", "table.number: 'nan' is no plain number; write it like 1234.50, with a point, without separators and signs of currency"),
        ("1e3", "amount", "table.exponent: '1e3' is in scientific notation, which drops digits; format the column as a number and export it again"),
        ("1.2E+05", "units", "table.exponent: '1.2E+05' is in scientific notation, which drops digits; format the column as a number and export it again"),
        ("７％", "units", "table.number: '７％' is no plain number; write 7%"),
        ("1.234", "amount", "money.precision: "),
        ("1/0", "units", "rate.number: "),
        ("7", "credits", "table.credits: '7' is no credit; write chen:60%;li:40%, and an extra credit as wang:100%:overlay"),
        ("chen:7", "credits", "rate.percent: '7' as a rate would be 700%; write '7%' or '0.07', or '700%' if that is meant"),
        ("chen:100%:gift", "credits", "table.credits: "),
        ("chen:50%:split:x", "credits", "table.credits: "),
        ("chen：60%", "credits", "table.credits: "),
        (":60%", "credits", "fact.name: "),
        ("chen:0%", "credits", "credit.share: "),
        ("2026/3/2", "date", "table.date: '2026/3/2' is no date; write 2026-03-02"),
        ("2026年3月2日", "date", "table.date: '2026年3月2日' is no date; write 2026-03-02"),
        ("2026-03-02 00:00:00", "date", "table.date: '2026-03-02 00:00:00' is no date; write 2026-03-02"),
        ("46083", "date", "table.date: '46083' is no date; write it like 2026-03-31"),
        ("2026-02-30", "date", "table.date: '2026-02-30' is no day of the calendar; correct it"),
        ("maybe", "new_customer", "table.flag: 'maybe' is neither yes nor no; write one of true, 1, yes, 是, false, 0, no, 否"),
        ("XYZ", "currency", "money.currency: "),
        ("units", "currency", "money.currency: "),
        ("", "amount", "table.missing: amount is empty; fill it in"),
        ("x" * 1001, "customer", "table.long: the cell holds 1001 characters; give at most 1000"),
    ],
)
def test_wrong_cells(cell: str, column: str, said: str) -> None:
    """A cell that is not written plainly is refused, and the message says how to write it."""
    assert fault(cell, column).startswith(said)


def test_a_bare_seven_is_no_rate() -> None:
    """What a share of 7 means is not guessed."""
    assert faults(["sale,kind,date,share", "S1,shipment,2026-03-02,7"], Event) == [("sales.csv:2.share", "rate.percent")]


def test_unknown_columns() -> None:
    """An unknown column is refused, with the nearest name, or with all of them."""
    with pytest.raises(FactFaults) as caught:
        read_facts([f"{HEAD},Cutsomer,爱好,{'x' * 99}"], Sale, currency="CNY")
    near, none, long = caught.value.faults
    assert near.message == "there is no column Cutsomer; did you mean customer?"
    assert none.message.startswith("there is no column 爱好; the columns are id, date, amount, person, credits, ")
    assert none.message.endswith(", document, currency")
    assert long.path == f"lines:1.{'x' * 60}…"


def test_wrong_columns() -> None:
    """Missing, doubled and nameless columns are told together, before any line is read."""
    assert faults(["id,,id,person", "S1,,,"]) == [
        ("sales.csv:1", "table.unnamed"),
        ("sales.csv:1.id", "table.duplicate_column"),
        ("sales.csv:1.date", "table.missing_column"),
        ("sales.csv:1.amount", "table.missing_column"),
    ]


def test_an_empty_file_lacks_its_columns() -> None:
    """A file without a line lacks every column that is needed."""
    assert faults([], Receipt) == [(f"sales.csv:1.{name}", "table.missing_column") for name in ("id", "sale", "date", "amount")]


def test_no_currency() -> None:
    """Amounts of no known currency are refused, for the whole file or for the line."""
    assert faults([HEAD, "S1,2026-03-02,1,li"], currency="") == [("sales.csv:1.currency", "table.no_currency")]
    assert faults([f"{HEAD},currency", "S1,2026-03-02,1.x,li,"], currency="") == [("sales.csv:2.currency", "table.missing")]
    with pytest.raises(FactError, match=r"money\.currency"):
        read_facts([HEAD], Sale, currency="yuan")


def test_all_faults_of_a_file() -> None:
    """Every fault is told with the line of the file on which it stands, quoted line breaks and blank lines counted."""
    lines = [
        f"{HEAD},customer\n",
        '"S1",2026-03-02,1,li,"two\n',
        'lines"\n',
        "\n",
        "S2,2026-03-99,x,li,\n",
        "S3,2026-03-02,1,,\n",
        "S4,2026-03-02,1\n",
        "S5,2026-03-02,1,li,a,b\n",
        "S1,2026-03-02,1,li,\n",
        ",,,li,\n",
    ]
    assert faults(lines) == [
        ("sales.csv:5.date", "table.date"),
        ("sales.csv:5.amount", "table.number"),
        ("sales.csv:6", "sale.uncredited"),
        ("sales.csv:7", "table.cells"),
        ("sales.csv:8", "table.cells"),
        ("sales.csv:9.id", "table.duplicate_id"),
        ("sales.csv:10.id", "table.missing"),
        ("sales.csv:10.date", "table.missing"),
        ("sales.csv:10.amount", "table.missing"),
    ]


def test_wrong_currency_of_a_line_hides_nothing_else() -> None:
    """Where the currency of a line is wrong, its other cells are still checked."""
    assert faults([f"{HEAD},currency", "S1,3,1,li,yuan"]) == [("sales.csv:2.currency", "money.currency"), ("sales.csv:2.date", "table.date")]


def test_at_most_a_hundred_faults_are_listed() -> None:
    """After a hundred faults the rest is counted."""
    told = faults([HEAD, *(f"S{number},x,1,li" for number in range(250))])
    assert len(told) == 101
    assert told[-2:] == [("sales.csv:101.date", "table.date"), ("sales.csv", "table.more")]


def test_broken_quotes() -> None:
    """Quotes that do not close end the reading, with the line on which they opened and the faults found before."""
    assert faults([HEAD, "S1,x,1,li", 'S2,2026-03-02,1,"li']) == [("sales.csv:2.date", "table.date"), ("sales.csv:3", "table.syntax")]


def test_wrong_encoding(tmp_path: Path) -> None:
    """Bytes of another encoding are refused with their line; an encoding nobody knows is refused."""
    path = tmp_path / "sales.csv"
    path.write_bytes(f"{HEAD}\nS1,2026-03-02,1,陈\n".encode("gb18030"))
    with pytest.raises(FactFaults, match=r"sales\.csv:2: not written in utf-8; .* gb18030 \[table\.encoding\]"):
        read_facts(path, Sale, currency="CNY")
    with pytest.raises(FactFaults, match=r"there is no encoding 'utf-9'"):
        read_facts(path, Sale, currency="CNY", encoding="utf-9")


def test_no_file(tmp_path: Path) -> None:
    """A file that is not there is the error of the operating system."""
    with pytest.raises(FileNotFoundError):
        read_facts(tmp_path / "sales.csv", Sale)


def test_a_class_that_no_table_holds() -> None:
    """A class with a field that no cell can express is a mistake of the programmer."""

    @attrs.frozen
    class Odd:
        parts: dict[str, str]

    with pytest.raises(TypeError, match="field parts"):
        read_facts(["parts"], Odd)


def test_faults_are_errors_of_the_facts() -> None:
    """The faults of a table are a `FactError` and no `PolicyError`; they can be placed and translated like those of a document."""
    with pytest.raises(FactFaults) as caught:
        read_facts([HEAD, "S1,2026-03-02,1,,"], Sale, currency="CNY", name="sales.csv")
    error = caught.value
    assert isinstance(error, FactError)
    assert not isinstance(error, PolicyError)
    assert error_message(error, "zh_CN").startswith("共有 1 处错误：\n  sales.csv:2: ")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert error.at("east/").faults[0].path == "east/.sales.csv:2"


# A folder


def write(folder: Path, **tables: str) -> Path:
    """A folder of tables."""
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_a_folder_becomes_the_arguments_of_calculate(tmp_path: Path) -> None:
    """The tables of a folder can be passed to `calculate` as they are."""
    write(
        tmp_path,
        sales=f"{HEAD}\nS1,2026-03-02,1000,li\n",
        receipts="id,sale,date,amount\nP1,S1,2026-03-09,1000\n",
        events="sale,kind,date\nS1,shipment,2026-03-03\n",
        roster="person,start\nli,2026-01-01\n",
        quotas="person,period,amount\nli,2026-03,5000\n",
        incentives="person,period,amount\nli,2026-03,500\n",
        factors="name,person,period,value\nkpi,li,2026-03,1.1\n",
        fx="base,quote,date,rate\nUSD,CNY,2026-03-02,7.1\n",
    )
    facts = read_all(tmp_path, currency="CNY")
    assert set(facts) == {argument for argument, _ in FILES.values()}
    assert facts["roster"] == Roster((Member(person="li", start=date(2026, 1, 1)),))
    component = Component(id="base", measure="sales", steps=(Rate(entries=(RateEntry(rate=Fraction("0.03")),)),))
    plan = Plan(id="p", currency="CNY", effective_from=date(2026, 1, 1), returns=Returns(rate="original"), components=(component,))
    assert calculate(plan, on=date(2026, 3, 31), **facts).pay("li") == Money("30", "CNY")


def test_only_sales_are_needed(tmp_path: Path) -> None:
    """A folder without sales is a mistake; the other tables may be left out."""
    with pytest.raises(FileNotFoundError):
        read_all(tmp_path, currency="CNY")
    assert read_all(write(tmp_path, sales=HEAD), currency="CNY") == {"sales": (), "roster": Roster()}


def test_faults_of_all_files_come_together(tmp_path: Path) -> None:
    """What is wrong in several files is told at once, with what is wrong between the lines of the roster."""
    write(tmp_path, sales=f"{HEAD}\nS1,x,1,li\n", receipts="id\n", roster="person,start\nli,2026-01-01\nli,2026-02-01\n")
    with pytest.raises(FactFaults) as caught:
        read_all(tmp_path, currency="CNY")
    paths = [fault.path for fault in caught.value.faults]
    assert paths == ["sales.csv:2.date", "receipts.csv:1.sale", "receipts.csv:1.date", "receipts.csv:1.amount", "roster.csv: member li"]


def test_what_csv_writes_is_read(tmp_path: Path) -> None:
    """Names with commas, quotes and line breaks survive."""
    odd = 'a "b",\nc'
    with (tmp_path / "sales.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([[*HEAD.split(","), "customer"], ["S1", "2026-03-02", "1", "li", odd]])
    assert read_facts(tmp_path / "sales.csv", Sale, currency="CNY")[0].customer == odd
