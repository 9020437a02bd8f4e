"""Those on duty are told that a backup failed: once a day for a fault of a place.

What was told is kept over restarts, and only once a list was rung through and one of
its telephones rang (or the network answered for it): what nobody heard, and what a
daemon that dies was telling, is told anew after the next start or failed backup.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

import structlog

from automaton.domain import failing
from automaton.domain.alarm import Alarm, spoken
from automaton.domain.failing import Known, Today
from automaton.engine.duty.duty_call import Summons
from automaton.engine.duty.summon import Rung
from automaton.engine.node import Node
from automaton.errors import LineError
from automaton.ports import Safe

log = structlog.get_logger(__name__)

# Seconds between two rounds of a duty list; after the last round it is left at that.
BETWEEN_ROUNDS = (60.0, 300.0, 900.0)

Faults = frozenset[tuple[str, str]]  # a place, and what is wrong with it


class Teller:
    """What is known of places that fail, and who has been told of it."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._one_at_a_time = asyncio.Lock()
        self._under_way: set[tuple[str, tuple[str, str]]] = set()

    @property
    def today(self) -> Today:
        """The day that it is for backups, in the node's zone."""
        settings = self.node.settings
        now = self.node.world.clock.now().astimezone(ZoneInfo(settings.zone))
        return Today(now, settings.daily_at)

    async def known(self, safe: Safe) -> Known:
        """Return which places have failed; none where that cannot be read."""
        try:
            return await asyncio.to_thread(safe.failing)
        except Exception as error:
            log.exception("what has failed so far cannot be read", error=error)
            return {}

    async def note(
        self, safe: Safe, faults: Mapping[str, str], *, is_made_up: bool
    ) -> None:
        """Take down how a backup went, and tell who has not been told of it today."""
        now = self.node.world.clock.now()
        known = await self._change(
            safe, lambda old: failing.after(old, faults, now, is_made_up=is_made_up)
        )
        await self.tell(safe, known)

    async def tell(self, safe: Safe, known: Known) -> None:
        """Ring each list that was not told today of a fault of these."""
        if not known:
            return
        for whose in await self.node.writer.run_at_last(lambda t: t.collectivities()):
            new = failing.untold(known, whose, self.today)
            faults = frozenset((place, one.fault) for place, one in new.items())
            faults -= {fault for who, fault in self._under_way if who == whose}
            if faults:
                self._under_way |= {(whose, fault) for fault in faults}
                ringing = self._ring(safe, whose, faults)
                self.node.spawn(ringing, f"backup alarm {whose}")

    async def _ring(self, safe: Safe, whose: str, faults: Faults) -> None:
        """Ring a duty list until somebody takes charge, a few times at most."""
        now = self.node.world.clock.now()
        is_told = False
        try:
            for seconds in (0.0, *BETWEEN_ROUNDS):
                if seconds:
                    await self.node.world.pause(seconds)
                rung = await self._rung_through(whose)
                if rung is not Rung.SILENT and not is_told:
                    is_told = True
                    await self._change(
                        safe, lambda old: failing.told(old, faults, whose, now)
                    )
                if rung is Rung.TAKEN:
                    return
        finally:
            self._under_way -= {(whose, fault) for fault in faults}

    async def _rung_through(self, whose: str) -> Rung:
        """Ring a list once through; after a fault nobody is taken for told."""
        settings = self.node.settings
        text = spoken(Alarm.BACKUP_FAILED, settings.language, settings.installation)
        reason = Alarm.BACKUP_FAILED.value
        summons = Summons(whose, None, reason, text, settings.language)
        try:
            return await self.node.summoner.summon(summons)
        except LineError as error:
            log.warning("a round of the duty list failed", error=str(error))
            return Rung.SILENT

    async def _change(self, safe: Safe, change: Callable[[Known], Known]) -> Known:
        """Change what is known, and keep it; one that cannot be kept is told again."""
        async with self._one_at_a_time:
            known = change(await self.known(safe))
            try:
                await asyncio.to_thread(safe.note_failing, known)
            except Exception as error:
                log.exception("what fails is not kept over a restart", error=error)
            return known
