"""One thread writes, one transaction at a time; the loop never waits on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog

from automaton.clock import Clock
from automaton.errors import LineError
from automaton.ports import Ledger, Transaction

log = structlog.get_logger(__name__)

T = TypeVar("T")
AGAIN_AFTER = 1.0
TOO_LONG = 0.1  # seconds; what writes for longer keeps keys waiting


class Writer:
    """Runs functions of a transaction on the writer's own thread."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger, self._clock = ledger, clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one transaction; what it returns was committed."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._once, work)

    async def run_at_last(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` as often as the database fails; it must bear a second time."""
        while True:
            try:
                return await self.run(work)
            except LineError as error:
                log.warning("a write is tried again", why=str(error))
                await asyncio.sleep(AGAIN_AFTER)

    def close(self) -> None:
        """Wait for the last transaction and end the thread."""
        self._thread.shutdown(wait=True)

    def _once(self, work: Callable[[Transaction], T]) -> T:
        began = self._clock.monotonic()
        with self._ledger.transaction() as transaction:
            result = work(transaction)
        took = self._clock.monotonic() - began
        if took > TOO_LONG:
            log.warning("a write took long", milliseconds=round(took * 1000))
        return result
