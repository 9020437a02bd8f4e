"""Calls that nobody waits for any more: they are ended, however the news was missed.

The order that ends a call leaves once, after the commit that decided it. It is lost
where the link was away, where that commit seemed to fail, or where the daemon was
killed in between. So the database is asked: after each gap, and after each failure.
"""

from __future__ import annotations

from functools import partial

import structlog

from automaton.engine.calls.act import Effects
from automaton.engine.node import Node
from automaton.errors import LineError
from automaton.ports import Transaction

log = structlog.get_logger(__name__)

CHUNK = 500
OTHERS_SECONDS = 2.0  # between two looks at what other nodes have settled


class Needless:
    """Ends the live calls of who is done with, and of campaigns that are over."""

    def __init__(self, node: Node, effects: Effects) -> None:
        self._node, self._effects = node, effects
        self._asked_at = float("-inf")

    async def look(self) -> None:
        """End them where something may have been missed and calls can be commanded.

        What another node has written is always missed: it is asked for again and again.
        """
        if (self._node.in_doubt or self._is_due()) and self._node.link_is_up:
            await self.end()

    def _is_due(self) -> bool:
        seconds = self._node.world.clock.monotonic()
        waited = seconds - self._asked_at >= OTHERS_SECONDS
        return not self._node.lease.is_alone and waited

    async def end(self) -> None:
        """End them; what cannot be asked now is asked again by the next look."""
        node = self._node
        ids = sorted(node.sessions.live)
        node.in_doubt = False
        self._asked_at = node.world.clock.monotonic()
        try:
            for start in range(0, len(ids), CHUNK):
                work = partial(_done_with, ids[start : start + CHUNK])
                for id_ in await node.writer.run(work):
                    self._end(id_)
        except LineError as error:
            node.in_doubt = True
            log.warning("who need not be called is asked again", why=str(error))

    def _end(self, attempt_id: str) -> None:
        live = self._node.sessions.live.get(attempt_id)
        if live is not None:
            self._effects.end(live.attempt)


def _done_with(ids: list[str], transaction: Transaction) -> list[str]:
    return list(transaction.done_with(ids))
