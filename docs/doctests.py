"""A griffe extension that fences the doctests of docstrings, which Markdown would take for quotations of quotations."""

from typing import Any

from griffe import Extension, Object


def indent(line: str) -> int:
    """The number of blanks before the text."""
    return len(line) - len(line.lstrip())


def fenced(docstring: str) -> str:
    """The docstring with each doctest that follows a blank line fenced, and moved out to the text that it illustrates."""
    lines: list[str] = []
    margin = outdent = 0
    inside = False
    for line in [*docstring.splitlines(), ""]:
        if inside and not line.strip():
            lines.append(" " * margin + "```")
            inside = False
        elif not inside and line.lstrip().startswith(">>> ") and lines and not lines[-1]:
            margin = min(margin, indent(line))
            outdent = indent(line) - margin
            lines.append(" " * margin + "```pycon")
            inside = True
        elif not inside and line.strip():
            margin = indent(line)
        lines.append(line[outdent:] if inside else line)
    return "\n".join(lines[:-1])


class Doctests(Extension):
    """Fences the doctests of every object that has a docstring."""

    def on_object(self, *, obj: Object, **kwargs: Any) -> None:
        """Called by griffe for each object that it has loaded."""
        if obj.docstring is not None:
            obj.docstring.value = fenced(obj.docstring.value)
