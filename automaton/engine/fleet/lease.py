"""Our place in the fleet: a lease that is renewed, others that are watched, a chair.

A thread renews and looks; the loop only reads. A node alone has nobody to ask: it is
always certain, and always leads. All seconds are those that count a machine's sleep.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

import structlog

from automaton.clock import Clock, SharedClock
from automaton.domain.slices import Slice
from automaton.engine.fleet.slices import Slices
from automaton.errors import LineError, NodeLostError
from automaton.ports import USUAL_LEASE, DayShare, Fleet, NodeSeen, Standing

log = structlog.get_logger(__name__)

TURNS = 10  # in the time of a lease
FASTER = 1.01  # two machines' seconds differ by less
ORDERS = 3  # an order is too old after this part of a lease
SLOW = 4  # a renewal that takes this part of a lease met a database that stood still
SLEPT = "it slept for longer than its lease"
ALONE = ("", 0)


class Lease:
    """What this node knows of its fleet. `is_ready`: our telephone can be commanded.

    `wake` is called on the loop when our slices of what all share have changed, `news`
    where another node may have done what concerns us.
    """

    def __init__(
        self,
        fleet: Fleet | None,
        clock: Clock,
        is_ready: Callable[[], bool],
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._fleet, self._clock, self._is_ready = fleet, clock, is_ready
        self._observer = Observer()
        self._idle_since: float | None = None
        self._rested_at: float | None = None
        self._is_told = False
        self._stop, self._turn_now = threading.Event(), threading.Event()
        self._threads: list[threading.Thread] = []
        self.news: Callable[[], None] = lambda: None
        self._has_ended = asyncio.Event()
        self._wake = wake
        self._loop: asyncio.AbstractEventLoop | None = None
        self.seconds = (fleet.lease if fleet else USUAL_LEASE).total_seconds()
        self.life = (fleet.name, fleet.epoch) if fleet else ALONE
        self.slices = Slices(self.life)
        self.standing = Standing(clock.now(), chief=None if fleet else ALONE)
        self.valid_until = float("-inf") if fleet else float("inf")
        self.lost: NodeLostError | None = None

    @property
    def is_alone(self) -> bool:
        """Whether no other node writes where we do."""
        return self._fleet is None

    @property
    def is_valid(self) -> bool:
        """Whether nobody can have fenced us yet."""
        return self.lost is None and self._clock.boottime() <= self.valid_until

    @property
    def leads(self) -> bool:
        """Whether we are the chief, as far as we know; a transaction knows for sure."""
        return self.is_valid and self.has_chair

    @property
    def has_chair(self) -> bool:
        """Whether we were the chief when the database last answered."""
        return self.standing.chief == self.life

    def leave_by(self, began: float) -> float:
        """Return until when what was claimed since may leave."""
        return min(began + self.seconds / ORDERS, self.valid_until)

    async def begin(self) -> None:
        """Renew for the first time, then again and again on a thread of its own.

        A second time nothing happens. `LineError` where the database fails;
        `NodeLostError` where we are fenced.
        """
        if self._fleet is None or self._threads:
            return
        await asyncio.to_thread(self.turn)
        self._loop = loop = asyncio.get_running_loop()
        for work, name in ((self._turns, "lease"), (self._listen, "ears")):
            thread = threading.Thread(target=work, args=(loop,), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def hurry(self) -> None:
        """Renew now instead of at the next turn."""
        self._turn_now.set()

    async def until_lost(self) -> None:
        """Wait until this node is no longer one of its fleet."""
        await self._has_ended.wait()

    def lose(self, error: NodeLostError) -> None:
        """Note, on the loop, that nothing which we do counts any more."""
        if self.lost is None:
            log.error("this node ends: its calls are for others", why=str(error))
            self.lost = error
        self._has_ended.set()

    async def end(self, *, gracefully: bool) -> None:
        """Renew no more; `gracefully` give up what we hold, so that nobody waits."""
        self._stop.set()
        self._turn_now.set()
        for thread in self._threads:
            await asyncio.to_thread(thread.join)
        if self._fleet is None:
            return
        try:
            if gracefully and self.lost is None:
                await asyncio.to_thread(self._fleet.leave)
        except LineError as error:
            log.warning("the lease is left to run out", why=str(error))
        finally:
            self._fleet.close()

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        assert self._fleet is not None

        self._fleet.listen(lambda: _call(loop, self.news), self._stop)

    # What follows runs on the lease's own thread.

    def _turns(self, loop: asyncio.AbstractEventLoop) -> None:
        while not self._stop.is_set():
            self._turn_now.wait(self.seconds / TURNS)
            self._turn_now.clear()
            if self._stop.is_set():
                return
            try:
                self._one_turn()
            except Exception as error:  # noqa: BLE001 - a node without a lease ends
                lost = error if isinstance(error, NodeLostError) else _broken(error)
                _call(loop, partial(self.lose, lost))
                return

    def _one_turn(self) -> None:
        """Renew; where the database fails, nothing that was observed counts."""
        try:
            self.turn()
        except LineError as error:
            self._observer.forget()
            if not self._is_told:
                log.warning("the lease is not renewed", why=str(error))
            self._is_told = True
            self._rested_at = self._clock.boottime()

    def turn(self) -> None:
        """Renew once, look for the dead, and for an empty chair."""
        assert self._fleet is not None
        asked = self._clock.boottime()
        if self._rested_at is not None and asked - self._rested_at > self.seconds:
            raise NodeLostError(SLEPT)
        standing = self._fleet.beat(ready=self._is_ready())
        answered = self._clock.boottime()
        self.valid_until = asked + self.seconds
        if isinstance(self._clock, SharedClock):
            self._clock.follow(standing.now, asked, answered)
        if answered - asked > self.seconds / SLOW:
            self._observer.forget()  # others had to wait as well, maybe they still do
        self._is_told = False
        self.standing = standing
        for one in self._observer.silent(standing, answered):
            if one.life != self.life and self._fleet.fence(one):
                log.error("a node is dead", node=one.name, epoch=one.epoch)
        if self._may_lead(standing, answered) and self._fleet.take_chair():
            log.info("this node leads", node=self.life[0])
            self.standing = replace(standing, chief=self.life)
        try:
            self._share()
        except LineError as error:  # a slice that another holds says nothing of leases
            log.warning("slices are asked for again", why=str(error))
        self._rested_at = self._clock.boottime()

    def _share(self) -> None:
        """Ask for our slices; where the answer is lost, what we lowered stays low."""
        assert self._fleet is not None
        answer: Mapping[str, Sequence[Slice]] = {}
        if wishes := self.slices.asked():
            try:
                answer = self._fleet.share(wishes)
            finally:
                self.slices.answered(answer)
                self._tell_the_loop()
        shares: Mapping[str, DayShare] = {}
        if days := self.slices.days_asked():
            try:
                shares = self._fleet.spend(days)
            finally:
                self.slices.days_answered(shares)
                self._tell_the_loop()

    def _tell_the_loop(self) -> None:
        if self._loop is not None:
            _call(self._loop, self._wake)

    def _may_lead(self, standing: Standing, seconds: float) -> bool:
        """Tell whether the chair is empty, or its holder could long ring nobody."""
        chief = None if standing.chief is None else standing.seen(standing.chief)
        if chief is None or not chief.is_alive:
            return True
        is_idle = chief.life != self.life and not chief.ready and self._is_ready()
        if not is_idle:
            self._idle_since = None
            return False
        self._idle_since = seconds if self._idle_since is None else self._idle_since
        return seconds - self._idle_since >= self.seconds / 2


class Observer:
    """Which nodes we have seen stand still, by our own seconds alone."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, int], tuple[int, float]] = {}

    def silent(self, standing: Standing, seconds: float) -> list[NodeSeen]:
        """Return who lapsed, and has not renewed for a lease while we looked on."""
        before, self._seen = self._seen, {}
        found = []
        for one in standing.nodes:
            beats, since = before.get(one.life, (one.beats, seconds))
            since = since if beats == one.beats else seconds
            self._seen[one.life] = one.beats, since
            waited = seconds - since >= one.lease.total_seconds() * FASTER
            if one.is_alive and one.lapsed and waited:
                found.append(one)
        return found

    def forget(self) -> None:
        """Begin anew: what nobody could renew says nothing of who lives."""
        self._seen.clear()


def _call(loop: asyncio.AbstractEventLoop, what: Callable[[], None]) -> None:
    """Let the loop do something, if it still runs."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(what)


def _broken(error: Exception) -> NodeLostError:
    log.exception("the lease cannot be renewed", error=error)
    return NodeLostError("its lease cannot be renewed")
