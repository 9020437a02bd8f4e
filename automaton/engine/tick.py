"""Once a second: commands, campaigns by the hour, planning, and what is overdue."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from functools import partial

import structlog

from automaton.domain.campaign import FINAL_CAMPAIGN_STATES, Campaign, CampaignState
from automaton.domain.events import Lost
from automaton.engine import lifecycle
from automaton.engine.act import Effects
from automaton.engine.needless import Needless
from automaton.engine.node import Node
from automaton.engine.recover import is_past_saving
from automaton.errors import LineError
from automaton.ports import Transaction

log = structlog.get_logger(__name__)

PLAN_CHUNK = 100  # 19 ms of CPU on SQLite (250: 34): keys wait no longer
TOLD_FOR = timedelta(hours=2)  # as long as the end of an alert is told (insist.py)
EXTENSION = timedelta(seconds=10)


class Ticker:
    """Looks at all campaigns; one look at a time."""

    def __init__(self, node: Node, effects: Effects, needless: Needless) -> None:
        self.node, self.effects, self.needless = node, effects, needless
        self._one_at_a_time = asyncio.Lock()
        self._planning: dict[str, asyncio.Task[None]] = {}
        self._blocked_since: dict[str, float] = {}

    async def tick(self) -> None:
        """Carry out commands, move campaigns by the hour, end what is overdue."""
        async with self._one_at_a_time:
            for look in (
                self._turn,
                self._look_after_the_overdue,
                self.needless.look,
            ):
                try:
                    await look()
                except LineError as error:
                    self.node.in_doubt = True  # it may have been committed unheard
                    log.warning("a tick failed; the next tries again", why=str(error))
                except Exception as error:
                    log.exception("a tick failed; the next tries again", error=error)

    async def _turn(self) -> None:
        """One look at all campaigns: commands, hours, planning, alarms."""
        node = self.node
        now = node.world.clock.now()
        view = lifecycle.View(
            now,
            frozenset(live.attempt.campaign_id for live in node.sessions.live.values()),
            self._blocked(),
            node.safeguard.usable(),
            {id_: campaign.state for id_, campaign in node.agenda.campaigns.items()},
        )
        found = await node.writer.run(partial(lifecycle.turn, view=view))
        self._take_campaigns(found)
        for word in found.words:
            node.take(word)
        for campaign in found.moved:
            self._react(campaign)
        await self._count_the_day(now)
        for campaign in found.campaigns:
            if campaign.state is CampaignState.RUNNING and not campaign.planned:
                self._plan(campaign)
        node.watch.ceilings(node.dispatch.ceilings.reached, node.agenda.running)
        node.watch.silence(self._silent(now), now)
        node.wake.set()

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

    def _silent(self, now: datetime) -> list[Campaign]:
        """Return the campaigns that have calls due, may dial, and have none alive."""
        node = self.node
        due = {campaign.id for campaign in node.agenda.due_now(now)}
        return [
            campaign
            for campaign in node.agenda.running
            if campaign.id in due or node.watch.is_stranded(campaign.id, now)
            if self._should_dial(campaign)
        ]

    def _should_dial(self, campaign: Campaign) -> bool:
        now = self.node.world.clock.now()
        is_open = campaign.policy.hours.is_open(now)
        running = campaign.state is CampaignState.RUNNING
        if not running or not is_open or self.node.sessions.holds(campaign.id):
            return False
        names = campaign.policy.trunks or tuple(self.node.trunks)
        return not set(names) <= self.node.dispatch.ceilings.reached

    def _blocked(self) -> frozenset[str]:
        """Return the running campaigns whose trunks have all been broken too long."""
        node, seconds = self.node, self.node.world.clock.monotonic()
        usable, before = node.safeguard.usable(), self._blocked_since
        self._blocked_since = {
            campaign.id: before.get(campaign.id, seconds)
            for campaign in node.agenda.running
            if not lifecycle.has_way(campaign, usable)
        }
        stuck = node.settings.stuck.total_seconds()
        since = self._blocked_since.items()
        return frozenset(id_ for id_, at in since if seconds - at >= stuck)

    def _react(self, campaign: Campaign) -> None:
        """Follow a campaign's move: stop what only rings, close what is open, tell."""
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
        self.node.spawn(self._close(campaign), f"close {campaign.id}")

    async def close_what_is_left(self) -> None:
        """Close what ended before this daemon was started, tell what was not told."""
        node, since = self.node, self.node.world.clock.now() - TOLD_FOR
        for campaign in await node.writer.run_at_last(lambda t: t.unclosed()):
            node.spawn(self._close(campaign), f"close {campaign.id}")
        untold = partial(lifecycle.untold, since=since, trunks=tuple(node.trunks))
        for campaign in await node.writer.run_at_last(untold):
            node.watch.moved(campaign)

    async def _close(self, campaign: Campaign) -> None:
        """Give the recipients of an ended campaign their final state, in chunks.

        The audience is frozen to its end before, so that nobody is missing from the
        list of those not reached.
        """
        if campaign.state in lifecycle.FATE:
            self._plan(campaign)
            await asyncio.wait([self._planning[campaign.id]])
        work = partial(
            lifecycle.close_chunk, campaign=campaign, now=self.node.world.clock.now()
        )
        while await self.node.writer.run_at_last(work):
            pass

    def _plan(self, campaign: Campaign) -> None:
        if campaign.id not in self._planning:
            task = self.node.spawn(self._freeze(campaign), f"plan {campaign.id}")
            self._planning[campaign.id] = task

    async def _freeze(self, campaign: Campaign) -> None:
        """Freeze the audience in chunks; dialling begins with the first one.

        The pause after each leaves the writer to the beats at least half the time.
        """
        node = self.node
        try:
            while True:
                now, began = node.world.clock.now(), node.world.clock.monotonic()
                chunk = partial(_next_chunk, campaign.id, now)
                if not await node.writer.run_at_last(chunk):
                    return
                node.agenda.due[campaign.id] = now
                node.wake.set()
                await asyncio.sleep(node.world.clock.monotonic() - began)
        finally:
            self._planning.pop(campaign.id, None)

    async def _look_after_the_overdue(self) -> None:
        """End what is long over; what still lives is hung up and waited for."""
        node, now = self.node, self.node.world.clock.now()
        overdue = [
            live
            for live in node.sessions.overdue(now)
            if node.lines.reaches(live.attempt.trunk)
        ]
        if not overdue or not node.link_is_up:
            return
        calls = await node.world.telephone.live_calls()
        for live in overdue:
            if is_past_saving(live.attempt, calls):
                node.take(Lost(live.attempt.id, now))
            else:
                live.deadline = now + EXTENSION
                self.effects.end_overdue(live.attempt.id)


def _next_chunk(campaign_id: str, now: datetime, transaction: Transaction) -> int:
    return transaction.plan_chunk(campaign_id, now, PLAN_CHUNK)
