"""What the daemon does beside the calls that come in, tried again where it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from automaton.answering import Watch
from automaton.errors import LineError
from automaton.ports import CallInKey


@dataclass
class FakeJournal:
    """A journal in memory; `fails` makes the next reading fail."""

    kept: list[CallInKey]
    fails: list[Exception] = field(default_factory=list)
    is_empty: asyncio.Event = field(default_factory=asyncio.Event)

    async def keys(self) -> Sequence[CallInKey]:
        if self.fails:
            raise self.fails.pop()
        return list(self.kept)

    async def forget(self, keys: Sequence[CallInKey]) -> None:
        for key in keys:
            self.kept.remove(key)
        self.is_empty.set()


@dataclass
class FakeStandby:
    """Takes everything up; counts its looks."""

    looks: int = 0
    taken: list[CallInKey] = field(default_factory=list)

    def keep_public(self) -> None:
        self.looks += 1

    def take_up(self, keys: Sequence[CallInKey]) -> Sequence[CallInKey]:
        self.taken += keys
        return keys


async def test_keys_are_taken_up_though_asterisk_was_away_at_first() -> None:
    key: Any = object()
    journal, standby = FakeJournal([key], [LineError("away")]), FakeStandby()
    watch = Watch(standby, journal, lambda: asyncio.sleep(0))  # type: ignore[arg-type]
    task = asyncio.create_task(watch.run())
    await asyncio.wait_for(journal.is_empty.wait(), 10)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert standby.taken == [key]
    assert standby.looks > 1
