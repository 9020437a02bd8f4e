"""The loop of one node: beats, ticks, and a stop in stages.

Comes in: call events, commands, due moments. Goes out: orders, hang-ups, and one
transaction per beat.
"""

from __future__ import annotations

import asyncio
from functools import partial

import structlog

from automaton.domain.attempt import AttemptState
from automaton.engine.act import Effects
from automaton.engine.beat import Beat, write
from automaton.engine.dispatch import Intent
from automaton.engine.listen import Listener
from automaton.engine.node import Node, NodeSettings, World
from automaton.engine.settle import Rules
from automaton.engine.tick import Ticker
from automaton.engine.timetable import Timetable

log = structlog.get_logger(__name__)

GROUPING = 0.03
UNHURRIED = 0.25
AFTER_A_FAULT = 1.0


class Supervisor:
    """Runs one node until it is told to stop."""

    def __init__(self, world: World, settings: NodeSettings) -> None:
        self.node = Node(world, settings)
        self.listener = Listener(self.node)
        self._effects = Effects(self.node)
        self.ticker = Ticker(self.node, self._effects)
        self._timetable = Timetable(self.ticker.tick, self.ticker.daily, settings.zone)
        self._over = False
        self._starved = False
        self._written_at = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then stop in stages."""
        await self.listener.adopt()
        await self.ticker.close_what_is_left()
        listening = asyncio.create_task(self.listener.run(), name="listen")
        beating = asyncio.create_task(self._beats(), name="beats")
        self._timetable.start()
        stopping = asyncio.create_task(stop.wait(), name="stop")
        await asyncio.wait(
            {stopping, listening, beating}, return_when=asyncio.FIRST_COMPLETED
        )
        await self._stop_in_stages(beating)
        stopping.cancel()
        listening.cancel()
        results = await asyncio.gather(listening, beating, return_exceptions=True)
        for error in results:
            if isinstance(error, Exception):
                raise error

    def hurry(self) -> None:
        """Look for commands now instead of at the next tick."""
        self.node.spawn(self.ticker.tick(), "hurried tick")

    async def _beats(self) -> None:
        """Beat whenever there is something to write or a line to fill."""
        while not self._over:
            await self._rest()
            try:
                await self.beat()
            except Exception as error:
                log.exception(
                    "a beat failed; nothing is dialled meanwhile", error=error
                )
                await asyncio.sleep(AFTER_A_FAULT)

    async def _rest(self) -> None:
        """Wait for something to do, and until the last write is `GROUPING` ago.

        What comes alone is written at once; what comes in crowds shares its commits.
        """
        node = self.node
        if not node.sessions.urgent:
            try:
                async with asyncio.timeout(self._idle_seconds()):
                    await node.wake.wait()
            except TimeoutError:
                pass
        node.wake.clear()
        if node.sessions.urgent:
            since = node.world.clock.monotonic() - self._written_at
            await asyncio.sleep(GROUPING - since)

    def _idle_seconds(self) -> float:
        """Return how long nothing need be done unless something happens.

        What is due and may not be dialled now (hours, a broken trunk) is not hurried.
        """
        node = self.node
        if not (node.link_is_up and node.dialling):
            return UNHURRIED
        now, seconds = node.world.clock.now(), node.world.clock.monotonic()
        until_due = node.agenda.seconds_to_next(now)
        if until_due is None or not self._has_free_line():
            return UNHURRIED
        pace = node.dispatch.wait(seconds)
        if self._starved and until_due <= 0 and pace <= 0:
            return UNHURRIED
        return min(UNHURRIED, max(0.002, until_due, pace))

    def _has_free_line(self) -> bool:
        return any(self.node.lines.free(name) for name in self.node.trunks)

    async def beat(self, *, last: bool = False) -> None:
        """Write what happened, settle, claim; then thank and dial."""
        node = self.node
        now = node.world.clock.now()
        harvest, intent = node.sessions.harvest(now, last=last), self._intent()
        seconds = node.world.clock.monotonic()
        ended = [a for a in harvest.changed if a.state is AttemptState.ENDED]
        before = node.safeguard.saved()
        node.safeguard.note(ended, seconds)
        conditions = node.safeguard.changes(now, seconds)
        if not (harvest or intent or conditions):
            return
        self._written_at = seconds
        sound = {name: node.trunks[name] for name in node.safeguard.usable()}
        rules = Rules(dict(node.agenda.campaigns), sound, now)
        work = Beat(harvest, intent, rules, node.trunks, conditions, node.settings.name)
        try:
            written = await node.writer.run(partial(write, beat=work))
        except Exception:
            node.sessions.put_back(harvest)
            node.safeguard.restore(before)
            raise
        self._effects.follow(work, written)

    def _intent(self) -> Intent:
        node = self.node
        if not (node.link_is_up and node.dialling):
            return Intent()
        now, seconds = node.world.clock.now(), node.world.clock.monotonic()
        due = node.agenda.due_now(now)
        if not due:
            return Intent()
        intent = node.dispatch.intent(due, node.sessions, now, seconds)
        self._starved = not intent
        return intent

    async def _stop_in_stages(self, beating: asyncio.Task[None]) -> None:
        """No new calls; live calls end or are left to the next start; flush; close."""
        node = self.node
        node.dialling = False
        self._timetable.stop()
        deadline = node.world.clock.monotonic() + node.settings.grace.total_seconds()
        while not beating.done() and node.lines.in_use:
            if node.world.clock.monotonic() >= deadline:
                log.warning("calls are left to the next start", calls=node.lines.in_use)
                break
            await asyncio.sleep(UNHURRIED / 5)
        await node.watch.close(0.0)
        self._over = True
        node.wake.set()
        await asyncio.gather(beating, return_exceptions=True)
        await node.finish_tasks(1.0)
        if not beating.exception():
            await self.beat(last=True)
        node.writer.close()
