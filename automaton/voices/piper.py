"""piper with a voice of one's own: an `.onnx` by path, its `.onnx.json` beside it.

The optional package piper-tts is GPL-3 and no part of Automaton: it is a program that
is started with a text, in a process of its own, and answers with samples.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Self

from automaton.voices.apart import said_apart
from automaton.voices.voice import Sound, VoiceUnavailableError, from_pcm16

if TYPE_CHECKING:
    from automaton.settings import Settings

SENTENCE_SILENCE = "0.35"


class Piper:
    """Reads aloud by the models that the settings name, one for each language."""

    name = "piper"
    takes_its_time = True

    def __init__(self, models: Mapping[str, Path], deadline: timedelta) -> None:
        self._models = dict(models)
        self._deadline = deadline.total_seconds()

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Return piper with the models and the deadline of the settings."""
        return cls(settings.voices.piper_models, settings.voices.deadline)

    @property
    def languages(self) -> frozenset[str]:
        """Return the languages that have a model."""
        return frozenset(self._models)

    def render(self, text: str, language: str) -> Sound:
        """Read the text aloud at the rate of the model, within the deadline."""
        model = self._model(language)
        if find_spec("piper") is None:
            reason = "the package piper-tts is not installed"
            raise VoiceUnavailableError(self.name, reason)
        rate = self._rate(model)
        order = [sys.executable, "-P", "-m", "piper", "--model", str(model)]
        order += ["--output-raw", "--sentence-silence", SENTENCE_SILENCE]
        line = " ".join(text.replace("\0", " ").split()) + "\n"
        pcm = said_apart(self.name, order, line.encode(), self._deadline)
        return from_pcm16(pcm, rate)

    def _model(self, language: str) -> Path:
        if language not in self._models:
            reason = f"it does not speak {language!r}"
            raise VoiceUnavailableError(self.name, reason)
        model = self._models[language]
        if not model.is_file():
            raise VoiceUnavailableError(self.name, f"there is no model {model}")
        return model

    def _rate(self, model: Path) -> int:
        described = model.with_name(f"{model.name}.json")
        try:
            return int(json.loads(described.read_text("utf-8"))["audio"]["sample_rate"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            reason = f"{described} does not describe the model"
            raise VoiceUnavailableError(self.name, reason) from error
