"""Real speech, files of every format, and a voice that counts."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from automaton.voices.cache import PromptCache
from automaton.voices.pico import Pico
from automaton.voices.voice import Sound

ALERT = (
    "Bonjour. Ici la mairie de Sainte-Colombe, pour une alerte à la crue. "
    "Montez à l'étage. Pour confirmer, appuyez sur la touche 1."
)


class CountingVoice:
    """A real voice of beeps, one per word, that remembers what it was asked."""

    name = "counting"
    languages = frozenset({"fr", "en"})

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def render(self, text: str, language: str) -> Sound:
        self.asked.append((text, language))
        times = np.arange(4_000 * max(len(text.split()), 1)) / 16_000
        beeps = np.sin(2 * np.pi * 440 * times) * (times % 0.25 < 0.2)
        return Sound((0.3 * beeps).astype(np.float32), 16_000)


@pytest.fixture(scope="session")
def speech() -> Sound:
    """Ten seconds of Pico."""
    return Pico().render(ALERT, "fr")


@pytest.fixture
def counting() -> CountingVoice:
    return CountingVoice()


@pytest.fixture
def cache(tmp_path: Path) -> PromptCache:
    return PromptCache(tmp_path / "prompts")


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Write a sound into a file of the format that the name ends with."""

    def write(name: str, sound: Sound, subtype: str | None = None) -> Path:
        path = tmp_path / name
        soundfile.write(path, sound.samples, sound.rate, subtype=subtype)
        return path

    return write
