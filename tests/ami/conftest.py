"""A villain AMI server and links to it, with pauses short enough for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from automaton.asterisk.link import Account, AmiEvent, Link, Pace, Told
from automaton.clock import Clock, SettableClock
from tests.ami.villain import VillainAmi

START_AT = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
SWIFT = Pace(
    answer=timedelta(milliseconds=500),
    boot=timedelta(milliseconds=500),
    heartbeat=timedelta(milliseconds=20),
    first_pause=timedelta(milliseconds=1),
    longest_pause=timedelta(milliseconds=5),
)


@dataclass
class Ear:
    """The one reader of a link; it hands out what was heard, with a deadline."""

    link: Link
    heard: list[Told] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._events = self.link.events()

    async def next(self) -> Told:
        async with asyncio.timeout(30):
            event = await anext(self._events)
        self.heard.append(event)
        return event

    async def next_event(self) -> AmiEvent:
        event = await self.next()
        assert isinstance(event, AmiEvent), event
        return event


@pytest.fixture
async def ami() -> AsyncIterator[VillainAmi]:
    async with VillainAmi() as villain:
        yield villain


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(START_AT)


def link_to(
    ami: VillainAmi,
    clock: Clock,
    pace: Pace = SWIFT,
    secret: str | None = None,
    hears_events: bool = True,
) -> Link:
    account = Account(
        "127.0.0.1", ami.port, "automaton", secret or ami.secret, hears_events
    )
    return Link(account, clock, pace, jitter=lambda: 1.0)


@pytest.fixture
async def link(ami: VillainAmi, clock: SettableClock) -> AsyncIterator[Link]:
    opened = link_to(ami, clock)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def ear(link: Link) -> Ear:
    return Ear(link)
