"""Tables that stay where they are: what must be known beforehand is asked in a few small queries, and the rest becomes one query of the engine."""

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any, cast

import narwhals

from ..commission import Plan, State, Total
from ..commission.program import Part
from ..commission.steps.flow import Ask
from ..commission.steps.measures import DEAL
from ..errors import FactError, SalesRulesError
from ..money import Money, ratio
from ..periods import Period
from ..scope import Covered
from .applied import Applied
from .expressions import Cell, ExprOps
from .job import Job
from .lookups import distinct, looked_up
from .states import closed, interval_number, kept_totals
from .survey import PREFIX, Survey, surveyed

__all__ = ["apply_expressions"]

_INTEGER = narwhals.Int64()
_WIDE = 10**12
_HALF = 2**53  # past it some libraries divide inexactly


def apply_expressions(job: Job, frame: Any, order: tuple[str, ...], opening: State | None, outputs: Mapping[str, str]) -> Applied:
    """Apply the plan with the expression carrier."""
    eager = isinstance(frame, narwhals.DataFrame)
    overs = {over for plan in job.versions for part in plan.parts for over in _overs(part)}
    stateful = any(part.plain.totals for plan in job.versions for part in plan.parts)
    survey = surveyed(job, frame.lazy(), order, ("period", *sorted(overs - {"period"})), stateful=stateful)
    return _LazyPass(job, survey, order, opening or State()).apply(outputs, eager=eager)


def _overs(part: Part) -> set[str]:
    """The intervals that a component asks about or adds up over."""
    return {over for _, over in part.plain.totals} | {ask.fields[1] for ask in part.plain.asks}


