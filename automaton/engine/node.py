"""One node in memory: its adapters, its trunks, and all that the stages share."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Iterable
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

import structlog
from structlog.contextvars import bind_contextvars

from automaton.clock import Clock
from automaton.domain.campaign import Campaign, CampaignState
from automaton.domain.events import (
    CallEvent,
    HungUp,
    Lost,
    TransferBegan,
    TransferEnded,
)
from automaton.domain.readiness import Monthly
from automaton.domain.trunk import Trunk
from automaton.engine.calls.count import JournalDepth
from automaton.engine.calls.prompts import Prompts
from automaton.engine.calls.session import Sessions
from automaton.engine.duty.left import LeftCalls
from automaton.engine.duty.summon import Pause, Summoner
from automaton.engine.duty.watch import Watch
from automaton.engine.fleet.lease import Lease
from automaton.engine.fleet.slices import Slices
from automaton.engine.lines.callers import Callers
from automaton.engine.lines.ceiling import DayCeilings
from automaton.engine.lines.dispatch import Dispatch
from automaton.engine.lines.hold import Lines
from automaton.engine.lines.safeguard import Safeguard
from automaton.engine.write import Writer
from automaton.ports import (
    Fleet,
    Foreseer,
    Gauges,
    Ledger,
    NoGauges,
    PlannedTry,
    Safe,
    Sounds,
    Speaker,
    Telephone,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class World:
    """The adapters that a node works with; `pause` lets some seconds pass.

    `spread` lets fractions of a second pass between calls that leave together. Without
    a `fleet` no other node writes into the database.
    """

    ledger: Ledger
    telephone: Telephone
    speaker: Speaker
    clock: Clock
    pause: Pause = asyncio.sleep
    safe: Safe | None = None
    gauges: Gauges = field(default_factory=NoGauges)
    spread: Pause = asyncio.sleep
    foreseer: Foreseer | None = None
    fleet: Fleet | None = None
    sounds: Sounds | None = None


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """What a node must know of itself. `grace`: how long live calls may end on stop.

    `learn_rates`: whether congestion makes trunks and exchanges slower.
    `silence`: after so long without a call that leaves, a running campaign is told of;
    `stuck`: so long every trunk must be broken before campaigns pause. `small_first`:
    who has fewer calls due than there are lines takes them first, up to half of them.
    `monthly`: when telephones are rung to prove that they ring.
    """

    name: str
    trunks: tuple[Trunk, ...]
    zone: str = "Europe/Paris"
    learn_rates: bool = True
    language: str = "fr"
    grace: timedelta = timedelta(seconds=30)
    silence: timedelta = timedelta(seconds=20)
    stuck: timedelta = timedelta(seconds=30)
    installation: str = "automaton"
    daily_at: time = time(9)
    journal_kept: timedelta = timedelta(days=30)
    small_first: bool = True
    monthly: Monthly = field(default_factory=Monthly)


@dataclass
class Agenda:
    """The campaigns that are watched, and when each has its next attempt due.

    `waiting`: how many attempts of each are due, counted once a second and only where
    several campaigns have begun; more than there are lines is not counted. Where
    nodes share the lines, each takes its part of them for its own.
    """

    campaigns: dict[str, Campaign] = field(default_factory=dict)
    due: dict[str, datetime | None] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)

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

    def more_wait(self, campaign_id: str, count: int) -> None:
        """Note that so many more attempts of a campaign are due, or were claimed."""
        if campaign_id in self.waiting:
            self.waiting[campaign_id] = max(0, self.waiting[campaign_id] + count)

    def none_left(self, campaign_id: str) -> None:
        """Note that nothing more of a campaign is due for now."""
        self.due[campaign_id] = None
        self.more_wait(campaign_id, -self.waiting.get(campaign_id, 0))

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
        self.wake = asyncio.Event()
        self.lease = Lease(
            world.fleet, world.clock, lambda: self.link_is_up, self.wake.set
        )
        self.writer = Writer(world.ledger, world.clock, world.gauges, self.lease.lose)
        self.sessions = Sessions()
        self.prompts = Prompts(world.sounds, world.speaker)
        self.lines = Lines(settings.trunks)
        self.callers = Callers(self.lines, world.clock)
        self.safeguard = Safeguard(settings.trunks, learns=settings.learn_rates)
        is_shared = not self.lease.is_alone
        self.dispatch = Dispatch(
            settings.trunks,
            self.lines,
            self.safeguard,
            world.clock.monotonic(),
            DayCeilings(settings.trunks, settings.zone, is_shared=is_shared),
            small_first=settings.small_first,
        )
        self.summoner = self._summoner()
        self.watch = Watch(
            self.summoner,
            self.writer,
            settings.language,
            settings.silence,
            lambda: self.link_is_up,
            world.pause,
            self.lease,
        )
        self.left = LeftCalls(self.writer, world.clock, settings.name)
        self.agenda = Agenda()
        self.journal = JournalDepth()
        self.link_is_up = False
        self.link_lost_at: float | None = None
        self.trunks_lost_at: dict[str, float] = {}
        self.returned: set[str] = set()  # claims whose order was too old to leave
        self.in_doubt = False  # whether the order to end a call may have been lost
        self.dialling = True
        self.tasks: set[asyncio.Task[Any]] = set()
        self._persons: set[str] = set()  # attempts whose key 0 holds a line

    def _summoner(self) -> Summoner:
        world, settings = self.world, self.settings
        return Summoner(
            world.telephone,
            self.writer,
            world.speaker,
            self.lines,
            tuple(trunk for trunk in settings.trunks if trunk.rings),
            self.safeguard.usable,
            world.clock,
            settings.name,
            world.pause,
            self.lease,
        )

    @property
    def slices(self) -> Slices:
        """What this node may use of what all nodes share."""
        return self.lease.slices

    def take(self, event: CallEvent) -> None:
        """Give a fact to whom it concerns; free the line of a call that is over."""
        self._hold_line_of_person(event)
        if self.summoner.take(event):
            return
        if self.callers.take(event):
            self.wake.set()
            return
        if self.sessions.take(event):
            self.lines.release(event.attempt_id)
            self.wake.set()
        if self.sessions.urgent:
            self.wake.set()
        self.left.take(event)

    def _hold_line_of_person(self, event: CallEvent) -> None:
        """Count the line on which the person of key 0 is rung, until that is over."""
        line = f"{event.attempt_id} person"
        if isinstance(event, TransferBegan) and event.trunk in self.trunks:
            self.lines.take(event.trunk, line, duty=True)
            self._persons.add(event.attempt_id)
        elif isinstance(event, TransferEnded | HungUp | Lost):
            self.lines.release(line)
            self._persons.discard(event.attempt_id)

    def free_lines_of_persons(self, living: Collection[str]) -> None:
        """Free the lines of persons whose calls are over: all others are living."""
        now = self.world.clock.now()
        for attempt_id in self._persons.difference(living):
            self._hold_line_of_person(TransferEnded(attempt_id, now))

    def seconds_without_link(self) -> float:
        """Return for how long the telephone could not be commanded, sleep included."""
        lost_at, now = self.link_lost_at, self.world.clock.boottime()
        return 0.0 if lost_at is None else now - lost_at

    def seconds_without(self, trunk: str | None) -> float:
        """Return for how long calls on a trunk could not be commanded."""
        now = self.world.clock.boottime()
        lost_at = self.trunks_lost_at.get(trunk or "", now)
        return max(now - lost_at, self.seconds_without_link())

    def give_back(self, attempt_id: str) -> None:
        """Let the next beat make a claim planned again whose order never left."""
        live = self.sessions.live.get(attempt_id)
        if live is not None and self.sessions.forget(attempt_id):
            self.lines.release(attempt_id)
            self.safeguard.never_left(attempt_id)
            self.dispatch.ceilings.never_left(live.attempt.trunk or "")
            self.returned.add(attempt_id)
            self.sessions.urgent = True
            self.wake.set()

    def spawn(
        self, work: Coroutine[Any, Any, None], name: str, attempt: str = ""
    ) -> asyncio.Task[None]:
        """Run something beside the loop; what it raises is logged, not lost.

        Whatever is logged meanwhile, in whichever room, names the `attempt`.
        """
        context = copy_context()
        if attempt:
            context.run(bind_contextvars, attempt=attempt)
        task = asyncio.create_task(work, name=name, context=context)
        self.tasks.add(task)
        task.add_done_callback(self._ended, context=context)
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
