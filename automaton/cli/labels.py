"""What a person reads where a program reads a name: labels, and words of closed lists.

A label is the name with spaces (`created at`); `fr.toml` has its French. A program
(`--json`) is told the names and the words as they are.
"""

from __future__ import annotations

from enum import Enum

from automaton.cli.words import Language, said

CLOSED = frozenset({"action", "kind", "origin", "role", "state"})
"""Names whose values are words of a closed list."""

IN_REPORTS = {"outcome": "outcome", "flag_reason": "outcome", "pause_reason": "pause"}
"""Names whose values a report has words for, and of which kind."""


def label(name: str, language: Language) -> str:
    """Return what a value is called."""
    return said(name.replace("_", " "), language)


def in_words(name: str, value: object, language: Language) -> object:
    """Return a value as a person says it; anything but a word of ours as it is."""
    if name in IN_REPORTS and isinstance(value, str):
        return _report_word(IN_REPORTS[name], value, language)
    if name and isinstance(value, bool):
        return said("yes" if value else "no", language)
    if isinstance(value, Enum) or name in CLOSED:
        return label(str(getattr(value, "value", value)), language)
    return value


def _report_word(kind: str, key: str, language: Language) -> str:
    from automaton.services.report_words import words_in  # noqa: PLC0415 - not for help

    return words_in(language, "UTC")(kind, key)
