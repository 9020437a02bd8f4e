"""A clock that jumps: what waits goes on waiting for as long as it had to before.

Comes in: the wall clock and the seconds that never jump. Goes out: deadlines and due
moments that follow. Hours, starts and ends of campaigns stay those of the wall clock.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from functools import partial

import structlog

from automaton.engine.node import Node
from automaton.engine.timetable import Timetable
from automaton.errors import LineError
from automaton.ports import Transaction

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
LEAP = timedelta(seconds=5)  # less is a clock that is put right, and may be waited for
WAITS_AT_MOST = timedelta(hours=1)  # longer are openings: a moment of the wall clock


class ClockWatch:
    """Looks once a second whether the wall clock has jumped."""

    def __init__(self, node: Node, timetable: Timetable) -> None:
        self._node, self._timetable = node, timetable
        self._clock = node.world.clock
        self._seen = self._clock.now(), self._clock.monotonic()
        self._unwritten = timedelta()
        self._writing = asyncio.Lock()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Let everything follow a leap; one that cannot be written yet is kept."""
        now, seconds = self._clock.now(), self._clock.monotonic()
        before, at = self._seen
        self._seen = now, seconds
        leap = now - before - timedelta(seconds=seconds - at)
        if abs(leap) >= LEAP:
            log.warning("the clock has jumped", seconds=round(leap.total_seconds()))
            self._timetable.renew()
            self._node.sessions.shift(leap, now)
            self._unwritten += leap
        async with self._writing:
            if self._unwritten:
                await self._write(self._unwritten, now)

    async def _write(self, leap: timedelta, now: datetime) -> None:
        until = now - leap + WAITS_AT_MOST
        try:
            await self._node.writer.run(partial(_shift, by=leap, until=until))
        except LineError as error:
            log.warning("due moments follow later", why=str(error))
            return
        self._unwritten -= leap
        self._node.agenda.shift(leap)
        self._node.wake.set()


def _shift(transaction: Transaction, by: timedelta, until: datetime) -> None:
    transaction.shift_due(by, until)
