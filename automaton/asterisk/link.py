"""The link to Asterisk: kept up, watched, and told as one ordered queue.

Actions go in through `send`, each with a deadline; what Asterisk says comes out of
`events` in the order of the wire, with `LinkUp` and `LinkDown` at their places. After
a break the link is made again with growing, jittered pauses; no action is ever sent
again.

The queue is bounded by the wire itself: above `Pace.most_unread` events nothing more
is read, so Asterisk holds the rest; if that lasts beyond its `writetimeout` it cuts us
off, which is told as `LinkDown`. No event is dropped in silence.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from automaton.asterisk.wire import ActionHeaders, Answer, Headers, Wire
from automaton.clock import Clock
from automaton.domain.events import CallEvent, LinkDown, LinkEvent, LinkUp
from automaton.errors import ConfigurationError, LineError, RequestError

MOST_UNANSWERED = 3
"""Pings in a row that may stay unanswered while other bytes still come."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """One account of manager.conf, and where it is asked for."""

    host: str
    port: int
    user: str
    secret: str = field(repr=False)
    hears_events: bool = True
    """False: `events` stays empty, and the link is up as soon as it is let in."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The link's deadlines and pauses."""

    answer: timedelta = timedelta(seconds=5)
    boot: timedelta = timedelta(seconds=30)
    heartbeat: timedelta = timedelta(seconds=5)
    first_pause: timedelta = timedelta(milliseconds=200)
    longest_pause: timedelta = timedelta(seconds=10)
    most_unread: int = 20_000


@dataclass(frozen=True, slots=True)
class AmiEvent:
    """One event as Asterisk told it, with the moment at which it came."""

    at: datetime
    headers: Headers


Told = AmiEvent | CallEvent | LinkEvent
Timed = Callable[[float], None]


def untimed(_: float) -> None:
    """Let nobody know how long an answer took."""


