"""The page that `--help` shows, where French is spoken.

typer writes the page by a formatter, which a context may choose (`formatter_class`);
ours says typer's own words in French. What we wrote ourselves is translated before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import typer

from automaton.cli.words import french

Page: Any = typer.Context.formatter_class
KINDS = {
    "str": "texte",
    "int": "nombre",
    "float": "nombre",
    "path": "chemin",
    "file": "fichier",
}
MARKS = {"required": "obligatoire", "default: ": "par défaut\N{NO-BREAK SPACE}: "}
_KIND = re.compile(r"<(?:list\[)?(\w+)(?: range)?\]?>")
_MARKS = re.compile(r"\[[^\[\]]*\]$")


class FrenchPage(Page):  # type: ignore[misc]
    """A page of help whose headings, kinds of values and marks are French."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how the command is typed."""
        super().write_usage(prog, args, prefix or "Usage : ")

    def write_heading(self, heading: str) -> None:
        """Write what stands over arguments, options or commands."""
        self.write(f"{'':>{self.current_indent}}{_french(heading)} :\n")

    def write_dl(self, rows: Sequence[tuple[str, str]], *args: Any) -> None:
        """Write names and what they mean."""
        told = [(_named(name), _explained(text)) for name, text in rows]
        super().write_dl(told, *args)


class FrenchContext(typer.Context):
    """A command line whose help is French."""

    formatter_class = FrenchPage


def _named(name: str) -> str:
    """Return an option with the kind of its value: `--lines <nombre>`."""
    return _KIND.sub(lambda kind: f"<{KINDS.get(kind[1].lower(), kind[1])}>", name)


def _explained(text: str) -> str:
    """Return what an option means, with the marks that typer puts behind it."""
    return _MARKS.sub(_marked, _french(text))


def _marked(found: re.Match[str]) -> str:
    marks = found[0]
    for english, told in MARKS.items():
        marks = marks.replace(english, told)
    return marks


def _french(text: str) -> str:
    return french().get(text, text)
