"""What a voice is: a text goes in, a sound comes out, or the voice is unavailable.

numpy is imported where a sound is made: the shell, which makes none, starts without.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from automaton.errors import LineError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

LINE_RATE = 8_000
Told: TypeAlias = "Callable[[int, int], None]"
"""Hears how many prompts are rendered, of how many."""
Samples: TypeAlias = "NDArray[np.float32]"


@dataclass(frozen=True, eq=False)
class Sound:
    """One mono sound: samples between -1 and 1, and their rate in hertz."""

    samples: Samples
    rate: int

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate


class Voice(Protocol):
    """Something that reads a text aloud.

    `languages` are two-letter codes (fr, en). Another voice is one class of this
    shape, declared in the entry-point group `automaton.voices`.
    """

    @property
    def name(self) -> str:
        """Return the name by which settings choose this voice."""
        ...

    @property
    def languages(self) -> frozenset[str]:
        """Return the languages it speaks."""
        ...

    def render(self, text: str, language: str) -> Sound:
        """Read the text aloud; blocking, callable from any thread.

        Raises `VoiceUnavailableError` where the voice cannot speak here and now.
        """
        ...


class VoiceUnavailableError(LineError):
    """A voice cannot speak here and now: not installed, offline, or broken."""

    def __init__(self, voice: str, reason: str) -> None:
        super().__init__(
            f"The voice {voice} is unavailable: {reason}.",
            error_id="voice-unavailable",
        )
        self.reason = reason


def untold(done: int, of: int) -> None:
    """Tell nobody how far it is."""


def from_pcm16(pcm: bytes, rate: int) -> Sound:
    """Turn 16-bit little-endian mono samples into a sound."""
    import numpy as np  # noqa: PLC0415 - 0.1 s, not for the shell

    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / np.float32(32768)
    return Sound(samples, rate)
