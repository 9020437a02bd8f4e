"""Once a day: a backup that is verified, then the journal's entries that it has.

Somebody on duty is told where the backup fails. An entry of the journal is deleted,
by its own name, once its key is committed and in a verified backup, or is old.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import structlog

from automaton.domain.alarm import Alarm, spoken
from automaton.engine.duty_call import Summons
from automaton.engine.node import Node
from automaton.errors import LineError
from automaton.ports import JournalledKey, Transaction

log = structlog.get_logger(__name__)

CHUNK = 500
A_MINUTE, PATIENCE = 60.0, 15  # seconds; minutes after the start
STRANGERS_KEPT = timedelta(days=30)  # duty calls, trunk tests, another database
# Seconds between two rounds of a duty list; after the last round it is left at that.
BETWEEN_ROUNDS = (60.0, 300.0, 900.0)


class Keeping:
    """The daily job of a node."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._one_at_a_time = asyncio.Lock()

    async def make_up(self) -> None:
        """Do the daily job soon after the start where its hour was missed, once.

        A backup keeps the disk and a processor busy: it lets campaigns that run end,
        or `PATIENCE` minutes go by.
        """
        for _ in range(PATIENCE):
            await self.node.world.pause(A_MINUTE)
            if not self.node.agenda.running:
                break
        try:
            async with self._one_at_a_time:
                if await self._was_missed():
                    log.warning("the hour of the daily backup was missed: made now")
                    await self._daily()
        except Exception as error:
            log.exception("the daily job was not made up", error=error)

    async def _was_missed(self) -> bool:
        """Tell whether the latest hour of the daily job has passed without it."""
        safe, settings = self.node.world.safe, self.node.settings
        if safe is None:
            return False
        now = self.node.world.clock.now().astimezone(ZoneInfo(settings.zone))
        hour = datetime.combine(now.date(), settings.daily_at, now.tzinfo)
        latest = hour if hour <= now else hour - timedelta(days=1)
        last_at = await asyncio.to_thread(safe.last_at)
        return last_at is None or last_at < latest

    async def daily(self) -> None:
        """Do what is done once a day; never twice at once."""
        async with self._one_at_a_time:
            await self._daily()

    async def _daily(self) -> None:
        """Make a backup, then forget the journalled keys that are safe without us.

        The keys are read first: what is pressed meanwhile is not among them, and what
        is committed already is in the backup, which begins later.
        """
        telephone = self.node.world.telephone
        try:
            journal = await telephone.journalled_keys()
            committed = await self._committed(journal)
        except LineError as error:
            log.warning("the journal is left as it is today", error=str(error))
            journal, committed = [], []
        is_safe = await self._backed_up()
        now = self.node.world.clock.now()
        known = {key.attempt_id for key, _ in committed}
        done = [k for k, is_done in committed if is_done]
        done = [k for k in done if is_safe or self._is_old(k, now)]
        strangers = [k for k in journal if k.attempt_id not in known]
        old = [k for k in strangers if now - k.at > STRANGERS_KEPT]
        await telephone.forget_keys([*done, *old])

    def _is_old(self, key: JournalledKey, now: datetime) -> bool:
        return now - key.at > self.node.settings.journal_kept

    async def _committed(
        self, journal: Sequence[JournalledKey]
    ) -> list[tuple[JournalledKey, bool]]:
        """Return the keys of attempts that are known, and whether each is settled."""
        ids = sorted({key.attempt_id for key in journal})
        settled: dict[str, int] = {}
        for start in range(0, len(ids), CHUNK):
            work = partial(_settled, ids[start : start + CHUNK])
            settled |= await self.node.writer.run(work)
        return [
            (key, settled[key.attempt_id] >= key.seq)
            for key in journal
            if key.attempt_id in settled
        ]

    async def _backed_up(self) -> bool:
        """Make a backup beside the loop; tell the duty lists where it fails."""
        safe = self.node.world.safe
        if safe is None:
            return False
        try:
            await asyncio.to_thread(safe.keep)
        except Exception as error:
            log.exception("no backup was made; the duty list is rung", error=error)
            await self._tell()
            return False
        log.info("a backup was made and verified")
        return True

    async def _tell(self) -> None:
        for whose in await self.node.writer.run_at_last(lambda t: t.collectivities()):
            self.node.spawn(self._ring(whose), f"backup alarm {whose}")

    async def _ring(self, collectivity_id: str) -> None:
        """Ring a duty list until somebody takes charge, a few times at most."""
        settings = self.node.settings
        text = spoken(Alarm.BACKUP_FAILED, settings.language, settings.installation)
        reason = Alarm.BACKUP_FAILED.value
        summons = Summons(collectivity_id, None, reason, text, settings.language)
        for seconds in (0.0, *BETWEEN_ROUNDS):
            if seconds:
                await self.node.world.pause(seconds)
            try:
                if await self.node.summoner.summon(summons):
                    return
            except LineError as error:
                log.warning("a round of the duty list failed", error=str(error))


def _settled(ids: Sequence[str], transaction: Transaction) -> dict[str, int]:
    """Return up to which key each attempt is on record; -1 while it is open."""
    found = transaction.attempts(ids)
    return {a.id: -1 if a.is_open else a.key_seq for a in found}
