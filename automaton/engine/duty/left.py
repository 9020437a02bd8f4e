"""Duty calls of an earlier life of this node: each keeps its number until it is over.

A daemon that is killed leaves them to its Asterisk. As soon as that is in reach it says
which live; without it each is over once it can last no longer.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import structlog

from automaton.clock import Clock
from automaton.domain.events import CallEvent, HungUp
from automaton.engine.write import Writer

log = structlog.get_logger(__name__)


class LeftCalls:
    """The duty calls that may live from before. The loop's thread only."""

    def __init__(self, writer: Writer, clock: Clock, node: str) -> None:
        self._writer, self._clock, self._node = writer, clock, node
        self._calls: frozenset[str] = frozenset()
        self._over: set[str] = set()
        self._since = clock.boottime()

    async def adopt(self) -> None:
        """Learn which duty calls an earlier life has left."""
        self._since = self._clock.boottime()
        self._calls = await self._writer.run_at_last(
            lambda t: t.free_left(self._node, (), timedelta())
        )
        for call in self._calls:
            log.info("a duty call is left from before", attempt=call)

    async def only(self, living: Collection[str]) -> None:
        """Free the numbers of all that Asterisk does not hold any more."""
        self._over |= self._calls.difference(living)
        await self.look()

    def take(self, event: CallEvent) -> None:
        """Note that one of them is over."""
        if isinstance(event, HungUp) and event.attempt_id in self._calls:
            self._over.add(event.attempt_id)

    async def look(self) -> None:
        """Free the numbers of those that are over, or must be by now."""
        if not self._calls:
            return
        over = frozenset(self._over)
        certain = timedelta(seconds=self._clock.boottime() - self._since)
        self._calls = await self._writer.run(
            lambda t: t.free_left(self._node, over, certain)
        )
        self._over &= self._calls
