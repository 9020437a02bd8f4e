"""A telephone without wires: every order gets what the town's plan has for it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from automaton.clock import Clock
from automaton.domain.events import (
    Answered,
    CallEvent,
    HungUp,
    KeyPressed,
    LinkEvent,
    LinkUp,
    OrderFailed,
    Rang,
)
from automaton.errors import LineError
from automaton.lab.numbers import as_dialled
from automaton.lab.plan import Plan, Turn
from automaton.ports import CallOrder, JournalledKey, LiveCall
from benchmarks.simulation.residents import Fact, Sounds, course

HANG_UP = 0.1  # seconds from our word to the free line
SENTENCE = 3.0  # seconds until a sentence is over


@dataclass(slots=True)
class _Call:
    order: CallOrder
    handles: list[asyncio.TimerHandle] = field(default_factory=list)
    is_up: bool = False
    is_ringing: bool = False


class Town(Protocol):
    """Whoever can be rung."""

    def turn(self, dialled: str) -> Turn:
        """Return what the next call to a number gets."""
        ...


class PlannedTown:
    """The homes of a plan. Each number remembers how often it was rung."""

    def __init__(self, plan: Plan) -> None:
        self._phones = {phone.number: phone for phone in plan.phones()}
        self._tried: Counter[str] = Counter()

    def turn(self, dialled: str) -> Turn:
        """Return what the next call to a number gets; nobody has an unknown one."""
        number = as_dialled(dialled)
        self._tried[number] += 1
        phone = self._phones.get(number)
        return phone.turn(self._tried[number]) if phone else Turn("unallocated")


class SimulatedTelephone:
    """Fulfils `ports.Telephone` on the running loop; the loop's thread only."""

    def __init__(self, town: Town, clock: Clock, sounds: Sounds) -> None:
        self._town, self._clock, self._sounds = town, clock, sounds
        self._calls: dict[str, _Call] = {}
        self._journal: dict[tuple[str, int], JournalledKey] = {}
        self._told: asyncio.Queue[CallEvent | LinkEvent | None] = asyncio.Queue()
        self._is_closed = True
        self.placed = 0

    async def open(self) -> None:
        """Be in reach."""
        self._is_closed = False
        self._told.put_nowait(LinkUp(self._clock.now(), restarted=False))

    async def close(self) -> None:
        """Say nothing more; the calls go on."""
        if not self._is_closed:
            self._is_closed = True
            self._told.put_nowait(None)

    async def place(self, order: CallOrder) -> None:
        """Let a call take its course."""
        if self._is_closed:
            raise LineError("closed")
        if order.attempt_id in self._calls:
            return
        self.placed += 1
        call = self._calls[order.attempt_id] = _Call(order)
        turn = self._town.turn(order.dialled)
        self.began(order, turn)
        self._schedule(call, course(turn, order, self._sounds))

    async def hang_up(self, attempt_id: str) -> None:
        """End a call at once."""
        self._cut(attempt_id, HANG_UP)

    async def wind_up(self, attempt_id: str) -> None:
        """End a call after its sentence."""
        self._cut(attempt_id, SENTENCE)

    async def confirm_key(self, attempt_id: str, seq: int) -> None:
        """Nothing to do: the thanks are in the course of the call."""

    async def live_calls(self) -> Sequence[LiveCall]:
        """Return the calls that exist now."""
        return [
            LiveCall(id_, call.is_up, call.is_ringing)
            for id_, call in self._calls.items()
        ]

    async def journalled_keys(self) -> Sequence[JournalledKey]:
        """Return every key that was not forgotten."""
        return list(self._journal.values())

    async def forget_keys(self, keys: Iterable[JournalledKey]) -> None:
        """Delete single entries."""
        for key in keys:
            self._journal.pop((key.attempt_id, key.seq), None)

    async def events(self) -> AsyncIterator[CallEvent | LinkEvent]:
        """Yield facts until it is closed."""
        while (event := await self._told.get()) is not None:
            yield event

    def began(self, order: CallOrder, turn: Turn) -> None:
        """An order has left; for who writes down what passes on the wire."""

    def passed(self, order: CallOrder, event: CallEvent, *, is_up: bool) -> None:
        """Something happened to a call; `is_up`: it was answered before."""

    def _schedule(self, call: _Call, facts: Iterable[Fact]) -> None:
        later = asyncio.get_running_loop().call_later
        call.handles += [later(fact.after, self._tell, call, fact) for fact in facts]

    def _cut(self, attempt_id: str, seconds: float) -> None:
        """Let a call end after so many seconds, unless it ends before."""
        call = self._calls.get(attempt_id)
        if call is None:
            return
        loop = asyncio.get_running_loop()
        for handle in call.handles:
            if handle.when() > loop.time() + seconds:
                handle.cancel()
        last = [Fact(seconds, lambda id_, now: HungUp(id_, now, None, 16))]
        if not call.is_up:
            last.append(Fact(seconds, OrderFailed))
        self._schedule(call, last)

    def _tell(self, call: _Call, fact: Fact) -> None:
        event = fact.tell(call.order.attempt_id, self._clock.now())
        self.passed(call.order, event, is_up=call.is_up)
        call.is_ringing |= isinstance(event, Rang)
        call.is_up |= isinstance(event, Answered)
        if isinstance(event, KeyPressed):
            self._note(call.order, event)
        if isinstance(event, HungUp):
            self._calls.pop(event.attempt_id, None)
        if not self._is_closed:
            self._told.put_nowait(event)

    def _note(self, order: CallOrder, key: KeyPressed) -> None:
        self._journal[key.attempt_id, key.seq] = JournalledKey(
            key.attempt_id,
            key.seq,
            "automaton",
            order.campaign_id,
            order.recipient_id,
            key.key,
            key.at,
        )
