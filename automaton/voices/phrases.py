"""The phrases that every call uses, from their catalogues to Asterisk.

What Asterisk plays is `<prompts folder>/<language>/<id>.alaw`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from automaton.voices.cache import ALAW, PromptCache, PromptId, write_whole
from automaton.voices.choice import spoken_by_first
from automaton.voices.phrasebook import Phrase, Phrasebook
from automaton.voices.voice import LINE_RATE, Voice

Voices = Callable[[str], Iterable[Voice]]
"""Gives the voices of a language, the first that can speaks."""


def spoken_phrases(
    book: Phrasebook,
    folder: Path,
    language: str,
    voices: Voices,
    said: Callable[[], None] = lambda: None,
) -> dict[str, PromptId]:
    """Render what changed into `<folder>/<language>/`, and return all by id.

    `said` is called after each.
    Raises `ConfigurationError` for a language that has no phrases.
    """
    cache = PromptCache(folder)
    prompts = {}
    for id_, phrase in book.fixed(language).items():
        prompts[id_] = _rendered(cache, phrase, voices)
        _put(cache.path(prompts[id_]), folder / language / f"{id_}{ALAW}")
        said()
    return prompts


def phrase_seconds(
    book: Phrasebook, folder: Path, language: str, ids: Iterable[str], voices: Voices
) -> dict[str, float]:
    """Return how long phrases play, as they are installed; the others are rendered.

    Raises `ConfigurationError` for a language that has no phrases.
    """
    cache, phrases = PromptCache(folder), book.fixed(language)
    seconds = {}
    for id_ in ids:
        installed = folder / language / f"{id_}{ALAW}"
        if not installed.is_file():
            installed = cache.path(_rendered(cache, phrases[id_], voices))
        seconds[id_] = installed.stat().st_size / LINE_RATE
    return seconds


def _rendered(cache: PromptCache, phrase: Phrase, voices: Voices) -> PromptId:
    if phrase.recording is not None:
        return cache.render_recording(phrase.recording)
    speakers = voices(phrase.language)
    return spoken_by_first(cache, phrase.text, phrase.language, speakers).prompt


def _put(source: Path, target: Path) -> None:
    """Copy, unless it is there: calls may be playing it at this moment."""
    content = source.read_bytes()
    if not target.is_file() or target.read_bytes() != content:
        write_whole(target, content)
