import math

import numpy as np
import pytest
import soxr

from automaton.voices.levels import (
    active_speech_level,
    level,
    loudness,
    peak,
    quick_length,
)
from automaton.voices.voice import Sound

RATE = 8_000


def tone(hertz: float, seconds: float, amplitude: float = 0.5, rate=RATE) -> Sound:
    times = np.arange(int(seconds * rate)) / rate
    wave = amplitude * np.sin(2 * np.pi * hertz * times)
    return Sound(wave.astype(np.float32), rate)


def silence(seconds: float) -> Sound:
    return Sound(np.zeros(int(seconds * RATE), np.float32), RATE)


def joined(*sounds: Sound) -> Sound:
    return Sound(np.concatenate([s.samples for s in sounds]), sounds[0].rate)


def by_the_letter(sound: Sound) -> float:
    """ITU-T P.56 (12/2011), method B, sample by sample as it is written there."""
    g = math.exp(-1 / (sound.rate * 0.03))
    hangover = math.ceil(0.2 * sound.rate)
    thresholds = [2.0**j for j in range(-15, 0)]
    active, since = [0] * 15, [hangover] * 15
    p = q = energy = 0.0
    for x in map(float, sound.samples):
        energy += x * x
        p = g * p + (1 - g) * abs(x)
        q = g * q + (1 - g) * p
        for j, c in enumerate(thresholds):
            if q >= c:
                active[j] += 1
                since[j] = 0
            elif since[j] < hangover:
                active[j] += 1
                since[j] += 1
    levels = [10 * math.log10(energy / a) for a in active if a]
    margins = [a - 20 * math.log10(c) for a, c in zip(levels, thresholds, strict=False)]
    above = next(j for j, m in enumerate(margins) if m <= 15.9)
    share = (margins[above - 1] - 15.9) / (margins[above - 1] - margins[above])
    return levels[above - 1] + share * (levels[above] - levels[above - 1])


def test_the_active_speech_level_is_that_of_the_recommendation(speech):
    at_line_rate = soxr.resample(speech.samples, speech.rate, RATE)
    spoken = Sound(at_line_rate[: 3 * RATE].astype(np.float32), RATE)
    assert active_speech_level(spoken) == pytest.approx(by_the_letter(spoken), abs=1e-3)


def test_a_steady_tone_is_as_loud_as_its_power():
    # Half of full scale, a sine: -6.02 - 3.01 dB below a square wave at full scale.
    assert active_speech_level(tone(1_000, 4)) == pytest.approx(-9.03, abs=0.1)


def test_pauses_count_for_nothing_but_their_first_200_ms(speech):
    spoken, pause = tone(1_000, 1), silence(2)
    paused = joined(spoken, pause, spoken, pause)
    lost = 10 * math.log10(1.2 / 1)
    expected = active_speech_level(spoken) - lost
    assert active_speech_level(paused) == pytest.approx(expected, abs=0.5)
    padded = joined(pause, Sound(speech.samples[::2], RATE), pause)
    alone = active_speech_level(Sound(speech.samples[::2], RATE))
    assert active_speech_level(padded) == pytest.approx(alone, abs=0.2)


def test_twice_the_amplitude_is_six_decibels_more(speech):
    louder = Sound(speech.samples * np.float32(0.5), speech.rate)
    gain = active_speech_level(speech) - active_speech_level(louder)
    assert gain == pytest.approx(6.02, abs=0.1)


def test_silence_has_no_level():
    assert active_speech_level(silence(1)) == -math.inf
    assert active_speech_level(silence(0)) == -math.inf
    assert peak(silence(0)) == -200


def test_what_is_fainter_than_the_lowest_threshold_has_no_level():
    assert active_speech_level(tone(1_000, 2, amplitude=2e-5)) == -math.inf
    faint = active_speech_level(tone(1_000, 2, amplitude=1e-4))
    assert faint == pytest.approx(-83, abs=0.2)


@pytest.mark.parametrize("least", [1, 2, 7, 801, 5_003, 24_000, 65_536, 2_400_801])
def test_a_sound_is_padded_to_a_length_without_great_primes(least):
    length = quick_length(least)
    assert least <= length <= 2 * least
    for prime in (2, 3, 5):
        while length % prime == 0:
            length //= prime
    assert length == 1


def test_a_message_is_measured_by_its_loudness_and_less_by_its_speech():
    long, short = tone(1_000, 3), tone(1_000, 2.9)
    assert level(long) == loudness(long)
    assert level(short) == active_speech_level(short)


def test_loudness_below_400_ms_follows_the_rms_and_agrees_with_the_standard():
    assert loudness(tone(1_000, 0.3)) == pytest.approx(loudness(tone(1_000, 3)), abs=1)


def test_loudness_is_that_of_the_standard_at_another_rate():
    # BS.1770: a 997 Hz sine at full scale in one channel is -3.01 LUFS.
    assert loudness(tone(997, 3, 1.0, rate=48_000)) == pytest.approx(-3.01, abs=0.1)
