"""How loud a sound is, by the measures of the standards; how high its peaks are.

A message is measured in LUFS (ITU-R BS.1770), which is coarse for less than three
seconds; what is shorter by its active speech level (ITU-T P.56, method B).
"""

from __future__ import annotations

import importlib
from functools import cache
from math import ceil
from typing import Any

import numpy as np

from automaton.voices.voice import Samples, Sound

SHORT_SECONDS = 3.0
_SHORTEST_MEASURABLE = 0.4
_QUIETEST = 1e-10

# ITU-T P.56 (12/2011), 5 and table 1: what an active speech level is measured with.
TIME_CONSTANT = 0.03
HANGOVER = 0.2
MARGIN_DB = 15.9
THRESHOLDS = 2.0 ** np.arange(-15, 0)


def level(sound: Sound) -> float:
    """Return by the measure for its length how loud speech is: LUFS, or dBov."""
    if sound.seconds < SHORT_SECONDS:
        return active_speech_level(sound)
    return loudness(sound)


def loudness(sound: Sound) -> float:
    """Loudness in LUFS (ITU-R BS.1770); below 0.4 s, where undefined, from the RMS."""
    if sound.seconds < _SHORTEST_MEASURABLE:
        return _loudness_by_rms(sound.samples)
    with np.errstate(divide="ignore"):
        return float(_meter(sound.rate).integrated_loudness(sound.samples))


def active_speech_level(sound: Sound) -> float:
    """Level of the speech without its pauses, in dBov (ITU-T P.56, method B).

    0 dBov is the mean power of a square wave at full scale. Minus infinity where there
    is no speech.
    """
    points = _levels(sound)
    above = next((i for i, p in enumerate(points) if p[1] <= MARGIN_DB), None)
    if above is None:
        return -np.inf
    return _between(points[max(above - 1, 0)], points[above])


def peak(sound: Sound) -> float:
    """Highest sample in dBFS."""
    highest = float(np.abs(sound.samples).max(initial=0.0))
    return 20 * float(np.log10(max(highest, _QUIETEST)))


def _levels(sound: Sound) -> list[tuple[float, float]]:
    """Return for each threshold that is reached a level, and its margin over that."""
    energy = float(np.sum(np.square(sound.samples, dtype=np.float64)))
    envelope = _envelope(sound.samples, sound.rate)
    points = []
    for threshold in map(float, THRESHOLDS):
        if active := _active_samples(envelope, threshold, sound.rate):
            own = 10 * float(np.log10(energy / active))
            points.append((own, own - 20 * float(np.log10(threshold))))
    return points


def _envelope(samples: Samples, rate: int) -> np.ndarray:
    """Return the magnitude smoothed twice by 30 ms, as a convolution.

    The answer of both smoothings to one sample is `(1 - g)^2 (n + 1) g^n`; after 25
    time constants less than 1e-9 of it is left.
    """
    g = np.exp(-1 / (rate * TIME_CONSTANT))
    n = np.arange(ceil(25 * rate * TIME_CONSTANT))
    answer = (1 - g) ** 2 * (n + 1) * g**n
    length = quick_length(len(samples) + len(answer))
    spectrum = np.fft.rfft(np.abs(samples), length) * np.fft.rfft(answer, length)
    return np.asarray(np.fft.irfft(spectrum, length)[: len(samples)])


def quick_length(least: int) -> int:
    """Return a length that a Fourier transform is quick with: a prime is not."""
    power = 1 << (least - 1).bit_length()
    quick = (power * part // 8 for part in (5, 6, 8))
    return next(length for length in quick if length >= least)


def _active_samples(envelope: np.ndarray, threshold: float, rate: int) -> int:
    """Count the samples at a threshold or within the hangover of 0.2 s after one."""
    at = np.flatnonzero(envelope >= threshold)
    if not len(at):
        return 0
    until_next = np.diff(at, append=len(envelope))
    return int(np.minimum(until_next, 1 + ceil(HANGOVER * rate)).sum())


def _between(below: tuple[float, float], above: tuple[float, float]) -> float:
    """Return the level at which the margin is 15.9 dB, between two thresholds."""
    if below == above:
        return above[0]
    share = (below[1] - MARGIN_DB) / (below[1] - above[1])
    return below[0] + share * (above[0] - below[0])


@cache
def _meter(rate: int) -> Any:
    """Load the meter at its first use: it brings all of scipy, 60 MB and a second."""
    return importlib.import_module("pyloudnorm").Meter(rate)


def _loudness_by_rms(samples: Samples) -> float:
    power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0
    return -0.691 + 10 * float(np.log10(max(power, _QUIETEST)))
