"""What is said: one language of a message, and the sounds it was rendered to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RenderedText:
    """One language of a message, ready to be played; `seconds` of `prompt`.

    `recording` is the file that was kept where the message was not a text.
    """

    language: str
    text: str
    prompt: str
    seconds: float
    machine_text: str = ""
    machine_prompt: str | None = None
    recording: str | None = None
