"""A settings file to write, and the loading of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from automaton.errors import ConfigurationError
from automaton.settings import Loaded, load

TRUNK = """
[trunk.operator]
contact = "127.0.0.1:5070"
lines = 30
caller_ids = ["+33199000001"]
"""


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[..., Loaded]:
    """Load this text as a settings file, under these variables."""

    def from_text(text: str, **environ: str) -> Loaded:
        file = tmp_path / "automaton.toml"
        file.write_text(text, encoding="utf-8")
        return load(file, environ)

    return from_text


@pytest.fixture
def refused(loaded: Callable[..., Loaded]) -> Callable[..., list[str]]:
    """Return the sentences with which this text is refused."""

    def sentences(text: str, **environ: str) -> list[str]:
        with pytest.raises(ConfigurationError) as caught:
            loaded(text, **environ)
        assert caught.value.error_id == "settings"
        return str(caught.value).splitlines()

    return sentences
