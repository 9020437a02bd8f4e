"""Google's voice by the optional package `gtts`: needs the internet, sends it the text.

A town that must not depend on the internet leaves it alone; offline it is
unavailable at once, and `choice` falls back and says so.
"""

from __future__ import annotations

import importlib
import io
from typing import Any

import soundfile

from automaton.voices.voice import Sound, VoiceUnavailableError

DEADLINE = 10.0


class Gtts:
    """Reads aloud through translate.google.com; the text leaves the house."""

    name = "gtts"
    takes_its_time = True
    languages = frozenset({"fr", "en", "de", "es", "it"})

    def render(self, text: str, language: str) -> Sound:
        """Fetch the text read aloud as MP3, with ten seconds for each request."""
        package = self._package()
        answer = io.BytesIO()
        try:
            package.gTTS(text, lang=language, timeout=DEADLINE).write_to_fp(answer)
            answer.seek(0)
            samples, rate = soundfile.read(answer, dtype="float32")
        except (package.gTTSError, AssertionError, ValueError, OSError) as error:
            raise VoiceUnavailableError(self.name, _first_line(error)) from error
        except soundfile.LibsndfileError as error:
            reason = "its answer is no sound"
            raise VoiceUnavailableError(self.name, reason) from error
        return Sound(samples, int(rate))

    def _package(self) -> Any:
        try:
            return importlib.import_module("gtts")
        except ImportError as error:
            reason = "the package gtts is not installed"
            raise VoiceUnavailableError(self.name, reason) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["no reason given"])[0].rstrip(".")
