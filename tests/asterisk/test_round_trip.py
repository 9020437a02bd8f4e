"""A prompt is played into a real call; what the other Asterisk heard is measured.

`-rP` shows the figures.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from automaton.voices.audio import decoded, encoded, for_telephone
from automaton.voices.levels import loudness, peak
from automaton.voices.pico import Pico
from automaton.voices.voice import LINE_RATE, Samples, Sound
from tests.asterisk.calls import Call, ring_all
from tests.asterisk.conftest import Exchange
from tests.asterisk.far_end import KEEPS_WHAT_IT_HEARS
from tests.system.test_sound import likeness
from tests.voices.conftest import ALERT

pytestmark = pytest.mark.asterisk

STUDIO_RATE = 24_000
TONES = (300, 400, 630, 1000, 1600, 2000, 2500, 3000, 3200, 3400)
FRAME = 160
NUMBERS = dict(zip(("tones", "speech"), KEEPS_WHAT_IT_HEARS, strict=True))


def tones() -> Sound:
    """Return four seconds of tones over the band, all of one level."""
    times = np.arange(4 * STUDIO_RATE) / STUDIO_RATE
    phases = [np.pi * n * n / len(TONES) for n in range(len(TONES))]
    waves = (
        np.sin(2 * np.pi * f * times + p) for f, p in zip(TONES, phases, strict=True)
    )
    return Sound((0.05 * sum(waves)).astype(np.float32), STUDIO_RATE)


@pytest.fixture(scope="module")
def played(exchange: Exchange) -> Mapping[str, bytes]:
    """The prompts, ready to be played, as A-law."""
    sounds = {"tones": tones(), "speech": Pico().render(ALERT, "fr")}
    ready = {name: encoded(for_telephone(sound)) for name, sound in sounds.items()}
    for name, alaw in ready.items():
        (exchange.prompts / f"round-{name}.alaw").write_bytes(alaw)
    return ready


@pytest.fixture(scope="module")
def heard(
    exchange: Exchange, played: Mapping[str, bytes], short_folder: Path
) -> Mapping[str, bytes]:
    """What the far end recorded, as A-law, from the first moment of the call."""
    calls = {
        name: Call(number, {"MESSAGE": f"round-{name}", "REPEATS": "1", "KEYS": "1"})
        for name, number in NUMBERS.items()
    }
    asyncio.run(ring_all(exchange.access, calls))
    folder = short_folder / "far" / "sounds"
    return {
        name: (folder / f"heard-{number}.alaw").read_bytes()
        for name, number in NUMBERS.items()
    }


def aligned(heard: bytes, played: bytes) -> tuple[Samples, Samples, float]:
    """Return both where they meet, all but the last frame, and how alike they are."""
    wanted, whole = (decoded(alaw).samples for alaw in (played, heard))
    wanted = wanted[:-FRAME]
    alike = likeness(whole.astype(np.float64), wanted.astype(np.float64))
    at = int(alike.argmax())
    return wanted, whole[at : at + len(wanted)], float(alike[at])


def level(samples: Samples, rate: int, hertz: float) -> float:
    """Return the level of one tone in dB."""
    middle = samples[rate // 2 : rate // 2 + 3 * rate]
    turns = np.exp(-2j * np.pi * hertz * np.arange(len(middle)) / rate)
    return 20 * float(np.log10(2 * abs(np.mean(middle * turns))))


def test_what_is_heard_is_what_was_played(
    played: Mapping[str, bytes], heard: Mapping[str, bytes]
) -> None:
    for name, alaw in played.items():
        _, _, alike = aligned(heard[name], alaw)
        print(f"{name}: correlation {alike:.5f}")  # noqa: T201
        assert alike >= 0.99
        assert alaw[:-FRAME] in heard[name]  # to the byte: nothing was converted


def test_the_band_of_a_telephone_is_kept(
    played: Mapping[str, bytes], heard: Mapping[str, bytes]
) -> None:
    _, sound, _ = aligned(heard["tones"], played["tones"])
    source = tones()
    lost = [
        level(source.samples, STUDIO_RATE, hertz) - level(sound, LINE_RATE, hertz)
        for hertz in TONES
    ]
    spread = max(lost) - min(lost)
    print(f"300 to 3,400 Hz within {spread:.2f} dB")  # noqa: T201
    assert spread <= 1.0


def test_speech_arrives_loud_enough_and_is_not_clipped(
    played: Mapping[str, bytes], heard: Mapping[str, bytes]
) -> None:
    _, samples, _ = aligned(heard["speech"], played["speech"])
    sound = Sound(samples, LINE_RATE)
    print(f"{loudness(sound):.1f} LUFS, peak {peak(sound):.1f} dBFS")  # noqa: T201
    assert loudness(sound) == pytest.approx(-20, abs=1)
    assert peak(sound) <= -3
    at_the_top = np.abs(samples) >= np.abs(samples).max()
    runs = [len(list(run)) for is_top, run in groupby(at_the_top) if is_top]
    assert max(runs) <= 3
