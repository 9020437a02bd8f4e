"""Options that several verbs share, and words of people turned into values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from automaton.cli.shell import Shell
from automaton.errors import RequestError

Whose = Annotated[
    str,
    typer.Option("--collectivity", help="Its name; not needed where there is one."),
]
InRegister = Annotated[
    str, typer.Option("--register", help="The register; not needed where there is one.")
]
_SPOKEN_IN = re.compile(r"([a-z]{2})=(.*)", re.DOTALL)


def moment(shell: Shell, written: str | None, zone: ZoneInfo) -> datetime | None:
    """Return a moment such as `2026-11-22 08:00`, in a time zone unless it names one.

    A time alone (`08:00`) is today's. `RequestError` where it is no moment.
    """
    if written is None:
        return None
    text = written.strip()
    if re.fullmatch(r"\d{1,2}:\d{2}", text):
        text = f"{datetime.now(zone):%Y-%m-%d} {text:0>5}"
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        sentence = shell.words(
            "« {written} » is no moment: write it like 2026-11-22 08:00.",
            written=written,
        )
        raise RequestError(sentence, error_id="moment") from error
    return found if found.tzinfo else found.replace(tzinfo=zone)


def by_language(values: Sequence[str] | None, own: str) -> Mapping[str, str]:
    """Return texts by language: `en=…` is English, anything else the own language."""
    found = {}
    for value in values or ():
        match = _SPOKEN_IN.fullmatch(value)
        language, text = (match[1], match[2]) if match else (own, value)
        found[language] = text
    return found
