"""What every channel promises: the contract test of the family `automaton.channels`.

A channel's own test inherits `ChannelContract` and gives one fixture, `far_side`: the
channel, and the people at its other end.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Protocol

import pytest

from automaton.channels.channel import Channel
from automaton.domain.contact import PointKind
from automaton.domain.events import CallEvent, HungUp, KeyPressed, LinkEvent, LinkUp
from automaton.errors import LineError
from automaton.ids import new_id
from automaton.ports import CallOrder, JournalledKey, LiveCall

PATIENCE = 20.0
LOOKS = 400
ORDER = CallOrder(
    attempt_id="",
    campaign_id="campaign-1",
    recipient_id="recipient-1",
    trunk="town",
    dialled="0199000001",
    caller_id="+33199000999",
    ring=timedelta(seconds=20),
    talk=timedelta(seconds=60),
    message="message",
    key_wait=timedelta(seconds=1),
    text="La Seudre monte : quittez les quais.",
)


class FarSide(Protocol):
    """A channel under test, not yet open, and the people whom it reaches."""

    channel: Channel

    def to_somebody_who_confirms(self) -> str:
        """Return the address of a person who presses 1 (after `press`)."""
        ...

    def to_somebody_who_is_silent(self) -> str:
        """Return the address of a person who takes the call and does nothing."""
        ...

    def press(self, attempt_id: str) -> None:
        """Let the person confirm; nothing to do where they do so by themselves."""
        ...

    def next_life(self) -> Channel:
        """Return the channel as the next start of the daemon builds it."""
        ...


@dataclass
class Ear:
    """Opens a channel, and takes all that it tells until it is closed."""

    channel: Channel
    facts: list[CallEvent | LinkEvent] = field(default_factory=list)

    async def __aenter__(self) -> Ear:
        await self.channel.open()
        self._news = asyncio.Condition()
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.channel.close()
        async with asyncio.timeout(PATIENCE):
            await self._listening

    async def _listen(self) -> None:
        async for event in self.channel.events():
            async with self._news:
                self.facts.append(event)
                self._news.notify_all()

    def of(self, attempt_id: str, kind: type[CallEvent] = CallEvent) -> list[CallEvent]:
        return [
            fact
            for fact in self.facts
            if isinstance(fact, kind) and fact.attempt_id == attempt_id
        ]

    async def until(self, claim: Callable[[], object]) -> None:
        async with self._news, asyncio.timeout(PATIENCE):
            await self._news.wait_for(claim)

    async def has(self, attempt_id: str, kind: type[CallEvent]) -> CallEvent:
        await self.until(lambda: self.of(attempt_id, kind))
        return self.of(attempt_id, kind)[0]

    async def key_of(self, attempt_id: str) -> KeyPressed:
        key = await self.has(attempt_id, KeyPressed)
        assert isinstance(key, KeyPressed)
        return key


async def journal_of(channel: Channel, attempt_id: str) -> list[JournalledKey]:
    journal = await channel.journalled_keys()
    return [key for key in journal if key.attempt_id == attempt_id]


async def live(channel: Channel, attempt_id: str) -> list[LiveCall]:
    return [c for c in await channel.live_calls() if c.attempt_id == attempt_id]


class ChannelContract:
    """Inherit as `TestSomething(ChannelContract)` and give the fixture `far_side`."""

    @pytest.fixture
    async def ear(self, far_side: FarSide) -> AsyncIterator[Ear]:
        async with Ear(far_side.channel) as ear:
            yield ear

    async def placed(self, ear: Ear, dialled: str) -> str:
        order = replace(ORDER, attempt_id=new_id(), dialled=dialled)
        await ear.channel.place(order)
        return order.attempt_id

    def test_it_has_a_name_and_serves_some_kind_of_contact_point(
        self, far_side: FarSide
    ) -> None:
        assert re.fullmatch(r"[a-z0-9-]+", far_side.channel.name)
        assert far_side.channel.kinds
        assert far_side.channel.kinds <= set(PointKind)

    async def test_the_first_thing_told_is_that_orders_may_come(self, ear: Ear) -> None:
        await ear.until(lambda: ear.facts)
        assert isinstance(ear.facts[0], LinkUp)

    async def test_a_call_lives_until_it_is_hung_up(
        self, far_side: FarSide, ear: Ear
    ) -> None:
        attempt = await self.placed(ear, far_side.to_somebody_who_is_silent())
        await ear.until(lambda: ear.of(attempt))
        assert len(await live(ear.channel, attempt)) == 1
        await ear.channel.hang_up(attempt)
        await ear.has(attempt, HungUp)
        assert await live(ear.channel, attempt) == []

    async def test_a_key_is_told_with_its_place_among_the_keys_of_the_call(
        self, far_side: FarSide, ear: Ear
    ) -> None:
        attempt = await self.placed(ear, far_side.to_somebody_who_confirms())
        far_side.press(attempt)
        key = await ear.key_of(attempt)
        assert (key.key, key.seq) == ("1", 1)

    async def test_a_key_that_is_confirmed_ends_the_call(
        self, far_side: FarSide, ear: Ear
    ) -> None:
        attempt = await self.placed(ear, far_side.to_somebody_who_confirms())
        far_side.press(attempt)
        key = await ear.key_of(attempt)
        await ear.channel.confirm_key(attempt, key.seq)
        await ear.has(attempt, HungUp)
        assert await live(ear.channel, attempt) == []

    async def test_a_key_is_journalled_before_it_is_told_and_until_it_is_forgotten(
        self, far_side: FarSide, ear: Ear
    ) -> None:
        attempt = await self.placed(ear, far_side.to_somebody_who_confirms())
        far_side.press(attempt)
        key = await ear.key_of(attempt)
        (entry,) = await journal_of(ear.channel, attempt)
        assert (entry.key, entry.seq) == ("1", key.seq)
        assert (entry.campaign_id, entry.recipient_id) == ("campaign-1", "recipient-1")
        await ear.channel.confirm_key(attempt, key.seq)
        await ear.has(attempt, HungUp)
        await ear.channel.forget_keys([entry])
        await ear.channel.forget_keys([entry])
        assert await journal_of(ear.channel, attempt) == []

    async def test_a_key_that_nobody_listened_to_is_in_the_journal(
        self, far_side: FarSide
    ) -> None:
        async with Ear(far_side.channel) as ear:
            attempt = await self.placed(ear, far_side.to_somebody_who_confirms())
        far_side.press(attempt)
        async with Ear(far_side.next_life()) as ear:
            for look in count():
                if journal := await journal_of(ear.channel, attempt):
                    break
                assert look < LOOKS, "the key is not in the journal"
                await asyncio.sleep(PATIENCE / LOOKS)
            assert [key.key for key in journal] == ["1"]

    async def test_a_call_that_outlives_the_daemon_is_found_and_ended_by_the_next(
        self, far_side: FarSide
    ) -> None:
        async with Ear(far_side.channel) as ear:
            attempt = await self.placed(ear, far_side.to_somebody_who_is_silent())
            await ear.until(lambda: ear.of(attempt))
        async with Ear(far_side.next_life()) as ear:
            assert len(await live(ear.channel, attempt)) == 1
            await ear.channel.hang_up(attempt)
            await ear.has(attempt, HungUp)

    async def test_a_second_order_under_a_living_id_leaves_the_call_alone(
        self, far_side: FarSide, ear: Ear
    ) -> None:
        attempt = await self.placed(ear, far_side.to_somebody_who_is_silent())
        await ear.until(lambda: ear.of(attempt))
        dialled = far_side.to_somebody_who_is_silent()
        await ear.channel.place(replace(ORDER, attempt_id=attempt, dialled=dialled))
        assert len(await live(ear.channel, attempt)) == 1
        assert ear.of(attempt, HungUp) == []
        await ear.channel.hang_up(attempt)
        await ear.has(attempt, HungUp)

    async def test_what_is_asked_about_nobodys_call_does_nothing(
        self, far_side: FarSide, ear: Ear
    ) -> None:
        nobody = new_id()
        await ear.channel.hang_up(nobody)
        await ear.channel.wind_up(nobody)
        await ear.channel.confirm_key(nobody, 1)
        assert ear.of(nobody) == []

    async def test_once_closed_it_takes_no_order_and_says_that_none_left(
        self, far_side: FarSide
    ) -> None:
        async with Ear(far_side.channel) as ear:
            pass
        with pytest.raises(LineError) as failure:
            await self.placed(ear, far_side.to_somebody_who_is_silent())
        assert not failure.value.may_have_left
