"""The images of docker/, built once for all that run them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.asterisk.conftest import installation
from tests.docker.engine import Engine

__all__ = ["installation"]


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """Both images, built."""
    with Engine() as found:
        for name in ("asterisk", "daemon"):
            found.build(name)
        yield found
