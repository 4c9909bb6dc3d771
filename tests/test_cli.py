"""The command line does what its help says, in the language asked for, and exits with the code promised."""

import csv
import importlib
import io
import json
import os
import re
import runpy
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from string import Formatter

import pytest

from salesrules import cli
from salesrules.cli import commission, main, words
from salesrules.policy import schema
from salesrules.text import LOCALES, catalog

PLAN = """\
schema = "salesrules/1"
kind = "commission"
id = "north"
version = "1"
currency = "CNY"
effective_from = 2026-01-01
unit_digits = 1
returns = { rate = "original" }
[[components]]
id = "base"
title = "Commission"
measure = "sales"
steps = [ { kind = "rate", entries = [ { rate = "3%" } ] } ]
"""
UNITS = """\
[[components]]
id = "units"
measure = "units"
steps = [ { kind = "rate", entries = [ { amount = 2 } ] } ]
"""
SALES = """\
id,date,amount,person,units
S1,2026-02-02,500.00,chen,
S2,2026-03-02,1000.00,chen,2.5
S3,2026-03-03,200.50,li,
R1,2026-03-04,-100.00,chen,-1
"""
ROSTER = "person,name,start\nchen,陈伟,2025-01-01\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a plan and facts, made the current one."""
    facts = tmp_path / "facts"
    facts.mkdir()
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    (facts / "sales.csv").write_text(SALES, encoding="utf-8")
    (facts / "roster.csv").write_text(ROSTER, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], line: str, *more: str) -> tuple[int, str, str]:
    """The exit code of a command line, what it printed, and what it complained about."""
    status = main([*line.split(), *more])
    told = capsys.readouterr()
    return status, told.out, told.err


MARCH = "plan.toml facts --on 2026-03-31"


# Help and usage


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("command", ["", "check", "schema", "commission", "explain", "decide"])
def test_help(capsys: pytest.CaptureFixture[str], command: str, locale: str) -> None:
    """Each command has help with examples and exit codes, in each language."""
    status, out, err = run(capsys, f"{command} --help --locale {locale}")
    assert (status, err) == (0, "")
    assert catalog(locale)["cli.exits"] in out
    assert f"  salesrules {command or 'check'} " in out


def test_every_example_is_one(folder: Path) -> None:
    """Every example in the help is a command line that the parser takes."""
    for examples in words.EXAMPLES.values():
        for example in examples:
            words.parser("en").parse_args(example.split()[1:])


@pytest.mark.parametrize(
    "line", ["", "pay", "commission plan.toml", f"commission {MARCH} --format pdf", "commission plan.toml facts", "check --locale de x.toml", "check --locale"]
)
def test_wrong_command_lines(capsys: pytest.CaptureFixture[str], line: str) -> None:
    """A wrong command line is told with the usage, exit 2."""
    status, out, err = run(capsys, line)
    assert (status, out) == (2, "")
    assert err.startswith("usage: salesrules")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "salesrules：错误：缺少：COMMAND"),
        ("check", "salesrules check：错误：缺少：POLICY"),
        ("check plan.toml --loud", "salesrules：错误：无法识别：--loud"),
        (f"commission {MARCH} --format", "salesrules commission：错误：--format：之后须写一个值"),
        (f"commission {MARCH} --person", "salesrules commission：错误：--person：之后至少须写一个值"),
        (f"commission {MARCH} --no-trace=3", "salesrules commission：错误：--no-trace：不带值，不能写 3"),
        (f"commission {MARCH} --format pdf", "salesrules commission：错误：--format：不能写 pdf；可用的有：text, html, json, csv"),
    ],
)
def test_wrong_command_lines_in_chinese(capsys: pytest.CaptureFixture[str], line: str, told: str) -> None:
    """What is wrong with a command line is told in the language asked for, and nothing of it is left in English."""
    status, _, err = run(capsys, f"--locale zh_CN {line}" if line in {"", "check"} else f"{line} --locale zh_CN")
    assert status == 2
    assert err.startswith("用法：salesrules")
    assert err.splitlines()[-1].replace("'", "") == told  # newer releases of Python leave out some quotes


def test_a_day_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    """A day is told how to be written, in the language asked for."""
    status, _, err = run(capsys, "explain plan.toml facts --sale S1 --on 31.3.2026 --locale zh_CN")
    assert status == 2
    assert "31.3.2026 不是日期；请写成 2026-03-31" in err


