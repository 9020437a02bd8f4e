"""A telephone without wires: it notes orders, the test tells what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field

from automaton.clock import SystemClock
from automaton.domain.contact import VOICE_KINDS
from automaton.domain.events import CallEvent, LinkEvent, LinkUp
from automaton.errors import LineError
from automaton.ports import CallOrder, JournalledKey, LiveCall


class World:
    """What follows an order where the test does not tell it: nothing."""

    def ordered(self, order: CallOrder) -> None: ...

    def ended(self, attempt_id: str) -> None: ...

    def thanked(self, attempt_id: str, seq: int) -> None: ...


@dataclass(eq=False)
class FakeTelephone:
    """A channel in memory; `fails` makes the next orders raise."""

    name = "fake"
    kinds = VOICE_KINDS
    world: World = field(default_factory=World)
    is_closed: bool = False
    orders: list[CallOrder] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)
    wound_up: list[str] = field(default_factory=list)
    confirmed: list[tuple[str, int]] = field(default_factory=list)
    living: list[LiveCall] = field(default_factory=list)
    journal: list[JournalledKey] = field(default_factory=list)
    fails: list[LineError] = field(default_factory=list)
    told: asyncio.Queue[CallEvent | LinkEvent | None] = field(
        default_factory=asyncio.Queue
    )

    async def open(self) -> None:
        self.is_closed = False
        self.told.put_nowait(LinkUp(SystemClock().now(), restarted=False))

    async def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            self.told.put_nowait(None)

    def _or_fail(self) -> None:
        if self.is_closed:
            raise LineError("closed")
        if self.fails:
            raise self.fails.pop(0)

    async def place(self, order: CallOrder) -> None:
        self._or_fail()
        self.orders.append(order)
        self.world.ordered(order)

    async def hang_up(self, attempt_id: str) -> None:
        self._or_fail()
        self.hung_up.append(attempt_id)
        self.world.ended(attempt_id)

    async def wind_up(self, attempt_id: str) -> None:
        self._or_fail()
        self.wound_up.append(attempt_id)

    async def confirm_key(self, attempt_id: str, seq: int) -> None:
        self._or_fail()
        self.confirmed.append((attempt_id, seq))
        self.world.thanked(attempt_id, seq)

    async def live_calls(self) -> Sequence[LiveCall]:
        return list(self.living)

    async def journalled_keys(self) -> Sequence[JournalledKey]:
        self._or_fail()
        return list(self.journal)

    async def forget_keys(self, keys: Iterable[JournalledKey]) -> None:
        gone = set(keys)
        self.journal = [key for key in self.journal if key not in gone]

    async def events(self) -> AsyncIterator[CallEvent | LinkEvent]:
        while (event := await self.told.get()) is not None:
            yield event
