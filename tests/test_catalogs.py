"""The catalogs say everything the source can say, in every locale, with the same placeholders."""

import ast
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from string import Formatter
from typing import NamedTuple, get_args

import pytest

import salesrules.text
from salesrules.approvals.verdict import Verdict
from salesrules.bands import Interpolated, Overage, Whole
from salesrules.commission.steps.measures import Measure, Ratio
from salesrules.commission.steps.tiers import OVER
from salesrules.pricing.floors import Floor
from salesrules.pricing.measures import MEASURES
from salesrules.pricing.promotions.campaign import Deed, State
from salesrules.pricing.waterfall import NAMED, STAGES
from salesrules.scope import DIMENSIONS
from salesrules.text import FORMS, LOCALES, catalog

SOURCE = Path(salesrules.text.__file__).parent.parent
SPEAKERS = {"Label", "label", "message", "template"}
ERRORS = "error."
STEPS = "step."
WORDS = "word."
PHRASES = "phrase."
VOCABULARY = ("rounding.", "sheet.", WORDS, PHRASES)
"""Keys that need no literal in the source: of a rounding, a listed word or an English phrase, or words of printed sheets for hosts to use."""


class Said(NamedTuple):
    """A code that the source mentions, where it does, and the English template if it brings one."""

    code: str | None
    place: str
    template: str | None = None


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _trees() -> dict[str, ast.Module]:
    return {str(path.relative_to(SOURCE)): ast.parse(path.read_text(encoding="utf-8")) for path in sorted(SOURCE.rglob("*.py"))}


TREES = _trees()


def _family() -> set[str]:
    """The names of the error classes: the root and whatever derives from it, in any module."""
    family = {"SalesRulesError"}
    classes = [node for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    for _ in classes:
        family |= {node.name for node in classes if family & {_name(base) for base in node.bases}}
    return family


FAMILY = _family()


def _assigned(scope: ast.AST, name: str, line: int) -> str | None:
    """The text that a local name held when the line was reached."""
    texts = [
        (node.lineno, _text(node.value))
        for node in ast.walk(scope)
        if isinstance(node, ast.Assign) and node.lineno < line and any(_name(target) == name for target in node.targets)
    ]
    return max(texts)[1] if texts else None


def _raised() -> Iterator[Said]:
    for path, tree in TREES.items():
        scopes = [tree, *(node for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.FunctionDef))]
        found: dict[tuple[int, int], Said] = {}
        for scope in scopes:  # outer scopes come first, so that the innermost has the last word on a local template
            in_error = isinstance(scope, ast.ClassDef) and scope.name in FAMILY
            for call in (node for node in ast.walk(scope) if isinstance(node, ast.Call)):
                inherited = in_error and ast.unparse(call.func) == "super().__init__" and len(call.args) == 2
                if not inherited and _name(call.func) not in FAMILY - {"FactFaults", "Faults"}:
                    continue
                code, *rest = [*call.args, ast.Constant(None)]
                first = _text(rest[0]) if not isinstance(rest[0], ast.Name) else _assigned(scope, rest[0].id, call.lineno)
                if isinstance(code, ast.Name) and inherited:
                    continue
                found[call.lineno, call.col_offset] = Said(_text(code), f"{path}:{call.lineno}", first)
        yield from found.values()


def _literal(names: set[str]) -> Iterator[Said]:
    for path, tree in TREES.items():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) in names and node.args):
            if (code := _text(call.args[0])) is not None:
                yield Said(code, f"{path}:{call.lineno}")


def _spelt() -> Iterator[Said]:
    """Every text of the source that looks like a code, wherever it stands: in a call, a tuple, a dictionary, a condition."""
    for path, tree in TREES.items():
        parts = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in parts):
            if re.fullmatch(r"[a-z_]+(\.[a-z_0-9]+)+", _text(node) or ""):
                yield Said(_text(node), f"{path}:{node.lineno}")


def _built() -> Iterator[Said]:
    """Every f-string of the source that starts like a code: no scan can tell what it becomes."""
    for path, tree in TREES.items():
        for node in (node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)):
            if re.fullmatch(r"[a-z_]+\.[a-z_0-9.]*", head := next(map(_text, node.values), None) or ""):
                yield Said(head, f"{path}:{node.lineno}")


RAISED = tuple(_raised())
STEPPED = tuple(_literal({"Step"}))
SPOKEN = tuple(_literal(SPEAKERS))
SPELT = tuple(_spelt())


