"""A clock that jumps: what waits goes on waiting for as long as it had to before.

Comes in: the wall clock and the seconds that never jump. Goes out: deadlines and due
moments that follow. Hours, starts and ends of campaigns stay those of the wall clock.
So does the hour of the daily job; a leap forward, maybe over it, is told its keeper.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from automaton.domain.attempt import Attempt
from automaton.domain.campaign import ACTIVE_CAMPAIGN_STATES, Campaign
from automaton.engine.calls.settle import ClockLeap
from automaton.engine.node import Node
from automaton.engine.timetable import Timetable
from automaton.errors import LineError
from automaton.ports import Moved, Transaction

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
LEAP = timedelta(seconds=5)  # less is a clock that is put right, and may be waited for
CHUNK = 500
REMEMBERED = timedelta(days=2)  # longer than any retry waits
MOVED_WITHIN = 10.0  # seconds for who leads; so long the others claim nothing
MEANWHILE = timedelta(minutes=1)  # longer than a leap goes unnoticed, or is read for


@dataclass(frozen=True, slots=True)
class Owed:
    """A leap that is still to be written, and when the new clock may have planned.

    It may have between the leap and its reading. The latest moment that any clock has
    told is before that: set back, and put right, a clock tells the same moments again.
    `is_ours`: whether we led before it; who leads since cannot tell what has moved.
    """

    leap: ClockLeap
    latest: datetime
    is_ours: bool

    @property
    def planned_since(self) -> tuple[datetime, datetime]:
        """The moments after and until which the new clock planned what it planned."""
        noticed = self.leap.before + self.leap.by
        return max(self.latest + LEAP / 2, noticed - MEANWHILE), noticed + MEANWHILE


class ClockWatch:
    """Looks once a second, and before each beat, whether the wall clock has jumped."""

    def __init__(
        self, node: Node, timetable: Timetable, leapt_forward: Callable[[], None]
    ) -> None:
        self._node, self._timetable = node, timetable
        self._leapt_forward = leapt_forward
        self._clock = node.world.clock
        self._seen = self._clock.now(), self._clock.monotonic()
        self._owed: list[Owed] = []
        self._latest = self._seen[0]
        self._has_led = node.lease.has_chair
        self._moves: list[Moved] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._moved_by = float("-inf")
        self.forward: tuple[ClockLeap, ...] = ()

    @property
    def may_claim(self) -> bool:
        """Whether what waits has moved, as far as it is to move: by us, or others."""
        return self._clock.monotonic() >= self._moved_by

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Let everything follow a leap; one that cannot be written yet is kept."""
        try:
            await self.follow()
        except LineError as error:
            log.warning("due moments follow later", why=str(error))

    async def follow(self) -> None:
        """Let everything follow a leap; `LineError` where it cannot be written yet.

        No beat plans or claims by the new clock before that: what it wrote could not
        be told from what was planned by the old one.
        """
        self._notice()
        if not self._owed:
            return
        async with self._one_at_a_time:
            while self._owed:
                await self._write(self._owed[0])
                self._owed.pop(0)

    def _notice(self) -> None:
        now, seconds = self._clock.now(), self._clock.monotonic()
        (before, at), is_ours = self._seen, self._has_led
        self._seen, self._has_led = (now, seconds), self._node.lease.has_chair
        by = now - before - timedelta(seconds=seconds - at)
        if abs(by) < LEAP:
            return
        log.warning("the clock has jumped", seconds=round(by.total_seconds()))
        leap = ClockLeap(now - by, by)
        self._timetable.renew()
        self._node.sessions.shift(by, now)
        self._node.watch.shift(by)
        self._latest = max(self._latest, leap.before)
        self._owed.append(Owed(leap, self._latest, is_ours))
        if not is_ours:
            self._moved_by = seconds + MOVED_WITHIN
        recent = [one for one in self.forward if now - one.before < REMEMBERED]
        self.forward = tuple(recent)
        if by > timedelta():
            self.forward = (*recent, leap)
            self._leapt_forward()

    async def _write(self, owed: Owed) -> None:
        """Move what waits, a few at a time; each is told from where to where it moves.

        So nothing moves twice, though a commit that seemed to fail is made again. Of
        several nodes, which all go by one clock, the chief does it for all: whoever led
        before the leap, for as long as it leads.
        """
        if self._moves is None:
            self._moves = await self._read(owed) if owed.is_ours else []
        write = self._node.writer.run
        while self._moves:
            if not await write(partial(_move, self._moves[:CHUNK])):
                log.warning("another node leads: the rest does not follow the clock")
                break
            del self._moves[:CHUNK]
        due = await write(partial(_dues, list(self._node.agenda.due)))
        self._node.agenda.due.update(due)
        self._moves = None
        self._node.wake.set()

    async def _read(self, owed: Owed) -> list[Moved]:
        """Return what was planned by the old clock and is not due yet."""
        moves: list[Moved] = []
        run = self._node.writer.run
        for campaign in await run(lambda t: t.campaigns(ACTIVE_CAMPAIGN_STATES)):
            last: Attempt | None = None
            while chunk := await run(partial(_waiting, campaign.id, owed, last)):
                moves += _moves_of(chunk, campaign, owed.leap)
                last = chunk[-1]
        return moves


def _moves_of(
    waiting: Sequence[Attempt], campaign: Campaign, leap: ClockLeap
) -> list[Moved]:
    """Return where each goes; who waits for an opening of the hours stays with it."""
    hours = campaign.policy.hours
    return [
        Moved(attempt.id, attempt.due_at, attempt.due_at + leap.by)
        for attempt in waiting
        if not hours.opens_at(attempt.due_at)
    ]


def _waiting(
    campaign_id: str, owed: Owed, last: Attempt | None, transaction: Transaction
) -> Sequence[Attempt]:
    due_after = owed.leap.earlier if last is None else last.due_at
    after = due_after, "" if last is None else last.id
    return transaction.waiting(campaign_id, owed.planned_since, after, CHUNK)


def _move(moves: Sequence[Moved], transaction: Transaction) -> bool:
    if not transaction.is_chief():
        return False
    transaction.move_due(moves)
    return True


def _dues(
    campaigns: Sequence[str], transaction: Transaction
) -> dict[str, datetime | None]:
    return dict(transaction.next_dues(campaigns))
