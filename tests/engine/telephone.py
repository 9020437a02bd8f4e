"""A telephone without wires: it notes orders, the test tells what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field

from automaton.domain.events import CallEvent, LinkEvent
from automaton.errors import LineError
from automaton.ports import CallOrder, JournalledKey, LiveCall


@dataclass
class FakeTelephone:
    """Implements the `Telephone` port; `fails` makes the next orders raise."""

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

    def _or_fail(self) -> None:
        if self.fails:
            raise self.fails.pop(0)

    async def place(self, order: CallOrder) -> None:
        self._or_fail()
        self.orders.append(order)

    async def hang_up(self, attempt_id: str) -> None:
        self._or_fail()
        self.hung_up.append(attempt_id)

    async def wind_up(self, attempt_id: str) -> None:
        self.wound_up.append(attempt_id)

    async def confirm_key(self, attempt_id: str, seq: int) -> None:
        self._or_fail()
        self.confirmed.append((attempt_id, seq))

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
