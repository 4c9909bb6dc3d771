"""A contest: prizes by rank, with a declared rule for ties (销售竞赛).

    >>> prizes = (Places(prize=Money(1000, "CNY")), Places(prize=Money(500, "CNY")), Places(prize=Money(200, "CNY"), places=3))
    >>> results = [Result(key="chen", score=90), Result(key="li", score=90), Result(key="wang", score=70)]
    >>> [(placed.key, placed.place, str(placed.prize)) for placed in rank(Contest(prizes=prizes, best="highest", ties="shared"), results).placed]
    [('chen', 1, '750.00 CNY'), ('li', 1, '750.00 CNY'), ('wang', 3, '200.00 CNY')]
    >>> [str(placed.prize) for placed in rank(Contest(prizes=prizes, best="highest", ties="each"), results).placed]
    ['1000.00 CNY', '1000.00 CNY', '200.00 CNY']

References: standard competition ranking (1, 1, 3); tied players of tournaments divide the prizes of the places they hold together.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import groupby, pairwise
from typing import ClassVar, Literal

import attrs

from ..._exact import as_ratio, maybe_ratio
from ..._fields import about, field, word
from ...allocation import allocate
from ...errors import FactError, PolicyError
from ...money import Money
from ...text import label
from ...trace import Step
from .award import Award, Case

__all__ = ["Contest", "Placed", "Places", "Ranking", "Result", "most_of_contest", "rank"]


@attrs.frozen(kw_only=True)
class Places:
    """The prize of the next place, or of the next few places."""

    prize: Money = field(doc="what each of them gets")
    places: int = field(doc="how many places", default=1)

    def __attrs_post_init__(self) -> None:
        if self.places < 1 or self.prize.minor < 0:
            raise PolicyError("pricing.contest_places", "a prize of 0 or more is for 1 place or more", path="places")


@attrs.frozen(kw_only=True)
class Contest:
    """Prizes by rank.

    Args:
        prizes: from the first place on.
        best: whether the ``highest`` or the ``lowest`` score wins.
        ties: those who tie have ``shared`` the prizes of the places they hold together; ``each`` gets the prize of the first of these
            places; or the ``tiebreak`` of the results decides, the highest first, and who still ties shares.
        at_least: the score needed to be ranked at all; with ``best`` lowest, the score not to be passed.

    Raises:
        PolicyError: ``pricing.contest_prizes`` for no prizes, prizes in two currencies, or a better prize for a worse place.
    """

    kind: ClassVar[str] = "contest"
    prizes: tuple[Places, ...] = field(doc="from the first place on")
    best: Literal["highest", "lowest"] = word(doc="which score wins")
    ties: Literal["shared", "each", "tiebreak"] = word(doc="what those who tie get")
    at_least: Fraction | None = attrs.field(metadata=about("score needed to be ranked"), default=None, converter=maybe_ratio)

    def __attrs_post_init__(self) -> None:
        mixed = len({rung.prize.currency for rung in self.prizes}) != 1
        if mixed or any(better.prize < worse.prize for better, worse in pairwise(self.prizes)):
            raise PolicyError(
                "pricing.contest_prizes", "give at least one prize, all in one currency, none better than that of the place before", path="prizes"
            )

    @cached_property
    def by_place(self) -> tuple[Money, ...]:
        """The prize of every place that has one."""
        return tuple(rung.prize for rung in self.prizes for _ in range(rung.places))

    def prize_of(self, place: int) -> Money:
        """The prize of a place, counted from 1."""
        return self.by_place[place - 1] if place <= len(self.by_place) else Money.from_minor(0, self.by_place[0].currency)

    def amounts(self) -> Sequence[Money]:
        """The amounts of money."""
        return [rung.prize for rung in self.prizes]

    def award(self, case: Case) -> Award:
        """Nothing: a contest is decided when it is over, not by an order."""
        return Award(unmet=label("pricing.promotion.dropped.contest"))


@attrs.frozen(kw_only=True)
class Result:
    """What somebody has reached.

    Args:
        key: who.
        score: what is ranked.
        tiebreak: what decides between equal scores, the highest first.
    """

    key: str
    score: Fraction = attrs.field(converter=as_ratio)
    tiebreak: Fraction = attrs.field(default=Fraction(0), converter=as_ratio)


@attrs.frozen(kw_only=True)
class Placed:
    """Who came where and gets what; ``place`` 0 is not ranked."""

    key: str
    score: Fraction
    place: int
    prize: Money


@attrs.frozen(kw_only=True)
class Ranking:
    """The outcome of a contest, from the first place down; equal places by key."""

    placed: tuple[Placed, ...]
    cost: Money
    step: Step

    def __getitem__(self, key: str) -> Money:
        """What somebody gets.

        Raises:
            FactError: ``pricing.contest_unknown``.
        """
        for placed in self.placed:
            if placed.key == key:
                return placed.prize
        raise FactError("pricing.contest_unknown", "{key!r} took no part; name one of those who did", key=key)


def rank(contest: Contest, results: Iterable[Result]) -> Ranking:
    """Rank the results and pay the prizes.

    Args:
        contest: the rules.
        results: one for each who took part, in any order.

    Raises:
        FactError: ``pricing.contest_twice`` where somebody has two results.
    """
    entered = sorted(results, key=lambda result: result.key)
    for one, other in pairwise(entered):
        if one.key == other.key:
            raise FactError("pricing.contest_twice", "{key!r} has two results; give the one that counts", path="results", key=one.key)
    sign = -1 if contest.best == "highest" else 1

    def merit(result: Result) -> tuple[Fraction, Fraction]:
        return sign * result.score, -result.tiebreak if contest.ties == "tiebreak" else Fraction(0)

    ranked = [result for result in entered if contest.at_least is None or sign * result.score <= sign * contest.at_least]
    placed: list[Placed] = []
    for _, tied in groupby(sorted(ranked, key=merit), key=merit):
        place, group = len(placed) + 1, list(tied)
        prizes = _prizes(contest, place, [result.key for result in group])
        placed += [Placed(key=result.key, score=result.score, place=place, prize=prizes[result.key]) for result in group]
    nothing = Money.from_minor(0, contest.by_place[0].currency)
    placed += [Placed(key=result.key, score=result.score, place=0, prize=nothing) for result in entered if result not in ranked]
    cost = Money.total((one.prize for one in placed), nothing.currency)
    steps = tuple(Step("pricing.contest.placed", one.prize, params=(("key", one.key), ("place", one.place), ("score", one.score))) for one in placed)
    return Ranking(placed=tuple(placed), cost=cost, step=Step("pricing.contest", cost, formula="sum", children=steps))


def _prizes(contest: Contest, place: int, keys: list[str]) -> dict[str, Money]:
    if contest.ties == "each":
        return dict.fromkeys(keys, contest.prize_of(place))
    held = Money.total((contest.prize_of(place + index) for index in range(len(keys))), contest.by_place[0].currency)
    return allocate(held, dict.fromkeys(keys, 1)).amounts


def most_of_contest(contest: Contest, participants: int) -> Money:
    """The most that a contest can cost: all prizes, or the first one for everybody where each who ties gets it.

    >>> most_of_contest(Contest(prizes=(Places(prize=Money(100, "CNY"), places=3),), best="highest", ties="shared"), 2)
    Money('200.00', 'CNY')
    """
    prizes = [contest.prize_of(1 if contest.ties == "each" else place) for place in range(1, participants + 1)]
    return Money.total(prizes, contest.by_place[0].currency)