def _placeholders(text: str) -> set[str]:
    return {name.split(".")[0].split("[")[0] for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("locale", LOCALES)
def test_same_messages(locale: str) -> None:
    """Every locale has the same messages; English errors and phrases are where they are raised and nowhere else."""
    english = {key for key in catalog("zh_CN") if not (locale == "en" and key.startswith((ERRORS, PHRASES)))}
    assert set(catalog(locale)) == english


@pytest.mark.parametrize("locale", LOCALES)
def test_same_placeholders(locale: str) -> None:
    """A message shows the same values in every locale."""
    other = catalog("zh_CN")
    different = [key for key, text in catalog(locale).items() if sorted(_placeholders(text)) != sorted(_placeholders(other[key]))]
    assert not different


@pytest.mark.parametrize("locale", LOCALES)
def test_known_forms(locale: str) -> None:
    """Placeholders are bare names with one of the documented forms, and no message is empty."""
    odd = [
        key
        for key, text in catalog(locale).items()
        for _, name, form, conversion in Formatter().parse(text)
        if name is not None and not (name.isidentifier() and form in FORMS and conversion is None)
    ]
    assert not odd
    assert all(text.strip() or key == "value.separator" for key, text in catalog(locale).items())


def test_literal_codes() -> None:
    """Every error is raised with a literal code, dotted and lower case, so that hosts can rely on the list."""
    assert not [said.place for said in RAISED if said.code is None or "." not in said.code or said.code != said.code.lower()]


def test_literal_templates() -> None:
    """Every error brings an English template that the scan can read."""
    assert not [said.place for said in RAISED if said.template is None]


@pytest.mark.parametrize("locale", ["zh_CN", "zh_TW"])
def test_errors_translated(locale: str) -> None:
    """Every error code raised in the source has a translation."""
    missing = sorted({f"{ERRORS}{said.code}  ({said.place}: {said.template})" for said in RAISED if f"{ERRORS}{said.code}" not in catalog(locale)})
    assert not missing, "\n".join(["add to the catalogs:", *missing])


@pytest.mark.parametrize("locale", ["zh_CN", "zh_TW"])
def test_error_placeholders(locale: str) -> None:
    """Wherever an error is raised, one of its translations shows only what is passed along there."""
    variants: dict[str, list[set[str]]] = {}
    for key, text in catalog(locale).items():
        variants.setdefault(key.split("|")[0], []).append(_placeholders(text))
    unfit = [
        f"{said.code}  ({said.place}: {said.template})"
        for said in RAISED
        if not any(names <= _placeholders(said.template or "") for names in variants.get(f"{ERRORS}{said.code}", [set()]))
    ]
    assert not unfit, "\n".join(["no variant fits:", *unfit])


@pytest.mark.parametrize("locale", ["zh_CN", "zh_TW"])
def test_error_variants_used(locale: str) -> None:
    """No variant of a translated error asks for parameters that no place passes along together."""
    raised = [(f"{ERRORS}{said.code}", _placeholders(said.template or "")) for said in RAISED]
    unused = [
        key
        for key, text in catalog(locale).items()
        if key.startswith(ERRORS) and not any(code == key.split("|")[0] and _placeholders(text) <= names for code, names in raised)
    ]
    assert not unused


def test_nothing_obsolete() -> None:
    """No catalog holds an error, a step or a label that the source no longer knows."""
    spelt = {said.code for said in (*SPELT, *STEPPED)}
    known = {f"{ERRORS}{said.code}" for said in RAISED} | {f"{STEPS}{code}" for code in spelt} | spelt
    assert not [key for key in catalog("zh_CN") if key.split("|")[0] not in known and not key.startswith(VOCABULARY)]


@pytest.mark.parametrize("locale", LOCALES)
def test_everything_spelt_told(locale: str) -> None:
    """Every text of the source that begins like a key of the catalogs is a step, a label or an error, however it comes to be said."""
    families = {key.removeprefix(STEPS).split(".")[0] for key in catalog("en")}
    errors = {said.code for said in RAISED}
    missing = [f"{said.code}  ({said.place})" for said in SPELT if said.code and said.code.split(".")[0] in families and said.code not in errors]
    missing = [told for told in missing if told.split()[0] not in catalog(locale) and f"{STEPS}{told.split()[0]}" not in catalog(locale)]
    assert not missing, "\n".join(["add to the catalogs:", *missing])


def test_no_built_codes() -> None:
    """No code is put together from parts, where this scan would not see it; but the texts module says whatever it is given."""
    families = {key.removeprefix(STEPS).split(".")[0] for key in catalog("en")} | {"error", "step"}
    own = {"text/formats.py", "text/messages.py", "text/working.py"}
    # The summary of a statement repeats the words of the working.
    known = {("commission/statement.py", STEPS)}
    built = [(said.code, said.place) for said in _built() if said.code and said.code.split(".")[0] in families]
    assert not [(code, place) for code, place in built if place.split(":")[0] not in own and (place.split(":")[0], code) not in known]


def test_words_told() -> None:
    """Every text of a fixed list that a working shows has a word, and every word is for such a text."""
    lists = {*OVER, *get_args(Measure), *get_args(Ratio), *DIMENSIONS, "amount", "split", "overlay", "rollup", "team", "nothing", "target"}
    lists |= {*MEASURES, *STAGES, *NAMED, *get_args(Verdict), *get_args(State), *get_args(Deed), *(floor.base for floor in get_args(Floor))}
    listed = lists | {Whole.kind, Overage.kind, Interpolated.kind}
    assert {key for key in catalog("en") if key.startswith(WORDS)} == {f"{WORDS}{name}" for name in listed - {"remainder"}}


@pytest.mark.parametrize("locale", LOCALES)
def test_variants_nest(locale: str) -> None:
    """Where two messages of a step both fit, one shows all that the other shows, so that the choice never hangs on their order."""
    shown: dict[str, list[set[str]]] = {}
    for key, text in catalog(locale).items():
        if key.startswith(STEPS):
            shown.setdefault(key.split("|")[0], []).append(_placeholders(text))
    assert not [code for code, sets in shown.items() for one, two in combinations(sets, 2) if not (one < two or two < one or one | two in sets)]


@pytest.mark.parametrize("locale", LOCALES)
def test_steps_told(locale: str) -> None:
    """Every step of a working can be said in every locale."""
    missing = sorted({f"{STEPS}{said.code}  ({said.place})" for said in STEPPED if f"{STEPS}{said.code}" not in catalog(locale)})
    assert not missing, "\n".join(["add to the catalogs:", *missing])


@pytest.mark.parametrize("locale", LOCALES)
def test_labels_told(locale: str) -> None:
    """Every literal code of a label or message in the source is in every catalog."""
    missing = sorted({f"{said.code}  ({said.place})" for said in SPOKEN if said.code not in catalog(locale)})
    assert not missing, "\n".join(["add to the catalogs:", *missing])
