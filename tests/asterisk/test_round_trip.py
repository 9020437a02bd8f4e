"""What a prompt has become at the far end of a real call: measured, not believed."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import numpy as np
import pytest

from automaton.voices.audio import LINE_RATE, decoded, encoded, for_telephone
from automaton.voices.levels import level, peak
from automaton.voices.pico import Pico
from automaton.voices.voice import Samples, Sound
from tests.asterisk import far_end as far
from tests.asterisk.calls import Call, ring_all
from tests.asterisk.conftest import Exchange

pytestmark = pytest.mark.asterisk

TEXT = "La rivière monte. Montez à l'étage. Pour confirmer, appuyez sur la touche 1."
BANDS = (300, 400, 500, 630, 800, 1000, 1250, 1600, 2000, 2500, 3150, 3400)  # Hz


def sweep(seconds: float = 6.0, rate: int = 48_000) -> Sound:
    """A tone that rises through all that a telephone carries."""
    times = np.arange(int(seconds * rate)) / rate
    phase = 2 * np.pi * (250 * times + (3_450 - 250) / (2 * seconds) * times**2)
    return Sound((0.3 * np.sin(phase)).astype(np.float32), rate)


@pytest.fixture(scope="module")
def trip(exchange: Exchange, short_folder: Path) -> tuple[Samples, Samples]:
    """What was sent: speech, a pause, a sweep; and the same stretch as it arrived."""
    pause = np.zeros(LINE_RATE // 2, np.float32)
    spoken, swept = for_telephone(Pico().render(TEXT, "fr")), for_telephone(sweep())
    sent = np.concatenate([spoken.samples, pause, swept.samples])
    alaw = encoded(Sound(sent, LINE_RATE))
    (exchange.prompts / "round-trip.alaw").write_bytes(alaw)
    order = {"MESSAGE": "round-trip", "REPEATS": "1"}
    asyncio.run(ring_all(exchange.access, {"trip": Call(far.RECORDS, order)}))
    heard = decoded((short_folder / "far" / far.RECORDED).read_bytes()).samples
    sent = decoded(alaw).samples
    length = len(heard) + len(sent)
    spectrum = np.fft.rfft(heard, length) * np.conj(np.fft.rfft(sent, length))
    start = int(np.fft.irfft(spectrum, length)[: len(heard)].argmax())
    return sent, heard[start : start + len(sent)]


def test_what_arrives_is_what_was_sent(trip):
    sent, heard = trip
    assert len(heard) == len(sent)
    assert np.corrcoef(sent, heard)[0, 1] >= 0.99


def test_every_band_of_a_telephone_arrives(trip):
    sent, heard = trip
    hertz = np.fft.rfftfreq(len(sent), 1 / LINE_RATE)
    power = [np.abs(np.fft.rfft(sound)) ** 2 for sound in (sent, heard)]
    for low, high in itertools.pairwise(BANDS):
        within = (hertz >= low) & (hertz < high)
        there, here = (float(one[within].sum()) for one in power)
        assert abs(10 * np.log10(here / there)) < 0.5, (low, high)
        assert 10 * np.log10(here / float(power[1].sum())) > -25, (low, high)


def test_it_arrives_level_and_unclipped(trip):
    _, heard = trip
    sound = Sound(heard, LINE_RATE)
    assert level(sound) == pytest.approx(-20, abs=1.5)
    assert peak(sound) <= -3
    highest = np.abs(heard).max()
    assert np.count_nonzero(np.abs(heard) >= highest) < 10  # no flat tops
