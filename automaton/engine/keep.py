"""Once a day: a backup that is verified, then the journal's entries that it has.

Somebody on duty is told where the backup fails. An entry of the journal is deleted,
by its own name, once its key is committed and in a verified backup, or is old.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from automaton.domain import failing
from automaton.domain.attempt import Attempt
from automaton.engine.duty.tell import Teller
from automaton.engine.node import Node
from automaton.errors import LineError
from automaton.ports import JournalledKey, Safe, Transaction

log = structlog.get_logger(__name__)

CHUNK = 500
A_MINUTE, PATIENCE = 60.0, 15  # seconds; minutes after the start or a leap
STRANGERS_KEPT = timedelta(days=30)  # duty calls, trunk tests, another database

SHARES_KEPT = timedelta(days=1)  # no call lasts so long


class Keeping:
    """The daily job of a node; of several, the chief alone makes the backup."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._one_at_a_time = asyncio.Lock()
        self._teller = Teller(node)
        self._again = asyncio.Event()

    async def run(self) -> None:
        """Make up for an hour missed before the start, in a leap or by a dead chief."""
        while True:
            self._again.clear()
            await self.make_up()
            await self._again.wait()

    def look_again(self) -> None:
        """Look soon whether the hour was missed: the clock leapt, or we lead now."""
        self._again.set()

    async def make_up(self) -> None:
        """Do the daily job in a minute where its hour was missed, once.

        A backup keeps the disk and a processor busy: it lets campaigns that run end,
        or `PATIENCE` minutes go by. A place that fails is made up for once a day.
        """
        safe = self.node.world.safe
        for _ in range(PATIENCE):
            await self.node.world.pause(A_MINUTE)
            if not self.node.agenda.running:
                break
        try:
            async with self._one_at_a_time:
                if safe is not None and self.node.lease.leads:
                    await self._make_up(safe)
        except Exception as error:
            log.exception("the daily job was not made up", error=error)

    async def _make_up(self, safe: Safe) -> None:
        """Do the job where a place waits for it; else tell who was not told yet."""
        known, today = await self._teller.known(safe), self._teller.today
        missed = failing.missed(await asyncio.to_thread(safe.last_at), today)
        if missed - failing.made_up(known, today):
            log.warning("the hour of the daily backup was missed: made now")
            await self._daily(is_made_up=True)
        elif missed:
            log.error("no backup is made up again today", places=sorted(missed))
            await self._teller.tell(safe, known)

    async def daily(self) -> None:
        """Do what is done once a day; never twice at once."""
        async with self._one_at_a_time:
            await self._daily()

    async def _daily(self, *, is_made_up: bool = False) -> None:
        """Make a backup, then forget the journalled keys that are safe without us.

        The keys are read first: what is pressed meanwhile is not among them, and what
        is committed already is in the backup, which begins later.
        """
        telephone = self.node.world.telephone
        try:
            journal = await telephone.journalled_keys()
            self.node.journal.read(journal, self.node.world.clock.now())
            committed = await self._committed(journal)
        except LineError as error:
            log.warning("the journal is left as it is today", error=str(error))
            journal, committed = [], []
        await self._forget_shares()
        is_safe = await self._backed_up(is_made_up)
        now = self.node.world.clock.now()
        known = {key.attempt_id for key, _ in committed}
        done = [k for k, is_done in committed if is_done]
        done = [k for k in done if is_safe or self._is_old(k, now)]
        strangers = [k for k in journal if k.attempt_id not in known]
        old = [k for k in strangers if now - k.at > STRANGERS_KEPT]
        gone = {*done, *old}
        await telephone.forget_keys(gone)
        if gone:
            self.node.journal.shrink(len(gone), set(journal) - gone)

    async def _forget_shares(self) -> None:
        """Forget what nodes shared of campaigns that ended a while ago."""
        before = self.node.world.clock.now() - SHARES_KEPT

        def forget(transaction: Transaction) -> None:
            if transaction.is_chief():
                transaction.forget_shares(before)

        if self.node.lease.is_alone:
            return
        try:
            await self.node.writer.run(forget)
        except LineError as error:
            log.warning("shares of ended campaigns are kept a day", why=str(error))

    def _is_old(self, key: JournalledKey, now: datetime) -> bool:
        return now - key.at > self.node.settings.journal_kept

    async def _committed(
        self, journal: Sequence[JournalledKey]
    ) -> list[tuple[JournalledKey, bool]]:
        """Return the keys of attempts that are known, and whether each is settled."""
        ids = sorted({key.attempt_id for key in journal})
        found: dict[str, Attempt] = {}
        for start in range(0, len(ids), CHUNK):
            work = partial(_attempts, ids[start : start + CHUNK])
            found |= await self.node.writer.run(work)
        return [
            (key, not one.is_open and one.has_on_record(key.key, key.seq))
            for key in journal
            if (one := found.get(key.attempt_id)) is not None
        ]

    async def _backed_up(self, is_made_up: bool) -> bool:
        """Make a backup beside the loop; tell the duty lists where it fails."""
        safe = self.node.world.safe
        if safe is None or not self.node.lease.leads:
            return False
        try:
            faults = await asyncio.to_thread(safe.keep)
        except Exception as error:
            log.exception("no backup was made; the duty list is told", error=error)
            faults = {failing.NO_PLACE: str(error).partition("\n")[0]}
        else:
            for place, fault in faults.items():
                log.error("a backup's place failed", place=place, error=fault)
        await self._teller.note(safe, faults, is_made_up=is_made_up)
        if not faults:
            log.info("a backup was made and verified")
        return not faults


def _attempts(ids: Sequence[str], transaction: Transaction) -> dict[str, Attempt]:
    return {attempt.id: attempt for attempt in transaction.attempts(ids)}
