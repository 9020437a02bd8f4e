"""What every verb is handed: the settings, the language, and a way to speak.

Answers go to standard output; progress, questions and errors to standard error, so that
`--json` stays readable for programs.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from automaton.cli.labels import in_words, label
from automaton.cli.plain import cell, plain
from automaton.cli.words import Language, filled, locale_language, said
from automaton.errors import RequestError
from automaton.refusals import refused_in_french

if TYPE_CHECKING:
    from automaton.settings import Loaded, Settings

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask back.")]


@dataclass
class Shell:
    """One run of the shell, its global options applied."""

    config: Path | None = None
    chosen: Language | None = None
    closing: ExitStack = field(default_factory=ExitStack)
    """What is closed when the verb is done."""

    @cached_property
    def loaded(self) -> Loaded:
        """The settings and their origins; `ConfigurationError` where they fail."""
        from automaton.settings import load  # noqa: PLC0415 - 0.2 s, not for --help

        return load(self.config, os.environ)

    @property
    def settings(self) -> Settings:
        """The settings."""
        return self.loaded.settings

    @cached_property
    def language(self) -> Language:
        """The language asked for, else of the settings, else of the terminal."""
        if self.chosen is not None:
            return self.chosen
        own = self.settings.language
        if "language" in self.loaded.origins:
            return own
        return locale_language(os.environ) or own

    def words(self, text: str, **values: object) -> str:
        """Return a text in the person's language, its blanks filled."""
        return filled(said(text, self.language), self.language, **values)

    def refusal(self, sentence: str, error_id: str) -> str:
        """Return what forbids something, in the person's language."""
        if self.language == "en":
            return sentence
        return refused_in_french(sentence, error_id)

    def tell(self, text: str, **values: object) -> None:
        """Answer in one sentence."""
        typer.echo(self.words(text, **values))

    def note(self, text: str, **values: object) -> None:
        """Say something beside the answer, on standard error."""
        typer.echo(self.words(text, **values), err=True)

    def print(self, line: str) -> None:
        """Write one line of the answer as it is."""
        typer.echo(line)

    def print_json(self, data: object) -> None:
        """Answer a program: moments as ISO 8601, durations in seconds."""
        typer.echo(json.dumps(data, ensure_ascii=False, indent=2, default=plain))

    def print_rows(
        self, headings: Sequence[str], rows: Sequence[Sequence[object]]
    ) -> None:
        """Write a table; the headings are texts of the shell."""
        lines = [[self.words(heading) for heading in headings]]
        lines += [[self.cell(value) for value in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for line in lines:
            padded = (
                text.ljust(width) for text, width in zip(line, widths, strict=True)
            )
            typer.echo("  ".join(padded).rstrip())

    def print_pairs(
        self, pairs: Mapping[str, object], zone: tzinfo | None = None
    ) -> None:
        """Write names and values, one a line; moments in a place's own zone."""
        labels = {name: label(name, self.language) for name in pairs}
        width = max(map(len, labels.values()), default=0)
        for name, value in pairs.items():
            told = self.cell(value, name, zone)
            typer.echo(f"{labels[name].ljust(width)}  {told}".rstrip())

    def print_tree(self, value: object, indent: str = "") -> None:
        """Write nested values, one a line, what is empty left out."""
        items = value.items() if isinstance(value, Mapping) else ()
        for name, inner in items:
            many = inner if isinstance(inner, list | tuple) else [inner]
            title = label(name, self.language)
            for one in (one for one in many if one not in (None, "", 0.0, False)):
                if isinstance(one, Mapping):
                    typer.echo(indent + self.words("{name}:", name=title))
                    self.print_tree(one, indent + "  ")
                else:
                    told = self.cell(one, name)
                    line = self.words("{name}: {value}", name=title, value=told)
                    typer.echo(indent + line)

    def cell(self, value: object, name: str = "", zone: tzinfo | None = None) -> str:
        """Return a value in the person's words where it is one of ours.

        Moments are in `zone`, the node's where none is given, and it is named.
        """
        told = in_words(name, value, self.language)
        return cell(told, zone or self.settings.calling.zone)

    def confirm(self, yes: bool, text: str, **values: object) -> None:
        """Say what will happen and ask; `RequestError` where the answer is no.

        `--yes` answers for the person; the end of the input is a no.
        """
        if yes:
            return
        question = f"{self.words(text, **values)} {self.words('Go on? [y/N]')}"
        if input_line(question).strip().lower() in {"y", "yes", "o", "oui"}:
            return
        refusal = self.words("Nothing was done; --yes answers without asking.")
        raise RequestError(refusal, error_id="not-confirmed")

    @contextmanager
    def progress(self, text: str) -> Iterator[Callable[[str], None]]:
        """Show on a terminal that something takes its time; gives a way to say what."""
        title = self.words(text)
        if not sys.stderr.isatty():
            yield lambda line: typer.echo(line, err=True)
            return
        from rich.console import Console  # noqa: PLC0415 - only for a terminal

        with Console(stderr=True).status(title) as shown:
            yield shown.update

    @contextmanager
    def bar(self, text: str) -> Iterator[Callable[[int, int], None]]:
        """Show on a terminal how much is done of what takes over a second."""
        title = self.words(text)
        if not sys.stderr.isatty():
            yield lambda _done, _of: None
            return
        from rich.console import Console  # noqa: PLC0415 - only for a terminal

        from automaton.cli.bar import Bar  # noqa: PLC0415 - only for a terminal

        with Bar(title, Console(stderr=True)) as bar:
            yield bar.tell


def new_noun() -> typer.Typer:
    """Return an empty noun for a file's verbs."""
    app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    app.callback()(_nothing)
    return app


def _nothing() -> None:
    """Make typer keep the verb's name where a noun has only one."""


def shell_of(context: typer.Context) -> Shell:
    """Return the shell that the global options made."""
    found = context.find_object(Shell)
    assert found is not None
    return found


def input_line(question: str) -> str:
    """Ask on standard error and return the line that was typed, empty at its end."""
    typer.echo(question + " ", err=True, nl=False)
    line = sys.stdin.readline()
    if not line:
        typer.echo(err=True)
    return line
