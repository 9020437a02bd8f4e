"""What the machine says of itself: the catalogues of fixed phrases, ours and others.

A language is a folder `<language>/` with a `catalogue.toml`: a table for each phrase,
its `text` and `by`, who says it. A recording beside it (`<id>.wav`, .flac, .ogg, .mp3)
is played instead of the text. What an installation's own folder says goes before ours.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from string import Formatter
from typing import Any

from automaton.errors import ConfigurationError

CATALOGUE = "catalogue.toml"
RECORDED = (".wav", ".flac", ".ogg", ".mp3")
LANGUAGE = re.compile(r"[a-z]{2,8}")
PHRASE_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_HERE = Path(__file__).resolve().parent
SHIPPED = (_HERE.parents[1] / "voice_prompts", _HERE.parent / "voice_prompts")


class SaidBy(StrEnum):
    """In whose name a phrase is said."""

    TOWN = "town"
    """The town hall, to residents: what its mayor may record."""
    AUTOMATON = "automaton"
    """The machine, to officers, to those on duty and to whoever tries a line."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase; a recording is said instead of its text.

    `language` is another one than was asked for where that one lacks the phrase.
    """

    id: str
    text: str
    by: SaidBy
    language: str
    recording: Path | None = None

    @property
    def blanks(self) -> frozenset[str]:
        """The names of what is filled in before it is said."""
        named = (name for _, name, _, _ in Formatter().parse(self.text))
        return frozenset(name for name in named if name is not None)


class Phrasebook:
    """The fixed phrases of an installation, in every language that has a folder.

    `own`: the folder of what the installation has of its own, if it is there.
    `otherwise`: the language in which a phrase is said that a language lacks.
    """

    def __init__(
        self,
        own: Path | None = None,
        otherwise: str = "fr",
        shipped: Path | None = None,
    ) -> None:
        self._otherwise = otherwise
        self._places = (shipped or shipped_phrases(), *([own] if own else []))
        self._read: dict[str, Mapping[str, Phrase]] = {}

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages that have a catalogue."""
        found = {
            catalogue.parent.name
            for place in self._places
            for catalogue in place.glob(f"*/{CATALOGUE}")
        }
        return tuple(sorted(name for name in found if LANGUAGE.fullmatch(name)))

    def phrases(self, language: str) -> Mapping[str, Phrase]:
        """Return every phrase of a language by its id, those with blanks too.

        Raises `ConfigurationError` for a language that has no catalogue, and for a
        catalogue that cannot be read.
        """
        if language not in self.languages:
            spoken = ", ".join(self.languages)
            message = f"There are no phrases in {language!r}: choose one of {spoken}."
            raise ConfigurationError(message, error_id="language-unknown")
        if language not in self._read:
            self._read[language] = self._layered(language)
        return self._read[language]

    def fixed(self, language: str) -> Mapping[str, Phrase]:
        """Return the phrases that are always said as they are."""
        every = self.phrases(language)
        return {id_: phrase for id_, phrase in every.items() if not phrase.blanks}

    def missing(self, language: str) -> tuple[str, ...]:
        """Return the phrases that a language lacks: they are said in another one."""
        every = self.phrases(language)
        return tuple(id_ for id_ in every if every[id_].language != language)

    def filled(self, phrase: str, language: str, **blanks: str) -> str:
        """Return a text with its blanks filled: opening, machine-number, codeword."""
        return self.phrases(language)[phrase].text.format(**blanks)

    def _layered(self, language: str) -> dict[str, Phrase]:
        """Return the phrases of a language over those that are said otherwise."""
        found: dict[str, Phrase] = {}
        for spoken in (self._otherwise, language):
            for place in self._places:
                catalogue = place / spoken / CATALOGUE
                written = _catalogue(catalogue, spoken)
                _refuse_other_blanks(catalogue, written, found)
                found |= written
                found |= _recorded(place / spoken, spoken, found)
        return found


def shipped_phrases() -> Path:
    """Return `voice_prompts/`, beside the package in a checkout, else inside it."""
    for place in SHIPPED:
        if place.is_dir():
            return place
    message = "The folder voice_prompts is missing: install the program again."
    raise ConfigurationError(message, error_id="phrases-missing")


def _catalogue(path: Path, language: str) -> dict[str, Phrase]:
    """Return the phrases of one file, none where there is no such file."""
    if not path.is_file():
        return {}
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
        return {id_: _phrase(id_, table, language) for id_, table in tables.items()}
    except (OSError, ValueError) as error:
        raise _unusable(path, str(error)) from error


def _phrase(id_: str, table: Any, language: str) -> Phrase:
    """Return the phrase of one table; `ValueError` says what is wrong with it."""
    if not PHRASE_ID.fullmatch(id_):
        raise ValueError(f"{id_!r} is no id of a phrase")
    if not isinstance(table, dict) or table.keys() != {"text", "by"}:
        raise ValueError(f"[{id_}] needs text and by, and nothing else")
    if not isinstance(table["text"], str) or not table["text"].strip():
        raise ValueError(f"the text of [{id_}] says nothing")
    if table["by"] not in set(SaidBy):
        raise ValueError(f"by of [{id_}] is one of {', '.join(SaidBy)}")
    phrase = Phrase(id_, table["text"].strip(), SaidBy(table["by"]), language)
    if not all(map(str.isidentifier, phrase.blanks)):
        raise ValueError(f"a blank of [{id_}] is no word in braces")
    return phrase


def _refuse_other_blanks(
    path: Path, written: Mapping[str, Phrase], known: Mapping[str, Phrase]
) -> None:
    """Refuse a phrase that says less than ours, or asks for what nobody knows."""
    for id_ in written.keys() & known.keys():
        if written[id_].blanks != known[id_].blanks:
            needed = ", ".join(sorted(known[id_].blanks)) or "none"
            raise _unusable(path, f"the blanks of [{id_}] must be: {needed}")


def _unusable(path: Path, fault: str) -> ConfigurationError:
    message = f"{path} cannot be used: {fault}."
    return ConfigurationError(message, error_id="phrases-unreadable")


def _recorded(
    folder: Path, language: str, known: Mapping[str, Phrase]
) -> dict[str, Phrase]:
    """Return the phrases of which a folder has a recording; blanks are not recorded."""
    return {
        file.stem: replace(known[file.stem], recording=file, language=language)
        for file in sorted(folder.glob("*"))
        if file.suffix in RECORDED
        if file.stem in known and not known[file.stem].blanks
    }
