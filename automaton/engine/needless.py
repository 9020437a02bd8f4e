"""Calls that nobody waits for any more: they are ended, however the news was missed.

The order that ends a call leaves once, after the commit that decided it. It is lost
where the link was away, where that commit seemed to fail, or where the daemon was
killed in between. So the database is asked: after each gap, and after each failure.
"""

from __future__ import annotations

from functools import partial

import structlog

from automaton.engine.act import Effects
from automaton.engine.node import Node
from automaton.errors import LineError
from automaton.ports import Transaction

log = structlog.get_logger(__name__)

CHUNK = 500


class Needless:
    """Ends the live calls of who is done with, and of campaigns that are over."""

    def __init__(self, node: Node, effects: Effects) -> None:
        self._node, self._effects = node, effects

    async def look(self) -> None:
        """End them where something may have been missed and calls can be commanded."""
        if self._node.in_doubt and self._node.link_is_up:
            await self.end()

    async def end(self) -> None:
        """End them; what cannot be asked now is asked again by the next look."""
        node = self._node
        ids = sorted(node.sessions.live)
        node.in_doubt = False
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
