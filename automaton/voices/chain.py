"""The voices of each language in their order; one that fails is passed over a while.

No alert waits for a voice: one that has not spoken by its deadline is left behind.
"""

from __future__ import annotations

from concurrent.futures import Future
from datetime import timedelta
from threading import Thread

from automaton.clock import Clock, SystemClock
from automaton.errors import AutomatonError
from automaton.settings import Settings
from automaton.voices.choice import is_at_once, voices_from
from automaton.voices.voice import Sound, Voice, VoiceUnavailableError

RESTS_FOR = timedelta(minutes=5)


class Chains:
    """Gives the voices of a language, as the settings name them; those we have last.

    `at_once`: only those that may speak while somebody waits, as in a call that lives.
    """

    def __init__(
        self, settings: Settings, clock: Clock | None = None, at_once: bool = False
    ) -> None:
        self._settings = settings
        self._at_once = at_once
        self._clock = clock or SystemClock()
        self._made: dict[str, tuple[Voice, ...]] = {}

    def __call__(self, language: str) -> tuple[Voice, ...]:
        """Return the voices that speak a language, in the order they are asked."""
        if language not in self._made:
            chosen = self._settings.voices
            self._made[language] = tuple(
                TimelyVoice(voice, chosen.deadline, self._clock)
                for voice in voices_from(*chosen.of(language), settings=self._settings)
                if is_at_once(voice) or not self._at_once
            )
        return self._made[language]


class TimelyVoice:
    """A voice that speaks by a deadline or not at all, and rests after it failed.

    What it still does after its deadline is for nothing, in a thread of its own that
    ends with the process.
    """

    def __init__(self, voice: Voice, deadline: timedelta, clock: Clock) -> None:
        self._voice = voice
        self._deadline = deadline
        self._clock = clock
        self._fault = ""
        self._rests_until = 0.0

    @property
    def name(self) -> str:
        """Return the voice's name."""
        return self._voice.name

    @property
    def languages(self) -> frozenset[str]:
        """Return the languages it speaks."""
        return self._voice.languages

    def render(self, text: str, language: str) -> Sound:
        """Read the text aloud; `VoiceUnavailableError` at once while it rests."""
        if self._fault and self._clock.monotonic() < self._rests_until:
            raise VoiceUnavailableError(self.name, self._fault)
        try:
            return self._in_time(text, language)
        except VoiceUnavailableError as error:
            self._fault = error.reason
            rests = RESTS_FOR.total_seconds()
            self._rests_until = self._clock.monotonic() + rests
            raise

    def _in_time(self, text: str, language: str) -> Sound:
        """Wait for the voice; whatever it fails by makes it unavailable."""
        spoken: Future[Sound] = Future()
        order = (spoken, self._voice, text, language)
        Thread(
            target=_speak, args=order, name=f"voice {self.name}", daemon=True
        ).start()
        seconds = self._deadline.total_seconds()
        try:
            return spoken.result(seconds)
        except AutomatonError:
            raise
        except TimeoutError as error:
            reason = f"it took longer than {seconds:g} s"
            raise VoiceUnavailableError(self.name, reason) from error
        except Exception as error:
            reason = f"it broke ({type(error).__name__})"
            raise VoiceUnavailableError(self.name, reason) from error


def _speak(spoken: Future[Sound], voice: Voice, text: str, language: str) -> None:
    try:
        spoken.set_result(voice.render(text, language))
    except BaseException as error:  # noqa: BLE001 - whoever waits for it raises it
        spoken.set_exception(error)
