"""Which voice speaks: the one that the settings name, else the next, and it is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from automaton.errors import ConfigurationError, RequestError
from automaton.voices.cache import PromptCache, PromptId
from automaton.voices.voice import Voice, VoiceUnavailableError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from automaton.settings import Settings

GROUP = "automaton.voices"
OWN_VOICES = ("pico", "espeak")
SILENT, SAYS_NOTHING = "sound-silent", "nothing can be heard of this text"


@dataclass(frozen=True)
class SpokenText:
    """A prompt, the voice that spoke it, and why the voices before it did not."""

    prompt: PromptId
    voice: str
    notices: tuple[str, ...] = ()


class Speaker:
    """Says texts by the first voice that can; the engine's port of that name."""

    def __init__(
        self, cache: PromptCache, voices: Callable[[str], Iterable[Voice]]
    ) -> None:
        self._cache = cache
        self._voices = voices

    def say(self, text: str, language: str) -> str:
        """Return the prompt id of a text; a voice that could not speak is logged."""
        spoken = spoken_by_first(self._cache, text, language, self._voices(language))
        for notice in spoken.notices:
            import structlog  # noqa: PLC0415 - 0.06 s, not for the shell

            log = structlog.get_logger(__name__)
            log.warning("voice_replaced", by=spoken.voice, reason=notice)
        return spoken.prompt

    def forget(self, prompt: str) -> None:
        """Delete a prompt; nothing happens where there is none."""
        self._cache.forget(PromptId(prompt))


def voice_names() -> tuple[str, ...]:
    """Return the names of all declared voices, in alphabetical order."""
    return tuple(sorted(_declared()))


def voice_named(name: str, settings: Settings | None = None) -> Voice:
    """Return the voice of that name; `ConfigurationError` where none is declared.

    One that has `from_settings` is made by it, the others without a word; without
    settings, the defaults hold.
    """
    declared = _declared()
    if name not in declared:
        message = f"There is no voice {name!r}: choose one of {', '.join(declared)}."
        raise ConfigurationError(message, error_id="voice-unknown")
    factory = declared[name].load()
    if not hasattr(factory, "from_settings"):
        voice: Voice = factory()
        return voice
    from automaton.settings import Settings  # noqa: PLC0415 - 0.2 s

    made: Voice = factory.from_settings(settings or Settings())
    return made


def _declared() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - 0.02 s

    return {entry.name: entry for entry in entry_points(group=GROUP)}


def is_at_once(voice: Voice) -> bool:
    """Tell whether a voice may speak while somebody waits; some `takes_its_time`."""
    return not getattr(voice, "takes_its_time", False)


def voices_from(*preferred: str, settings: Settings | None = None) -> tuple[Voice, ...]:
    """Return the preferred voices, then those that need nothing from outside."""
    names = dict.fromkeys((*preferred, *OWN_VOICES))
    return tuple(voice_named(name, settings) for name in names)


def spoken_by_first(
    cache: PromptCache, text: str, language: str, voices: Iterable[Voice]
) -> SpokenText:
    """Render the text by the first voice that can, and say which could not.

    A voice that says nothing of it could not. Raises the last
    `VoiceUnavailableError` where none can.
    """
    failures: list[VoiceUnavailableError] = []
    for voice in voices:
        try:
            prompt = cache.render_text(text, language, voice)
        except VoiceUnavailableError as error:
            failures.append(error)
        except RequestError as error:
            if error.error_id != SILENT:
                raise
            failures.append(VoiceUnavailableError(voice.name, SAYS_NOTHING))
        else:
            return SpokenText(prompt, voice.name, tuple(map(str, failures)))
    raise failures[-1] if failures else VoiceUnavailableError("-", "none is named")
