"""What is said: one language of a message, and the sounds it was rendered to.

A text may hold variables, `{name}`: what they stand for is another prompt for each
recipient, played between those of the words around it. Nobody else hears them: whoever
calls back and whoever finds a machine is told the text without them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

VARIABLES = ("name", "street", "code_word")
MOST_PARTS = 24
"""So many prompts of one message travel in an order."""
_BRACED = re.compile(r"\{([^{}]*)\}")
_BEFORE_A_STOP = re.compile(r"\s+(?=[,.])")


@dataclass(frozen=True, slots=True)
class RenderedText:
    """One language of a message, ready to be played; `seconds` of `prompt`.

    `recording` is the file that was kept where the message was not a text. Where the
    text has variables `prompt` says it without them, and `parts` are its prompts in
    their order, a variable in braces in its place.
    """

    language: str
    text: str
    prompt: str
    seconds: float
    machine_text: str = ""
    machine_prompt: str | None = None
    recording: str | None = None
    parts: tuple[str, ...] | None = None


def segments(text: str) -> tuple[str, ...]:
    """Return a text in pieces: words, and each variable in its braces."""
    pieces = _BRACED.split(text)
    named = (
        f"{{{piece}}}" if index % 2 else piece for index, piece in enumerate(pieces)
    )
    return tuple(piece for piece in named if piece)


def variable_of(part: str) -> str | None:
    """Return which variable a part stands for, None for words or their prompt."""
    found = _BRACED.fullmatch(part)
    return found[1] if found else None


def variables_of(parts: Sequence[str]) -> tuple[str, ...]:
    """Return the variables among some parts, each once."""
    named = map(variable_of, parts)
    return tuple(dict.fromkeys(name for name in named if name is not None))


def strange_braces(text: str) -> str | None:
    """Return the first thing in braces that is no variable, or a brace alone."""
    for piece in segments(text):
        name = variable_of(piece)
        if name is not None and name not in VARIABLES:
            return piece
        if name is None and (alone := re.search("[{}]", piece)):
            return alone[0]
    return None


def addressed(text: str, said: Mapping[str, str]) -> str:
    """Return a text with its variables filled; what nothing is known of is left out."""
    filled = _BRACED.sub(lambda found: said.get(found[1], ""), text)
    return _BEFORE_A_STOP.sub("", " ".join(filled.split()))
