"""What speaks: the phrases of every call, and the automaton's own words."""

from __future__ import annotations

from itertools import count

from automaton.asterisk.render import write_silences
from automaton.settings import Settings
from automaton.voices.cache import PASSING, PromptCache
from automaton.voices.chain import Chains
from automaton.voices.choice import Speaker, voice_named
from automaton.voices.phrasebook import Phrasebook
from automaton.voices.phrases import spoken_phrases
from automaton.voices.voice import Told, untold


def render_phrases(settings: Settings, told: Told = untold) -> None:
    """Render the phrases that every call uses; what is there costs nothing.

    `told` hears how many are rendered, of how many.
    `ConfigurationError` where the settings name a voice that is not there.
    """
    for name in settings.voices.named:
        voice_named(name, settings)
    folder, book = settings.folders.prompts, phrasebook(settings)
    write_silences(folder)
    voices, done = Chains(settings), count(1)
    total = sum(len(book.fixed(language)) for language in book.languages)
    for language in book.languages:
        spoken_phrases(book, folder, language, voices, lambda: told(next(done), total))


def phrasebook(settings: Settings) -> Phrasebook:
    """Return what this installation says of itself, in every language."""
    return Phrasebook(settings.folders.phrases, settings.language)


def speaker(settings: Settings) -> Speaker:
    """Return what turns the automaton's own words into prompts, while a call waits."""
    cache = PromptCache(settings.folders.prompts, shelf=PASSING)
    return Speaker(cache, Chains(settings, at_once=True))
