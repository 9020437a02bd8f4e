"""Facts in: every event of the telephone, and the healing of every gap."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from automaton.domain.attempt import LIVE_STATES, Attempt
from automaton.domain.events import CallEvent, LinkDown, LinkEvent, LinkUp, Lost
from automaton.engine.calls.recover import Gap, heal
from automaton.engine.node import Node
from automaton.errors import LineError
from automaton.ports import JournalledKey, LiveCall, Transaction

log = structlog.get_logger(__name__)

AGAIN_AFTER = 1.0
CHUNK = 500


@dataclass
class Listener:
    """Hands events to the node; adopts what an earlier life of it left behind."""

    node: Node
    end_the_needless: Callable[[], Awaitable[None]]
    _told: int = 0

    async def run(self) -> None:
        """Listen until the telephone has no more to say."""
        async for event in self.node.world.telephone.events():
            if isinstance(event, CallEvent):
                self.node.take(event)
            else:
                await self._link(event)

    async def adopt(self) -> None:
        """Follow the attempts that were claimed before this daemon was started."""
        name = self.node.settings.name

        def left_open(transaction: Transaction) -> list[Attempt]:
            attempts = transaction.open_attempts(name)
            for id_ in {attempt.campaign_id for attempt in attempts}:
                if (campaign := transaction.campaign(id_)) is not None:
                    self.node.agenda.campaigns[id_] = campaign
            return list(attempts)

        for attempt in await self.node.writer.run_at_last(left_open):
            self._adopt(attempt)
        await self.node.left.adopt()

    def _adopt(self, attempt: Attempt) -> None:
        campaign = self.node.agenda.campaigns[attempt.campaign_id]
        self.node.sessions.open(attempt, campaign.policy.longest_call)
        if attempt.state in LIVE_STATES and attempt.trunk is not None:
            self.node.lines.take(attempt.trunk, attempt.id)
        log.info("attempt adopted", attempt=attempt.id, state=attempt.state.value)

    async def _link(self, event: LinkEvent) -> None:
        self._told += 1
        if isinstance(event, LinkDown):
            self._lose(event)
        else:
            await self._heal(event, self._told)

    async def _heal_again(self, event: LinkUp, told: int) -> None:
        await asyncio.sleep(AGAIN_AFTER)
        if told == self._told:
            await self._heal(event, told)

    async def _news(self, journal: Sequence[JournalledKey]) -> list[JournalledKey]:
        """Return the keys that are not on record, of attempts that are ours.

        After a restore, also of attempts that the backup did not have yet. Which number
        such an attempt rang may stay unknown: its later keys are recalled as well.
        """
        known: dict[str, Attempt] = {}
        ids = sorted({entry.attempt_id for entry in journal})
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            found = await self.node.writer.run(partial(_attempts, chunk))
            known |= {attempt.id: attempt for attempt in found}
        now = self.node.world.clock.now()
        news = [
            e
            for e in journal
            if (one := known.get(e.attempt_id)) is None
            or not one.has_on_record(e.key, e.seq)
        ]
        ours = {attempt.id for attempt in known.values() if attempt.e164}
        strangers = [e for e in news if e.attempt_id not in ours]
        recalled: set[str] = set()
        for start in range(0, len(strangers), CHUNK):
            work = partial(_recall, strangers[start : start + CHUNK], now)
            recalled |= set(await self.node.writer.run(work))
        return [e for e in news if e.attempt_id in known or e.attempt_id in recalled]

    async def _withdraw_strangers(self, calls: Sequence[LiveCall]) -> None:
        """Take back what rings only now for an attempt that is long over.

        Such an order lay in an Asterisk that stood still; the home may be rung anew.
        """
        known = self.node.sessions.live
        ids = sorted(
            call.attempt_id
            for call in calls
            if call.attempt_id not in known and not call.is_up
        )
        for start in range(0, len(ids), CHUNK):
            work = partial(_attempts, ids[start : start + CHUNK])
            for attempt in await self.node.writer.run(work):
                if not attempt.is_open:
                    log.warning("a late call is withdrawn", attempt=attempt.id)
                    await self.node.world.telephone.hang_up(attempt.id)

    def _give_back_the_waiting(self, gap: Gap) -> None:
        """Let nobody be taken for lost whose order has not left: it waits here."""
        live = self.node.sessions.live.values()
        waiting = [one.attempt for one in live if one.waits]
        for attempt in filter(gap.concerns, waiting):
            self.node.give_back(attempt.id)

    def _hold_lines_of(self, calls: Sequence[LiveCall]) -> None:
        """Let every call that lives hold its line, whatever we know of it."""
        for call in calls:
            live = self.node.sessions.live.get(call.attempt_id)
            if live is None or live.attempt.trunk is None or live.settle_by is not None:
                continue  # it has ended meanwhile, or is none of ours
            self.node.lines.take(live.attempt.trunk, call.attempt_id)

    def _lose(self, event: LinkDown) -> None:
        """Dial no more by what is out of reach; the other trunks go on."""
        node = self.node
        node.lines.lose(event.trunks or ())
        for name in event.trunks or ():
            node.trunks_lost_at.setdefault(name, node.world.clock.boottime())
        node.link_is_up = event.trunks is not None and node.lines.reaches_any
        if not node.link_is_up:
            node.lines.let_all_go()
        if not node.link_is_up and node.link_lost_at is None:
            node.link_lost_at = node.world.clock.boottime()
        log.warning("out of reach", trunks=event.trunks, reason=event.reason)

    async def _heal(self, event: LinkUp, told: int) -> None:
        """Ask what the gap has swallowed; dial again only afterwards.

        Asterisk that does not answer in time is asked again, until the link falls.
        """
        telephone = self.node.world.telephone
        try:
            keys = await telephone.journalled_keys()
            self.node.journal.read(keys, self.node.world.clock.now())
            journal = await self._news(keys)
            live = await telephone.live_calls()
            self.node.callers.only({c.attempt_id: c.came_by for c in live if c.came_by})
            await self._withdraw_strangers(live)
            if self._reaches_all(event):
                await self.node.left.only({call.attempt_id for call in live})
        except LineError as error:
            log.warning("healing is tried again", error=str(error))
            self.node.spawn(self._heal_again(event, told), "heal again")
            return
        if told != self._told:
            return  # the link has fallen meanwhile: what was asked is old
        now = self.node.world.clock.now()
        gap = Gap(live, journal, event.restarted, now, event.trunks)
        self._give_back_the_waiting(gap)
        for fact in heal(self.node.sessions, gap):
            self.node.take(fact)
            if isinstance(fact, Lost):
                self.node.lines.release(fact.attempt_id)
        self._hold_lines_of(live)
        if self._reaches_all(event):
            self.node.free_lines_of_persons({call.attempt_id for call in live})
        self.node.lines.regain(event.trunks or ())
        for name in event.trunks or tuple(self.node.trunks):
            self.node.trunks_lost_at.pop(name, None)
        self.node.link_is_up, self.node.link_lost_at = True, None
        self.node.wake.set()
        log.info("in reach", trunks=event.trunks, restarted=event.restarted)
        await self.end_the_needless()

    def _reaches_all(self, event: LinkUp) -> bool:
        """Tell whether every trunk is in reach now: then all calls are known."""
        known = event.trunks or self.node.trunks.keys()
        return all(
            name in known or self.node.lines.reaches(name) for name in self.node.trunks
        )


def _recall(
    keys: Sequence[JournalledKey], now: datetime, transaction: Transaction
) -> Sequence[str]:
    return transaction.recall(keys, now)


def _attempts(ids: Sequence[str], transaction: Transaction) -> Sequence[Attempt]:
    return transaction.attempts(ids)
