"""The examples: the policies can be read, run and pay known figures; the data can be made again; the demonstration says what it should."""

import importlib.util
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from salesrules import policy
from salesrules.commission import Credit, Factor, Incentive, Member, Plan, Quota, Receipt, Roster, Run, Sale, calculate
from salesrules.commission.tables import read_all
from salesrules.money import Money
from salesrules.trace import replay

EXAMPLES = Path(__file__).parents[1] / "examples"
POLICIES = sorted((EXAMPLES / "policies").glob("*.toml"))


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"examples_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _plan(name: str) -> Plan:
    return policy.load(EXAMPLES / "policies" / f"{name}.toml", Plan)


@pytest.fixture(scope="module")
def november() -> Run:
    """The demonstration's year, to the end of November."""
    plan = _plan("fire_equipment")
    facts = read_all(EXAMPLES / "data", calendar=plan.calendar, currency=plan.currency)
    return calculate(plan, on=date(2025, 11, 30), **facts)


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_policies_round_trip(path: Path) -> None:
    """Every example policy is read without a fault, and what is written of it is read back as the same plan."""
    plan = policy.load(path)
    for format_ in ("toml", "json"):
        assert policy.loads(policy.dumps(plan, format=format_), format=format_) == plan


def test_data_can_be_made_again(tmp_path: Path) -> None:
    """The generator writes the committed files again, byte for byte, and they stay small."""
    _module("generate_data").write(tmp_path)
    committed = sorted((EXAMPLES / "data").glob("*.csv"))
    assert [path.name for path in committed] == sorted(path.name for path in tmp_path.iterdir())
    for path in committed:
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name
    assert sum(path.stat().st_size for path in committed) < 600_000


def test_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The demonstration speaks both languages, shows no bare message code, and writes both statements."""
    _module("demo").main(tmp_path)
    said = capsys.readouterr().out
    for text in ("计提基数", "毛利率", "Progressive tiers", "margin rate", "林晓梅", "¥3,439.79", "消防器材内销管理制度 第14条", "消防器材内销管理制度 §14"):
        assert text in said
    for text in ("价格审批表", "须报批至  销售经理", "低于限价：价格体系", "by himself: 399.00 CNY", "at    390: allowed", "at 389.99: needs_approval"):
        assert text in said
    assert "commission." not in said
    assert "pricing." not in said
    chinese, english = (tmp_path / f"statement_lin_xiaomei_2025-11{ending}.html" for ending in ("", "_en"))
    assert "提成结算单" in chinese.read_text(encoding="utf-8")
    assert "Commission statement" in english.read_text(encoding="utf-8")


def test_demo_figures(november: Run) -> None:
    """What November makes and pays does not change unnoticed."""
    statements = [statement for statement in november.statements if statement.period == november.period]
    assert len(november.lines) == 9736
    assert len(statements) == 16
    assert Money.total((line.pay for line in november.lines), november.plan.money) == Money("683666.79", "CNY")
    assert Money.total((statement.commission for statement in statements), november.plan.money) == Money("110362.49", "CNY")
    assert Money.total((statement.payable for statement in statements), november.plan.money) == Money("86085.80", "CNY")


def test_demo_line_by_hand(november: Run) -> None:
    """The line that the demonstration explains: cut at the quota, halved by the margin gate, with the bonus for reaching the quota."""
    line = november.statement("lin_xiaomei").line("XS2020", "sales")
    weighed = 63_099_30 * 10 + 64_228_13 * 13  # at 1 up to the quota of 2,000,000, at 1.3 above it, in tenths of a fen
    assert line.pay.minor == (weighed * 6 + 10_000) // 20_000 + 3_000_00  # a half of 0.6%, rounded half up, and 3,000
    assert replay(line.working) == line.pay


def test_demo_people(november: Run) -> None:
    """Who joins is guaranteed a least pay, who leaves is still paid as customers pay, who moves is credited to the new manager, the house to nobody."""
    calendar = november.plan.calendar
    assert november.statement("xu_ming", calendar.parse("2025-05")).payable == Money("4193.55", "CNY")
    assert november.statement("he_jianguo").commission.is_zero
    assert november.statement("he_jianguo").payable.minor > 0
    moved = [line for line in november.lines if line.kind == "rollup" and line.level == 1 and not line.returns and line.sale.credits == (Credit("zhao_lei"),)]
    assert {(line.person, line.sale.date >= date(2025, 7, 1)) for line in moved} == {("wang_haiyan", False), ("liu_zhiqiang", True)}
    assert "house" not in {line.person for line in november.lines}


def test_saas_accelerator() -> None:
    """Half the quota is worth a third of the incentive; euro count at the plan's rate; shadow credit is on top; a cancelled sale is taken back."""
    plan = _plan("saas_accelerator")
    year = plan.calendar.parse("2025")
    sales = (
        Sale(id="S1", date=date(2025, 2, 3), amount=Money("300000", "USD"), person="ana"),
        Sale(id="S2", date=date(2025, 3, 3), amount=Money("100000", "EUR"), product="36 months", credits=(Credit("ana"), Credit("sam", "100%", "overlay"))),
        Sale(id="S3", date=date(2025, 8, 15), amount=Money("-300000", "USD"), person="ana", returns="S1"),
    )
    run = calculate(
        plan,
        sales,
        on=date(2025, 8, 31),
        roster=Roster((Member(person="ana", role="ae", start=date(2025, 1, 1)),)),
        quotas=[Quota(person="ana", period=year, amount=Money("600000", "USD"))],
        incentives=[Incentive(person="ana", period=year, amount=Money("100000", "USD"))],
    )
    # 80,000 x (20% + 1/6 x 80%); 108,000 more make 68%, worth 80,000 x (1/3 + 18/60 x 80%) less what S1 was paid
    paid = [("quota", "26666.67"), ("quota", "19200.00"), ("multi_year", "750.00"), ("solution_engineers", "1620.00"), ("quota", "-26666.67")]
    assert [(line.component, str(line.pay.amount)) for line in run.lines] == paid
    assert run.statement("ana", plan.calendar.parse("2025-01")).payable == Money("3000", "USD")


