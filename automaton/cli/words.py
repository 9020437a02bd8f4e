"""What the shell says, in English and French.

A text is written in English where it is said; `fr.toml` beside this file has the French
of each, under the English. A test holds the two together. `{homes:home|homes}` is the
number with the word that goes with it: `1 home`, `2 homes`.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from automaton.places import settings_file

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")
LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


@cache
def french() -> Mapping[str, str]:
    """Return the French of every text of the shell, by its English."""
    return tomllib.loads((files("automaton.cli") / "fr.toml").read_text("utf-8"))


def said(text: str, language: Language) -> str:
    """Return a text in a language; English where nobody has translated it."""
    return french().get(text, text) if language == "fr" else text


def filled(text: str, language: Language, /, **values: object) -> str:
    """Return a text of a language with its blanks filled."""
    return _Counting(language).vformat(text, (), values)


class _Counting(string.Formatter):
    """Fills `{count:one|many}` by the grammar: in French zero is one, too."""

    def __init__(self, language: Language) -> None:
        self._single = {"0", "1"} if language == "fr" else {"1"}

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return one blank filled; a blank without two words as `str.format` does."""
        one, bar, many = format_spec.partition("|")
        if not bar:
            return str(super().format_field(value, format_spec))
        return f"{value} {one if str(value) in self._single else many}"


def language_of(name: object) -> Language | None:
    """Return the language of a locale's name such as `fr_FR.UTF-8`, if it is ours."""
    short = str(name or "")[:2].lower()
    return next((known for known in LANGUAGES if known == short), None)


def spoken_here(arguments: Sequence[str], environ: Mapping[str, str]) -> Language:
    """Return the language of help and errors: option, settings, locale.

    French where none of them says: the people it is made for speak it.
    """
    named = (
        _value_of("--lang", arguments),
        environ.get("AUTOMATON__LANGUAGE"),
        _settings_language(_value_of("--config", arguments), environ),
        _locale(environ),
    )
    return next((found for name in named if (found := language_of(name))), "fr")


def with_language_first(arguments: Sequence[str]) -> list[str]:
    """Return a command line whose `--lang` stands where it is read, at the start."""
    end = [*arguments, "--"].index("--")
    before, after = list(arguments[:end]), arguments[end:]
    moved: list[str] = []
    for place in range(end - 1, -1, -1):
        width = 2 if before[place] == "--lang" else 1
        if before[place].split("=")[0] == "--lang" and place + width <= len(before):
            moved = before[place : place + width] + moved
            del before[place : place + width]
    return [*moved, *before, *after]


def locale_language(environ: Mapping[str, str]) -> Language | None:
    """Return the language of the terminal, if it is ours."""
    return language_of(_locale(environ))


def _settings_language(named: str | None, environ: Mapping[str, str]) -> str | None:
    """Return the `language` of the settings file, None where it cannot be read."""
    file = settings_file(Path(named) if named else None, environ)
    if file is None:
        return None
    try:
        return str(tomllib.loads(file.read_text("utf-8")).get("language"))
    except (OSError, ValueError):
        return None


def _locale(environ: Mapping[str, str]) -> str | None:
    names = (environ.get(variable) for variable in LOCALE_VARIABLES)
    return next((name for name in names if name), None)


def _value_of(option: str, arguments: Sequence[str]) -> str | None:
    """Return what follows an option on a command line, None where it is not there."""
    for before, after in pairwise([*arguments, ""]):
        if before == option:
            return after
        if before.startswith(f"{option}="):
            return before.split("=", 1)[1]
    return None