def test_texts_are_in_the_catalogs() -> None:
    """The source uses exactly the texts that the catalogs hold for the command line, and none has a sign that argparse expands."""
    source = "".join(file.read_text(encoding="utf-8") for file in Path(cli.__file__).parent.glob("*.py"))
    errors = set(re.findall(r'Error\("(cli\.\w+)"', source))
    used = set(re.findall(r"""["'](cli\.\w+)["']""", source)) - errors
    for locale in LOCALES:
        texts = {key: text for key, text in catalog(locale).items() if key.startswith("cli.")}
        assert set(texts) == used
        assert not any("%" in text for text in texts.values())
        assert all(spec in {None, "", "phrase"} for text in texts.values() for _, _, spec, _ in Formatter().parse(text))


# check


def test_check(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """A sound policy is told with its version and when it is in force, in any language."""
    Path("end.toml").write_text(PLAN.replace('version = "1"', "effective_until = 2027-01-01"), encoding="utf-8")
    assert run(capsys, "check plan.toml end.toml") == (
        0,
        "plan.toml: ok: north, version 1, in force from Jan 1, 2026\nend.toml: ok: north, in force from Jan 1, 2026, no longer from Jan 1, 2027 on\n",
        "",
    )
    assert run(capsys, "check plan.toml --locale zh_CN") == (0, "plan.toml：无误：north、版本 1、自 2026年1月1日 起生效\n", "")


def test_check_every_kind(capsys: pytest.CaptureFixture[str]) -> None:
    """Every example policy of every kind is told to be sound; a promotion with its dates, a procedure with what it has."""
    examples = Path(__file__).parents[1] / "examples" / "policies"
    status, out, err = run(capsys, "check", str(examples))
    assert (status, err) == (0, "")
    assert [line.partition(": ok: ")[0] for line in out.splitlines()] == [str(file) for file in sorted(examples.rglob("*.toml"))]
    assert "project_sales.toml: ok: project-sales-approval, version 2026.1\n" in out


def test_check_tells_every_fault(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """Every fault of every policy of a folder stands on a line, with file, path and code; the sound ones are told too."""
    policies = folder / "policies"
    policies.mkdir()
    (policies / "a.toml").write_text(PLAN.replace('"3%"', "3").replace("measure =", "mesure ="), encoding="utf-8")
    (policies / "b.toml").write_text(PLAN, encoding="utf-8")
    (policies / "c.json").write_text("{", encoding="utf-8")
    (policies / "notes.txt").write_text("not a policy", encoding="utf-8")
    status, out, err = run(capsys, "check policies")
    assert (status, err) == (1, "")
    lines = out.splitlines()
    codes = sorted(line.rpartition("[")[2].removesuffix("]") for line in lines if "ok:" not in line)
    assert codes == ["document.missing", "document.syntax", "document.unknown_key", "rate.percent"]
    assert lines[0].startswith(f"{Path('policies', 'a.toml')}: components[0].")
    assert [line for line in lines if "ok:" in line] == [f"{Path('policies', 'b.toml')}: ok: north, version 1, in force from Jan 1, 2026"]
    assert lines[-1].startswith(f"{Path('policies', 'c.json')}: ")


def test_check_of_an_empty_folder(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """A folder without a policy is a mistake."""
    assert run(capsys, "check facts") == (1, "", "facts: there is no document in this folder; put .toml or .json files into it [cli.no_document]\n")


def test_check_of_no_file(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """A file that is not there: exit 3."""
    assert run(capsys, "check none.toml") == (3, "", "none.toml: cannot be read or written: No such file or directory\n")


# schema


def test_schema(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """The schema is printed or written."""
    status, out, _ = run(capsys, "schema")
    assert (status, json.loads(out)) == (0, schema())
    assert run(capsys, "schema --output s.json") == (0, "", "")
    assert Path("s.json").read_text(encoding="utf-8") == out
    assert main(["schema", "--output", "no/such/folder.json"]) == 3


# commission


def test_statements_as_text(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """The statements of the last period, and a summary that adds up."""
    status, out, err = run(capsys, f"commission {MARCH}")
    assert (status, err) == (0, "")
    summary = out[out.rindex("Commission, ") :].splitlines()
    figures = [re.split(r"  +", line.strip()) for line in summary if "CN¥" in line]
    assert figures == [
        ["陈伟 (chen)", "2026-03", "CN¥27.00", "CN¥27.00"],
        ["li", "2026-03", "CN¥6.02", "CN¥6.02"],
        ["Total", "CN¥33.02", "CN¥33.02"],
    ]


def test_one_statement_needs_no_summary(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """People and periods can be chosen; one statement stands alone."""
    status, out, _ = run(capsys, f"commission {MARCH} --locale zh_TW --period 2026-02 --person chen --no-trace")
    assert status == 0
    assert "S1" in out
    assert "S2" not in out
    assert "獎金彙總" not in out


def test_a_longer_period_has_all_its_statements(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """The settlement periods within a longer one are all told."""
    status, out, _ = run(capsys, f"commission {MARCH} --period 2026-Q1 --format json")
    told = [(statement["person"], statement["period"], statement["payable"]) for statement in json.loads(out)]
    assert (status, told) == (0, [("chen", "2026-02", "15.00"), ("chen", "2026-03", "27.00"), ("li", "2026-03", "6.02")])


def test_no_trace(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """Without the working the figures are the same."""
    full, bare = (json.loads(run(capsys, f"commission {MARCH} --format json{more}")[1]) for more in ("", " --no-trace"))
    assert [statement["payable"] for statement in full] == [statement["payable"] for statement in bare]
    assert "working" in full[0]["lines"][0]
    assert "working" not in bare[0]["lines"][0]


def test_lines_as_csv(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """A row for each line of pay, in figures that any program reads."""
    Path("plan.toml").write_text(PLAN + UNITS, encoding="utf-8")
    status, out, _ = run(capsys, f"commission {MARCH} --format csv --person chen")
    assert status == 0
    assert list(csv.reader(io.StringIO(out))) == [
        ["sale", "date", "person", "component", "measure", "pay", "currency"],
        ["S2", "2026-03-02", "chen", "base", "1000.00", "30.00", "CNY"],
        ["S2", "2026-03-02", "chen", "units", "2.5", "5.00", "CNY"],
        ["R1", "2026-03-04", "chen", "base", "-100.00", "-3.00", "CNY"],
        ["R1", "2026-03-04", "chen", "units", "-1", "-2.00", "CNY"],
    ]


@pytest.mark.parametrize(("number", "figure"), [("0", "0"), ("100", "100"), ("-5/2", "-2.5"), ("1/1000000000", "0.000000001")])
def test_figures(number: str, figure: str) -> None:
    """A number of units is written with its decimals and no more."""
    assert commission._figure(Fraction(number)) == figure


def test_html(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """One statement is a page; several are a page too."""
    one = run(capsys, f"commission {MARCH} --format html --person li")[1]
    several = run(capsys, f"commission {MARCH} --format html --locale zh_CN")[1]
    assert one.count("<!DOCTYPE html>") == several.count("<!DOCTYPE html>") == 1
    assert (several.count('<div class="salesrules"'), '<html lang="zh-CN">' in several) == (2, True)


@pytest.mark.parametrize(("form", "said"), [("text", "Nothing was settled in 2025-12"), ("html", "Nothing was"), ("json", "[]"), ("csv", "sale,date")])
def test_nothing_settled(capsys: pytest.CaptureFixture[str], folder: Path, form: str, said: str) -> None:
    """A period in which nothing happened is no mistake."""
    status, out, _ = run(capsys, f"commission {MARCH} --period 2025-12 --format {form}")
    assert status == 0
    assert said in out


def test_output_to_a_file(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """What would be printed is written instead."""
    printed = run(capsys, f"commission {MARCH} --format csv")[1]
    assert run(capsys, f"commission {MARCH} --format csv --output lines.csv") == (0, "", "")
    assert Path("lines.csv").read_bytes() == printed.encode()


@pytest.mark.parametrize(("form", "suffix"), [(form, suffix) for form, (_, suffix) in commission.FORMATS.items()])
def test_output_to_a_folder(capsys: pytest.CaptureFixture[str], folder: Path, form: str, suffix: str) -> None:
    """Each statement gets a file of its own, made with the folder or put into one that is there."""
    for _ in "once", "again":
        assert run(capsys, f"commission {MARCH} --format {form} --output new/folder/") == (0, "", "")
    assert run(capsys, f"commission {MARCH} --format {form} --output new/folder") == (0, "", "")
    assert sorted(file.name for file in Path("new/folder").iterdir()) == [f"chen-2026-03.{suffix}", f"li-2026-03.{suffix}"]


def test_names_of_people_are_no_paths(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """Whatever people are called, their files stay in the folder, and none replaces another."""
    rows = "".join(f"S{at},2026-03-01,100,{person}\n" for at, person in enumerate(("../../x", "..|..|x", "陈", "CHEN", "chen")))
    Path("facts", "sales.csv").write_text(f"id,date,amount,person\n{rows}", encoding="utf-8")
    assert run(capsys, f"commission {MARCH} --output out/")[0] == 0
    names = ["CHEN-2026-03.txt", "_x-2026-03-2.txt", "_x-2026-03.txt", "chen-2026-03-2.txt", "陈-2026-03.txt"]
    assert sorted(file.name for file in Path("out").iterdir()) == names


def test_encoding_of_the_facts(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """Tables in GB 18030 are read when told."""
    Path("facts", "roster.csv").write_bytes(ROSTER.encode("gb18030"))
    assert run(capsys, f"commission {MARCH}")[0] == 1
    assert "陈伟" in run(capsys, f"commission {MARCH} --encoding gb18030")[1]


def test_wrong_facts(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """Every fault of the facts is a line on stderr, translated, with its place and code; exit 1."""
    Path("facts", "sales.csv").write_text(SALES + 'S1,2026-3-9,"1,0",li,\n', encoding="utf-8")
    status, out, err = run(capsys, f"commission {MARCH} --locale zh_CN")
    assert (status, out) == (1, "")
    assert err.splitlines() == [
        "sales.csv:6.date: “2026-3-9”不是日期；请写成 2026-03-09 [table.date]",
        "sales.csv:6.amount: “1,0”不是普通的数；请写成 1234.50，用小数点，不用千分位和货币符号 [table.number]",
    ]


def test_wrong_policy(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """Every fault of the policy is a line on stderr with the file; exit 1."""
    Path("plan.toml").write_text(PLAN.replace('"3%"', "3"), encoding="utf-8")
    status, out, err = run(capsys, f"commission {MARCH}")
    assert (status, out) == (1, "")
    assert err.startswith("plan.toml: components[0].steps[0].entries[0].rate: 3 as a rate would be 300%")


def test_no_facts(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """A folder without sales cannot be read: exit 3."""
    status, _, err = run(capsys, "commission plan.toml none --on 2026-03-31 --locale zh_CN")
    assert status == 3
    assert err.startswith(f"{Path('none', 'sales.csv')}：无法读取或写入：")


def test_a_person_without_statement(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """A person for whom nothing was settled is told, with those who have statements."""
    said = "nothing was settled for zhao in 2026-03; there are statements for chen, li [cli.no_statement]\n"
    assert run(capsys, f"commission {MARCH} --person zhao") == (1, "", said)
    assert run(capsys, f"commission {MARCH} --person li --period 2025-12")[2].endswith("statements for – [cli.no_statement]\n")


# Versions


def test_versions_in_a_folder(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """Each sale is paid under the version in force on its day."""
    versions = folder / "versions"
    versions.mkdir()
    (versions / "2026.toml").write_text(PLAN, encoding="utf-8")
    (versions / "0-march.toml").write_text(PLAN.replace("2026-01-01", "2026-03-01").replace("3%", "4%"), encoding="utf-8")
    status, out, _ = run(capsys, "commission versions facts --on 2026-03-31 --period 2026-Q1 --format csv")
    assert status == 0
    assert [row[5] for row in csv.reader(io.StringIO(out))] == ["pay", "15.00", "40.00", "8.02", "-4.00"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('"north"', '"south"', "cli.other_policy"),
        ('"CNY"', '"USD"', "cli.other_policy"),
        ("unit_digits = 1", "effective_until = 2026-02-01", "cli.versions"),
        ("unit_digits = 1", "effective_until = 2026-04-01", "cli.versions"),
    ],
)
def test_what_are_no_versions(capsys: pytest.CaptureFixture[str], folder: Path, old: str, new: str, code: str) -> None:
    """Different plans, and versions with gaps or overlaps, are refused."""
    (folder / "versions").mkdir()
    Path("versions/1.toml").write_text(PLAN.replace(old, new), encoding="utf-8")
    Path("versions/2.toml").write_text(PLAN.replace("2026-01-01", "2026-03-01"), encoding="utf-8")
    status, _, err = run(capsys, "commission versions facts --on 2026-03-31")
    assert status == 1
    assert err.startswith("versions: ")
    assert err.endswith(f"[{code}]\n")


# explain


def test_explain(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """The working of every line of a sale, or of those chosen."""
    Path("plan.toml").write_text(PLAN + UNITS, encoding="utf-8")
    status, both, _ = run(capsys, f"explain {MARCH} --sale S2")
    _, one, _ = run(capsys, f"explain {MARCH} --sale S2 --person chen --component units")
    assert (status, both.count("S2"), one.count("S2")) == (0, 2, 1)
    assert "3%" in both
    assert one in both


def test_explain_what_is_not_there(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """A sale without lines is told with the nearest, a line that is not there with those that are."""
    status, _, err = run(capsys, f"explain {MARCH} --sale S9 --locale zh_CN")
    assert (status, err) == (1, "截至 2026年3月31日，销售 S9 没有任何提成；编号最接近的有：S3, S2, S1 [cli.no_sale]\n")
    assert run(capsys, f"explain {MARCH} --sale S2 --person li")[2] == "sale S2 has no such line; it pays chen (base) [cli.no_line]\n"
    Path("facts", "sales.csv").write_text("id,date,amount\n", encoding="utf-8")
    assert run(capsys, f"explain {MARCH} --sale S9")[2].endswith("have are – [cli.no_sale]\n")


# Streams


class Closed(io.StringIO):
    """A stream whose reader has gone."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self.descriptor = descriptor

    def flush(self) -> None:
        raise BrokenPipeError

    def fileno(self) -> int:
        return self.descriptor


def test_a_reader_that_leaves(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that has had enough is no mistake, and nothing is said about it."""
    with Path("pipe").open("wb") as file:
        monkeypatch.setattr(sys, "stdout", Closed(file.fileno()))
        assert main(["check", "plan.toml"]) == 0
        os.write(file.fileno(), b"lost")
    assert Path("pipe").read_bytes() == b""


@pytest.mark.parametrize(("encoding", "written"), [("ascii", "utf-8"), ("latin-1", "utf-8"), ("gb18030", "gb18030"), ("big5", "big5")])
def test_streams_that_cannot_print_chinese(folder: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, written: str) -> None:
    """Output is in the encoding of the stream where that has Chinese, otherwise in UTF-8."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    assert main(["check", "plan.toml", "--locale", "zh_TW"]) == 0
    assert "無誤" in raw.getvalue().decode(written)


def program(*words: str, **options: str) -> "subprocess.CompletedProcess[bytes]":
    """The program, run in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **options}
    return subprocess.run([sys.executable, "-m", "salesrules", *words], check=False, capture_output=True, env=environment)


def test_as_a_program(folder: Path) -> None:
    """The module runs as a program, in a process that prints ASCII only, and exits with the code."""
    done = program("commission", *MARCH.split(), "--locale", "zh_CN", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "陈伟（chen）" in done.stdout.decode("utf-8")
    assert program("check", "none.toml").returncode == 3
    assert program().returncode == 2


def test_help_is_quick() -> None:
    """Help loads none of the libraries behind calendars, documents and texts."""
    code = "import sys; from salesrules.cli import main; main(['--help', '--locale', 'zh_CN']); print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, encoding="utf-8", env=environment)
    assert {"babel", "cattrs", "pendulum", "salesrules.commission"}.isdisjoint(done.stdout.split())


def test_the_module_runs_only_as_a_program(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`python -m salesrules` runs the command; importing the module does nothing."""
    monkeypatch.setattr(sys, "argv", ["salesrules", "check", "plan.toml"])
    importlib.import_module("salesrules.__main__")
    with pytest.raises(SystemExit) as done, pytest.warns(RuntimeWarning, match="found in sys.modules"):
        runpy.run_module("salesrules", run_name="__main__")
    assert done.value.code == 0
