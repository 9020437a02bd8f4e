"""One thread writes, one transaction at a time; the loop never waits on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import structlog

from automaton.clock import Clock
from automaton.errors import LineError, NodeLostError
from automaton.ports import Gauges, Ledger, NoGauges, Transaction

log = structlog.get_logger(__name__)

T = TypeVar("T")
COLLIDED = "database-collided"  # as the store names it
AGAIN_AFTER = 1.0
TOO_LONG = 0.1  # seconds; what writes for longer keeps keys waiting


class Writer:
    """Runs functions of a transaction on the writer's own thread."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        gauges: Gauges | None = None,
        lost: Callable[[NodeLostError], None] = lambda _: None,
    ) -> None:
        self._ledger, self._clock, self._lost = ledger, clock, lost
        self._gauges = gauges or NoGauges()
        self._began: float | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")

    @property
    def lasts(self) -> float:
        """The seconds that the transaction under way lasts already, 0 without one."""
        began = self._began
        return 0.0 if began is None else self._clock.monotonic() - began

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one transaction; what it returns was committed."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._written, work)
        except NodeLostError as error:
            self._lost(error)
            raise

    async def look(self, work: Callable[[Ledger], T]) -> T:
        """Read something in a thread of its own: no key waits for it to be written."""
        return await asyncio.to_thread(work, self._ledger)

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

    def _written(self, work: Callable[[Transaction], T]) -> T:
        """Run `work`, a second time where another node was in its way."""
        try:
            return self._once(work)
        except LineError as error:
            if error.error_id != COLLIDED:
                raise
            log.info("a write is tried again at once", why=str(error))
            return self._once(work)

    def _once(self, work: Callable[[Transaction], T]) -> T:
        began = self._began = self._clock.monotonic()
        try:
            with self._ledger.transaction() as transaction:
                result = work(transaction)
                worked = self._clock.monotonic()
        finally:
            self._began = None
        ended = self._clock.monotonic()
        took = ended - began
        self._gauges.written(worked - began, ended - worked)
        if took > TOO_LONG:
            log.warning(
                "a write took long",
                milliseconds=round(took * 1000),
                commit=round((ended - worked) * 1000),
                work=_name(work),
            )
        return result


def _name(work: Callable[[Transaction], object]) -> str:
    """Return what a function is called, whatever was given to it beforehand."""
    plain = work.func if isinstance(work, partial) else work
    return getattr(plain, "__qualname__", type(plain).__qualname__)
