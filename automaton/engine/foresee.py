"""Forecasts while campaigns run: made beside the loop, kept for the report.

Comes in: the look of each second. Goes out: one row now and then. Nothing waits for it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial

import structlog

from automaton.domain.campaign import Campaign
from automaton.domain.errand import News
from automaton.domain.foreseen import Foreseen
from automaton.engine.lifecycle import US
from automaton.engine.node import Node
from automaton.errors import LineError
from automaton.ports import Transaction

log = structlog.get_logger(__name__)

EVERY, OFTEN = 60.0, 10.0  # seconds between two forecasts of a campaign
EARLY = 120.0  # seconds from its start, in which it is looked at often
REST = 20.0  # times as long as it took: a large campaign is looked at less


@dataclass(slots=True)
class _Watched:
    since: float
    next_at: float


class Foresight:
    """Asks for the forecasts of running campaigns; one at a time."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._watched: dict[str, _Watched] = {}
        self._task: asyncio.Task[None] | None = None

    def look(self) -> None:
        """Begin a forecast where one is due and none is under way."""
        node = self.node
        if node.world.foreseer is None or self._is_busy:
            return
        seconds = node.world.clock.monotonic()
        running = {campaign.id: campaign for campaign in node.agenda.running}
        self._watched = {
            id_: self._watched.get(id_) or _Watched(seconds, seconds) for id_ in running
        }
        due = [id_ for id_, one in self._watched.items() if one.next_at <= seconds]
        if due:
            oldest = min(due, key=lambda id_: self._watched[id_].next_at)
            self._task = node.spawn(self._foresee(running[oldest]), "foresee")

    @property
    def _is_busy(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _foresee(self, campaign: Campaign) -> None:
        """Make one forecast in a thread and keep it; where it fails none is kept."""
        foreseer, clock = self.node.world.foreseer, self.node.world.clock
        assert foreseer is not None
        began = clock.monotonic()
        try:
            found = await asyncio.to_thread(foreseer.foresee, campaign.id)
            if found is not None:
                await self.node.writer.run(partial(_note, campaign.id, found))
        except LineError as error:
            log.info("no forecast is kept this time", why=str(error))
        finally:
            self._rest(campaign.id, began, clock.monotonic())

    def _rest(self, campaign_id: str, began: float, now: float) -> None:
        watched = self._watched[campaign_id]
        pause = OFTEN if began - watched.since < EARLY else EVERY
        watched.next_at = began + max(pause, REST * (now - began))


def _note(campaign_id: str, found: Foreseen, transaction: Transaction) -> None:
    transaction.note_forecast(campaign_id, found)
    if found.has_most:
        transaction.tell_launcher(campaign_id, News.MOST, US)
