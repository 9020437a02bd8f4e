"""The loop of one node: beats, ticks, and a stop in stages.

Comes in: call events, commands, due moments. Goes out: orders, hang-ups, and one
transaction per beat.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import structlog

from automaton.engine.beat import Beat, Written, write
from automaton.engine.calls.act import Effects
from automaton.engine.calls.apart import Apart
from automaton.engine.calls.listen import Listener
from automaton.engine.calls.needless import Needless
from automaton.engine.calls.settle import Rules
from automaton.engine.duty.prove import Readiness
from automaton.engine.duty.silence import Silence
from automaton.engine.fleet.budget import keep_to_slices
from automaton.engine.keep import Keeping
from automaton.engine.leap import ClockWatch
from automaton.engine.lines.claim import Intent
from automaton.engine.lines.pace import FILLING, Grouping
from automaton.engine.lines.preempt import Preemption
from automaton.engine.node import Node, NodeSettings, World
from automaton.engine.patience import DISK_FULL, Patience, write_after_a_failure
from automaton.engine.tick import Ticker
from automaton.engine.timetable import Timetable
from automaton.errors import LineError, NodeLostError

log = structlog.get_logger(__name__)

UNHURRIED = 0.25
WITHDRAWING = 2.0  # seconds that a node which ends gives to its Asterisk


class Supervisor:
    """Runs one node until it is told to stop."""

    def __init__(self, world: World, settings: NodeSettings) -> None:
        self.node = Node(world, settings)
        self._effects = Effects(self.node)
        needless = Needless(self.node, self._effects)
        self.listener = Listener(self.node, needless.end)
        self.keeping = Keeping(self.node)
        leads_now = self.keeping.look_again
        silence = Silence(self.node, self._may_claim)
        self.ticker = Ticker(self.node, self._effects, needless, silence, leads_now)
        self.readiness = Readiness(self.node)
        self.node.watch.errands.prove = self.readiness.asked
        jobs = self.tick, self.readiness.look, self.keeping.daily
        self._timetable = Timetable(*jobs, settings.zone, settings.daily_at)
        leapt = self.keeping.look_again
        self.clock_watch = ClockWatch(self.node, self._timetable, leapt)
        self.patience = Patience(world.clock)
        self._apart = Apart(self.node, self._effects, self._write)
        self._preemption = Preemption(self.node, self._effects, self._may_claim)
        self._over = False
        self._hurried: asyncio.Task[None] | None = None
        self.node.lease.news = self.hurry
        self._starved = False
        self._grouping = Grouping()

    async def run(
        self, stop: asyncio.Event, begun: Callable[[], None] = lambda: None
    ) -> None:
        """Work until `stop` is set, then stop in stages.

        `begun` is told when all that an earlier life left is taken up.
        """
        if not await self._has_begun(stop):
            await self.node.lease.end(gracefully=True)
            self.node.writer.close()
            return
        begun()
        listening = asyncio.create_task(self.listener.run(), name="listen")
        beating = asyncio.create_task(self._beats(), name="beats")
        self._timetable.start()
        watching = asyncio.create_task(self.clock_watch.run(), name="clock")
        making_up = asyncio.create_task(self.keeping.run(), name="make up")
        stopping = asyncio.create_task(stop.wait(), name="stop")
        losing = asyncio.create_task(self.node.lease.until_lost(), name="lost")
        await asyncio.wait(
            {stopping, listening, beating, losing}, return_when=asyncio.FIRST_COMPLETED
        )
        await self._stop_in_stages(beating)
        for task in (stopping, losing, watching, making_up, listening):
            task.cancel()
        tasks = (watching, making_up, listening, beating)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        for error in (self.node.lease.lost, *results):
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
        await self._begin_lease()
        await self.listener.adopt()
        trunks, name = tuple(self.node.trunks), self.node.settings.name
        await self.node.writer.run_at_last(lambda t: t.forget_trunks(trunks, name))
        await self.ticker.begin()

    async def _begin_lease(self) -> None:
        while True:
            try:
                return await self.node.lease.begin()
            except LineError as error:
                log.warning("the first lease is waited for", why=str(error))
                await asyncio.sleep(UNHURRIED)

    def hurry(self) -> None:
        """Look for commands now instead of at the next tick."""
        self.node.lease.hurry()
        if self._hurried is None or self._hurried.done():
            self._hurried = self.node.spawn(self._tick_soon(), "hurried tick")

    async def _tick_soon(self) -> None:
        """Tick; whoever hurries us meanwhile is looked after by one tick more."""
        self._hurried = None
        await self.tick()

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
            except NodeLostError:
                return
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
        """Write what happened, settle, claim; then thank, dial and make room."""
        await self._write_down(last=last)
        self._preemption.look(self.node.world.clock.monotonic())

    async def _write_down(self, *, last: bool) -> None:
        node = self.node
        await self.clock_watch.follow()
        now = node.world.clock.now()
        self._apart.put_back(last=last)
        harvest = node.sessions.harvest(now, last=last)
        self._apart.learn(harvest)
        seconds = node.world.clock.monotonic()
        node.safeguard.note(harvest.changed, seconds, self._apart.in_hand)
        keep_to_slices(node, now, seconds)
        intent = self._intent()
        conditions = node.safeguard.changes(now, seconds)
        returned = frozenset(node.returned)
        if not (harvest or intent or conditions or returned or self.patience.is_needed):
            return
        self._grouping.written(seconds)
        sound = {name: node.trunks[name] for name in node.safeguard.usable()}
        leaps = self.clock_watch.forward
        rules = Rules(dict(node.agenda.campaigns), sound, now, leaps)
        work = Beat(
            harvest,
            intent,
            rules,
            node.trunks,
            conditions,
            node.settings.name,
            returned,
        )
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
        """Write a beat; what it claims is too old to leave a while after it began."""
        node, began = self.node, self.node.world.clock.boottime()
        how = partial(write, beat=work)
        if self.patience.in_doubt:
            followed = self._apart.in_hand.union(node.sessions.live)
            how = partial(write_after_a_failure, beat=work, followed=followed)
        written = await node.writer.run(how)
        node.returned -= work.returned
        return replace(written, leave_by=node.lease.leave_by(began))

    def _intent(self) -> Intent:
        node = self.node
        if not (node.link_is_up and node.dialling) or self.patience.for_the_database:
            return Intent()
        if not node.lease.is_valid:
            return Intent()
        now, seconds = node.world.clock.now(), node.world.clock.monotonic()
        due = [
            campaign
            for campaign in node.agenda.due_now(now)
            if self._may_claim(campaign.id) and node.prompts.has(campaign)
        ]
        if not due:
            return Intent()
        waiting = node.agenda.waiting
        intent = node.dispatch.intent(due, node.sessions, now, seconds, waiting)
        self._starved = not any(want.limit for want in intent.wants)
        return intent

    def _may_claim(self, campaign_id: str) -> bool:
        return self.clock_watch.may_claim and self._apart.may_claim(campaign_id)

    async def _stop_in_stages(self, beating: asyncio.Task[None]) -> None:
        """No new calls; live calls end or are left to the next start; flush; close."""
        node = self.node
        node.dialling = False
        self._timetable.stop()
        if self._is_lost():
            return await self._end_at_once(beating)
        deadline = node.world.clock.monotonic() + node.settings.grace.total_seconds()
        while not beating.done() and node.lines.in_use:
            if node.world.clock.monotonic() >= deadline:
                log.warning("calls are left to the next start", calls=node.lines.in_use)
                break
            await asyncio.sleep(UNHURRIED / 5)
        if self._is_lost():
            return await self._end_at_once(beating)
        await node.watch.close(0.0)
        self._over = True
        node.wake.set()
        await asyncio.gather(beating, return_exceptions=True)
        node.lines.let_all_go()
        await node.finish_tasks(1.0)
        try:
            if not beating.exception():
                await self._last_beat(deadline)
        finally:
            await node.lease.end(gracefully=True)
            node.writer.close()
        return None

    def _is_lost(self) -> bool:
        return self.node.lease.lost is not None

    async def _end_at_once(self, beating: asyncio.Task[None]) -> None:
        """Write nothing more, and withdraw what nobody has answered.

        Its home may be rung by another node by now. The journal keeps the keys.
        """
        node = self.node
        self._over = True
        node.wake.set()
        try:
            async with asyncio.timeout(WITHDRAWING):
                await self._effects.withdraw_all()
        except TimeoutError:
            log.warning("Asterisk did not say that all calls were withdrawn")
        await node.watch.close(0.0)
        beating.cancel()
        await node.finish_tasks(0.0)
        await node.lease.end(gracefully=False)
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
            except NodeLostError:
                raise
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
