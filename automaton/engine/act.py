"""Effects: what may leave for the telephone once its transaction is committed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Coroutine
from typing import Any

import structlog

from automaton.domain.attempt import Attempt
from automaton.domain.campaign import Campaign
from automaton.domain.events import Lost, OrderFailed, Withdrawn
from automaton.domain.recipient import RecipientState
from automaton.engine.announce import Announcer
from automaton.engine.beat import Beat, Written
from automaton.engine.dispatch import Intent, Taken, order_of
from automaton.engine.node import Node
from automaton.errors import LineError

log = structlog.get_logger(__name__)


class Effects:
    """Dials, thanks and hangs up; every order runs beside the loop."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.announcer = Announcer(node)

    def follow(self, work: Beat, written: Written) -> None:
        """Let effects follow what is durable now."""
        node, claimed = self.node, written.claimed
        for attempt_id, seq in work.harvest.keys:
            node.spawn(self._thank(attempt_id, seq), f"thank {attempt_id}")
        node.dispatch.started(claimed.taken, node.world.clock.monotonic())
        node.dispatch.ceilings.ended(work.harvest.changed)
        for taken in claimed.taken:
            self._dial(taken)
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

    def _note_what_is_left(self, intent: Intent, written: Written) -> None:
        """Forget what is due where a claim came back with less than it asked for."""
        claimed = written.claimed
        got = Counter(taken.attempt.campaign_id for taken in claimed.taken)
        got.update(claimed.withheld.values())
        got.update(attempt.campaign_id for attempt in claimed.undiallable)
        replanned = {c.next_try.campaign_id for c in written.changes if c.next_try}
        for want in intent.wants:
            short = got[want.campaign_id] < want.limit
            if short and want.campaign_id not in replanned:
                self.node.agenda.due[want.campaign_id] = None

    def _dial(self, taken: Taken) -> None:
        node = self.node
        campaign = node.agenda.campaigns[taken.attempt.campaign_id]
        node.sessions.open(taken.attempt, campaign.policy.longest_call)
        node.watch.call_left(campaign.id, node.world.clock.now())
        node.spawn(self._place(taken, campaign), f"place {taken.attempt.id}")

    def _give_up(self, attempt: Attempt) -> None:
        """End an attempt at a number that no trunk may dial; the next one follows."""
        campaign = self.node.agenda.campaigns[attempt.campaign_id]
        self.node.sessions.open(attempt, campaign.policy.longest_call)
        now = self.node.world.clock.now()
        log.warning("no trunk may dial a number", attempt=attempt.id)
        self.node.take(OrderFailed(attempt.id, now, no_channel=True))

    async def _place(self, taken: Taken, campaign: Campaign) -> None:
        """Send one order; whatever happens to it becomes a fact about the attempt."""
        attempt_id, seconds = taken.attempt.id, self.node.world.clock.monotonic
        self.node.dispatch.sent(attempt_id, taken.trunk, seconds())
        try:
            await self.node.world.telephone.place(order_of(taken, campaign))
        except Exception as error:  # noqa: BLE001 - whatever happens is a fact
            now = self.node.world.clock.now()
            log.warning("order failed", attempt=attempt_id, error=repr(error))
            if isinstance(error, LineError) and error.may_have_left:
                self.node.take(Lost(attempt_id, now))
            else:
                self.node.take(OrderFailed(attempt_id, now, no_channel=True))
        finally:
            self.node.dispatch.answered(attempt_id, taken.trunk.name, seconds())

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
        self.end_overdue(attempt_id)

    def end_overdue(self, attempt_id: str) -> None:
        """End a call that lasts too long, beside the loop."""
        work = self.node.world.telephone.hang_up(attempt_id)
        self.node.spawn(self._tried(work, attempt_id), f"hang up {attempt_id}")

    def wind_up(self, attempt_id: str) -> None:
        """Let an answered call end its sentence, beside the loop."""
        work = self.node.world.telephone.wind_up(attempt_id)
        self.node.spawn(self._tried(work, attempt_id), f"wind up {attempt_id}")

    async def _tried(self, work: Coroutine[Any, Any, None], attempt_id: str) -> None:
        """Wait for an order to a call; where it fails, `needless` sends it again."""
        try:
            await work
        except LineError as error:
            self.node.in_doubt = True
            log.warning("a call was not ended", attempt=attempt_id, error=str(error))