class _LazyPass:
    """A plan on its way over a table that is not read into memory."""

    def __init__(self, job: Job, survey: Survey, order: tuple[str, ...], opening: State) -> None:
        self.job, self.survey, self.order, self.opening = job, survey, order, opening
        kind = survey.frame.implementation
        doubles = kind.is_ibis() or kind.is_pyspark() or kind.is_pyspark_connect()
        self.ops = ExprOps(survey.frame, rows=survey.most, doubles=doubles, order=survey.order)
        self.people = {str(person): person for person in survey.people}
        self.paid: list[tuple[str, Any]] = []
        self._looked = 0
        self._met: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
        self.kept = self._open()
        self.amounts = self._amounts()

    def apply(self, outputs: Mapping[str, str], *, eager: bool) -> Applied:
        """Run the rules, and make of them what was asked for."""
        ops, paid = self.ops, dict[str, Any]()
        base = _LazyRows(self, self.survey.versions[0])
        credited = ops.summed(ops.kept(base.amount))
        for version in self.survey.versions:
            rows = _LazyRows(self, version)
            for part in self.job.versions[version].parts:
                paid[part.component.id] = self._pay(part, self.job.versions[version], rows) + paid.get(part.component.id, 0)
        self.components = {name: ops.kept(one) for name, one in paid.items()}
        pay = ops.summed(ops.kept(sum(self.components.values(), 0)))
        period = narwhals.col(f"{PREFIX}period")
        parts = {f"pay.{component.id}": ops.expr(self.components.get(component.id, 0)) for plan in self.job.versions for component in plan.components}
        figures = {**parts, "pay": ops.expr(pay), "by_rule": ops.expr(pay), "credited": ops.expr(credited), "period": self._labels(period)}
        named = dict(outputs) if "pay" in outputs else {**outputs, "pay": f"{PREFIX}pay"}
        summed = {f"{PREFIX}sum_pay": ops.expr(pay), f"{PREFIX}sum_credited": ops.expr(credited), f"{PREFIX}sum_period": period}
        own = list(self.job.available)
        whole = ops.frame.select(*own, *(figures[name].alias(column) for name, column in named.items()), *(expr.alias(name) for name, expr in summed.items()))
        whole = whole.collect() if eager else whole
        table = whole.drop(*summed)
        return Applied(
            lines=(table if "pay" in outputs else table.drop(named["pay"])).to_native(),
            totals=self._totals(whole, *summed).to_native(),
            job=self.job,
            order=self.order,
            opening=self.opening,
            outputs=outputs,
            state=self._state,
            components=self._by_component,
            table=table,
            pay=named["pay"],
        )

    def _pay(self, part: Part, plan: Plan, rows: "_LazyRows") -> Any:
        """What a component pays each row; nothing where it does not cover it."""
        ops = self.ops
        ops.mask = self._covered(part, plan, rows)
        if ops.mask is False or part.component.credit != "direct":
            return 0
        self.paid.append((part.component.id, ops.mask))
        rows.forget()
        return ops.where(ops.mask, part.component.pay(ops, cast("Any", rows), part.names, part.case), 0)

    def _covered(self, part: Part, plan: Plan, rows: "_LazyRows") -> Any:
        ops = self.ops
        ops.mask = True
        covered = self._of_version(rows.version)
        if part.scope_key is not None:
            covered = covered & (rows.find(part.covered) == 1)
        if part.component.roles:
            covered = covered & (rows.find(_Named("role", part.component.roles)) == 1)
        if plan.house:
            covered = covered & (rows.find(_Named("person", plan.house)) == 0)
        return ops.kept(covered)

    def _amounts(self) -> dict[str, Any]:
        """The amounts in the plan's currency."""
        columns, survey, ops = self.job.columns, self.survey, self.ops
        made = {}
        for name in ("amount", "cost", "list_amount"):
            if columns.has(name):
                made[name] = ops.cell(narwhals.col(columns[name]).cast(_INTEGER), *survey.spans[name])
        if self.job.currencies is None:
            return made
        keys = [columns["currency"], columns["rate"] if columns.has("rate") else columns["date"]]
        answers = {}
        for code, version, when in self._distinct([keys[0], f"{PREFIX}version", keys[1]]):
            worth = self.job.currencies.worth(str(code or ""), int(version), when)
            answers[code, version, when] = *worth, int(str(code or "") not in {"", self.job.versions[int(version)].currency})
        common = lcm(*(den for _, den, _ in answers.values()))
        if common < _WIDE:
            answers = {key: (num * (common // den), common, away) for key, (num, den, away) in answers.items()}
        num, den, foreign = self.joined([keys[0], f"{PREFIX}version", keys[1]], answers)
        if not any(away for *_, away in answers.values()):
            return made
        for version in self.survey.versions:
            rounding, step = self.job.versions[version].conversion.rounding, self.job.currencies.step(version)
            concerned = (foreign == 1) & self._of_version(version)
            for name, cell in made.items():
                made[name] = ops.where(concerned, ops.muldiv(cell, num, den * step, rounding.mode) * step, cell)
        return made

    def _of_version(self, version: int) -> Any:
        """Which rows fall under a version of the plan."""
        if len(self.survey.versions) == 1:
            return True
        return Cell(self.ops, narwhals.col(f"{PREFIX}version") == version, 0, 1, self.ops.rows)

    def joined(self, names: list[str], answers: Mapping[tuple[Any, ...], tuple[int, ...]]) -> tuple[Any, ...]:
        """The answers for each row, looked up by some columns."""
        ops = self.ops
        columns = list(zip(*answers.values(), strict=True))
        for column in columns:
            ops.fit((min(column), max(column)))
        made = [f"{PREFIX}found{self._looked}_{at}" for at in range(len(columns))]
        self._looked += 1
        if all(len(set(column)) == 1 for column in columns):
            return tuple(column[0] for column in columns)
        for at, name in enumerate(names):
            if any(key[at] is None for key in answers):
                filled = f"{PREFIX}filled_{name}"
                ops.frame = ops.frame.with_columns(narwhals.col(name).cast(narwhals.String()).fill_null("").alias(filled))
                answers = {(*key[:at], "" if key[at] is None else str(key[at]), *key[at + 1 :]): answer for key, answer in answers.items()}
                names = [*names[:at], filled, *names[at + 1 :]]
        ops.frame = looked_up(ops.frame, names, answers, made)
        return tuple(ops.cell(narwhals.col(name), min(column), max(column)) for name, column in zip(made, columns, strict=True))

    def factor(self, column: str) -> tuple[Any, int]:
        """A factor that stands in the rows: numerators over one denominator."""
        values = {key: ratio(str(key[0])) for key in self._distinct([column])}
        den = lcm(*(value.denominator for value in values.values()))
        return self.joined([column], {key: (int(value * den),) for key, value in values.items()})[0], den

    def check_fact(self, column: str, over: str) -> None:
        """A fact about a person must be the same in all rows of an interval."""
        keys, told = [self.job.columns["person"], f"{PREFIX}{over}"], narwhals.col(column)
        ends = self.ops.frame.group_by(*keys).agg(told.min().alias(f"{PREFIX}least"), told.max().alias(f"{PREFIX}most"))
        wrong = ends.filter(narwhals.col(f"{PREFIX}least") != narwhals.col(f"{PREFIX}most")).sort(*keys).head(1).collect()
        if len(wrong):
            raise FactError(
                "frames.varies",
                "{person} has two values in {interval}; a fact about a person is the same in all rows of an interval",
                path=f"column {column}",
                person=str(wrong[keys[0]][0]),
                interval=str(self.job.days.periods[over][int(wrong[keys[1]][0])]),
            )

    def asked(self, names: list[str], ask: Callable[[tuple[Any, ...]], Any]) -> dict[tuple[Any, ...], tuple[int, ...]]:
        """What is answered for the distinct values of some columns: of all rows, or, where one of those is refused, of the rows that count."""
        if not names:
            return {(): _tuple(ask(()))}
        try:
            return {values: _tuple(ask(values)) for values in self._distinct(names)}
        except SalesRulesError:
            if self.ops.mask is True:
                raise
        return {values: _tuple(ask(values)) for values in distinct(self.ops.frame.filter(self.ops.mask.expr), names)}

    def _distinct(self, names: list[str]) -> list[tuple[Any, ...]]:
        """The distinct values of some columns over all rows, asked of the table as it came, once for each set of columns."""
        if tuple(names) not in self._met:
            self._met[tuple(names)] = distinct(self.survey.frame, names)
        return self._met[tuple(names)]

    def by_account(self, over: str) -> list[str]:
        """The columns that tell accounts apart: person and interval, of which the interval is left out where there is only one."""
        return [self.job.columns["person"], *([f"{PREFIX}{over}"] if over in self.survey.several else [])]

    # What goes out

    def _labels(self, number: Any) -> Any:
        """The name of each row's settlement period."""
        expr: Any = narwhals.lit("")
        for place, period in enumerate(self.job.days.periods.get("period", ())):
            expr = narwhals.when(number == place).then(narwhals.lit(str(period))).otherwise(expr)
        return expr

    def _totals(self, table: Any, pay: str, credited: str, period: str) -> Any:
        """The totals of each person and settlement period."""
        person, count = self.job.columns["person"], len(self.job.days.periods.get("period", ()))
        sums = (narwhals.len().alias("lines"), narwhals.col(credited).sum(), narwhals.col(pay).sum())
        names = {"lines": "lines", "credited": credited, "pay": pay}
        figures = [narwhals.col(column).cast(_INTEGER).alias(name) for name, column in names.items()]
        least, most = self.survey.spans.get("person", (0, _HALF))
        if not count or not -_HALF < least * count <= (most + 1) * count < _HALF:
            return table.group_by(person, period).agg(*sums).select(person, self._labels(narwhals.col(period)).alias("period"), *figures)
        # One key of integers is summed up much faster than two of any kind.
        both = narwhals.col(person).cast(_INTEGER) * count + narwhals.col(period)
        keyed = table.with_columns(both.alias(f"{PREFIX}both")).group_by(f"{PREFIX}both").agg(*sums)
        who = (narwhals.col(f"{PREFIX}both") // count).cast(table.collect_schema()[person]).alias(person)
        number = narwhals.col(f"{PREFIX}both") - narwhals.col(f"{PREFIX}both") // count * count
        return keyed.select(who, self._labels(number).alias("period"), *figures)

    def _by_component(self) -> list[Total]:
        """The totals of each person, settlement period and component."""
        person, period, money = self.job.columns["person"], f"{PREFIX}period", self.job.versions[-1].money
        found: dict[tuple[str, int, str], list[int]] = {}
        for name, mask in self.paid:
            rows = self.ops.frame if mask is True else self.ops.frame.filter(mask.expr)
            told = rows.select(person, period, self.ops.expr(self.components[name]).alias("pay"), self.ops.expr(self.amounts["amount"]).alias("credited"))
            sums = told.group_by(person, period).agg(narwhals.len().alias("lines"), narwhals.col("credited").sum(), narwhals.col("pay").sum()).collect()
            for row in zip(*(sums[column].to_list() for column in (person, period, "lines", "credited", "pay")), strict=True):
                figures = found.setdefault((str(row[0]), int(row[1]), name), [0, 0, 0])
                figures[:] = (before + int(more) for before, more in zip(figures, row[2:], strict=True))
        periods = self.job.days.periods.get("period", [])
        return [
            Total(
                person=who,
                period=periods[when],
                component=name,
                lines=lines,
                credited=Money.from_minor(credited, money),
                pay=Money.from_minor(pay, money),
            )
            for (who, when, name), (lines, credited, pay) in found.items()
        ]

    # The state

    def _open(self) -> tuple[Any, ...]:
        """Open the running totals of the state; those that no component of the plan keeps any more are given back."""
        kept = kept_totals(self.job.days)
        opened: dict[tuple[str, str], dict[tuple[Any, int], Fraction]] = {}
        other = []
        for label, (person, start), value in self.opening.totals:
            name, over = kept.get(label, ("", ""))
            number = interval_number(self.job.days, over, date.fromisoformat(start)) if name else None
            if number is None or person not in self.people:
                other.append((label, (person, start), value))
            else:
                opened.setdefault((name, over), {})[self.people[person], number] = Fraction(value)
        for at, ((name, over), values) in enumerate(opened.items()):
            den = lcm(*(value.denominator for value in values.values()))
            self.ops.dens[name] = den
            column = f"{PREFIX}opened{at}"
            answers = {key: (int(value * den),) for key, value in values.items()}
            self.ops.frame = looked_up(self.ops.frame, [self.job.columns["person"], f"{PREFIX}{over}"], answers, [column])
            self.ops.frame = self.ops.frame.with_columns(narwhals.col(column).fill_null(0))
            self.ops.opened[name, over] = column, max(abs(total) for (total,) in answers.values())
        return tuple(other)

    def _state(self) -> State:
        """What to go on from: the totals of the state before, and what the rows added."""
        found: dict[tuple[str, tuple[str, ...]], Any] = {}
        for name, account, value in self.opening.totals:
            found[name, account] = value
        person = self.job.columns["person"]
        for (name, over), (column, _) in self.ops.sums.items():
            summed = self.ops.frame.group_by(person, f"{PREFIX}{over}").agg(narwhals.col(column).sum()).collect()
            gathered = name in self.ops.gathered
            for who, interval, total in zip(*(summed[each].to_list() for each in (person, f"{PREFIX}{over}", column)), strict=True):
                key = (f"{name}.{over}", (str(who), self.job.days.periods[over][int(interval)].start.isoformat()))
                found[key] = found.get(key, 0) + (Fraction(int(total), self.ops.dens[name]) if gathered else int(total))
        totals = [(name, account, value) for (name, account), value in found.items() if value]
        return closed(self.opening, self.job.plans, self.survey.last, totals, self._lines)

    def _lines(self, period: Period) -> int:
        """How many lines a settlement period has."""
        known = self.job.days.periods.get("period", [])
        if period not in known:
            return 0
        inside = self.ops.frame.filter(narwhals.col(f"{PREFIX}period") == known.index(period))
        masked = (inside if mask is True else inside.filter(mask.expr) for _, mask in self.paid)
        return sum(int(rows.select(narwhals.len().alias("rows")).collect()["rows"][0]) for rows in masked)


def _tuple(answer: Any) -> tuple[int, ...]:
    return answer if isinstance(answer, tuple) else (answer,)


class _Named:
    """A book that says 1 where a field is one of some names."""

    width = 1

    def __init__(self, field: str, names: tuple[str, ...]) -> None:
        self.fields, self._names = (field,), names

    def find(self, key: tuple[str, ...]) -> int:
        """Whether the name is one of them."""
        return int(key[0] in self._names)


class _LazyRows:
    """The table as a rule reads it, under one version of the plan."""

    def __init__(self, work: _LazyPass, version: int) -> None:
        self.work, self.ops, self.job, self.version = work, work.ops, work.job, version
        self.person = self.job.columns["person"]
        self._found: dict[Any, Any] = {}

    def accounts(self, over: str) -> list[str]:
        """The columns that tell accounts apart."""
        return self.work.by_account(over)

    def __getattr__(self, name: str) -> Any:
        columns, survey = self.job.columns, self.work.survey
        lo, hi = survey.spans[name]
        scale = 10 ** self.job.versions[-1].unit_digits if name == "units" else 1
        expr = narwhals.col(columns[name]).cast(_INTEGER)
        return self.ops.cell(expr, lo, hi) * scale

    @cached_property
    def amount(self) -> Any:
        """The amount credited, in the plan's currency."""
        return self.work.amounts["amount"]

    @cached_property
    def cost(self) -> Any:
        """The cost, in the plan's currency."""
        return self.work.amounts["cost"]

    @cached_property
    def list_amount(self) -> Any:
        """The value at list price, in the plan's currency."""
        return self.work.amounts["list_amount"]

    @cached_property
    def margin(self) -> Any:
        """What the sale made."""
        return self.ops.kept(self.amount - self.cost)

    @cached_property
    def sign(self) -> Any:
        """-1 for what is taken back."""
        return self.ops.where(self.amount < 0, -1, 1)

    @cached_property
    def deals(self) -> Any:
        """Counts of a deal."""
        return self.sign * DEAL

    @cached_property
    def new_customers(self) -> Any:
        """Counts of a new customer."""
        column = narwhals.col(self.job.columns["new_customer"])
        return self.ops.where(Cell(self.ops, column, 0, 1, self.ops.rows), self.deals, 0)

    def forget(self) -> None:
        """What was found for the rows of one component may be missing for those of another."""
        self._found.clear()

    def find(self, book: Any) -> Any:
        """What a book or the facts say."""
        key = book if isinstance(book, Ask) else (book.scope if isinstance(book, Covered) else id(book))
        if key not in self._found:
            self._found[key] = self._fact(book) if isinstance(book, Ask) else self._told(book)
        return self._found[key] if book.width > 1 else self._found[key][0]

    def _told(self, book: Any) -> tuple[Any, ...]:
        """The answers of a book about the sale: each distinct key is asked once."""
        names = [self.job.columns[field] for field in book.fields]
        answers = self.work.asked(names, lambda values: book.find(tuple("" if value is None else str(value) for value in values)))
        return self.work.joined(names, answers) if answers else (0,) * book.width

    def _fact(self, ask: Ask) -> tuple[Any, ...]:
        """What the facts say of each person over an interval."""
        columns, work = self.job.columns, self.work
        if ask.what == "factor" and ask.name in columns.factors:
            work.check_fact(columns.factors[ask.name], ask.over)
            return work.factor(columns.factors[ask.name])
        if columns.has(ask.what):
            work.check_fact(columns[ask.what], ask.over)
            return (getattr(self, ask.what) * (ask.unit if ask.counted else 1),)
        keys, periods = [self.person, f"{PREFIX}{ask.over}"], self.job.days.periods.get(ask.over, [])
        answers = work.asked(keys, lambda account: self.job.books.answer(ask, str(account[0]), periods[int(account[1])]))
        if not answers:
            return (1,) * ask.width
        keys = work.by_account(ask.over)
        answers = {account[: len(keys)]: answer for account, answer in answers.items()}
        if ask.width == 2:
            den = lcm(*(bottom for _, bottom in answers.values()))
            return work.joined(keys, {key: (top * (den // bottom),) for key, (top, bottom) in answers.items()})[0], den
        return work.joined(keys, answers)
