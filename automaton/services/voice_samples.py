"""The same message by every voice, side by side, for somebody to choose by ear.

Nothing that calls play is touched: the prompts are made in a folder that goes away.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from automaton.errors import RequestError
from automaton.services.messages import Caller, MessageWish, Studio
from automaton.settings import Settings
from automaton.voices.cache import PromptId
from automaton.voices.choice import voice_named, voice_names
from automaton.voices.voice import VoiceUnavailableError

ALL = "all"


@dataclass(frozen=True, slots=True)
class Sample:
    """A message by one voice: the file and its length, or why there is none."""

    voice: str
    language: str
    file: Path | None = None
    seconds: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What shall be said, who calls, by which voices, and how the files begin."""

    wish: MessageWish
    caller: str
    voices: tuple[str, ...]
    output: Path


def voices_asked(name: str, settings: Settings) -> tuple[str, ...]:
    """Return the voice of that name, or every one for `all`.

    Raises `ConfigurationError` where there is no such voice.
    """
    if name == ALL:
        return voice_names()
    return (voice_named(name, settings).name,)


def samples(settings: Settings, asked: Comparison) -> Iterator[Sample]:
    """Write `<output>-<voice>-<language>.wav` for each voice, and tell of each.

    The message alone is heard, as the telephone plays it. Raises `RequestError` for a
    wish that no voice could say.
    """
    if asked.wish.recordings:
        message = "A recording has its own voice: give a text."
        raise RequestError(message, error_id="message")
    for voice in asked.voices:
        for language in asked.wish.languages or ("",):
            text = {key: t for key, t in asked.wish.texts.items() if key == language}
            one = replace(asked.wish, texts=text, machine_texts={})
            yield _sample(settings, replace(asked, wish=one), voice, language)


def _sample(settings: Settings, asked: Comparison, voice: str, language: str) -> Sample:
    """Render one text by one voice, in a folder that is gone afterwards."""
    speaker = voice_named(voice, settings)
    output = asked.output
    path = output.with_name(f"{output.stem}-{voice}-{language}{output.suffix}")
    with tempfile.TemporaryDirectory(prefix="automaton-voice-") as folder:
        folders = settings.folders.model_copy(update={"prompts": Path(folder)})
        apart = settings.model_copy(update={"folders": folders})
        studio = Studio(apart, lambda _: (speaker,))
        try:
            (text,) = studio.rendered(asked.wish, Caller(asked.caller)).texts
        except VoiceUnavailableError as error:
            return Sample(voice, language, reason=str(error))
        studio.written([PromptId(text.prompt)], path)
    return Sample(voice, language, path, text.seconds)
