"""The loop of one node: beats, ticks, and a stop in stages.

Comes in: call events, commands, due moments. Goes out: orders, hang-ups, and one
transaction per beat.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import structlog

from automaton.engine.act import Effects
from automaton.engine.apart import Apart
from automaton.engine.beat import Beat, Written, write
from automaton.engine.dispatch import Intent
from automaton.engine.keep import Keeping
from automaton.engine.leap import ClockWatch
from automaton.engine.listen import Listener
from automaton.engine.needless import Needless
from automaton.engine.node import Node, NodeSettings, World
from automaton.engine.pace import FILLING, Grouping
from automaton.engine.patience import DISK_FULL, Patience, write_after_a_failure
from automaton.engine.settle import Rules
from automaton.engine.tick import Ticker
from automaton.engine.timetable import Timetable
from automaton.errors import LineError

log = structlog.get_logger(__name__)

UNHURRIED = 0.25


class Supervisor:
    """Runs one node until it is told to stop."""

    def __init__(self, world: World, settings: NodeSettings) -> None:
        self.node = Node(world, settings)
        self._effects = Effects(self.node)
        needless = Needless(self.node, self._effects)
        self.listener = Listener(self.node, needless.end)
        self.ticker = Ticker(self.node, self._effects, needless)
        self.keeping = Keeping(self.node)
        self._timetable = Timetable(
            self.tick, self.keeping.daily, settings.zone, settings.daily_at
        )
        leapt = self.keeping.clock_leapt
        self.clock_watch = ClockWatch(self.node, self._timetable, leapt)
        self.patience = Patience(world.clock)
        self._apart = Apart(self.node, self._effects, self._write)
        self._over = False
        self._starved = False
        self._grouping = Grouping()

    async def run(
        self, stop: asyncio.Event, begun: Callable[[], None] = lambda: None
    ) -> None:
        """Work until `stop` is set, then stop in stages.

        `begun` is told when all that an earlier life left is taken up.
        """
        if not await self._has_begun(stop):
            self.node.writer.close()
            return
        begun()
        listening = asyncio.create_task(self.listener.run(), name="listen")
        beating = asyncio.create_task(self._beats(), name="beats")
        self._timetable.start()
        watching = asyncio.create_task(self.clock_watch.run(), name="clock")
        making_up = asyncio.create_task(self.keeping.run(), name="make up")
        stopping = asyncio.create_task(stop.wait(), name="stop")
        await asyncio.wait(
            {stopping, listening, beating}, return_when=asyncio.FIRST_COMPLETED
        )
        await self._stop_in_stages(beating)
        for task in (stopping, watching, making_up, listening):
            task.cancel()
        tasks = (watching, making_up, listening, beating)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        for error in results:
            if isinstance(error, Exception):
                raise error

    async def _has_begun(self, stop: asyncio.Event) -> bool:
        """Take up what an earlier life left; False where it must stop before that.

        A database that fails meanwhile is waited for.
        """
        stopping = asyncio.create_task(stop.wait(), name="stop")
        beginning = asyncio.create_task(self._begin(), name="begin")
        await asyncio.wait({stopping, beginning}, return_when=asyncio.FIRST_COMPLETED)
        has_begun = beginning.done()
        (stopping if has_begun else beginning).cancel()
        if has_begun:
            await beginning
        return has_begun

    async def _begin(self) -> None:
        await self.listener.adopt()
        trunks = tuple(self.node.trunks)
        await self.node.writer.run_at_last(lambda t: t.forget_trunks(trunks))
        await self.ticker.close_what_is_left()

    def hurry(self) -> None:
        """Look for commands now instead of at the next tick."""
        self.node.spawn(self.tick(), "hurried tick")

    async def tick(self) -> None:
        """Look at the clock first: nothing is overdue because it has jumped."""
        await self.clock_watch.look()
        await self.ticker.tick()

    async def _beats(self) -> None:
        """Beat whenever there is something to write or a line to fill."""
        while not self._over:
            await self._rest()
            try:
                await self.beat()
            except Exception as error:  # noqa: BLE001 - patience tells it
                await asyncio.sleep(self._wait_after(error))

    def _wait_after(self, error: Exception) -> float:
        """Return how long to wait; a full disk is told to those on duty."""
        if isinstance(error, LineError) and error.error_id == DISK_FULL:
            self.node.watch.disk_full(self.node.agenda.running)
        return self.patience.wait_after(error)

    async def _rest(self) -> None:
        """Wait for something to do, and until the last write is long enough ago.

        What comes alone is written at once; what comes in crowds shares its commits. A
        line that falls free while somebody is due waits less than what merely happened.
        """
        if not self.node.sessions.urgent:
            await self._woken(self._idle_seconds())
        while (seconds := self._seconds_to_write()) > 0:
            await self._woken(seconds)

    async def _woken(self, seconds: float) -> None:
        """Wait until something is urgent or a line falls free, so long at most.

        That nobody could be rung a moment ago says nothing any more once it has.
        """
        try:
            async with asyncio.timeout(seconds):
                await self.node.wake.wait()
            self._starved = False
        except TimeoutError:
            pass
        self.node.wake.clear()

    def _seconds_to_write(self) -> float:
        is_for_a_line = self._idle_seconds() < FILLING
        return self._grouping.wait(self.node.world.clock.monotonic(), is_for_a_line)

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
        await self.clock_watch.follow()
        now = node.world.clock.now()
        self._apart.put_back(last=last)
        harvest = node.sessions.harvest(now, last=last)
        self._apart.learn(harvest)
        seconds = node.world.clock.monotonic()
        node.safeguard.note(harvest.changed, seconds, self._apart.in_hand)
        intent = self._intent()
        conditions = node.safeguard.changes(now, seconds)
        if not (harvest or intent or conditions or self.patience.is_needed):
            return
        self._grouping.written(seconds)
        sound = {name: node.trunks[name] for name in node.safeguard.usable()}
        leaps = self.clock_watch.forward
        rules = Rules(dict(node.agenda.campaigns), sound, now, leaps)
        work = Beat(harvest, intent, rules, node.trunks, conditions, node.settings.name)
        try:
            await self._carry_out(work)
        except Exception:
            node.safeguard.tell_again(conditions)
            raise
        self.patience.ended()

    async def _carry_out(self, work: Beat) -> None:
        """Write a beat and let its effects follow, in parts where it is unsound."""
        if self.patience.of_a_row:
            await self._apart.carry_out(work)
            return
        try:
            written = await self._write(work)
        except Exception:
            self.node.sessions.put_back(work.harvest)
            raise
        self._effects.follow(work, written)

    async def _write(self, work: Beat) -> Written:
        node = self.node
        if not self.patience.in_doubt:
            return await node.writer.run(partial(write, beat=work))
        followed = self._apart.in_hand.union(node.sessions.live)
        return await node.writer.run(
            partial(write_after_a_failure, beat=work, followed=followed)
        )

    def _intent(self) -> Intent:
        node = self.node
        if not (node.link_is_up and node.dialling) or self.patience.for_the_database:
            return Intent()
        now, seconds = node.world.clock.now(), node.world.clock.monotonic()
        due = [c for c in node.agenda.due_now(now) if self._apart.may_claim(c.id)]
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
        try:
            if not beating.exception():
                await self._last_beat(deadline)
        finally:
            node.writer.close()

    async def _last_beat(self, deadline: float) -> None:
        """Write what is left, until it is written or the time to stop is over.

        A row that cannot be written leaves the others alone. Its keys are not
        forgotten by the journal: the next start reads them there.
        """
        while True:
            try:
                await self.beat(last=True)
                break
            except Exception as error:
                was_in_parts = self.patience.of_a_row
                wait = self._wait_after(error)
                is_late = self.node.world.clock.monotonic() >= deadline
                if is_late and (was_in_parts or isinstance(error, LineError)):
                    raise
                await asyncio.sleep(wait)
        if left := self._apart.in_hand:
            log.error(
                "not on record; the journal keeps its keys", attempts=sorted(left)
            )
