"""How fast a commission line is, beside the plain Decimal loop that an ERP has today; and how long the import takes.

The plan: category rate x year-to-date marginal tiers x accelerator above quota, half rate under a margin gate, a running cap per month.
Both sides read the same sales in the same order and must agree on every line. Run with ``make bench``; quote medians and ratios.
"""

import gc
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from salesrules.bands import Marginal, RateBand
from salesrules.commission import Cap, Component, Gate, Plan, Quota, Rate, RateEntry, Returns, Sale, Tiers, calculate
from salesrules.money import Money
from salesrules.periods import CivilCalendar
from salesrules.scope import Scope

LINES, PEOPLE, CATEGORIES, ROUNDS = 20_000, 50, 20, 7
YEAR = CivilCalendar().year(2025)
RATES = {f"c{number:02}": Decimal(10_000 + 2_625 * number) / 1_000_000 for number in range(CATEGORIES)}
TIERS = ((0, Decimal("1.00")), (100_000, Decimal("1.10")), (200_000, Decimal("1.25")), (400_000, Decimal("1.50")), (700_000, Decimal("1.75")))
ACCELERATOR, GATE, CAP = Decimal("0.20"), Decimal("0.10"), Decimal("3000.00")
QUOTAS = {f"p{number:03}": Decimal(150_000 + number * 7_919 % 20_000 * 10) for number in range(PEOPLE)}
CENT = Decimal("0.01")


def sales() -> tuple[Sale, ...]:
    """A year of sales with fixed seed, 3% of them negative."""
    chance = random.Random(7)
    made = []
    for number in range(LINES):
        amount = max(1, int(chance.lognormvariate(9.6, 1.2)))
        sign = -1 if chance.random() < 0.03 else 1
        cost = amount - amount * chance.randrange(-5, 45) // 100
        made.append(
            Sale(
                id=f"S{number:06}",
                date=YEAR.start + timedelta(number * 365 // LINES),
                amount=Money.from_minor(sign * amount, "CNY"),
                cost=Money.from_minor(sign * cost, "CNY"),
                category=f"c{chance.randrange(CATEGORIES):02}",
                person=f"p{chance.randrange(PEOPLE):03}",
            )
        )
    return tuple(made)


def plan() -> Plan:
    """The plan as a value."""
    tiers = Marginal(bands=tuple(RateBand(start=Fraction(start), factor=Fraction(factor)) for start, factor in TIERS))
    above = Marginal(bands=(RateBand(start=Fraction(0), factor=Fraction(0)), RateBand(start=Fraction(1), factor=Fraction(ACCELERATOR))))
    entries = tuple(RateEntry(scope=Scope(category=(name,)), rate=Fraction(rate)) for name, rate in RATES.items())
    steps = (
        Gate(on="margin_rate", at_least=Fraction(GATE), otherwise=Fraction(1, 2), counts=True),
        Tiers(table=tiers, over="year"),
        Tiers(table=above, over="year", on="attainment", add=True),
        Rate(entries=entries),
        Cap(amount=Money.from_minor(int(CAP * 100), "CNY"), over="period"),
    )
    return Plan(
        id="bench",
        currency="CNY",
        effective_from=date(2025, 1, 1),
        returns=Returns(rate="recompute"),
        components=(Component(id="sales", measure="sales", steps=steps),),
    )


def decimal_loop(rows: list[tuple[str, int, str, Decimal, Decimal]]) -> list[Decimal]:
    """What an ERP has today: plain Decimals, no working."""
    reached: dict[str, Decimal] = {}
    paid: dict[tuple[str, int], Decimal] = {}
    nothing, half, results = Decimal(0), Decimal("0.5"), []
    for person, month, category, amount, cost in rows:
        before = reached.get(person, nothing)
        after = before + amount
        reached[person] = after
        weighed = amount * TIERS[0][1]
        previous = TIERS[0][1]
        for start, factor in TIERS[1:]:
            extra = factor - previous
            previous = factor
            if after > start:
                weighed += (after - start) * extra
            if before > start:
                weighed -= (before - start) * extra
        quota = QUOTAS[person]
        if after > quota:
            weighed += (after - quota) * ACCELERATOR
        if before > quota:
            weighed -= (before - quota) * ACCELERATOR
        share = half if (amount - cost) * (1 if amount >= 0 else -1) < abs(amount) * GATE else 1
        commission = (weighed * RATES[category] * share).quantize(CENT, ROUND_HALF_UP)
        run = paid.get((person, month), nothing)
        total = run + commission
        paid[(person, month)] = total
        results.append(min(total, CAP) - min(run, CAP))
    return results


def seconds(work: Callable[[], object], *, collector: bool) -> float:
    """How long a piece of work takes; with the garbage collector off, as ``timeit`` measures, or on, as a host runs it."""
    gc.collect()
    if not collector:
        gc.disable()
    start = time.perf_counter()
    work()
    taken = time.perf_counter() - start
    gc.enable()
    return taken


def import_seconds(statement: str) -> float:
    """How long a fresh interpreter takes over a statement, less its own start."""
    code = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """Measure in turns, compare the results, print medians and ratios."""
    facts, rules = sales(), plan()
    goals = tuple(Quota(person=person, period=YEAR, amount=Money.from_minor(int(quota * 100), "CNY")) for person, quota in QUOTAS.items())
    rows = [(sale.person, sale.date.month, sale.category, sale.amount.amount, sale.cost.amount) for sale in facts if sale.cost is not None]
    on = date(2025, 12, 31)

    def ours(*, trace: bool) -> object:
        return calculate(rules, facts, on=on, quotas=goals, trace=trace)

    run = calculate(rules, facts, on=on, quotas=goals)
    wrong = sum(line.pay.amount != expected for line, expected in zip(run.lines, decimal_loop(rows), strict=True))
    variants = {
        "Decimal loop, no working": lambda: decimal_loop(rows),
        "salesrules, full working": lambda: ours(trace=True),
        "salesrules, no working": lambda: ours(trace=False),
    }
    print(f"{LINES} lines, {PEOPLE} people, {ROUNDS} rounds in turn, {wrong} lines differ")
    for collector in (False, True):
        times: dict[str, list[float]] = {name: [] for name in variants}
        for _ in range(ROUNDS):
            for name, work in variants.items():
                times[name].append(seconds(work, collector=collector))
        base = statistics.median(times["Decimal loop, no working"])
        print(f"garbage collector {'on' if collector else 'off'}")
        for name, taken in times.items():
            median = statistics.median(taken)
            print(f"  {name:26} {median / LINES * 1e6:6.2f} us/line {LINES / median:9,.0f} lines/s   {base / median:5.2f}x the Decimal loop")
    imports = {name: statistics.median(import_seconds(name) for _ in range(15)) for name in ("import attrs", "import salesrules")}
    theirs, mine = imports["import attrs"], imports["import salesrules"]
    print(f"import attrs {theirs * 1e3:.1f} ms, import salesrules {mine * 1e3:.1f} ms, ratio {mine / theirs:.2f}")


if __name__ == "__main__":
    main()
