"""Errors and refusals in French, by their error id and their English sentence."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

PARTS = "parts"
OWN_ALONE = frozenset({PARTS, "file"})
"""Sections with sentences so general that they fit others' too."""

TABLES = (
    "general",
    "asterisk",
    "settings",
    "system",
    "findings",
    "backup",
    "collectivity",
    "fleet",
    "console",
)
_NEXT_SENTENCE = re.compile(r"(?<=\.) (?=[A-Z])")
_BLANK = re.compile(r"\\\{(\w+)\\\}")

# Names: what a person must type again is never translated.
AS_WRITTEN = frozenset({"known", "name", "names", "option"})


@cache
def refusals() -> Mapping[str, Mapping[str, str]]:
    """Return the French sentences: error id, English with blanks."""
    found: dict[str, dict[str, str]] = {}
    for name in TABLES:
        text = (files("automaton.refusals") / f"{name}.fr.toml").read_text("utf-8")
        for error_id, sentences in tomllib.loads(text).items():
            found.setdefault(error_id, {}).update(sentences)
    return found


def refused_in_french(sentence: str, error_id: str) -> str:
    """Return an error in French; as it stands where nobody has translated it."""
    return "\n".join(_line(line, error_id) for line in sentence.split("\n"))


def _line(line: str, error_id: str) -> str:
    for section in (error_id, *refusals()):
        found = _filled(line, section, error_id)
        if found is not None and (section == error_id or section not in OWN_ALONE):
            return found
    return line


def _filled(text: str, section: str, error_id: str) -> str | None:
    """Return the French of a text by one section; its blanks are spoken too."""
    for pattern, french in _patterns(section):
        if found := pattern.fullmatch(text):
            blanks = {
                blank: said if blank in AS_WRITTEN else _part(said, error_id)
                for blank, said in found.groupdict().items()
            }
            return french.format(**blanks)
    return None


def _part(text: str, error_id: str) -> str:
    """Return the French of what fills a blank: a word, or some sentences."""
    if len(several := _NEXT_SENTENCE.split(text)) > 1:
        return " ".join(_part(one, error_id) for one in several)
    for section in (error_id, PARTS):
        found = _filled(text, section, error_id)
        if found is not None:
            return found
    return text


@cache
def _patterns(section: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the sentences of a section as patterns, the most literal first."""
    sentences = refusals().get(section, {})
    return tuple(
        (
            re.compile(
                _BLANK.sub(r"(?P<\1>\\S(?:.*?\\S)?)", re.escape(english)), re.DOTALL
            ),
            french,
        )
        for english, french in sorted(sentences.items(), key=_literal, reverse=True)
    )


def _literal(item: tuple[str, str]) -> int:
    return len(re.sub(r"\{\w+\}", "", item[0]))


def sentences() -> Iterator[tuple[str, str]]:
    """Yield every English sentence with its French."""
    for section in refusals().values():
        yield from section.items()
