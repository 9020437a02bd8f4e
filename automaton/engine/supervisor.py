"""The loop of one node: beats, ticks, and a stop in stages.

Comes in: call events, commands, due moments. Goes out: orders, hang-ups, and one
transaction per beat.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from functools import partial

import structlog

from automaton.domain.attempt import AttemptState
from automaton.domain.campaign import FINAL_CAMPAIGN_STATES, Campaign, CampaignState
from automaton.domain.events import Lost, OrderFailed
from automaton.domain.recipient import RecipientState
from automaton.engine import lifecycle
from automaton.engine.beat import Beat, Written, write
from automaton.engine.dispatch import Intent, Taken, order_of
from automaton.engine.listen import Listener
from automaton.engine.node import Node, NodeSettings, World
from automaton.engine.recover import is_past_saving
from automaton.engine.settle import Rules
from automaton.engine.timetable import Timetable
from automaton.errors import LineError
from automaton.ports import Transaction

log = structlog.get_logger(__name__)

GROUPING = 0.03
UNHURRIED = 0.25
AFTER_A_FAULT = 1.0
STUCK_AFTER = 30.0
PLAN_CHUNK = 500
EXTENSION = timedelta(seconds=10)
JOURNAL_KEPT = timedelta(days=1)


class Supervisor:
    """Runs one node until it is told to stop."""

    def __init__(self, world: World, settings: NodeSettings) -> None:
        self.node = Node(world, settings)
        self._listener = Listener(self.node)
        self._timetable = Timetable(self.tick, self.daily, settings.zone)
        self._ticking = asyncio.Lock()
        self._planning: set[str] = set()
        self._blocked_since: float | None = None
        self._over = False

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then stop in stages."""
        await self._listener.adopt()
        listening = asyncio.create_task(self._listener.run(), name="listen")
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
        self.node.spawn(self.tick(), "hurried tick")

    async def tick(self) -> None:
        """Carry out commands, move campaigns by the hour, end what is overdue."""
        async with self._ticking:
            try:
                await self._look_after_the_overdue()
                await self._turn()
            except Exception as error:
                log.exception("a tick failed; the next one tries again", error=error)

    async def daily(self) -> None:
        """Forget journalled keys that are on record for longer than a day."""
        telephone, now = self.node.world.telephone, self.node.world.clock.now()
        keys = [
            k for k in await telephone.journalled_keys() if now - k.at > JOURNAL_KEPT
        ]
        ids = sorted({key.attempt_id for key in keys})
        known = await self.node.writer.run(lambda t: t.attempts(ids))
        settled = {a.id: a.key_seq for a in known if not a.is_open}
        done = [k for k in keys if settled.get(k.attempt_id, -1) >= k.seq]
        await telephone.forget_keys(done)

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
        """Wait for something to do, a little longer to group it with its like."""
        node = self.node
        if not node.sessions.urgent:
            try:
                async with asyncio.timeout(self._idle_seconds()):
                    await node.wake.wait()
            except TimeoutError:
                pass
        node.wake.clear()
        if node.sessions.urgent:
            await asyncio.sleep(GROUPING)

    def _idle_seconds(self) -> float:
        """Return how long nothing need be done unless something happens."""
        node = self.node
        if not (node.link_is_up and node.dialling):
            return UNHURRIED
        now, seconds = node.world.clock.now(), node.world.clock.monotonic()
        until_due = node.agenda.seconds_to_next(now)
        if until_due is None or not self._has_free_line():
            return UNHURRIED
        return min(UNHURRIED, max(0.002, until_due, node.dispatch.wait(seconds)))

    def _has_free_line(self) -> bool:
        return any(self.node.lines.free(name) for name in self.node.trunks)

    async def beat(self) -> None:
        """Write what happened, settle, claim; then thank and dial."""
        node = self.node
        now = node.world.clock.now()
        harvest, intent = node.sessions.harvest(now), self._intent()
        seconds = node.world.clock.monotonic()
        ended = [a for a in harvest.changed if a.state is AttemptState.ENDED]
        node.safeguard.note(ended, seconds)
        conditions = node.safeguard.changes(now, seconds)
        if not (harvest or intent or conditions):
            return
        rules = Rules(dict(node.agenda.campaigns), node.safeguard.usable(), now)
        work = Beat(harvest, intent, rules, node.trunks, conditions, node.settings.name)
        try:
            written = await node.writer.run(partial(write, beat=work))
        except Exception:
            node.sessions.put_back(harvest)
            raise
        self._after(work, written)

    def _intent(self) -> Intent:
        node = self.node
        if not (node.link_is_up and node.dialling):
            return Intent()
        now, seconds = node.world.clock.now(), node.world.clock.monotonic()
        due = node.agenda.due_now(now)
        if not due:
            return Intent()
        return node.dispatch.intent(due, node.sessions, now, seconds)

    def _after(self, work: Beat, written: Written) -> None:
        """Let effects follow what is durable now."""
        node = self.node
        for attempt_id, seq in work.harvest.keys:
            node.spawn(self._thank(attempt_id, seq), f"thank {attempt_id}")
        node.dispatch.started(written.taken, node.world.clock.monotonic())
        for taken in written.taken:
            self._dial(taken)
        node.agenda.plan(c.next_try for c in written.changes if c.next_try is not None)
        self._note_what_is_left(work.intent, written)
        acknowledged = {
            c.recipient_id
            for c in written.changes
            if c.state is RecipientState.ACKNOWLEDGED
        }
        for attempt in list(node.sessions.of_recipients(acknowledged)):
            if not attempt.keys:
                self._hang_up(attempt.id)
        for condition in work.conditions:
            node.watch.trunk(condition, node.agenda.running)

    def _note_what_is_left(self, intent: Intent, written: Written) -> None:
        """Forget what is due where a claim came back with less than it asked for."""
        got: dict[str, int] = {}
        for taken in written.taken:
            id_ = taken.attempt.campaign_id
            got[id_] = got.get(id_, 0) + 1
        replanned = {c.next_try.campaign_id for c in written.changes if c.next_try}
        for want in intent.wants:
            short = got.get(want.campaign_id, 0) < want.limit
            if short and want.campaign_id not in replanned:
                self.node.agenda.due[want.campaign_id] = None

    def _dial(self, taken: Taken) -> None:
        node = self.node
        campaign = node.agenda.campaigns[taken.attempt.campaign_id]
        node.sessions.open(taken.attempt, campaign.policy.longest_call)
        node.watch.call_left(campaign.id, node.world.clock.now())
        node.spawn(self._place(taken, campaign), f"place {taken.attempt.id}")

    async def _place(self, taken: Taken, campaign: Campaign) -> None:
        """Send one order; whatever happens to it becomes a fact about the attempt."""
        attempt_id = taken.attempt.id
        try:
            await self.node.world.telephone.place(order_of(taken, campaign))
        except LineError as error:
            now = self.node.world.clock.now()
            log.warning("order failed", attempt=attempt_id, error=str(error))
            if error.may_have_left:
                self.node.take(Lost(attempt_id, now))
            else:
                self.node.take(OrderFailed(attempt_id, now, no_channel=True))

    async def _thank(self, attempt_id: str, seq: int) -> None:
        """Let the dialplan thank; where that fails the journal alone counts."""
        try:
            await self.node.world.telephone.confirm_key(attempt_id, seq)
        except LineError as error:
            log.info("key not thanked in time", attempt=attempt_id, error=str(error))

    def _hang_up(self, attempt_id: str) -> None:
        self.node.spawn(self._end_call(attempt_id), f"hang up {attempt_id}")

    async def _end_call(self, attempt_id: str) -> None:
        try:
            await self.node.world.telephone.hang_up(attempt_id)
        except LineError as error:
            log.warning("hang-up failed", attempt=attempt_id, error=str(error))

    async def _turn(self) -> None:
        """One look at all campaigns: commands, hours, planning, alarms."""
        node = self.node
        now = node.world.clock.now()
        view = lifecycle.View(
            now,
            frozenset(live.attempt.campaign_id for live in node.sessions.live.values()),
            self._is_blocked(),
            bool(node.safeguard.usable()),
        )
        found = await node.writer.run(partial(lifecycle.turn, view=view))
        self._take_campaigns(found)
        for word in found.words:
            node.take(word)
        for campaign in found.moved:
            self._react(campaign)
        for campaign in found.campaigns:
            if campaign.state is CampaignState.RUNNING and not campaign.planned:
                self._plan(campaign)
        quiet = [c for c in node.agenda.due_now(now) if self._should_dial(c)]
        node.watch.silence(quiet, now)
        node.wake.set()

    def _take_campaigns(self, found: lifecycle.Turn) -> None:
        """Watch what is active; keep what has ended while its calls live."""
        agenda = self.node.agenda
        busy = {live.attempt.campaign_id for live in self.node.sessions.live.values()}
        kept = {id_: c for id_, c in agenda.campaigns.items() if id_ in busy}
        ended = {c.id: c for c in found.moved}
        agenda.campaigns = kept | ended | {c.id: c for c in found.campaigns}
        agenda.due = dict(found.due)

    def _should_dial(self, campaign: Campaign) -> bool:
        now = self.node.world.clock.now()
        is_open = campaign.policy.hours.is_open(now)
        running = campaign.state is CampaignState.RUNNING
        return running and is_open and not self.node.sessions.holds(campaign.id)

    def _is_blocked(self) -> bool:
        """Tell whether every trunk has been broken for half a minute."""
        node, seconds = self.node, self.node.world.clock.monotonic()
        if node.safeguard.usable():
            self._blocked_since = None
            return False
        if self._blocked_since is None:
            self._blocked_since = seconds
        return seconds - self._blocked_since >= STUCK_AFTER

    def _react(self, campaign: Campaign) -> None:
        """Follow a campaign's move: stop what only rings, close what is open, tell."""
        self.node.watch.moved(campaign)
        log.info("campaign moved", campaign=campaign.id, state=campaign.state.value)
        if campaign.state not in FINAL_CAMPAIGN_STATES:
            return
        for live in list(self.node.sessions.live.values()):
            mine = live.attempt.campaign_id == campaign.id
            if mine and live.attempt.answered_at is None:
                self._hang_up(live.attempt.id)
        self.node.spawn(self._close(campaign), f"close {campaign.id}")

    async def _close(self, campaign: Campaign) -> None:
        """Give the recipients of an ended campaign their final state, in chunks."""
        work = partial(
            lifecycle.close_chunk, campaign=campaign, now=self.node.world.clock.now()
        )
        while await self.node.writer.run(work):
            pass

    def _plan(self, campaign: Campaign) -> None:
        if campaign.id not in self._planning:
            self._planning.add(campaign.id)
            self.node.spawn(self._freeze(campaign), f"plan {campaign.id}")

    async def _freeze(self, campaign: Campaign) -> None:
        """Freeze the audience in chunks; dialling begins with the first one."""
        node = self.node
        try:
            while True:
                now = node.world.clock.now()
                if not await node.writer.run(partial(_next_chunk, campaign.id, now)):
                    return
                node.agenda.due[campaign.id] = now
                node.wake.set()
        finally:
            self._planning.discard(campaign.id)

    async def _look_after_the_overdue(self) -> None:
        """End what is long over; what still lives is hung up and waited for."""
        node, now = self.node, self.node.world.clock.now()
        overdue = node.sessions.overdue(now)
        if not overdue or not node.link_is_up:
            return
        calls = await node.world.telephone.live_calls()
        for live in overdue:
            if is_past_saving(live.attempt, calls):
                node.take(Lost(live.attempt.id, now))
            else:
                live.deadline = now + EXTENSION
                self._hang_up(live.attempt.id)

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
            await self.beat()
        node.writer.close()


def _next_chunk(campaign_id: str, now: datetime, transaction: Transaction) -> int:
    return transaction.plan_chunk(campaign_id, now, PLAN_CHUNK)
