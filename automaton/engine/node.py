"""One node in memory: its adapters, its trunks, and all that the stages share."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

import structlog

from automaton.clock import Clock
from automaton.domain.campaign import Campaign, CampaignState
from automaton.domain.events import CallEvent
from automaton.domain.trunk import Trunk
from automaton.engine.ceiling import DayCeilings
from automaton.engine.dispatch import Dispatch
from automaton.engine.pace import Lines
from automaton.engine.safeguard import Safeguard
from automaton.engine.session import Sessions
from automaton.engine.summon import Pause, Summoner
from automaton.engine.watch import Watch
from automaton.engine.write import Writer
from automaton.ports import Ledger, PlannedTry, Safe, Speaker, Telephone

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class World:
    """The adapters that a node works with; `pause` lets some seconds pass."""

    ledger: Ledger
    telephone: Telephone
    speaker: Speaker
    clock: Clock
    pause: Pause = asyncio.sleep
    safe: Safe | None = None


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """What a node must know of itself. `grace`: how long live calls may end on stop.

    `silence`: after so long without a call that leaves, a running campaign is told of;
    `stuck`: so long every trunk must be broken before campaigns pause.
    """

    name: str
    trunks: tuple[Trunk, ...]
    zone: str = "Europe/Paris"
    language: str = "fr"
    grace: timedelta = timedelta(seconds=30)
    silence: timedelta = timedelta(seconds=20)
    stuck: timedelta = timedelta(seconds=30)
    installation: str = "automaton"
    daily_at: time = time(9)
    journal_kept: timedelta = timedelta(days=30)


@dataclass
class Agenda:
    """The campaigns that are watched, and when each has its next attempt due."""

    campaigns: dict[str, Campaign] = field(default_factory=dict)
    due: dict[str, datetime | None] = field(default_factory=dict)

    def due_now(self, now: datetime) -> list[Campaign]:
        """Return the campaigns that have an attempt due."""
        return [
            campaign
            for id_, campaign in self.campaigns.items()
            if (due := self.due.get(id_)) is not None and due <= now
        ]

    def plan(self, tries: Iterable[PlannedTry]) -> None:
        """Note attempts that were planned."""
        for planned in tries:
            due = self.due.get(planned.campaign_id)
            if due is None or planned.due_at < due:
                self.due[planned.campaign_id] = planned.due_at

    def seconds_to_next(self, now: datetime) -> float | None:
        """Return the seconds until an attempt is due, None where nothing is."""
        dues = [
            due
            for id_, due in self.due.items()
            if due is not None and id_ in self.campaigns
        ]
        return max(0.0, (min(dues) - now).total_seconds()) if dues else None

    @property
    def running(self) -> list[Campaign]:
        """Return the campaigns that run."""
        running = CampaignState.RUNNING
        return [c for c in self.campaigns.values() if c.state is running]


class Node:
    """What listening, beating and ticking share. The loop's thread only."""

    def __init__(self, world: World, settings: NodeSettings) -> None:
        self.world, self.settings = world, settings
        self.trunks = {trunk.name: trunk for trunk in settings.trunks}
        self.writer = Writer(world.ledger, world.clock)
        self.sessions = Sessions()
        self.lines = Lines(settings.trunks)
        self.safeguard = Safeguard(settings.trunks)
        self.dispatch = Dispatch(
            settings.trunks,
            self.lines,
            self.safeguard,
            world.clock.monotonic(),
            DayCeilings(settings.trunks, settings.zone),
        )
        self.summoner = Summoner(
            world.telephone,
            self.writer,
            world.speaker,
            self.lines,
            tuple(trunk for trunk in settings.trunks if trunk.rings),
            self.safeguard.usable,
            world.clock,
            settings.name,
            world.pause,
        )
        self.watch = Watch(
            self.summoner,
            self.writer,
            settings.language,
            settings.silence,
            lambda: self.link_is_up,
            world.pause,
        )
        self.agenda = Agenda()
        self.wake = asyncio.Event()
        self.link_is_up = False
        self.in_doubt = False  # whether the order to end a call may have been lost
        self.dialling = True
        self.tasks: set[asyncio.Task[Any]] = set()

    def take(self, event: CallEvent) -> None:
        """Give a fact to whom it concerns; free the line of a call that is over."""
        if self.summoner.take(event):
            return
        if self.sessions.take(event):
            self.lines.release(event.attempt_id)
            self.wake.set()
        if self.sessions.urgent:
            self.wake.set()

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run something beside the loop; what it raises is logged, not lost."""
        task = asyncio.create_task(work, name=name)
        self.tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def finish_tasks(self, seconds: float) -> None:
        """Give the tasks beside the loop some time, then cancel them."""
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=seconds)
        for task in self.tasks:
            task.cancel()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a task failed", task=task.get_name(), error=task.exception())
