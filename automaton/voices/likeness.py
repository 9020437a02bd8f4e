"""Which of the sounds that we know was heard over a telephone.

A sound that came through networks is longer, softer and noisier than the one that left:
what is compared is its form, at whatever moment it was heard.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from automaton.voices.audio import decoded
from automaton.voices.voice import LINE_RATE, Samples

PROBE = int(2.5 * LINE_RATE)
"""So much of the beginning of a sound is looked for, in samples."""
SHORTEST = LINE_RATE
"""What is shorter is not looked for: too much is like it."""
LOUD = 0.01
ALIKE = 0.7
"""Correlation from which on a sound was heard; another sentence reaches about 0.2."""
ENERGY_OF_SILENCE = 1e-6


@dataclass(frozen=True, slots=True)
class Recognised:
    """The sound that was heard, and how alike it is, 1 for the same."""

    path: Path
    likeness: float


def recognised(heard: Path, known: Iterable[Path]) -> Recognised | None:
    """Return which known sound was heard in a recording; None where it was none.

    All are raw A-law at 8 kHz, as Asterisk plays and records it.
    """
    if not heard.is_file() or not heard.stat().st_size:
        return None
    samples = decoded(heard.read_bytes()).samples
    found = [Recognised(path, _likeness(samples, path)) for path in known]
    best = max(found, key=lambda one: one.likeness, default=None)
    return best if best is not None and best.likeness >= ALIKE else None


def _likeness(heard: Samples, path: Path) -> float:
    """Return how alike the beginning of a sound is to some part of what was heard."""
    wanted = _beginning(decoded(path.read_bytes()).samples)
    if len(wanted) < SHORTEST or len(heard) < len(wanted):
        return 0.0
    size = 1 << (len(heard) + len(wanted)).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(wanted, size))
    products = np.fft.irfft(spectrum, size)[: len(heard) - len(wanted) + 1]
    energy = np.cumsum(np.concatenate([[0.0], np.square(heard, dtype=np.float64)]))
    power = energy[len(wanted) :] - energy[: -len(wanted)]
    own = np.square(wanted, dtype=np.float64).sum()
    return float(np.max(products / np.sqrt(np.maximum(power * own, ENERGY_OF_SILENCE))))


def _beginning(samples: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(samples) > LOUD)
    begin = int(loud[0]) if len(loud) else len(samples)
    return samples[begin : begin + PROBE]
