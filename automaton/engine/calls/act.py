"""Effects: what may leave for the telephone once its transaction is committed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from automaton.domain.attempt import Attempt, AttemptState
from automaton.domain.campaign import URGENCY, CampaignClass
from automaton.domain.events import Lost, OrderFailed, Withdrawn
from automaton.domain.recipient import RecipientState
from automaton.engine.beat import Beat, Written
from automaton.engine.calls.count import figures_of, tell_calls
from automaton.engine.calls.session import Live
from automaton.engine.duty.announce import Announcer
from automaton.engine.lines.claim import Claimed, Intent, Taken, order_of, person_of
from automaton.engine.lines.dispatch import NOBODY
from automaton.engine.node import Node
from automaton.errors import LineError
from automaton.ports import ORDER_KEPT, CallOrder

log = structlog.get_logger(__name__)

WAITED_FOR_A_LINE = 2.0  # seconds that a claim ahead of its line may last


class Effects:
    """Dials, thanks and hangs up; every order runs beside the loop."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.announcer = Announcer(node)

    def follow(self, work: Beat, written: Written) -> None:
        """Let effects follow what is durable now."""
        node, claimed = self.node, written.claimed
        node.journal.grow(node.sessions.recorded(work.harvest))
        node.world.gauges.beat(figures_of(work, written))
        tell_calls(work, written)
        for attempt_id, seq in work.harvest.keys:
            thanks = self._thank(attempt_id, seq)
            node.spawn(thanks, f"thank {attempt_id}", attempt_id)
        seconds = node.world.clock.monotonic()
        node.dispatch.started(claimed.taken, seconds)
        self._note_astray(claimed, seconds)
        node.dispatch.ceilings.ended(work.harvest.changed)
        for campaign_id, told in claimed.parked.items():
            node.safeguard.exchanges.parked(campaign_id, told)
        for taken in claimed.taken:
            self._dial(taken, written.leave_by)
        for attempt in claimed.undiallable:
            self._give_up(attempt)
        node.watch.note_stranded(claimed.stranded, node.world.clock.now())
        node.agenda.plan(c.next_try for c in written.changes if c.next_try is not None)
        self._note_what_is_left(work.intent, written)
        acknowledged = {
            c.recipient_id
            for c in written.changes
            if c.state is RecipientState.ACKNOWLEDGED
        }
        for attempt in list(node.sessions.of_recipients(acknowledged)):
            self.end(attempt)
        for condition in work.conditions:
            self.announcer.note(condition)

    def _note_astray(self, claimed: Claimed, seconds: float) -> None:
        """Note for which homes of alerts no line of the right trunk was free."""
        campaigns, astray = self.node.agenda.campaigns, self.node.dispatch.astray
        for id_, found in claimed.went_back.items():
            if campaigns[id_].campaign_class is CampaignClass.ALERT:
                astray.went_back(id_, found, seconds)

    def _note_what_is_left(self, intent: Intent, written: Written) -> None:
        """Forget what is due where a claim came back with less than it asked for.

        Not where others had taken the lines before: nobody knows yet what is due. Where
        a slow exchange was concerned, the database has told what is due next.
        """
        agenda, claimed = self.node.agenda, written.claimed
        got = Counter(taken.attempt.campaign_id for taken in claimed.taken)
        got.update(claimed.withheld.values())
        got.update(attempt.campaign_id for attempt in claimed.undiallable)
        replanned = {c.next_try.campaign_id for c in written.changes if c.next_try}
        for want in intent.wants:
            id_ = want.campaign_id
            turned_away = sum(claimed.parked.get(id_, NOBODY).values())
            agenda.more_wait(id_, -got[id_] - turned_away)
            if id_ in claimed.short and id_ not in replanned:
                agenda.none_left(id_)
                agenda.due[id_] = self._due_again(id_, claimed)

    def _due_again(self, campaign_id: str, claimed: Claimed) -> datetime | None:
        """Return when a campaign is worth a claim again that came back with less.

        Whom no slow exchange had room for is not asked for before one has.
        """
        due, parked = claimed.due.get(campaign_id), claimed.parked.get(campaign_id)
        clock = self.node.world.clock
        if due is None or not parked or due <= clock.now():
            return due
        wait = self.node.safeguard.exchanges.wait(parked, clock.monotonic())
        return max(due, clock.now() + timedelta(seconds=wait))

    def _dial(self, taken: Taken, leave_by: float | None) -> None:
        node, id_ = self.node, taken.attempt.id
        campaign = node.agenda.campaigns[taken.attempt.campaign_id]
        longest = campaign.policy.longest_call
        live = node.sessions.open(taken.attempt, longest, waits=True)
        usable = [n for n in node.safeguard.usable() if node.lines.reaches(n)]
        person = person_of(campaign, node.trunks.values(), usable)
        order = node.prompts.playable(order_of(taken, campaign, person))
        order = replace(order, leave_by=leave_by)
        line = None
        if not node.lines.holds(id_):
            urgency = URGENCY[campaign.campaign_class]
            line = node.lines.wait(taken.trunk.name, id_, urgency)
        node.spawn(self._place(taken, live, order, line), f"place {id_}", id_)

    def _give_up(self, attempt: Attempt) -> None:
        """End an attempt at a number that no trunk may dial; the next one follows."""
        campaign = self.node.agenda.campaigns[attempt.campaign_id]
        self.node.sessions.open(attempt, campaign.policy.longest_call)
        now = self.node.world.clock.now()
        log.warning("no trunk may dial a number", attempt=attempt.id)
        self.node.take(OrderFailed(attempt.id, now, no_channel=True))

    async def _place(
        self,
        taken: Taken,
        live: Live,
        order: CallOrder,
        line: asyncio.Future[bool] | None,
    ) -> None:
        """Let one order leave when its line and its turn have come.

        One that is too old by then, or was taken back meanwhile, never leaves: its
        attempt goes back unspent.
        """
        attempt_id, seconds = taken.attempt.id, self.node.world.clock.monotonic
        if order.parts:
            boottime = self.node.world.clock.boottime()
            recipient = taken.claim.recipient
            order = await self.node.prompts.addressed(order, recipient, boottime)
        if line is not None and not await self._has_come(line, live):
            return
        if (delay := self.node.dispatch.delay(taken.trunk.name, seconds())) > 0:
            await self.node.world.spread(delay)
        if self._was_taken_back(live):  # also before its first step: a gap was healed
            return
        if order.is_too_old(self.node.world.clock.boottime()):
            self.node.give_back(attempt_id)  # whatever channel: not all of them look
            return
        live.waits = False
        await self._send(taken, order)

    async def _send(self, taken: Taken, order: CallOrder) -> None:
        """Send an order; whatever happens to it becomes a fact about the attempt."""
        attempt_id, seconds = taken.attempt.id, self.node.world.clock.monotonic
        self.node.dispatch.sent(attempt_id, taken.trunk, seconds())
        try:
            await self.node.world.telephone.place(order)
        except Exception as error:  # noqa: BLE001 - whatever happens is a fact
            now = self.node.world.clock.now()
            log.warning("order failed", attempt=attempt_id, error=repr(error))
            if isinstance(error, LineError) and error.error_id in ORDER_KEPT:
                self.node.give_back(attempt_id)
            elif isinstance(error, LineError) and error.may_have_left:
                self.node.take(Lost(attempt_id, now))
            else:
                self.node.take(OrderFailed(attempt_id, now, no_channel=True))
        else:
            self.node.watch.call_left(order.campaign_id, self.node.world.clock.now())
        finally:
            self.node.dispatch.answered(attempt_id, taken.trunk.name, seconds())

    async def _has_come(self, line: asyncio.Future[bool], live: Live) -> bool:
        """Wait for a line; False, and back unspent, where none falls free soon."""
        with suppress(TimeoutError):
            async with asyncio.timeout(WAITED_FOR_A_LINE):
                await line
        if self._was_taken_back(live):
            return False
        attempt_id = live.attempt.id
        if self.node.lines.holds(attempt_id) and self._may_still_leave(live.attempt):
            return True
        self.node.give_back(attempt_id)
        return False

    def _may_still_leave(self, attempt: Attempt) -> bool:
        """Tell whether calls may begin: much may be decided while one waits."""
        node = self.node
        campaign = node.agenda.campaigns[attempt.campaign_id]
        may_dial = node.dispatch.may_dial(campaign, node.world.clock.now())
        seconds = node.world.clock.monotonic()
        is_sound = node.safeguard.may_leave(attempt.id, attempt.trunk or "", seconds)
        return may_dial and is_sound and node.dialling and node.lease.is_valid

    def _was_taken_back(self, live: Live) -> bool:
        """Tell whether an order need not leave any more; its attempt goes back unspent.

        Who is done with ends as cancelled then, and has not been claimed for it. Where
        the attempt was claimed anew meanwhile, that is another order's business.
        """
        attempt_id = live.attempt.id
        if self.node.sessions.live.get(attempt_id) is not live:
            return True
        if not live.attempt.withdrawn:
            return live.attempt.state is not AttemptState.CLAIMED
        if live.attempt.proof is None:
            self.node.give_back(attempt_id)
        else:  # what a person said meanwhile is not on record yet
            now = self.node.world.clock.now()
            self.node.take(OrderFailed(attempt_id, now, no_channel=True))
        return True

    async def _thank(self, attempt_id: str, seq: int) -> None:
        """Let the dialplan thank; where that fails the journal alone counts."""
        try:
            await self.node.world.telephone.confirm_key(attempt_id, seq)
        except LineError as error:
            log.info("key not thanked in time", attempt=attempt_id, error=str(error))

    def end(self, attempt: Attempt) -> None:
        """End the call of somebody who is done with; who pressed a key ends it."""
        if attempt.answered_at is None:
            self.hang_up(attempt.id)
        elif not attempt.keys:
            self.wind_up(attempt.id)

    def hang_up(self, attempt_id: str) -> None:
        """Take a call back that nobody has answered, beside the loop."""
        self.node.take(Withdrawn(attempt_id, self.node.world.clock.now()))
        if not self.node.lines.let_go(attempt_id):
            self.end_overdue(attempt_id)

    async def withdraw_all(self) -> None:
        """Take every call back that nobody has answered, and wait for it."""
        live = [one.attempt for one in self.node.sessions.live.values()]
        ids = [attempt.id for attempt in live if attempt.answered_at is None]
        hang_up = self.node.world.telephone.hang_up
        ids += self.node.summoner.unanswered()
        works = [self._tried(hang_up(id_), id_) for id_ in ids]
        await asyncio.gather(*works, return_exceptions=True)

    def end_overdue(self, attempt_id: str) -> None:
        """End a call that lasts too long, beside the loop."""
        work = self.node.world.telephone.hang_up(attempt_id)
        order = self._tried(work, attempt_id)
        self.node.spawn(order, f"hang up {attempt_id}", attempt_id)

    def wind_up(self, attempt_id: str) -> None:
        """Let an answered call end its sentence, beside the loop."""
        work = self.node.world.telephone.wind_up(attempt_id)
        order = self._tried(work, attempt_id)
        self.node.spawn(order, f"wind up {attempt_id}", attempt_id)

    async def _tried(self, work: Coroutine[Any, Any, None], attempt_id: str) -> None:
        """Wait for an order to a call; where it fails, `needless` sends it again."""
        try:
            await work
        except LineError as error:
            self.node.in_doubt = True
            log.warning("a call was not ended", attempt=attempt_id, error=str(error))
