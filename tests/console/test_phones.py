"""What a caller hears is recognised in torn sound, and nothing else is taken for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.console.phones import RATE, holds, sound_of, was_heard

PAUSE = np.zeros(RATE, np.float32)


@pytest.fixture
def french(prompts: Path) -> Path:
    return prompts / "fr"


def torn(sound: np.ndarray, *gaps: float, lost: float = 0.06) -> np.ndarray:
    """Return a sound that lost a piece at each of some places, told in seconds."""
    places = np.zeros(len(sound), bool)
    for gap in gaps:
        places[int(gap * RATE) : int((gap + lost) * RATE)] = True
    return np.concatenate([PAUSE, sound[~places], PAUSE])


def test_a_phrase_with_gaps_is_heard(french: Path) -> None:
    phrase = french / "exercise.alaw"
    heard = torn(sound_of(phrase), 0.5, 1.2, 2.1)
    assert was_heard(heard, phrase)
    assert not holds(heard, phrase)


def test_a_phrase_whose_beginning_is_lost_is_heard(french: Path) -> None:
    phrase = french / "exercise.alaw"
    heard = torn(sound_of(phrase), 0.0, lost=0.5)
    assert was_heard(heard, phrase)


def test_half_a_phrase_torn_is_not_heard(french: Path) -> None:
    phrase = french / "exercise.alaw"
    half = sound_of(phrase)
    half = half[: len(half) // 2]
    assert not was_heard(torn(half, 0.5, 1.2), phrase)


@pytest.mark.parametrize("other", ["number-noted", "leave-name", "no-message", "again"])
def test_no_other_phrase_is_taken_for_it(french: Path, other: str) -> None:
    heard = torn(sound_of(french / f"{other}.alaw"), 0.5)
    assert not was_heard(heard, french / "exercise.alaw")
