"""A carrier that writes a rule out as plain Python once, so that it then runs over many records without being interpreted anew.

`SourceOps` speaks the words of `salesrules.ops` on symbols instead of numbers. Running a rule on it leaves a straight list of assignments;
`compiled` turns that list into a function. The text is made of generated names and integers only: whatever a policy says in words
(names, scopes, messages) is bound as a constant and never becomes source.

    >>> def rule(o, x):
    ...     after = o.accumulate("ytd", x.amount, x, "year")
    ...     return o.let("pay", o.muldiv(o.min(after, 1000) - o.min(after - x.amount, 1000), 5, 100, "half_up"), after)
    >>> from types import SimpleNamespace
    >>> made = compiled(rule, trace=True)
    >>> cells = ([0],)                                      # one running total, opened at 0
    >>> [made.run(SimpleNamespace(amount=amount), cells, (), made.answers()) for amount in (700, 700)]
    [(35, (35, 700)), (15, (15, 1400))]
    >>> made.notes((15, 1400))
    {'pay': (15, 1400)}
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any

import attrs

from .errors import SalesRulesError
from .money import Mode, divide
from .ops import Book, Edges, Operand, Rising, gathered

__all__ = ["Compiled", "SourceOps", "Term", "compiled"]


class Term(Operand):
    """A symbol that stands for a number; arithmetic on it writes source.

    ``short`` knows shorter ways to write an operation on it: ``{(sign, integer): how}``.
    """

    __slots__ = ("short", "text")

    def __init__(self, ops: "SourceOps", text: str) -> None:
        super().__init__(ops)
        self.text = text
        self.short: Callable[[str, int], Term | None] | None = None


_VARIABLE = re.compile(r"v\d+")
_ASSIGNED = re.compile(r"(v\d+) = ")
_NEUTRAL = {("+", 0), ("-", 0), ("*", 1), ("//", 1), ("and", True), ("or", False)}
_ABSORBING = {("*", 0): 0, ("and", False): False, ("or", True): True}


class _Operands:
    """The record as symbols: each field that the rule reads is read once."""

    def __init__(self, ops: "SourceOps", paths: dict[str, str]) -> None:
        self._ops, self._paths, self._read = ops, paths, dict[str, Term]()

    def __getattr__(self, name: str) -> Term:
        if name not in self._read:
            self._read[name] = self._ops.name(self._paths.get(name, f"x.{name}"))
        return self._read[name]


class SourceOps:
    """The words of `salesrules.ops.Ops`, on symbols.

    Args:
        trace: whether `let` keeps what it names.
        steady: the fields that are the same for all records of an account.
    """

    def __init__(self, *, trace: bool, steady: frozenset[str] = frozenset()) -> None:
        self.trace, self.steady = trace, steady
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {"divide": divide, "gathered": gathered, "bisect_left": bisect_left, "bisect_right": bisect_right}
        self.cells: list[tuple[str, str]] = []
        self.asks: list[Book] = []
        self.books: list[Book] = []
        self.notes: list[tuple[str, tuple[str, ...]]] = []
        self._named = 0

    def name(self, text: str) -> Term:
        """A new variable for an expression."""
        variable = self._variable()
        self.lines.append(f"{variable.text} = {text}")
        return variable

    def _variable(self) -> Term:
        self._named += 1
        return Term(self, f"v{self._named}")

    def text(self, operand: Any) -> str:
        """An operand as source: a variable, or an integer written out; anything else is bound as a constant."""
        if isinstance(operand, Term):
            return operand.text
        if isinstance(operand, int):
            return f"({operand!r})" if operand < 0 else repr(operand)
        return self.constant(operand)

    def constant(self, value: Any) -> str:
        """A name bound to a value."""
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name

    def infix(self, left: Any, sign: str, right: Any) -> Any:
        """An operator applied to two operands of which at least one is a symbol; what changes nothing is left out."""
        for constant, other in ((right, left), (left, right)):
            if not isinstance(constant, Term):
                if (sign, constant) in _ABSORBING:
                    return _ABSORBING[sign, constant]
                if (sign, constant) in _NEUTRAL and (constant is right or sign in {"+", "*", "and", "or"}):
                    return other
                shorter = other.short(sign, constant) if other.short is not None and constant is right else None
                if shorter is not None:
                    return shorter
        return self.name(f"{self.text(left)} {sign} {self.text(right)}")

    def where(self, condition: Any, then: Any, otherwise: Any) -> Any:
        if not isinstance(condition, Term):
            return then if condition else otherwise
        return self.name(f"{self.text(then)} if {condition.text} else {self.text(otherwise)}")

    def min(self, a: Any, b: Any) -> Any:
        return self.name(f"{self.text(a)} if {self.text(a)} < {self.text(b)} else {self.text(b)}")

    def max(self, a: Any, b: Any) -> Any:
        return self.name(f"{self.text(a)} if {self.text(a)} > {self.text(b)} else {self.text(b)}")

    def pos(self, a: Any) -> Any:
        return self.max(a, 0)

    def find(self, name: str, book: Book, record: Any) -> Any:
        if book.fields and self.steady.issuperset(book.fields):
            answer = self.name(f"facts[{self._slot(self.asks, book)}]")
        else:
            slot = self._slot(self.books, book)
            told = [getattr(record, field).text for field in book.fields]
            key = f"({', '.join(told)},)" if told else "()"
            entry, known = self.name(told[0] if len(told) == 1 else key), self.name(f"answers[{slot}]")
            answer = self.name(f"{known.text}.get({entry.text})")
            self.lines.append(f"if {answer.text} is None: {answer.text} = {known.text}[{entry.text}] = {self.constant(book.find)}({key})")
        if book.width == 1:
            return answer
        return tuple(self.name(f"{answer.text}[{position}]") for position in range(book.width))

    @staticmethod
    def _slot(books: list[Book], book: Book) -> int:
        if book not in books:
            books.append(book)
        return books.index(book)

    def pick(self, values: Sequence[int], index: Any) -> Any:
        if len(set(values)) == 1:
            return values[0]
        if isinstance(index, int):
            return values[index]
        entry = self.name(f"{self.constant(tuple(values))}[{index.text}]")
        entry.short = lambda sign, by: self.pick([value * by for value in values], index) if sign == "*" else None
        return entry

    def locate(self, edges: Edges, x: Any, unit: Any) -> Any:
        if isinstance(unit, int):
            scaled = tuple(-(-num * unit // edges.den) if edges.lower_inclusive else num * unit // edges.den for num in edges.nums)
            place, bounds = self.text(x), self.constant(scaled)
        elif edges.lower_inclusive:
            place, bounds = f"{self.text(x * edges.den)} // {self.text(unit)}", self.constant(tuple(edges.nums))
        else:
            place, bounds = f"-(-{self.text(x * edges.den)} // {self.text(unit)})", self.constant(tuple(edges.nums))
        above = self.name(f"{'bisect_right' if edges.lower_inclusive else 'bisect_left'}({bounds}, {place})")
        band = self.name(f"{above.text} - 1")
        band.short = lambda sign, by: above if (sign, by) == ("+", 1) else None
        return band

    def rise(self, curve: Rising, before: Any, after: Any, unit: Any) -> Any:
        return curve.total(self, after, unit) - curve.total(self, before, unit)

    def muldiv(self, a: Any, num: Any, den: Any, mode: Mode) -> Any:
        value = a * num
        if not isinstance(value, Term) and not isinstance(den, Term):
            return divide(value, den, mode)
        if isinstance(den, int) and den == 1:
            return value
        if mode != "half_up":
            return self.name(f"divide({self.text(value)}, {self.text(den)}, {self.constant(mode)})")
        top, bottom = self.text(value), self.text(den)
        half = self.text(den // 2) if isinstance(den, int) else f"{bottom} // 2"
        return self.name(f"({top} + {half}) // {bottom} if {top} >= 0 else -(({half} - {top}) // {bottom})")

    def accumulate(self, name: str, value: Any, record: Any, over: str) -> Any:
        cell = self._cell(name, over)
        total = self.name(f"{cell.text}[0] + {self.text(value)}")
        self.lines.append(f"{cell.text}[0] = {total.text}")
        return total

    def gather(self, name: str, num: Any, den: Any, record: Any, over: str) -> tuple[Any, Any, Any]:
        cell, told = self._cell(name, over), self._variable()
        # In brackets, because it is no plain assignment: it must be run once, where it stands.
        self.lines.append(f"({told.text}) = gathered({cell.text}, {self.text(num)}, {self.text(den)})")
        return self.name(f"{told.text}[0]"), self.name(f"{told.text}[1]"), self.name(f"{told.text}[2]")

    def _cell(self, name: str, over: str) -> Term:
        if (name, over) not in self.cells:
            self.cells.append((name, over))
        return self.name(f"cells[{self.cells.index((name, over))}]")

    def let(self, name: str, value: Any, *why: Any) -> Any:
        if self.trace:
            self.notes.append((name, tuple(self.text(part) for part in (value, *why))))
        return value

    def require(self, condition: Any, error: Callable[[], SalesRulesError]) -> None:
        if isinstance(condition, Term):
            self.lines.append(f"if not {condition.text}: raise {self.constant(error)}()")
        elif not condition:
            raise error()


@attrs.frozen(kw_only=True)
class Compiled:
    """A rule written out.

    Args:
        run: ``run(record, cells, facts, answers)`` gives the value and the notes, which are ``None`` without trace.
        noted: what the notes are: each name, and how many values it has.
        totals: the running totals the rule keeps, as ``(name, over)``; ``cells`` holds a one-element list for each.
        asks: the books whose answer is the same for all records of an account; ``facts`` holds an answer for each.
        books: the other books; ``answers`` holds a dictionary for each, which fills as the rule runs.
        reads: the fields of the record that the rule reads.
        text: the source, for whoever wants to read it.
    """

    run: Callable[..., Any]
    noted: tuple[tuple[str, int], ...]
    totals: tuple[tuple[str, str], ...]
    asks: tuple[Book, ...]
    books: tuple[Book, ...]
    reads: tuple[str, ...]
    text: str

    def notes(self, values: tuple[Any, ...]) -> dict[str, tuple[Any, ...]]:
        """The values that a run noted, by name."""
        ends = accumulate(width for _, width in self.noted)
        return {name: values[end - width : end] for (name, width), end in zip(self.noted, ends, strict=True)}

    def answers(self) -> tuple[dict[Any, Any], ...]:
        """Empty answers of the books, for a new run."""
        return tuple({} for _ in self.books)


def _tightened(lines: list[str]) -> list[str]:
    """The lines without assignments that nothing reads, and with those that are read once written where they are read."""
    needed, reads = [], Counter[str]()
    for line in reversed(lines):
        target = _ASSIGNED.match(line)
        if target is None or reads[target[1]]:
            needed.append(line)
            reads.update(_VARIABLE.findall(line[target.end() :] if target else line))
    waiting: dict[str, str] = {}
    tight: list[str] = []
    for line in reversed(needed):
        target = _ASSIGNED.match(line)
        body = _VARIABLE.sub(lambda name: f"({waiting.pop(name[0])})" if name[0] in waiting else name[0], line[target.end() :] if target else line)
        if target is None:
            tight += [*(f"{name} = {value}" for name, value in waiting.items()), body]
            waiting.clear()
        elif reads[target[1]] == 1:
            waiting[target[1]] = body
        else:
            tight.append(f"{target[1]} = {body}")
    return tight


def compiled(rule: Callable[[Any, Any], Any], *, trace: bool, steady: frozenset[str] = frozenset(), paths: Mapping[str, str] | None = None) -> Compiled:
    """Write a rule out as a function.

    Args:
        rule: the rule, called once with the carrier and the record as symbols.
        trace: whether the function also returns what `let` named.
        steady: the fields that are the same for all records of an account; books that read only these are asked once per account.
        paths: where a field is found, as source over ``x``, when it is not an attribute of the record itself.

    Raises:
        FactError: ``source.branch`` where the rule branches on an operand.
    """
    o = SourceOps(trace=trace, steady=steady)
    x = _Operands(o, dict(paths or {}))
    value = o.text(rule(o, x))
    told = [text for _, texts in o.notes for text in texts]
    result = f"return {value}, ({''.join(f'{text}, ' for text in told)})" if trace else f"return {value}, None"
    text = "\n    ".join(["def run(x, cells, facts, answers):", *_tightened([*o.lines, result])]) + "\n"
    namespace = dict(o.constants)
    exec(compile(text, "<rule>", "exec"), namespace)  # noqa: S102 - made of generated names and integers only, see above
    return Compiled(
        run=namespace["run"],
        noted=tuple((name, len(texts)) for name, texts in o.notes),
        totals=tuple(o.cells),
        asks=tuple(o.asks),
        books=tuple(o.books),
        reads=tuple(x._read),
        text=text,
    )
