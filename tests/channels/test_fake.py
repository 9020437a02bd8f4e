"""The fake of the engine's tests keeps the promises of a channel."""

from __future__ import annotations

import pytest

from tests.channels.contract import ChannelContract
from tests.channels.neighbour import Neighbour


class TestFake(ChannelContract):
    @pytest.fixture
    def far_side(self) -> Neighbour:
        return Neighbour()