def test_wholesale_units() -> None:
    """The band reached pays for all cases, rounded to 0.05 on the period; the pool is shared by days in the team."""
    sales = (
        Sale(id="S1", date=date(2025, 4, 1), amount=Money("30000", "EUR"), units="1500", category="juice", person="eva"),
        Sale(id="S2", date=date(2025, 5, 2), amount=Money("40000", "EUR"), units="1500.5", category="juice", person="eva"),
    )
    members = (Member(person="eva", role="seller", team="a", start=date(2025, 1, 1)), Member(person="dan", role="driver", team="a", start=date(2025, 5, 16)))
    run = calculate(_plan("wholesale_units"), sales, on=date(2025, 6, 30), roster=Roster(members))
    # 3,000.5 x 0.35 x 1.25 = 1,312.71875; the pool: 70,000 x 0.75% = 525, for 91 and 46 days
    assert run.pay("eva") == Money("1312.70", "EUR")
    assert [str(statement.payable.amount) for statement in run.statements] == ["176.28", "1661.42"]


def test_insurance_advance() -> None:
    """The commission of the whole policy is divided; a lapse after three of twelve months takes three quarters back."""
    shares = (Credit("kim", "60%"), Credit("lee", "40%"))
    sold = Sale(id="P1", date=date(2025, 8, 1), amount=Money("1000", "GBP"), product="whole life", credits=shares)
    lapsed = Sale(id="P2", date=date(2025, 11, 3), amount=Money("-1000", "GBP"), product="whole life", credits=shares, returns="P1")
    run = calculate(_plan("insurance_advance"), (sold, lapsed), on=date(2025, 11, 30))
    assert [str(line.pay.amount) for line in run.lines] == ["270.00", "180.00", "-202.50", "-135.00"]


def test_cash_collection() -> None:
    """Each payment is paid by the share of the receivable; what exceeds the quota of cash brings the extra rate."""
    plan = _plan("cash_collection")
    sale = Sale(id="S1", date=date(2025, 4, 1), amount=Money("100000", "CNY"), receivable=Money("113000", "CNY"), person="chen")
    run = calculate(
        plan,
        [sale],
        on=date(2025, 6, 30),
        roster=Roster((Member(person="chen", role="rep", start=date(2025, 1, 1)),)),
        receipts=[Receipt(id=f"R{month}", sale="S1", date=date(2025, month, 1), amount=Money("56500", "CNY")) for month in (5, 6)],
        quotas=[Quota(name="cash", person="chen", period=plan.calendar.parse("2025"), amount=Money("80000", "CNY"))],
        factors=[Factor(name="collection", person="chen", period=plan.calendar.parse(f"2025-0{month}"), value="1.05") for month in (5, 6)],
    )
    # 50,000 x 1.8% x 1.05 each time; 20,000 above the quota at 1%
    assert [str(line.pay.amount) for line in run.lines] == ["945.00", "0.00", "945.00", "200.00"]
