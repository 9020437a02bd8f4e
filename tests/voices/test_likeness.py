"""What was heard over a telephone is recognised by its form."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from automaton.voices.audio import encoded, for_telephone
from automaton.voices.likeness import recognised
from automaton.voices.pico import Pico
from automaton.voices.voice import LINE_RATE, Sound

SENTENCES = {
    "no-message": "Bonjour. Il n'y a aucune alerte en cours dans la commune.",
    "goodbye": "Nous vous remercions de votre appel. Au revoir, et bonne journée.",
    "not-now": "L'automate d'alerte ne peut pas vous répondre en ce moment.",
}


@pytest.fixture(scope="module")
def spoken() -> dict[str, Sound]:
    """Three sentences as a telephone plays them."""
    return {
        name: for_telephone(Pico().render(text, "fr"))
        for name, text in SENTENCES.items()
    }


@pytest.fixture
def known(spoken, tmp_path) -> dict[str, Path]:
    """Their files."""
    return {name: written(tmp_path, name, sound) for name, sound in spoken.items()}


def written(folder: Path, name: str, sound: Sound) -> Path:
    path = folder / f"{name}.alaw"
    path.write_bytes(encoded(sound))
    return path


def through_a_network(sound: Sound) -> Sound:
    """The sound, later, softer, and with noise 20 dB below it."""
    random = np.random.default_rng(7)
    later = np.concatenate([np.zeros(LINE_RATE // 3), sound.samples, np.zeros(4000)])
    noise = random.normal(0.0, 0.1 * float(np.std(sound.samples)), len(later))
    return Sound((0.4 * (later + noise)).astype(np.float32), LINE_RATE)


@pytest.mark.parametrize("name", SENTENCES)
def test_a_sentence_is_known_again_after_a_network(spoken, known, tmp_path, name):
    heard = written(tmp_path, "heard", through_a_network(spoken[name]))
    found = recognised(heard, known.values())
    assert found is not None
    assert found.path == known[name]
    assert found.likeness > 0.9


def test_another_sentence_is_not_taken_for_it(spoken, known, tmp_path):
    other = for_telephone(Pico().render("Montez à l'étage, la rivière monte.", "fr"))
    heard = written(tmp_path, "heard", through_a_network(other))
    assert recognised(heard, known.values()) is None


@pytest.mark.parametrize("seconds", [0, 1, 8])
def test_silence_is_nothing(known, tmp_path, seconds):
    silence = Sound(np.zeros(seconds * LINE_RATE, np.float32), LINE_RATE)
    heard = written(tmp_path, "heard", silence)
    assert recognised(heard, known.values()) is None


def test_without_a_recording_nothing_was_heard(known, tmp_path):
    assert recognised(tmp_path / "none.alaw", known.values()) is None


def test_what_is_too_short_to_be_told_is_not_looked_for(spoken, tmp_path):
    short = Sound(spoken["goodbye"].samples[:4000], LINE_RATE)
    heard = written(tmp_path, "heard", spoken["goodbye"])
    assert recognised(heard, [written(tmp_path, "short", short)]) is None
