"""From a greeting to what the telephone hears of it: raw A-law, in the telephone band.

Voices are synthetic: Pico and espeak-ng as processes of this machine, any other that is
declared by its own name. Noise is made from the same seed.
"""

from __future__ import annotations

import importlib
import io
import subprocess
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from automaton.voices.audio import encoded
from automaton.voices.choice import voice_named
from automaton.voices.pico import LOCALES
from automaton.voices.voice import LINE_RATE, Sound, from_pcm16
from benchmarks.greetings.bank import Greeting, Speaker, texts

Samples = NDArray[np.float32]
Make = Callable[[str, str, Speaker], Sound]

BAND_HZ = (300.0, 3400.0)
SLOPE_HZ = 60.0
LINE_NOISE_DBFS = -66.0
BEEP_DBFS = -14.0
HEARD_ABOVE = 0.01  # of the loudest sample: what is left after trimming
NOISE_SECONDS = 45.0
TELEVISION = Speaker("pico", "", 1.0, 1.0, 100)
RINGING = (425, 1.5, 3.5)  # hertz, seconds on, seconds off
ASKED, RINGS = 3, 3


@dataclass(frozen=True)
class Recording:
    """What is heard after the answer, and when its parts end (seconds)."""

    alaw: bytes
    first_ends: float
    beep_ends: float | None = None


def record(greeting: Greeting, seed: int) -> Recording:
    """Return all that is heard of a greeting after the answer."""
    said = _levelled(_spoken(greeting), greeting.level)
    first_ends = len(said) / LINE_RATE
    after, beep_ends = _what_follows(greeting, said)
    heard = np.concatenate([said, after])
    whole = _in_band(_with_noise(heard, greeting, seed))
    sound = Sound(np.clip(whole, -0.98, 0.98).astype(np.float32), LINE_RATE)
    return Recording(encoded(sound), first_ends, beep_ends)


def _spoken(greeting: Greeting) -> Samples:
    parts = [
        _silence(part)
        if isinstance(part, float)
        else utterance(part, greeting.language, greeting.speaker)
        for part in greeting.says
    ]
    return np.concatenate(parts)


def _what_follows(greeting: Greeting, said: Samples) -> tuple[Samples, float | None]:
    """Return the beep and whatever a screener says, and when the beep ends."""
    parts, beep_ends = [_silence(0.0)], None
    if greeting.beep is not None:
        wait, seconds, hertz = greeting.beep
        parts += [_silence(wait), _tone(hertz, seconds)]
        beep_ends = len(said) / LINE_RATE + wait + seconds
    if greeting.kind == "asks_for_a_key":
        parts += [_silence(greeting.wait), said] * (ASKED - 1)
        parts.append(_silence(greeting.wait))
    if greeting.kind == "asks_for_a_name":
        thanks = texts()["thanks"][greeting.language]
        told = utterance(thanks, greeting.language, greeting.speaker)
        parts += [_silence(4 + greeting.wait), _levelled(told, greeting.level)]
        hertz, on, off = RINGING
        parts += [_silence(1.0), _tone(hertz, on), _silence(off)] * RINGS
    return np.concatenate(parts), beep_ends


@cache
def utterance(text: str, language: str, speaker: Speaker) -> Samples:
    """Return a text by one speaker, at the rate of the line, without silence around."""
    make = VOICES.get(speaker.voice, _declared)
    sound = make(text, language, speaker)
    at_line_rate = soxr.resample(sound.samples, sound.rate * speaker.size, LINE_RATE)
    return _trimmed(at_line_rate.astype(np.float32))


def _pico(text: str, language: str, speaker: Speaker) -> Sound:
    engine = importlib.import_module("ttspico").TtsEngine(LOCALES[language])
    engine.rate = round(100 * speaker.speed)
    engine.pitch = speaker.pitch
    return from_pcm16(engine.speak(text) or b"", 16_000)


