"""Kokoro-82M, the best voice that runs without the internet: French and English.

It takes 300 MB and about as long as it speaks, so it lives in a process of its
own (`apart`) for one text and is gone. Phonemes by espeak-ng, in `phonemes`.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from automaton.voices.apart import said_apart
from automaton.voices.kokoro_files import KokoroFiles, files_of, known, languages
from automaton.voices.kokoro_process import RATE, Wish
from automaton.voices.phonemes import breaths
from automaton.voices.voice import Sound, VoiceUnavailableError, from_pcm16

if TYPE_CHECKING:
    from automaton.settings import Settings

PROCESS = "automaton.voices.kokoro_process"


class Kokoro:
    """Reads aloud at 24 kHz by the voices ff_siwis (French) and af_heart (English)."""

    name = "kokoro"
    takes_its_time = True
    languages = frozenset(languages())

    def __init__(self, files: KokoroFiles, deadline: timedelta) -> None:
        self._files = files
        self._deadline = deadline.total_seconds()

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Return Kokoro with the files and the deadline of the settings."""
        return cls(files_of(settings), settings.voices.deadline)

    def render(self, text: str, language: str) -> Sound:
        """Read the text aloud, within the deadline of the settings."""
        if language not in self.languages:
            raise VoiceUnavailableError(self.name, f"it does not speak {language!r}")
        if missing := self._files.missing():
            reason = f"there is no {missing[0]}: run automaton voice install"
            raise VoiceUnavailableError(self.name, reason)
        wish = self._wish(text, language)
        order = [sys.executable, "-P", "-m", PROCESS]
        pcm = said_apart(self.name, order, wish.as_json(), self._deadline)
        return from_pcm16(pcm, RATE)

    def _wish(self, text: str, language: str) -> Wish:
        symbols = known()["symbols"]
        signs = [
            [symbols[sign] for sign in breath if sign in symbols]
            for breath in breaths(text, language)
        ]
        return Wish(
            str(self._files.model),
            known()["model"]["sha256"],
            str(self._files.style(language)),
            known()["styles"][language]["sha256"],
            [row for row in signs if row],
        )
