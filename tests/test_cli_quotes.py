"""The command `decide`: quotes as documents, forms for an audience, in every format and language."""

import json
import re
from pathlib import Path

import pytest

from salesrules import document
from salesrules.cli import main
from salesrules.money import Exact
from salesrules.pricing import Quote
from salesrules.text import LOCALES

EXAMPLES = Path(__file__).parents[1] / "examples"
PRICES = EXAMPLES / "policies" / "pricing" / "price_system.toml"
QUOTES = EXAMPLES / "quotes"
CABINETS = QUOTES / "cabinets.toml"
REP = ("--level", "rep", "--audience", "rep")
ALL = ("--level", "rep", "--audience", "finance")


def run(capsys: pytest.CaptureFixture[str], *given: str | Path) -> tuple[int, str, str]:
    """The exit code of a command line, what it printed, and what it complained about."""
    status = main(["decide", *map(str, given)])
    told = capsys.readouterr()
    return status, told.out, told.err


@pytest.mark.parametrize("path", sorted(QUOTES.iterdir()), ids=lambda path: path.name)
def test_quotes_round_trip(path: Path) -> None:
    """Every example quote is read without a fault, and what is written of it is read back as the same quote."""
    quote = document.load(path, Quote)
    for format_ in ("toml", "json"):
        assert document.loads(document.dumps(quote, format=format_), Quote, format=format_) == quote


@pytest.mark.parametrize("locale", LOCALES)
def test_form(capsys: pytest.CaptureFixture[str], locale: str) -> None:
    """The form says who must approve, in each language, and nothing that the audience may not see."""
    status, out, err = run(capsys, PRICES, CABINETS, *REP, "--locale", locale)
    assert (status, err) == (0, "")
    assert "销售经理" in out
    assert "竞争对手报价 388 元/台" in out
    assert not {"CN¥7,980.00", "CN¥4,400.00", "7,980.00", "4,400.00"} & {*out.split()}
    assert "7,980.00" in run(capsys, PRICES, CABINETS, *ALL, "--locale", locale)[1]