def _espeak(text: str, _: str, speaker: Speaker) -> Sound:
    order = ["espeak-ng", "-v", speaker.accent, "-s", str(round(160 * speaker.speed))]
    order += ["-p", str(speaker.pitch // 2), "-b", "1", "--stdin", "--stdout"]
    done = subprocess.run(order, input=text.encode(), capture_output=True, check=True)
    samples, rate = soundfile.read(io.BytesIO(done.stdout), dtype="float32")
    return Sound(samples, int(rate))


def _declared(text: str, language: str, speaker: Speaker) -> Sound:
    """Return what a voice of another package says, at its own speed."""
    return voice_named(speaker.voice).render(text, language)


VOICES: dict[str, Make] = {"pico": _pico, "espeak": _espeak}


def _with_noise(heard: Samples, greeting: Greeting, seed: int) -> Samples:
    """Lay the noise of the room, which does not end, and of the line over a sound."""
    dice = np.random.default_rng([seed, zlib.crc32(greeting.number.encode())])
    line = dice.normal(0, _ratio(LINE_NOISE_DBFS), len(heard))
    if greeting.noise == "none":
        return (heard + line).astype(np.float32)
    length = max(len(heard), int(NOISE_SECONDS * LINE_RATE))
    noise = NOISES[greeting.noise](length, dice, greeting.language)
    room = _levelled(noise, greeting.level - greeting.noise_below)
    room[: len(heard)] += heard
    return room


Dice = np.random.Generator


def _hiss(length: int, dice: Dice, _: str) -> Samples:
    return dice.normal(0, 0.1, length).astype(np.float32)


def _street(length: int, dice: Dice, _: str) -> Samples:
    """Return a rumble with cars that go by when they like."""
    spectrum = np.fft.rfft(dice.normal(0, 1, length))
    hertz = np.fft.rfftfreq(length, 1 / LINE_RATE)
    rumble = np.fft.irfft(spectrum / np.maximum(hertz, 100.0), length)
    seconds, whole = np.arange(length) / LINE_RATE, length / LINE_RATE
    swell = np.full(length, 0.5)
    for passes_at in dice.uniform(0, whole, int(whole / 5)):
        swell += np.exp(-(((seconds - passes_at) / dice.uniform(0.7, 2.0)) ** 2))
    told: Samples = (rumble * swell).astype(np.float32)
    return told


def _television(length: int, dice: Dice, language: str) -> Samples:
    told = texts()["television"]["fr" if language == "fr" else "en"]
    spoken = utterance(told, "fr" if language == "fr" else "en", TELEVISION)
    begins = int(dice.integers(len(spoken)))
    looped: Samples = np.resize(np.roll(spoken, -begins), length)
    return looped


NOISES = {"hiss": _hiss, "street": _street, "television": _television}


def _tone(hertz: int, seconds: float) -> Samples:
    times = np.arange(int(seconds * LINE_RATE)) / LINE_RATE
    wave = np.sin(2 * np.pi * hertz * times) * 2**0.5 * _ratio(BEEP_DBFS)
    told: Samples = wave.astype(np.float32)
    return told


def _silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * LINE_RATE), dtype=np.float32)


def _trimmed(samples: Samples) -> Samples:
    """Cut the silence that a synthesiser leaves before and after its words."""
    loud = np.flatnonzero(
        np.abs(samples) > HEARD_ABOVE * np.abs(samples).max(initial=0)
    )
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples


def _levelled(samples: Samples, dbfs: float) -> Samples:
    """Bring the loud half of what the line carries of it to a level (dBFS, RMS)."""
    samples = _in_band(samples)
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    power = np.mean(np.square(frames, dtype=np.float64), axis=1)
    active = float(np.sqrt(np.mean(power[power >= np.median(power)])))
    return (samples * (_ratio(dbfs) / max(active, 1e-6))).astype(np.float32)


def _in_band(samples: Samples) -> Samples:
    """Keep 300 to 3,400 Hz, as a telephone line does."""
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / LINE_RATE)
    low, high = BAND_HZ
    rise = np.clip((hertz - low + SLOPE_HZ) / (2 * SLOPE_HZ), 0, 1)
    fall = np.clip((high + SLOPE_HZ - hertz) / (2 * SLOPE_HZ), 0, 1)
    kept = np.fft.irfft(spectrum * np.minimum(rise, fall), len(samples))
    return kept.astype(np.float32)


def _ratio(dbfs: float) -> float:
    return float(10 ** (dbfs / 20))
