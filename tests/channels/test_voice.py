"""The voice channel keeps the promises of a channel, on a real Asterisk."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from automaton.asterisk.telephone import telephone_at
from automaton.channels.channel import Channel, Surroundings
from automaton.channels.voice import Voice
from automaton.clock import SystemClock
from tests.asterisk.conftest import (
    Exchange,
    exchange,
    far_end,
    installation,
    short_folder,
)
from tests.asterisk.far_end import PRESSES_1_EARLY, SILENT
from tests.channels.contract import ChannelContract
from tests.channels.neighbour import Neighbour

__all__ = ["exchange", "far_end", "installation", "short_folder"]


@dataclass
class Telephones:
    """The far end: who presses 1 does so two seconds after picking up."""

    exchange: Exchange
    channel: Channel = field(init=False)

    def __post_init__(self) -> None:
        self.channel = self.next_life()

    def to_somebody_who_confirms(self) -> str:
        return PRESSES_1_EARLY

    def to_somebody_who_is_silent(self) -> str:
        return SILENT

    def press(self, attempt_id: str) -> None:
        """They press by themselves."""

    def next_life(self) -> Channel:
        clock, access = SystemClock(), self.exchange.access
        here = Surroundings((), Path(), clock, lambda: telephone_at(access, clock))
        return Voice(here)


@pytest.mark.asterisk
class TestVoice(ChannelContract):
    @pytest.fixture
    def far_side(self, exchange: Exchange) -> Telephones:
        return Telephones(exchange)


class VoiceToNeighbour(Neighbour):
    """The voice channel over a fake Asterisk."""

    def next_life(self) -> Channel:
        return Voice(Surroundings((), Path(), SystemClock(), lambda: self.fake))


class TestVoiceByItself(ChannelContract):
    @pytest.fixture
    def far_side(self) -> VoiceToNeighbour:
        return VoiceToNeighbour()