class Link:
    """One session with Asterisk's manager interface, made anew whenever it breaks."""

    def __init__(
        self,
        account: Account,
        clock: Clock,
        pace: Pace | None = None,
        jitter: Callable[[], float] = random.random,
        timed: Timed = untimed,
    ) -> None:
        self._timed = timed
        self._account = account
        self._clock = clock
        self._pace = pace or Pace()
        self._jitter = jitter
        self._queue: asyncio.Queue[Told | None] = asyncio.Queue()
        self._wire: Wire | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._booted: asyncio.Future[None] | None = None
        self._latest_boot_at: datetime | None = None
        self._is_paused = False

    @property
    def is_up(self) -> bool:
        """Whether an action would leave now."""
        return self._booted is not None and self._booted.done()

    async def open(self, within: timedelta = timedelta(seconds=30)) -> None:
        """Bring the link up and keep it up until `close`.

        Raises `ConfigurationError` where Asterisk refuses the account, `LineError`
        where the link is not up in time; it is closed then.
        """
        first_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._keeper = asyncio.create_task(self._keep(first_up), name="ami-link")
        self._keeper.add_done_callback(lambda _: self._queue.put_nowait(None))
        try:
            async with asyncio.timeout(within.total_seconds()):
                await first_up
        except TimeoutError as error:
            await self.close()
            raise LineError(
                f"No link to Asterisk at {self._place} within {within}",
                error_id="ami-unreachable",
            ) from error
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Drop the link for good; `events` ends after what was already heard."""
        if self._keeper is None:
            return
        keeper, self._keeper = self._keeper, None
        keeper.cancel()
        (ended,) = await asyncio.gather(keeper, return_exceptions=True)
        if isinstance(ended, Exception):
            raise ended

    @property
    def unsent(self) -> int:
        """How many bytes wait on our side for Asterisk to read."""
        return 0 if self._wire is None else self._wire.unsent

    async def send(
        self, action: ActionHeaders, deadline: timedelta | None = None
    ) -> Answer:
        """Send one action, once, and return the answer, also a refusal.

        Raises `RequestError` for a value that must not travel, `LineError` where the
        link is down, breaks or stays silent; `may_have_left` tells the two apart.
        """
        if self._wire is None or not self.is_up:
            raise LineError("The link to Asterisk is down", error_id="ami-down")
        return await self._ask(self._wire, action, deadline or self._pace.answer)

    async def _ask(
        self, wire: Wire, action: ActionHeaders, deadline: timedelta
    ) -> Answer:
        """Ask, and tell how long it took, also where no answer came."""
        asked = self._clock.monotonic()
        try:
            return await wire.ask(action, deadline)
        finally:
            self._timed(self._clock.monotonic() - asked)

    async def events(self) -> AsyncIterator[Told]:
        """Yield what was heard, in order, until the link is closed; for one reader."""
        while (item := await self._queue.get()) is not None:
            self._read_on()
            yield item

    def tell(self, event: CallEvent | LinkEvent) -> None:
        """Put a fact of our own behind what was heard so far."""
        if self._account.hears_events:
            self._queue.put_nowait(event)

    # The keeper: one task that connects, watches, and connects again.

    async def _keep(self, first_up: asyncio.Future[None]) -> None:
        pause = self._pace.first_pause
        while True:
            began = self._clock.monotonic()
            try:
                await self._session(first_up)
            except ConfigurationError as error:
                if not first_up.done():
                    first_up.set_exception(error)
                    return
                log.error("ami_refused", reason=str(error), next="trying again")
            except LineError as error:
                log.warning("ami_down", reason=str(error), next="trying again")
            held = timedelta(seconds=self._clock.monotonic() - began)
            if held > self._pace.longest_pause:
                pause = self._pace.first_pause
            await asyncio.sleep(pause.total_seconds() * (0.5 + self._jitter() / 2))
            pause = min(pause * 2, self._pace.longest_pause)

    async def _session(self, first_up: asyncio.Future[None]) -> None:
        """Live through one connection; always ends with an error."""
        wire = self._wire = Wire(self._hear)
        self._booted = asyncio.get_running_loop().create_future()
        self._is_paused = False
        wire.lost.add_done_callback(self._went_down)
        try:
            await wire.open(self._account.host, self._account.port, self._pace.answer)
            await self._login(wire)
            await self._await_boot(wire)
            if not first_up.done():
                first_up.set_result(None)
            await self._watch(wire)
        except LineError as error:
            wire.cut(str(error))
            raise
        finally:
            wire.cut("closed by us")
            self._went_down(wire.lost)

    async def _login(self, wire: Wire) -> None:
        account = self._account
        login = {
            "Action": "Login",
            "Username": account.user,
            "Secret": account.secret,
            "Events": "on" if account.hears_events else "off",
        }
        try:
            answer = await wire.ask(login, self._pace.answer)
        except RequestError as error:
            raise self._refused(str(error)) from error
        if not answer.is_success:
            raise self._refused(answer.reason)
        if not account.hears_events:
            self._came_up({})

    def _refused(self, reason: str) -> ConfigurationError:
        return ConfigurationError(
            f"Asterisk at {self._place} refuses the account [{self._account.user}]"
            f" ({reason}): make user and secret the same in the [asterisk] settings"
            " and in manager.conf",
            error_id="ami-refused",
        )

    async def _await_boot(self, wire: Wire) -> None:
        assert self._booted is not None
        waits: set[asyncio.Future[Any]] = {self._booted, wire.lost}
        timeout = self._pace.boot.total_seconds()
        await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        if wire.lost.done():
            raise LineError(wire.lost.result(), error_id="ami-lost")
        if not self._booted.done():
            raise LineError(
                "Asterisk did not say FullyBooted: it still starts, or the account"
                f" [{self._account.user}] lacks read = system in manager.conf",
                error_id="ami-not-booted",
            )

    async def _watch(self, wire: Wire) -> None:
        """Ping until the connection is gone or dead, then raise."""
        unanswered = 0
        while not wire.lost.done():
            timeout = self._pace.heartbeat.total_seconds()
            await asyncio.wait({wire.lost}, timeout=timeout)
            # while we do not read, silence is our own
            if not self._is_paused and not wire.lost.done():
                is_late = unanswered >= MOST_UNANSWERED
                unanswered = 0 if await self._pulse(wire, is_late) else unanswered + 1
        raise LineError(wire.lost.result(), error_id="ami-lost")

    async def _pulse(self, wire: Wire, is_late: bool) -> bool:
        """Whether a Ping was answered; raise where nothing at all came back.

        Behind a flood of events the answer may come late: any byte is a sign of life.
        """
        before = wire.received
        try:
            await self._ask(wire, {"Action": "Ping"}, self._pace.answer)
        except LineError:
            if not self._is_paused and (is_late or wire.received == before):
                raise
            return False
        return True

    # What the wire calls: these only enqueue.

    def _hear(self, headers: Headers) -> None:
        if headers.get("event") == "FullyBooted":
            self._came_up(headers)
        else:
            self._queue.put_nowait(AmiEvent(self._clock.now(), headers))
        if not self._is_paused and self._queue.qsize() >= self._pace.most_unread:
            self._is_paused = True
            log.error("events_unread", count=self._queue.qsize(), next="reading paused")
            assert self._wire is not None
            self._wire.pause()

    def _read_on(self) -> None:
        if self._is_paused and self._queue.qsize() <= self._pace.most_unread // 2:
            self._is_paused = False
            assert self._wire is not None
            self._wire.resume()

    def _came_up(self, headers: Headers) -> None:
        if self._booted is None or self._booted.done():
            return
        self._booted.set_result(None)
        now = self._clock.now()
        restarted = self._has_restarted(headers.get("uptime", ""))
        log.info("ami_up", place=self._place, restarted=restarted)
        self.tell(LinkUp(now, restarted))

    def _has_restarted(self, uptime: str) -> bool:
        """Whether Asterisk certainly started after the start that we knew of.

        `Uptime` is in whole seconds, rounded down: the start lies in a window of one.
        Asterisk reckons it by this machine's clock; by any other a jump of one of the
        two would look like a new start, and calls that may still ring like ended ones.
        """
        if not uptime.isascii() or not uptime.isdigit():
            return False
        before, self._latest_boot_at = (
            self._latest_boot_at,
            self._clock.wall() - timedelta(seconds=int(uptime)),
        )
        earliest = self._latest_boot_at - timedelta(seconds=1)
        return before is not None and earliest > before

    def _went_down(self, lost: asyncio.Future[str]) -> None:
        if self._wire is None or self._wire.lost is not lost:
            return
        was_up, self._wire, self._booted = self.is_up, None, None
        if was_up:
            self.tell(LinkDown(self._clock.now(), lost.result()))

    @property
    def _place(self) -> str:
        return f"{self._account.host}:{self._account.port}"
