"""What the shell says, in English and French.

A text is written in English where it is said; `fr.toml` beside this file has the French
of each, under the English. A test holds the two together.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Literal

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


def language_of(name: object) -> Language | None:
    """Return the language of a locale's name such as `fr_FR.UTF-8`, if it is ours."""
    short = str(name or "")[:2].lower()
    return next((known for known in LANGUAGES if known == short), None)


def spoken_here(arguments: Sequence[str], environ: Mapping[str, str]) -> Language:
    """Return the language of help and usage: option, settings' variable, locale.

    French where none of them says: the people it is made for speak it.
    """
    chosen = next(
        (after for option, after in _pairs(arguments) if option == "--lang"), None
    )
    named = (chosen, environ.get("AUTOMATON__LANGUAGE"), _locale(environ))
    return next((found for name in named if (found := language_of(name))), "fr")


def locale_language(environ: Mapping[str, str]) -> Language | None:
    """Return the language of the terminal, if it is ours."""
    return language_of(_locale(environ))


def _locale(environ: Mapping[str, str]) -> str | None:
    names = (environ.get(variable) for variable in LOCALE_VARIABLES)
    return next((name for name in names if name), None)


def _pairs(arguments: Sequence[str]) -> list[tuple[str, str]]:
    split = [
        part
        for argument in arguments
        for part in (argument.split("=", 1) if "--lang=" in argument else [argument])
    ]
    return list(pairwise(split))
