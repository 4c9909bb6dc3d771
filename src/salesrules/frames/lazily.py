"""Tables that stay where they are: what must be known beforehand is asked in a few small queries, and the rest becomes one query of the engine."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import lcm, prod
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
from .lazy_returns import DATED, OPEN, WHOSE, LazyReturned, LazySettled, Ruled
from .lazy_splits import Joint
from .lookups import distinct, looked_up
from .states import closed, interval_number, kept_totals
from .summed import labels, streamed, summed
from .survey import PREFIX, Survey, surveyed

__all__ = ["apply_expressions"]

_INTEGER = narwhals.Int64()
_WIDE = 10**12
_MANY = 1_000
_Ask = Callable[[list[tuple[Any, ...]]], Iterable[tuple[int, ...]]]


def apply_expressions(job: Job, frame: Any, order: tuple[str, ...], opening: State | None, outputs: Mapping[str, str], splits: Any = None) -> Applied:
    """Apply the plan with the expression carrier."""
    eager = isinstance(frame, narwhals.DataFrame)
    joint = None if splits is None else Joint(job, frame, splits, order)
    overs = {over for plan in job.versions for part in plan.parts for over in _overs(part)}
    stateful = any(part.plain.totals for plan in job.versions for part in plan.parts)
    source = frame.lazy() if joint is None else joint.source
    settled = LazySettled(job, source) if job.columns.paid else None
    back = LazyReturned(job, source if settled is None else settled.frame, order, joint=joint is not None)
    sold = DATED if back.any and (len(job.versions) > 1 or job.plans.ends is not None) else ""
    survey = surveyed(job, back.frame, back.order, ("period", *sorted(overs - {"period"})), stateful=stateful, sold=sold)
    survey = survey if joint is None else joint.spread(survey, stateful=stateful, returned=back.any)
    return _LazyPass(job, survey, order, opening or State(), joint, back if back.any else None, settled).apply(outputs, eager=eager)


def _overs(part: Part) -> set[str]:
    """The intervals that a component asks about or adds up over."""
    return {over for _, over in part.plain.totals} | {ask.fields[1] for ask in part.plain.asks}


class _LazyPass:
    """A plan on its way over a table that is not read into memory."""

    def __init__(
        self, job: Job, survey: Survey, order: tuple[str, ...], opening: State, joint: Joint | None, back: LazyReturned | None, settled: LazySettled | None
    ) -> None:
        self.job, self.survey, self.order, self.opening, self.joint, self.back, self.settled = job, survey, order, opening, joint, back, settled
        kind = survey.frame.implementation
        doubles = kind.is_ibis() or kind.is_pyspark() or kind.is_pyspark_connect()
        self.ops = ExprOps(survey.frame, rows=survey.most, doubles=doubles, order=survey.order)
        self.people = {str(person): person for person in survey.people}
        self.paid: list[Ruled] = []
        self._looked = 0
        self._met: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
        self.kept = self._open()
        self.before: dict[str, Any] = {}
        self.amounts = self._amounts()
        self.parts: dict[str, Any] = {}
        if joint is not None:
            self.parts = self._divided(joint)
            self.amounts = {name: self.parts.get(name, cell) for name, cell in self.amounts.items()}

    def apply(self, outputs: Mapping[str, str], *, eager: bool) -> Applied:
        """Run the rules, and make of them what was asked for."""
        ops, paid = self.ops, dict[str, Any]()
        base = _LazyRows(self, self.survey.versions[0])
        credited = ops.summed(ops.kept(base.amount))
        for version in self.survey.versions:
            rows = _LazyRows(self, version)
            for part in self.job.versions[version].parts:
                paid[part.component.id] = self._pay(part, self.job.versions[version], rows) + paid.get(part.component.id, 0)
        ruled = {name: ops.kept(one) for name, one in paid.items()}
        booked = ruled if self.back is None else self.back.booked(self, ruled, self.paid, self.settled)
        self.components, by_rule = (self._with_settled(each) for each in (booked, ruled))
        pay = ops.summed(ops.kept(sum(self.components.values(), 0)))
        rules = pay if booked is ruled else ops.summed(ops.kept(sum(by_rule.values(), 0)))
        period = narwhals.col(f"{PREFIX}period")
        parts = {f"pay.{component.id}": ops.expr(self.components.get(component.id, 0)) for plan in self.job.versions for component in plan.components}
        figures = {
            **parts,
            "pay": ops.expr(pay),
            "by_rule": ops.expr(rules),
            "credited": ops.expr(credited),
        }
        if "period" in outputs:
            figures["period"] = labels(period, self.job.days.periods.get("period", ()))
        named = dict(outputs) if "pay" in outputs else {**outputs, "pay": f"{PREFIX}pay"}
        sums = {f"{PREFIX}sum_pay": ops.expr(pay), f"{PREFIX}sum_credited": ops.expr(credited), f"{PREFIX}sum_period": period}
        person = self.job.columns["person"] if self.joint is not None else ""
        own = [name if self.back is None or name == person else self.back.own(name) for name in self.job.available]
        kept = [name for name, there in ((WHOSE, self.back), (OPEN, self.settled)) if there is not None]
        rows = ops.frame if self.joint is None else self.joint.in_order(ops.frame)
        whole = rows.select(*own, *(figures[name].alias(column) for name, column in named.items()), *(expr.alias(name) for name, expr in sums.items()), *kept)
        whole = whole.collect() if eager else whole
        table = whole.drop(*sums)

        def later() -> Any:
            return streamed(whole, lambda rows: self._totals(rows, *sums)).to_native()

        now = later() if eager else None
        return Applied(
            lines=table.drop(*kept, *(() if "pay" in outputs else (named["pay"],))).to_native(),
            totals=(lambda: now) if eager else later,
            job=self.job,
            order=self.order,
            opening=self.opening,
            outputs=outputs,
            state=self._state,
            components=self._by_component,
            table=table,
            pay=named["pay"],
            credits=self.joint,
            whose=WHOSE if self.back is not None else "",
        )

    def _with_settled(self, pays: Mapping[str, Any]) -> dict[str, Any]:
        """What the components pay, rows of earlier runs among them."""
        if self.settled is None:
            return dict(pays)
        return {name: self.ops.kept(self.settled.pay(self.ops, name, pay)) for name, pay in pays.items()}

    def _pay(self, part: Part, plan: Plan, rows: "_LazyRows") -> Any:
        """What a component pays each row; nothing where it does not cover it."""
        ops = self.ops
        ops.mask = self._covered(part, plan, rows)
        if ops.mask is False:
            return 0
        self.paid.append((part.component.id, rows.version, ops.mask))
        rows.forget()
        return ops.where(ops.mask, part.component.pay(ops, cast("Any", rows), part.names, part.case), 0)

    def _covered(self, part: Part, plan: Plan, rows: "_LazyRows") -> Any:
        ops = self.ops
        ops.mask = True
        covered = self._of_version(rows.version)
        covered = covered & (part.component.credit == "direct" if self.joint is None else self.joint.credited(ops, part.component.credit))
        if part.scope_key is not None:
            covered = covered & (rows.find(part.covered) == 1)
        if part.component.roles:
            covered = covered & (rows.find(_Named("role", part.component.roles)) == 1)
        if plan.house:
            covered = covered & (rows.find(_Named("person", plan.house)) == 0)
        if self.settled is not None:
            covered = covered & self.settled.open(ops)
        return ops.kept(covered)

    def _amounts(self) -> dict[str, Any]:
        """The amounts in the plan's currency."""
        columns, survey, ops = self.job.columns, self.survey, self.ops
        made = {}
        for name in ("amount", "cost", "list_amount"):
            if columns.has(name):
                made[name] = ops.cell(narwhals.col(columns[name]).cast(_INTEGER), *survey.spans[name])
                self.before[name] = 0 if self.back is None else self.back.before(ops, name)
        if self.job.currencies is None:
            return made
        keys = [columns["currency"], columns["rate"] if columns.has("rate") else columns["date"] if self.back is None else DATED]
        answers = {}
        for code, version, when in self._distinct([keys[0], f"{PREFIX}version", keys[1]]):
            worth = self.job.currencies.worth(str(code or ""), int(version), when)
            answers[code, version, when] = *worth, int(str(code or "") not in {"", self.job.versions[int(version)].currency})
        common = lcm(*(den for _, den, _ in answers.values()))
        if common < _WIDE:
            answers = {key: (num * (common // den), common, away) for key, (num, den, away) in answers.items()}
        if not any(away for *_, away in answers.values()):
            return made
        num, den, foreign = self.joined([keys[0], f"{PREFIX}version", keys[1]], answers)
        for version in self.survey.versions:
            rounding, step = self.job.versions[version].conversion.rounding, self.job.currencies.step(version)
            concerned = (foreign == 1) & self._of_version(version)
            for name, cell in made.items():
                before = self.before[name]
                after, earlier = (ops.muldiv(off, num, den * step, rounding.mode) for off in (before + cell, before))
                made[name] = ops.where(concerned, (after - earlier) * step, cell)
                self.before[name] = ops.where(concerned, earlier * step, before)
        return made

    def _divided(self, joint: Joint) -> dict[str, Any]:
        """What of each quantity is credited to the person of its row. Of a return it is what all to date take off, less what the earlier ones did."""
        rows, fields = _LazyRows(self, self.survey.versions[0]), self.job.fields
        told = {name: (cell, self.before[name]) for name, cell in self.amounts.items() if name == "amount" or name in fields}
        if "units" in fields:
            told["units"] = rows.units, (0 if self.back is None else self.back.before(self.ops, "units")) * 10 ** self.job.versions[-1].unit_digits
        if self.job.counted:
            told["deals"] = rows.deals, 0 if self.back is None else self.back.deals_before(self.ops)
        if "new_customer" in fields:
            told["new_customers"] = rows.new_customers, rows.new(told["deals"][1])
        upto = {name: before + now for name, (now, before) in told.items()}
        made = joint.divide(self.ops, {**upto, **{f"{name}_before": before for name, (_, before) in told.items()}})
        return {name: made[name] - made[f"{name}_before"] for name in told}

    def _of_version(self, version: int) -> Any:
        """Which rows fall under a version of the plan."""
        if len(self.survey.versions) == 1:
            return True
        return Cell(self.ops, narwhals.col(f"{PREFIX}version") == version, 0, 1, self.ops.rows)

    def joined(self, names: list[str], answers: Mapping[tuple[Any, ...], tuple[int, ...]], *, whole: bool = False) -> tuple[Any, ...]:
        """The answers for each row, looked up by some columns.

        Args:
            names: the columns.
            answers: the answers by their values.
            whole: whether every row has an answer.
        """
        ops = self.ops
        columns = list(zip(*answers.values(), strict=True))
        for column in columns:
            ops.fit((min(column), max(column)))
        made = [f"{PREFIX}found{self._looked}_{at}" for at in range(len(columns))]
        self._looked += 1
        if all(len(set(column)) == 1 for column in columns):
            return tuple(column[0] for column in columns)
        missing = {at for key in answers if None in key for at, value in enumerate(key) if value is None}
        for at, name in enumerate(names):
            if at in missing:
                filled = f"{PREFIX}filled_{name}"
                ops.frame = ops.frame.with_columns(narwhals.col(name).cast(narwhals.String()).fill_null("").alias(filled))
                answers = {(*key[:at], "" if key[at] is None else str(key[at]), *key[at + 1 :]): answer for key, answer in answers.items()}
                names = [*names[:at], filled, *names[at + 1 :]]
        ops.frame = looked_up(ops.frame, names, answers, made, whole=whole)
        return tuple(ops.cell(narwhals.col(name), min(column), max(column)) for name, column in zip(made, columns, strict=True))

    def factor(self, column: str) -> tuple[Any, int]:
        """A factor that stands in the rows: numerators over one denominator."""
        values = {key: ratio(str(key[0])) for key in self._distinct([column])}
        den = lcm(*(value.denominator for value in values.values()))
        return self.joined([column], {key: (int(value * den),) for key, value in values.items()}, whole=True)[0], den

    def check_fact(self, column: str, over: str) -> None:
        """A fact about a person must be the same in all rows of an interval."""
        keys, told = [self.job.columns["person"], f"{PREFIX}{over}"], narwhals.col(column)
        open_rows = self.ops.frame if self.settled is None else self.ops.frame.filter(narwhals.col(OPEN))
        ends = open_rows.group_by(*keys).agg(told.min().alias(f"{PREFIX}least"), told.max().alias(f"{PREFIX}most"))
        wrong = ends.filter(narwhals.col(f"{PREFIX}least") != narwhals.col(f"{PREFIX}most")).sort(*keys).head(1).collect()
        if len(wrong):
            raise FactError(
                "frames.varies",
                "{person} has two values in {interval}; a fact about a person is the same in all rows of an interval",
                path=f"column {column}",
                person=str(wrong[keys[0]][0]),
                interval=str(self.job.days.periods[over][int(wrong[keys[1]][0])]),
            )

    def asked(self, names: list[str], ask: _Ask, *, plain: bool = True) -> tuple[dict[tuple[Any, ...], tuple[int, ...]], bool]:
        """What is answered for the values of some columns, and whether that is so of all rows; or, where one of those is refused, of the rows that count.

        Args:
            names: the columns.
            ask: answers for several values.
            plain: whether answers for values that no row has do no harm.
        """
        if not names:
            return dict(zip([()], ask([()]), strict=True)), True
        known = self._conceivable(names) if plain else []
        with suppress(SalesRulesError):
            if known:
                return dict(zip(known, ask(known), strict=True)), True
        try:
            met = self._distinct(names)
            return dict(zip(met, ask(met), strict=True)), True
        except SalesRulesError:
            if self.ops.mask is True:
                raise
        met = distinct(self.ops.frame.filter(self.ops.mask.expr), names)
        return dict(zip(met, ask(met), strict=True)), False

    def _conceivable(self, names: list[str]) -> list[tuple[Any, ...]]:
        """All values that some columns may have, where those are few and known; else none."""
        columns, survey = self.job.columns, self.survey
        fields = {columns[name]: name for name in survey.spans}
        told: list[Sequence[Any]] = []
        for name in names:
            least, most = survey.spans.get(fields.get(name, ""), (0, _MANY))
            if name == columns["person"]:
                told.append(survey.people)
            elif name in survey.calendar.names:
                told.append(survey.calendar.numbers(name))
            elif most - least < _MANY:
                told.append(range(least, most + 1))
            else:
                return []
        return list(product(*told)) if prod(map(len, told)) <= max(_MANY, survey.size // 4) else []

    def _distinct(self, names: list[str]) -> list[tuple[Any, ...]]:
        """The distinct values of some columns over all rows, asked of the table as it came, once for each set of columns."""
        if tuple(names) not in self._met:
            joint = self.joint if self.job.columns["person"] not in names else None
            self._met[tuple(names)] = distinct(self.survey.frame if joint is None else joint.sales, names)
        return self._met[tuple(names)]

    def by_account(self, over: str) -> list[str]:
        """The columns that tell accounts apart: person and interval, of which the interval is left out where there is only one."""
        return [self.job.columns["person"], *([f"{PREFIX}{over}"] if over in self.survey.several else [])]

    # What goes out

    def _totals(self, table: Any, pay: str, credited: str, period: str) -> Any:
        """The totals of each person and settlement period."""
        person = self.job.columns["person"]
        table = table if self.settled is None else table.filter(narwhals.col(OPEN))
        table = table if self.back is None else table.with_columns(narwhals.col(WHOSE).alias(person))
        return summed(table, person, period, (credited, pay), self.job.days.periods.get("period", ()), self.survey.spans.get("person"))

    def _by_component(self) -> list[Total]:
        """The totals of each person, settlement period and component."""
        person, period, money = self.job.columns["person"], f"{PREFIX}period", self.job.versions[-1].money
        found: dict[tuple[str, int, str], list[int]] = {}
        for name, _, mask in self.paid:
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
        masked = (inside if mask is True else inside.filter(mask.expr) for *_, mask in self.paid)
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

    @cached_property
    def units(self) -> Any:
        """How many were sold, in the plan's precision."""
        return self.work.parts["units"] if "units" in self.work.parts else self.__getattr__("units")

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
        negative = self.amount < 0
        return self.ops.where(negative if self.work.back is None else negative | self.work.back.among(self.ops), -1, 1)

    @cached_property
    def deals(self) -> Any:
        """Counts of a deal."""
        if "deals" in self.work.parts:
            return self.work.parts["deals"]
        deals = self.sign * DEAL
        return deals if self.work.back is None else self.work.back.deals(self.ops, deals)

    @cached_property
    def new_customers(self) -> Any:
        """Counts of a new customer."""
        return self.work.parts["new_customers"] if "new_customers" in self.work.parts else self.new(self.deals)

    def new(self, deals: Any) -> Any:
        """What of some deals was made with new customers."""
        column = narwhals.col(self.job.columns["new_customer"])
        return self.ops.where(Cell(self.ops, column, 0, 1, self.ops.rows), deals, 0)

    def forget(self) -> None:
        """What was found for the rows of one component may be missing for those of another."""
        self._found.clear()

    def find(self, book: Any) -> Any:
        """What a book or the facts say."""
        key = book if isinstance(book, Ask) else (book.scope if isinstance(book, Covered) else id(book))
        if key not in self._found:
            self._found[key] = book, self._fact(book) if isinstance(book, Ask) else self._told(book)  # kept, so that no other book gets its number
        found = self._found[key][1]
        return found if book.width > 1 else found[0]

    def _told(self, book: Any) -> tuple[Any, ...]:
        """The answers of a book about the sale: each distinct key is asked once."""
        names = [self.job.columns[field] for field in book.fields]

        def texts(values: tuple[Any, ...]) -> tuple[str, ...]:
            return tuple("" if value is None else str(value) for value in values)

        answers, whole = self.work.asked(names, lambda met: [_tuple(book.find(texts(values))) for values in met])
        return self.work.joined(names, answers, whole=whole) if answers else (0,) * book.width

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

        def told(accounts: list[tuple[Any, ...]]) -> Iterable[tuple[int, ...]]:
            people: dict[int, list[str]] = {}
            for person, number in accounts:
                people.setdefault(number, []).append(str(person))
            found = {number: iter(self.job.books.answers(ask, some, periods[int(number)])) for number, some in people.items()}
            return [next(found[number]) for _, number in accounts]

        answers, whole = work.asked(keys, told, plain=ask.width == 1)
        if not answers:
            return (1,) * ask.width
        keys = work.by_account(ask.over)
        answers = answers if len(keys) > 1 else {account[:1]: answer for account, answer in answers.items()}
        if ask.width == 2:
            den = lcm(*(bottom for _, bottom in answers.values()))
            return work.joined(keys, {key: (top * (den // bottom),) for key, (top, bottom) in answers.items()}, whole=whole)[0], den
        return work.joined(keys, answers, whole=whole)
