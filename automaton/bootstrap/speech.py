"""What speaks: the phrases of every call, and the automaton's own words."""

from __future__ import annotations

from functools import partial

from automaton.asterisk.render import write_silences
from automaton.settings import Settings
from automaton.voices.cache import PromptCache
from automaton.voices.choice import Speaker, voice_named, voices_from
from automaton.voices.phrasebook import Phrasebook
from automaton.voices.phrases import spoken_phrases
from automaton.voices.voice import Voice


def render_phrases(settings: Settings) -> None:
    """Render the phrases that every call uses; what is there costs nothing.

    `ConfigurationError` where the settings name a voice that is not there.
    """
    for name in settings.voices.named:
        voice_named(name)
    folder, book = settings.folders.prompts, phrasebook(settings)
    write_silences(folder)
    for language in book.languages:
        spoken_phrases(book, folder, language, partial(_voices, settings))


def phrasebook(settings: Settings) -> Phrasebook:
    """Return what this installation says of itself, in every language."""
    return Phrasebook(settings.folders.phrases, settings.language)


def speaker(settings: Settings) -> Speaker:
    """Return what turns the automaton's own words into prompts."""
    cache = PromptCache(settings.folders.prompts)
    return Speaker(cache, partial(_voices, settings))


def _voices(settings: Settings, language: str) -> tuple[Voice, ...]:
    return voices_from(settings.voices.of(language))
