"""Makes any sound fit for a telephone: mono, 8 kHz, level, never too loud, A-law.

In: a `Sound` at any rate. Out: a `Sound` at 8 kHz, or its A-law bytes, which
Asterisk plays as they are. `levels` measures.
"""

from __future__ import annotations

import io
from datetime import timedelta

import numpy as np
import soundfile
import soxr
from numpy.lib.stride_tricks import sliding_window_view

from automaton.errors import RequestError
from automaton.voices.levels import level, quick_length
from automaton.voices.voice import LINE_RATE, Samples, Sound

# LUFS of a message; dBov of the active speech of what is shorter than three seconds.
TARGET_LEVEL = -20.0
TARGET_GAP = 0.2
LONGEST = timedelta(minutes=5)
# -3.9 dBFS: what A-law rounds up, and what lies between two samples when a telephone
# or a recorder plays at a higher rate, still stays below -3 dBFS.
CEILING = 0.64
BAND_HZ = (100.0, 200.0, 3400.0, 3900.0)
SILENCE_DBFS = -60.0
SILENCE_BELOW_LOUDEST_DB = 40.0
SHORTEST_SPEECH = 0.1
LEAD_SECONDS, TAIL_SECONDS, FADE_SECONDS = 0.05, 0.2, 0.005
FRAME = LINE_RATE // 100
LOOKAHEAD = LINE_RATE // 200
_QUIETEST = 1e-10


def for_telephone(sound: Sound) -> Sound:
    """Trim, band-limit, level to -20 and limit below -3 dBFS, at 8 kHz.

    Raises `RequestError` where there is nothing to hear, or over five minutes of it.
    """
    refuse_overlong(sound.seconds)
    at_line_rate = soxr.resample(sound.samples, sound.rate, LINE_RATE)
    heard = _trimmed(_band_limited(at_line_rate.astype(np.float32)))
    return Sound(_levelled(_faded(heard)), LINE_RATE)


def refuse_overlong(seconds: float) -> None:
    """Raise `RequestError` for a sound of more than five minutes."""
    if seconds > LONGEST.total_seconds():
        message = "The sound lasts more than five minutes: shorten it."
        raise RequestError(message, error_id="sound-too-long")


def encoded(sound: Sound) -> bytes:
    """Return raw A-law, one byte for each of the 8,000 samples a second."""
    raw = io.BytesIO()
    soundfile.write(raw, sound.samples, LINE_RATE, format="RAW", subtype="ALAW")
    return raw.getvalue()


def decoded(alaw: bytes) -> Sound:
    """Return what a telephone makes of raw A-law."""
    samples, _ = soundfile.read(
        io.BytesIO(alaw),
        samplerate=LINE_RATE,
        channels=1,
        format="RAW",
        subtype="ALAW",
        dtype="float32",
    )
    return Sound(samples, LINE_RATE)


def _band_limited(samples: Samples) -> Samples:
    """Keep what a telephone carries, by raised-cosine slopes on the spectrum."""
    if not len(samples):
        return samples
    length = quick_length(len(samples) + LINE_RATE // 10)
    spectrum = np.fft.rfft(samples, length)
    hertz = np.fft.rfftfreq(length, 1 / LINE_RATE)
    low, full, still_full, high = BAND_HZ
    rise = np.clip((hertz - low) / (full - low), 0, 1)
    fall = np.clip((high - hertz) / (high - still_full), 0, 1)
    slope = (1 - np.cos(np.pi * np.minimum(rise, fall))) / 2
    kept = np.fft.irfft(spectrum * slope, length)[: len(samples)]
    return kept.astype(np.float32)


def _trimmed(samples: Samples) -> Samples:
    """Cut silence at both ends, leaving 50 ms before and 200 ms after the speech."""
    frames = np.flatnonzero(_audible(samples))
    if not len(frames) or len(frames) * FRAME < SHORTEST_SPEECH * LINE_RATE:
        message = "Nothing can be heard in this sound."
        raise RequestError(message, error_id="sound-silent")
    start = int(frames[0]) * FRAME - int(LEAD_SECONDS * LINE_RATE)
    end = int(frames[-1] + 1) * FRAME + int(TAIL_SECONDS * LINE_RATE)
    return samples[max(start, 0) : end]


def _audible(samples: Samples) -> np.ndarray:
    whole = np.pad(samples, (0, -len(samples) % FRAME)).reshape(-1, FRAME)
    power = np.mean(np.square(whole, dtype=np.float64), axis=1)
    level = 10 * np.log10(np.maximum(power, _QUIETEST))
    loudest = level.max(initial=-np.inf)
    floor = max(SILENCE_DBFS, loudest - SILENCE_BELOW_LOUDEST_DB)
    return np.asarray(level > floor)


def _faded(samples: Samples) -> Samples:
    """Start and end without a click."""
    ramp = np.linspace(0, 1, int(FADE_SECONDS * LINE_RATE), dtype=np.float32)
    faded = samples.copy()
    faded[: len(ramp)] *= ramp
    faded[-len(ramp) :] *= ramp[::-1]
    return faded


def _levelled(samples: Samples) -> Samples:
    """Raise or lower to the target; limiting costs loudness, so ask again."""
    gain, levelled = 1.0, samples
    for _ in range(8):
        gap = TARGET_LEVEL - level(Sound(levelled, LINE_RATE))
        if not np.isfinite(gap) or abs(gap) <= TARGET_GAP:
            break
        gain *= 10 ** (gap / 20)
        levelled = _limited(samples * np.float32(gain))
    return _limited(levelled)


def _limited(samples: Samples) -> Samples:
    """Hold every sample below the ceiling by a gain that moves within 5 ms.

    Each gain is a mean of minima over windows that all contain the sample, hence
    never above what that sample needs: a limit, not a hope.
    """
    needed = np.minimum(1, CEILING / np.maximum(np.abs(samples), _QUIETEST))
    if needed.min(initial=1.0) >= 1:
        return samples
    width = 2 * LOOKAHEAD + 1
    padded = np.pad(needed, 2 * LOOKAHEAD, constant_values=1)
    lowest = sliding_window_view(padded, width).min(axis=-1)
    weights = np.hanning(width + 2)[1:-1]
    gains = np.convolve(lowest, weights / weights.sum(), "valid")
    return (samples * gains).astype(np.float32)
