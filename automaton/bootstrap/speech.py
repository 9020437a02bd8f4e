"""What speaks: the phrases of every call, and the automaton's own words."""

from __future__ import annotations

from automaton.asterisk.render import write_silences
from automaton.settings import Settings
from automaton.voices.cache import PromptCache
from automaton.voices.choice import Speaker, voice_named, voices_from
from automaton.voices.phrases import phrase_languages, spoken_phrases


def render_phrases(settings: Settings) -> None:
    """Render the phrases that every call uses; what is there costs nothing.

    `ConfigurationError` where the settings name a voice that is not there.
    """
    for name in settings.voices.named:
        voice_named(name)
    write_silences(settings.folders.prompts)
    for language in phrase_languages():
        voices = voices_from(settings.voices.of(language))
        spoken_phrases(settings.folders.prompts, language, voices)


def speaker(settings: Settings) -> Speaker:
    """Return what turns the automaton's own words into prompts."""
    cache = PromptCache(settings.folders.prompts)
    return Speaker(cache, lambda language: voices_from(settings.voices.of(language)))