def test_several_quotes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A folder is every quote in it: one after the other, one page, or a file for each."""
    out = run(capsys, PRICES, QUOTES, *REP)[1]
    assert out.index("Q-2026-031") < out.index("Q-2026-207")
    page = run(capsys, PRICES, QUOTES, *REP, "--format", "html", "--locale", "zh_CN")[1]
    assert (page.count("<!DOCTYPE html>"), page.count("<h1"), page.count("价格审批表")) == (1, 2, 2)
    finance = run(capsys, PRICES, QUOTES, *ALL, "--format", "html")[1]
    assert finance.count("<details open>") == finance.count("<details") > 10
    assert run(capsys, PRICES, QUOTES, *REP, "--output", f"{tmp_path}/forms/") == (0, "", "")
    assert sorted(path.name for path in (tmp_path / "forms").iterdir()) == ["Q-2026-031.txt", "Q-2026-207.txt"]
    one = run(capsys, PRICES, CABINETS, *REP, "--format", "html")[1]
    assert one.startswith("<!DOCTYPE html>")


def test_data(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """JSON is what the library gives of each decision, and may go to a file."""
    file = tmp_path / "out.json"
    assert run(capsys, PRICES, QUOTES, *REP, "--format", "json", "--output", file) == (0, "", "")
    told = json.loads(file.read_text(encoding="utf-8"))
    assert [(one["quote"], one["verdict"], one["level"]) for one in told] == [
        ("Q-2026-031", "needs_approval", "manager"),
        ("Q-2026-207", "needs_approval", "manager"),
    ]
    assert told[0]["violations"] == []


def test_who_asks(capsys: pytest.CaptureFixture[str]) -> None:
    """The person is that of the quote unless another is named; a higher level needs nobody."""
    assert "chen" in run(capsys, PRICES, CABINETS, *REP)[1]
    out = run(capsys, PRICES, CABINETS, "--level", "head", "--audience", "rep", "--person", "zhao", "--format", "json")[1]
    assert [(one["person"], one["verdict"]) for one in json.loads(out)] == [("zhao", "allowed")]


def test_versions(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A folder of policies holds the versions of one: the day of the quote says which of them rules."""
    text = PRICES.read_text(encoding="utf-8")
    (tmp_path / "2026.toml").write_text(text, encoding="utf-8")
    later = text.replace("effective_from = 2026-01-01", "effective_from = 2026-10-01").replace('version = "2026.1"', 'version = "2026.2"')
    (tmp_path / "2027.toml").write_text(later, encoding="utf-8")
    told = json.loads(run(capsys, tmp_path, QUOTES, *REP, "--format", "json")[1])
    assert [one["version"] for one in told] == ["2026.1", "2026.2"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("390.00 CNY", "390.00", "lines[0].price: expected an amount"),
        ("390.00 CNY", "390.00 USD", "line 1.price: 390 USD is not in the policy's currency CNY"),
        ("390.00 CNY", "1/0 CNY", "lines[0].price: "),
        ("quantity = 20", "quantity = 0", "lines[0].line 1.quantity: a quantity of 0 has no price"),
        ("quantity", "quantiy", "lines[0].quantiy: unknown key; did you mean quantity?"),
        ('"cabinet"', '"cabinett"', "pricing."),
        ("2026-03-02", "2025-03-02", "[timeline.before]"),
    ],
)
def test_wrong_quotes(capsys: pytest.CaptureFixture[str], tmp_path: Path, old: str, new: str, said: str) -> None:
    """What is wrong with a quote is told with its file, exit 1."""
    file = tmp_path / "quote.toml"
    file.write_text(CABINETS.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    status, out, err = run(capsys, PRICES, file, *REP)
    assert (status, out) == (1, "")
    assert err.startswith(f"{file}: ")
    assert said in err


def test_several_wrong_quotes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Of several quotes every fault is told, each on a line, those of the folders in a folder too; no form is written, not of the sound ones either."""
    text = CABINETS.read_text(encoding="utf-8")
    quotes = {"a/late.toml": ("2026-03-02", "2025-03-02"), "b.toml": ("390.00 CNY", "390.00"), "c.toml": ("date = ", "dat = "), "d.toml": ("", "")}
    (tmp_path / "a").mkdir()
    for name, (old, new) in quotes.items():
        (tmp_path / name).write_text(text.replace(old, new) if old else text, encoding="utf-8")
    status, out, err = run(capsys, PRICES, tmp_path, *REP, "--output", tmp_path / "forms")
    assert (status, out) == (1, "")
    told = [(line.partition(": ")[0], line.rpartition("[")[2]) for line in err.splitlines()]
    expected = [("a/late.toml", "timeline.before]"), ("b.toml", "document.type]"), ("c.toml", "document.missing]"), ("c.toml", "document.unknown_key]")]
    assert told == [(str(tmp_path / name), code) for name, code in expected]
    assert not (tmp_path / "forms").exists()


def test_versions_stay_flat(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A folder in a folder of versions holds none of them."""
    (tmp_path / "old").mkdir()
    text = PRICES.read_text(encoding="utf-8")
    (tmp_path / "old" / "draft.toml").write_text(text, encoding="utf-8")
    assert run(capsys, tmp_path, CABINETS, *REP)[2].endswith("[cli.no_document]\n")
    (tmp_path / "2026.toml").write_text(text, encoding="utf-8")
    assert run(capsys, tmp_path, CABINETS, *REP)[0] == 0


@pytest.mark.parametrize("plan", [PRICES, EXAMPLES / "policies" / "two_tiers.toml"])
def test_policy_and_quote_mistaken(capsys: pytest.CaptureFixture[str], plan: Path) -> None:
    """A policy of any kind in the place of a quote, or a quote in the place of a policy, is told in one line."""
    for given, wrong in (((PRICES, plan), plan), ((CABINETS, CABINETS), CABINETS)):
        status, out, err = run(capsys, *given, *REP)
        assert (status, out, err.count("\n")) == (1, "", 1)
        assert err.startswith(f"{wrong}: kind: ")
        assert err.endswith("[document.kind]\n")


def test_wrong_question(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A level or an audience that the policy does not know, a commission plan for a policy, an empty folder, no file."""
    assert run(capsys, PRICES, CABINETS, "--level", "boss", "--audience", "rep")[2].endswith(
        "the levels are rep, manager, head, management [approvals.unknown_level]\n"
    )
    assert run(capsys, PRICES, CABINETS, "--level", "rep", "--audience", "boss")[2].endswith("[pricing.unknown_audience]\n")
    assert "[document.kind]" in run(capsys, EXAMPLES / "policies" / "two_tiers.toml", CABINETS, *REP)[2]
    assert run(capsys, PRICES, tmp_path, *REP)[2].endswith("[cli.no_document]\n")
    assert run(capsys, PRICES, tmp_path / "none.toml", *REP)[0] == 3


def test_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """The schema of quotes takes every example, and an exact unit price, and refuses a float."""
    jsonschema = pytest.importorskip("jsonschema")
    assert main(["schema", "--of", "quote"]) == 0
    schema = json.loads(capsys.readouterr().out)
    for path in QUOTES.iterdir():
        plain = json.loads(document.dumps(document.load(path, Quote), format="json"))
        jsonschema.validate(plain, schema)
        plain["lines"][0]["price"] = "100/3 CNY"
        jsonschema.validate(plain, schema)
        plain["lines"][0]["price"] = 100.5
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(plain, schema)


@pytest.mark.parametrize(
    ("text", "value"), [("31.2450 CNY", "31.245"), ("100/3 CNY", "100/3"), ("-0.5 USD", "-0.5"), ("12 JPY", "12"), ("0.0001 KWD", "0.0001")]
)
def test_exact_amounts(text: str, value: str) -> None:
    """A unit price may have more decimals than its currency, or none that end, and is written as it was meant."""
    code = text.split()[1]
    head = 'schema = "salesrules/1"\nid = "Q"\ndate = 2026-03-02\nlines = [{ id = "1", quantity = 1 }]'
    read = document.loads(f'{head}\ndiscounts = [{{ id = "d", amount = "{text}", per = "order" }}]', Quote)
    assert read.discounts[0].amount == Exact(value, code)
    assert re.search(rf'amount = "{re.escape(value)} {code}"', document.dumps(read))
