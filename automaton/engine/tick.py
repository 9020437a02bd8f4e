"""Once a second: commands, campaigns by the hour, planning, and what is overdue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import structlog

from automaton.clock import Clock
from automaton.domain.attempt import Attempt
from automaton.domain.campaign import (
    FINAL_CAMPAIGN_STATES,
    URGENCY,
    Campaign,
    CampaignClass,
    CampaignState,
)
from automaton.domain.events import Lost
from automaton.engine import lifecycle
from automaton.engine.calls.act import Effects
from automaton.engine.calls.needless import Needless
from automaton.engine.calls.recover import is_past_saving
from automaton.engine.duty.duty_call import LONGEST
from automaton.engine.duty.silence import Silence
from automaton.engine.fleet.bequeath import Bequest
from automaton.engine.fleet.carriers import Conditions, lost, usable
from automaton.engine.foresee import Foresight
from automaton.engine.node import Node
from automaton.errors import LineError, NodeLostError
from automaton.ports import Transaction

log = structlog.get_logger(__name__)

# An audience is frozen in pieces, as many in one transaction as take that long, so that
# keys wait no longer than that and the time of one piece.
PIECE, MOST_PIECES = 50, 10
FREEZING = 0.04  # seconds
TOLD_FOR = timedelta(hours=2)  # as long as the end of an alert is told (insist.py)
EXTENSION = timedelta(seconds=10)
COUNTED_A_SECOND = 10_000  # due calls: with more to count, it is done less often
SHARED_PAUSE = 10  # seconds at most, where it is for other nodes that less is counted


class Ticker:
    """Looks at all campaigns; one look at a time."""

    def __init__(
        self,
        node: Node,
        effects: Effects,
        needless: Needless,
        silence: Silence,
        leads_now: Callable[[], None],
    ) -> None:
        self.node, self.effects, self.needless = node, effects, needless
        self._silence = silence
        self._leads_now = leads_now
        self._foresight = Foresight(node)
        self._one_at_a_time = asyncio.Lock()
        self._planning: dict[str, tuple[Campaign, asyncio.Task[None]]] = {}
        self._blocked_since: dict[str, float] = {}
        self._has_led = node.lease.is_alone
        self._conditions: Conditions = ()
        self._count_at = float("-inf")
        self._bequest = Bequest(node)

    async def tick(self) -> None:
        """Carry out commands, move campaigns by the hour, end what is overdue."""
        async with self._one_at_a_time:
            for look in (
                self.follow_the_chair,
                self.node.left.look,
                self._turn,
                self._look_after_the_overdue,
                self._bequest.look,
                self.needless.look,
            ):
                try:
                    await look()
                except LineError as error:
                    self.node.in_doubt = True  # it may have been committed unheard
                    log.warning("a tick failed; the next tries again", why=str(error))
                except NodeLostError:
                    return  # there is no next one: the node ends
                except Exception as error:
                    log.exception("a tick failed; the next tries again", error=error)

    async def begin(self) -> None:
        """Take up what an earlier life, or an earlier chief, has left."""
        self._has_led = False
        await self.follow_the_chair()

    async def follow_the_chair(self) -> None:
        """Take up what an earlier chief left, or leave it to the next one."""
        leads = self.node.lease.leads
        if leads and not self._has_led:
            self._leads_now()
        if leads and (self.node.watch.has_untold or not self._has_led):
            self.node.watch.has_untold = False
            await self.close_what_is_left()
        if self._has_led and not leads:
            self.node.watch.stand_down()
        self._has_led = leads

    async def _turn(self) -> None:
        """One look at all campaigns: commands, hours, planning, alarms."""
        node = self.node
        now = node.world.clock.now()
        node.callers.forget()
        view = lifecycle.View(
            now,
            frozenset(live.attempt.campaign_id for live in node.sessions.live.values()),
            self._blocked(),
            self._usable(),
            {id_: campaign.state for id_, campaign in node.agenda.campaigns.items()},
            many=node.lines.in_all + 1,
            counted=self._counted(),
            has_others=not node.lease.is_alone,
        )
        found = await node.writer.run(partial(lifecycle.turn, view=view))
        if found.leads:
            node.watch.rescue.look(found.asked_for_help)
            node.watch.errands.look(found.errands)
        self._take_campaigns(found)
        for word in found.words:
            node.take(word)
        for campaign in found.moved:
            self._react(campaign, found.leads)
        await self._count_the_day(now)
        for campaign in found.campaigns if found.leads else ():
            if campaign.state is CampaignState.RUNNING and not campaign.planned:
                self._plan(campaign)
        await node.prompts.bring(found.campaigns)
        node.watch.ceilings(node.dispatch.ceilings.reached, node.agenda.running)
        self._learn_of_others(found)
        silent = self._silence.look(now, found.on_lines) if found.leads else []
        node.watch.silence(silent, now, self._silence.held(silent))
        if found.leads:
            self._foresight.look()
        node.wake.set()

    def _learn_of_others(self, found: lifecycle.Turn) -> None:
        """Take down what other nodes have seen; tell of a trunk that all have lost."""
        watch, running = self.node.watch, self.node.agenda.running
        watch.others_left(found.left_at)
        self._conditions = found.conditions
        if found.leads and not self.node.lease.is_alone:
            watch.lost(lost(self.node.lease.standing, found.conditions), running)

    def _usable(self) -> frozenset[str]:
        """Return the trunks by which this node, or another one, may ring."""
        own = frozenset(self.node.safeguard.usable())
        return own | usable(self.node.lease.standing, self._conditions)

    async def _count_the_day(self, now: datetime) -> None:
        """Begin a day with what was called in it before, also after a restart."""
        ceilings = self.node.dispatch.ceilings
        if ceilings.is_another_day(now):
            since = ceilings.midnight(now)
            spent = await self.node.writer.run(lambda t: t.spent_since(since))
            ceilings.begin(now, spent)

    def _take_campaigns(self, found: lifecycle.Turn) -> None:
        """Watch what is active; keep what has ended while its calls live."""
        agenda = self.node.agenda
        busy = {live.attempt.campaign_id for live in self.node.sessions.live.values()}
        kept = {id_: c for id_, c in agenda.campaigns.items() if id_ in busy}
        ended = {c.id: c for c in found.moved}
        agenda.campaigns = kept | ended | {c.id: c for c in found.campaigns}
        agenda.due = dict(found.due)
        classes = {c.campaign_class for c in agenda.campaigns.values()}
        self.node.dispatch.makes_room = classes != {CampaignClass.ALERT}
        self._take_counts(found)

    def _take_counts(self, found: lifecycle.Turn) -> None:
        """Take what was counted; what was not is known from before."""
        agenda, share = self.node.agenda, self.node.dispatch.share
        running = {c.id for c in found.campaigns if c.state is CampaignState.RUNNING}
        before = agenda.waiting if len(found.due) > 1 else {}
        counts = found.waiting.items()
        counted = {id_: share(count, agenda.campaigns[id_]) for id_, count in counts}
        if counted.keys() >= running:
            pause = self._pause(sum(found.waiting.values()))
            self._count_at = self.node.world.clock.monotonic() + pause
        agenda.waiting = {i: n for i, n in before.items() if i in running} | counted

    def _pause(self, due: int) -> int:
        """Return the seconds until all is counted again; each node counts the same."""
        alive = sum(one.is_alive for one in self.node.lease.standing.nodes)
        shared = due * max(1, alive) // COUNTED_A_SECOND
        return max(due // COUNTED_A_SECOND, min(SHARED_PAUSE, shared))

    def _counted(self) -> frozenset[str]:
        """Return the campaigns whose due calls need not be counted again yet.

        Where none is left, as far as we know, there is next to nothing to count: what
        has come due since is known at once.
        """
        if self.node.world.clock.monotonic() >= self._count_at:
            return frozenset()
        waiting = self.node.agenda.waiting.items()
        return frozenset(id_ for id_, count in waiting if count)

    def _blocked(self) -> frozenset[str]:
        """Return the running campaigns whose trunks have all been broken too long."""
        node, seconds = self.node, self.node.world.clock.monotonic()
        usable, before = self._usable(), self._blocked_since
        self._blocked_since = {
            campaign.id: before.get(campaign.id, seconds)
            for campaign in node.agenda.running
            if not lifecycle.has_way(campaign, usable)
        }
        stuck = node.settings.stuck.total_seconds()
        since = self._blocked_since.items()
        return frozenset(id_ for id_, at in since if seconds - at >= stuck)

    def _react(self, campaign: Campaign, leads: bool) -> None:
        """Follow a campaign's move: stop what only rings, close what is open, tell.

        Each node ends its own calls; the chief alone closes, and tells.
        """
        self.node.watch.moved(campaign)
        log.info("campaign moved", campaign=campaign.id, state=campaign.state.value)
        if campaign.state not in FINAL_CAMPAIGN_STATES:
            return
        for live in list(self.node.sessions.live.values()):
            if live.attempt.campaign_id != campaign.id:
                continue
            if live.attempt.answered_at is None:
                self.effects.hang_up(live.attempt.id)
            else:
                self.effects.wind_up(live.attempt.id)
        if leads:
            self.node.spawn(self._close(campaign), f"close {campaign.id}")

    async def close_what_is_left(self) -> None:
        """Close what ended before this node led, tell what was not told."""
        node, since = self.node, self.node.world.clock.now() - TOLD_FOR
        for campaign in await node.writer.run_at_last(lambda t: t.unclosed()):
            node.spawn(self._close(campaign), f"close {campaign.id}")
        untold = partial(lifecycle.untold, since=since, trunks=self._usable())
        for campaign in await node.writer.run_at_last(untold):
            node.watch.moved(campaign)

    async def _close(self, campaign: Campaign) -> None:
        """Give the recipients of an ended campaign their final state, in chunks.

        The audience is frozen to its end before, so that nobody is missing from the
        list of those not reached.
        """
        if campaign.state in lifecycle.FATE:
            self._plan(campaign)
            await asyncio.wait([self._planning[campaign.id][1]])
        work = partial(
            lifecycle.close_chunk, campaign=campaign, now=self.node.world.clock.now()
        )
        while await self.node.writer.run_at_last(work):
            pass

    def _plan(self, campaign: Campaign) -> None:
        if campaign.id not in self._planning:
            task = self.node.spawn(self._freeze(campaign), f"plan {campaign.id}")
            self._planning[campaign.id] = campaign, task

    async def _freeze(self, campaign: Campaign) -> None:
        """Freeze the audience in chunks; dialling begins with the first one.

        The pause after each leaves the writer to the beats at least half the time.
        After its first chunk an audience lets more urgent ones be frozen whole.
        """
        node = self.node
        try:
            while True:
                began = node.world.clock.monotonic()
                chunk = partial(_next_chunk, campaign.id, node.world.clock)
                planned = await node.writer.run_at_last(chunk)
                if not planned:
                    return
                node.agenda.due[campaign.id] = node.world.clock.now()
                ours = node.dispatch.share(planned, campaign)
                node.agenda.more_wait(campaign.id, ours)
                node.wake.set()
                await asyncio.sleep(node.world.clock.monotonic() - began)
                if before := self._more_urgent(campaign):
                    await asyncio.wait(before)
        finally:
            self._planning.pop(campaign.id, None)

    def _more_urgent(self, campaign: Campaign) -> list[asyncio.Task[None]]:
        """Return what freezes the audiences of more urgent campaigns."""
        urgency = URGENCY[campaign.campaign_class]
        frozen = self._planning.values()
        return [task for one, task in frozen if URGENCY[one.campaign_class] < urgency]

    async def _look_after_the_overdue(self) -> None:
        """End what is long over; what still lives is hung up and waited for."""
        node, now = self.node, self.node.world.clock.now()
        found = node.sessions.overdue(now)
        for live in [one for one in found if self._is_past_waiting(one.attempt)]:
            node.take(Lost(live.attempt.id, now))
        overdue = [live for live in found if node.lines.reaches(live.attempt.trunk)]
        if not overdue or not node.link_is_up:
            return
        calls = await node.world.telephone.live_calls()
        for live in overdue:
            if is_past_saving(live.attempt, calls):
                node.take(Lost(live.attempt.id, now))
            else:
                live.deadline = now + EXTENSION
                self.effects.end_overdue(live.attempt.id)

    def _is_past_waiting(self, attempt: Attempt) -> bool:
        """Tell whether its channel is away for so long that the call is over.

        Other nodes may try that home then: it need not wait for the channel's return.
        Of an overdue call only a talk by key 0 can have begun since then.
        """
        lease, longest = self.node.lease, LONGEST
        policy = self.node.agenda.campaigns[attempt.campaign_id].policy
        if attempt.answered_at is not None and policy.transfer is not None:
            longest = policy.longest_unseen(was_answered=True)
        away = timedelta(seconds=self.node.seconds_without(attempt.trunk))
        return not lease.is_alone and away - longest > timedelta(seconds=lease.seconds)


def _next_chunk(campaign_id: str, clock: Clock, transaction: Transaction) -> int:
    """Freeze as many recipients as the time of one chunk allows; 0 when all are.

    0 too where another node leads: it goes on with it.
    """
    if not transaction.is_chief():
        return 0
    campaign = transaction.campaign(campaign_id)
    if campaign is None or campaign.planned:
        return 0
    now, until, made = clock.now(), clock.monotonic() + FREEZING, 0
    for _ in range(MOST_PIECES):
        piece = transaction.plan_chunk(campaign_id, now, PIECE)
        made += piece
        if not piece:
            _witness_frozen(transaction, campaign_id, now)
        if not piece or clock.monotonic() >= until:
            break
    return made


def _witness_frozen(transaction: Transaction, campaign_id: str, now: datetime) -> None:
    """Write into the audit how many homes there are to ring, now that all are known."""
    homes = transaction.frozen_homes(campaign_id)
    transaction.audit(lifecycle.US, "planned", campaign_id, now, homes)
