"""Laws of dividing: what must hold for any total, any parties and any weights."""

from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from salesrules.allocation import BY_POSITION, METHODS, allocate, allocate_capped, running, split_units
from salesrules.money import Money, currency
from salesrules.trace import replay

CNY = currency("CNY")
totals = st.integers(-(10**15), 10**15)
weights = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=3),
    st.integers(0, 1000) | st.fractions(min_value=0, max_value=100, max_denominator=1000) | st.decimals(0, 100, places=2),
    min_size=1,
    max_size=7,
).filter(lambda entries: any(entries.values()))
small_weights = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 30), min_size=1, max_size=6).filter(lambda entries: any(entries.values()))
promising = st.sampled_from(["largest_remainder", "quota"])


def _money(minor: int) -> Money:
    return Money.from_minor(minor, CNY)


@given(totals, weights)
def test_the_promises_of_the_default(total: int, terms: dict[str, Fraction]) -> None:
    """It conserves, stays within a unit, gives nothing for nothing, and its working replays."""
    split = allocate(_money(total), terms)
    assert Money.total(split.amounts.values(), CNY) == split.total
    assert split.undistributed.is_zero
    assert all(abs(share.amount.minor - share.exact.minor) < 1 for share in split.shares)
    assert all(share.amount.is_zero for share in split.shares if not share.weight)
    assert sum(share.exact.minor for share in split.shares) == total
    assert replay(split.step()) == split.total


@given(st.integers(-300, 300), small_weights, promising)
def test_both_promising_methods(units: int, terms: dict[str, int], method: str) -> None:
    """Both conserve, stay within a unit, give nothing for nothing and mirror."""
    parts = split_units(units, terms, method=method)
    whole = sum(terms.values())
    assert sum(parts.values()) == units
    assert all(abs(parts[key] * whole - units * weight) < whole for key, weight in terms.items())
    assert not any(parts[key] for key, weight in terms.items() if not weight)
    assert split_units(-units, terms, method=method) == {key: -part for key, part in parts.items()}


@given(st.integers(-300, 300), small_weights, st.randoms(use_true_random=False), st.sampled_from(sorted(set(METHODS) - BY_POSITION)), st.integers(1, 50))
def test_order_and_scale_do_not_matter(units: int, terms: dict[str, int], random: Random, method: str, scale: int) -> None:
    """Parties may be written in any order, and weights multiplied by anything."""
    shuffled = list(terms.items())
    random.shuffle(shuffled)
    assert split_units(units, shuffled, method=method) == split_units(units, terms, method=method)
    assert split_units(units, {key: Fraction(weight, scale) for key, weight in terms.items()}, method=method) == split_units(units, terms, method=method)


@given(st.integers(-300, 300), small_weights, st.sampled_from(sorted(METHODS)))
def test_every_method_conserves_and_mirrors(units: int, terms: dict[str, int], method: str) -> None:
    """Shares and rest make up the total under every method, and a return mirrors the sale."""
    split = allocate(_money(units), terms, method=method)
    assert Money.total(split.amounts.values(), CNY) + split.undistributed == _money(units)
    mirrored = allocate(_money(-units), terms, method=method)
    assert mirrored.amounts == {key: -amount for key, amount in split.amounts.items()}


@given(st.integers(0, 300), small_weights)
def test_quota_never_takes_away(units: int, terms: dict[str, int]) -> None:
    """Under the quota method nobody loses when the total grows."""
    fewer, more = (split_units(count, terms, method="quota") for count in (units, units + 1))
    assert all(fewer[key] <= more[key] for key in terms)


@given(st.lists(st.integers(-500, 500), min_size=1, max_size=8), small_weights, promising)
def test_running_totals_telescope(amounts: list[int], terms: dict[str, int], method: str) -> None:
    """However a total was cut into parts, the bookings add up to one division of the whole; returned to zero, nothing remains."""
    states: list[dict[str, Money]] = [{}]
    so_far = 0
    for amount in [*amounts, -sum(amounts)]:
        so_far += amount
        split = running(_money(so_far), states[-1], terms, method=method)
        assert split.total == _money(amount)
        assert Money.total(split.amounts.values(), CNY) == _money(amount)
        states.append({key: states[-1].get(key, _money(0)) + part for key, part in split.amounts.items()})
    assert states[-2] == allocate(_money(sum(amounts)), terms, method=method).amounts
    assert all(part.is_zero for part in states[-1].values())


@given(
    st.integers(-2000, 2000), st.lists(st.integers(0, 500), min_size=1, max_size=6), st.sampled_from(sorted(m for m in METHODS if not m.startswith("last_")))
)
def test_caps_hold(total: int, caps: list[int], method: str) -> None:
    """Nobody passes the cap under any method, and what the caps leave over is returned."""
    limits = {f"p{place}": _money(cap) for place, cap in enumerate(caps)}
    split = allocate_capped(_money(total), limits, method=method)
    assert all(abs(share.amount) <= limits[share.key] for share in split.shares)
    assert Money.total(split.amounts.values(), CNY) + split.undistributed == _money(total)


@given(st.integers(-1000, 1000), small_weights, st.sampled_from(["0.05", "0.25", "1"]))
def test_steps(count: int, terms: dict[str, int], step: str) -> None:
    """Parts are multiples of the step, and less than a step off."""
    unit = Money(step, CNY).minor
    split = allocate(_money(count * unit), terms, step=step)
    assert all(share.amount.minor % unit == 0 for share in split.shares)
    assert all(abs(share.amount.minor - share.exact.minor) < unit for share in split.shares)
    assert Money.total(split.amounts.values(), CNY) == split.total
