"""espeak-ng, the voice of last resort: robotic, tiny, a process of its own."""

from __future__ import annotations

import io
import subprocess

import soundfile

from automaton.voices.voice import Sound, VoiceUnavailableError

VARIANTS = {"fr": "fr-fr", "en": "en-gb", "de": "de", "es": "es", "it": "it"}
WORDS_PER_MINUTE = 150
DEADLINE = 60.0


class Espeak:
    """Reads aloud through the command `espeak-ng`, the text on its standard input."""

    name = "espeak"
    languages = frozenset(VARIANTS)

    def __init__(self, command: str = "espeak-ng") -> None:
        self._command = command

    def render(self, text: str, language: str) -> Sound:
        """Read the text aloud at 22.05 kHz, in at most a minute."""
        if language not in VARIANTS:
            raise VoiceUnavailableError(self.name, f"it does not speak {language!r}")
        plain = text.replace("[[", " ")  # phonemes would follow
        wave = io.BytesIO(self._spoken(plain, VARIANTS[language]))
        try:
            samples, rate = soundfile.read(wave, dtype="float32")
        except soundfile.LibsndfileError as error:
            raise VoiceUnavailableError(self.name, "it gave no sound") from error
        return Sound(samples, int(rate))

    def _spoken(self, text: str, variant: str) -> bytes:
        order = [self._command, "-v", variant, "-s", str(WORDS_PER_MINUTE)]
        order += ["-b", "1", "--stdin", "--stdout"]
        try:
            done = subprocess.run(
                order,
                input=text.encode(),
                capture_output=True,
                timeout=DEADLINE,
                check=True,
            )
        except FileNotFoundError as error:
            reason = f"the command {self._command} is not installed"
            raise VoiceUnavailableError(self.name, reason) from error
        except (OSError, subprocess.SubprocessError) as error:
            raise VoiceUnavailableError(self.name, "its process failed") from error
        return done.stdout
