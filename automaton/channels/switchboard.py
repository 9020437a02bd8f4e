"""Several channels as one telephone: each order goes to the channel of its trunk.

What a channel tells of its link concerns its own trunks only, and is told so: a dead
channel stops nobody else's calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    Sequence,
)
from dataclasses import replace
from typing import TypeVar

import structlog

from automaton.channels.channel import Channel
from automaton.clock import Clock
from automaton.domain.events import (
    CallEvent,
    HungUp,
    LinkDown,
    LinkEvent,
    LinkUp,
    OrderFailed,
)
from automaton.errors import LineError
from automaton.ports import CallOrder, JournalledKey, LiveCall

log = structlog.get_logger(__name__)

Told = CallEvent | LinkEvent
T = TypeVar("T")


class Switchboard:
    """The one telephone of several channels; `by_trunk` says which trunk has which."""

    def __init__(self, by_trunk: Mapping[str, Channel], clock: Clock) -> None:
        self._by_trunk = dict(by_trunk)
        self._clock = clock
        self._trunks: dict[Channel, frozenset[str]] = {
            channel: frozenset(n for n, c in by_trunk.items() if c is channel)
            for channel in by_trunk.values()
        }
        self._opened: list[Channel] = []
        self._up: set[Channel] = set()
        self._latest: Channel | None = None
        self._carriers: dict[str, Channel] = {}

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Return the channels behind it."""
        return tuple(self._trunks)

    async def open(self) -> None:
        """Open every channel; one that the world fails is left out and told of.

        Raises `ConfigurationError` where a person must change something, `LineError`
        where no channel opens; nothing is left open then.
        """
        channels = self.channels
        failures = await asyncio.gather(
            *(channel.open() for channel in channels), return_exceptions=True
        )
        results = dict(zip(channels, failures, strict=True))
        self._opened = [c for c, failure in results.items() if failure is None]
        failed = [failure for failure in results.values() if failure is not None]
        fatal = [f for f in failed if not isinstance(f, LineError)]
        if fatal or not self._opened:
            await self.close()
            raise (fatal or failed)[0]
        for channel, failure in results.items():
            if failure is not None:
                log.error("channel_left_out", channel=channel.name, reason=str(failure))

    async def close(self) -> None:
        """Close every channel; `events` ends."""
        await asyncio.gather(*(channel.close() for channel in self._opened))

    async def place(self, order: CallOrder) -> None:
        """Send one order by the channel of its trunk; `LineError` as of the channel."""
        channel = self._by_trunk.get(order.trunk)
        if channel is None or channel not in self._opened:
            raise LineError(
                f"No channel is open for trunk {order.trunk}", error_id="channel-closed"
            )
        self._carriers[order.attempt_id] = channel
        try:
            await channel.place(order)
        except LineError as error:
            if not error.may_have_left:
                self._carriers.pop(order.attempt_id, None)
            raise

    async def hang_up(self, attempt_id: str) -> None:
        """End the call of an attempt; nothing happens where there is none."""
        await self._to_carrier(attempt_id, lambda c: c.hang_up(attempt_id))

    async def wind_up(self, attempt_id: str) -> None:
        """Let an answered call end after the sentence that is being said."""
        await self._to_carrier(attempt_id, lambda c: c.wind_up(attempt_id))

    async def confirm_key(self, attempt_id: str, seq: int) -> None:
        """Tell whoever carries the call that a key is durable."""
        await self._to_carrier(attempt_id, lambda c: c.confirm_key(attempt_id, seq))

    async def live_calls(self) -> Sequence[LiveCall]:
        """Return the calls of the channels that are in reach."""
        found: list[LiveCall] = []
        for channel, calls in await self._of_each(lambda c: c.live_calls()):
            self._carriers |= {call.attempt_id: channel for call in calls}
            found += calls
        return found

    async def journalled_keys(self) -> Sequence[JournalledKey]:
        """Return every key in the journals of the channels that are in reach."""
        journals = await self._of_each(lambda c: c.journalled_keys())
        return [key for _, keys in journals for key in keys]

    async def forget_keys(self, keys: Iterable[JournalledKey]) -> None:
        """Delete single entries, whosever journal they are in."""
        doomed = list(keys)
        await self._of_each(lambda c: c.forget_keys(doomed))

    async def events(self) -> AsyncIterator[Told]:
        """Yield the facts of all channels, each channel's in its order.

        At first every channel is out of reach, until it says that it is not.
        """
        queue: asyncio.Queue[tuple[Channel, Told | None]] = asyncio.Queue()
        tasks = [
            asyncio.create_task(self._pour(c, queue), name=f"events of {c.name}")
            for c in self._opened
        ]
        try:
            for channel in self._trunks:
                yield self._told(channel, self._down("it has not been reached yet"))
            running = len(tasks)
            while running:
                channel, event = await queue.get()
                if event is None:
                    running -= 1
                else:
                    yield self._told(channel, event)
        finally:
            for task in tasks:
                task.cancel()

    async def _pour(
        self, channel: Channel, queue: asyncio.Queue[tuple[Channel, Told | None]]
    ) -> None:
        """Put what one channel tells with the others'; what breaks it is its end."""
        try:
            async for event in channel.events():
                queue.put_nowait((channel, event))
        except Exception as error:
            log.exception("channel_broken", channel=channel.name)
            queue.put_nowait((channel, self._down(str(error))))
        queue.put_nowait((channel, None))

    def _told(self, channel: Channel, event: Told) -> Told:
        """Note what an event says of calls and link; name the trunks of a link."""
        match event:
            case HungUp() | OrderFailed(no_channel=True):
                self._carriers.pop(event.attempt_id, None)
            case LinkUp():
                self._up.add(channel)
                self._latest = channel
                self._forget_calls_of(channel)
                return replace(event, trunks=self._trunks[channel])
            case LinkDown():
                self._up.discard(channel)
                return replace(event, trunks=self._trunks[channel])
        return event

    def _forget_calls_of(self, channel: Channel) -> None:
        """A gap may have swallowed the end of any call; the living are asked for."""
        kept = {id_: c for id_, c in self._carriers.items() if c is not channel}
        self._carriers = kept

    def _down(self, reason: str) -> LinkDown:
        return LinkDown(self._clock.now(), reason)

    def _in_reach(self) -> list[Channel]:
        """Return the channels that can be asked; `LineError` where none can."""
        if not self._up:
            raise LineError("No channel is in reach", error_id="channel-closed")
        return [channel for channel in self._opened if channel in self._up]

    async def _to_carrier(
        self, attempt_id: str, ask: Callable[[Channel], Awaitable[None]]
    ) -> None:
        """Ask the channel of a call; where nobody knows it, all that are in reach."""
        carrier = self._carriers.get(attempt_id)
        if carrier is None:
            await self._of_each(ask)
        else:
            await ask(carrier)

    async def _of_each(
        self, ask: Callable[[Channel], Awaitable[T]]
    ) -> list[tuple[Channel, T]]:
        """Ask all channels in reach; only the last that came up has to answer.

        The engine heals that one's gap, and would take its silence for ended calls.
        """
        answers = []
        for channel in self._in_reach():
            try:
                answers.append((channel, await ask(channel)))
            except LineError as error:
                if channel is self._latest:
                    raise
                log.warning("channel_unasked", channel=channel.name, reason=str(error))
        return answers
