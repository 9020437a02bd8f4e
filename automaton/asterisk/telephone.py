"""The telephone port on a real Asterisk: orders in, facts out, in the order they came.

Asterisk takes an attempt's id wherever it takes a channel's name (it looks a Uniqueid
up too), so no channel name is ever kept here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from automaton.asterisk.endpoint import trunk_of
from automaton.asterisk.folder import Access
from automaton.asterisk.journal import Journal
from automaton.asterisk.link import Account, AmiEvent, Link, Pace, Timed, untimed
from automaton.asterisk.originate import originate
from automaton.asterisk.translate import translate
from automaton.asterisk.whispers import Whispers
from automaton.asterisk.wire import Answer
from automaton.clock import Clock
from automaton.domain.events import (
    CallEvent,
    HungUp,
    LinkDown,
    LinkEvent,
    LinkUp,
    OrderFailed,
)
from automaton.errors import LineError
from automaton.ports import CHOKED, TOO_OLD, CallOrder, JournalledKey, LiveCall

# On an overloaded machine a Hangup came over 3 s after the failed order (seen).
HANGUP_GRACE = timedelta(seconds=8)
"""How long a failed order's Hangup may be behind its OriginateResponse."""
MOST_UNANSWERED_ORDERS = 16  # an answer takes milliseconds
MOST_UNSENT = 32 * 1024  # bytes: more than the orders and the keys of one turn are
UNBORN_PAUSE = timedelta(milliseconds=200)
UNBORN_TRIES = 5
DRAIN_SECONDS = 0.1
REFUSED = 480
"""From this SIP code on a network may say when to come back."""
UP, RINGING = "6", "5"
INCOMING = frozenset({"automaton-answer", "automaton-alone"})
"""Contexts in which nobody is whom we have called."""
RUNG_BY_DIAL = "AppDial"
NORMAL_CLEARING = "16"
"""Q.850; without it an answered call that we end is told with cause 0."""

log = structlog.get_logger(__name__)


class AsteriskTelephone:
    """One Asterisk behind the `Telephone` port; `open` before, `close` after."""

    def __init__(
        self,
        link: Link,
        maintenance: Link,
        clock: Clock,
        hangup_grace: timedelta = HANGUP_GRACE,
        whispers: Whispers | None = None,
    ) -> None:
        self._link = link
        self._maintenance = maintenance
        self._journal = Journal(link, maintenance)
        self._clock = clock
        self._grace = hangup_grace
        self._whispers = whispers
        self._draining: asyncio.Task[None] | None = None
        self._under_way = asyncio.Semaphore(MOST_UNANSWERED_ORDERS)
        self._ordered: dict[str, str] = {}
        self._unended: set[str] = set()
        self._doubt: asyncio.Task[None] | None = None

    @property
    def is_up(self) -> bool:
        """Whether an order would leave now."""
        return self._link.is_up

    async def open(self, within: timedelta = timedelta(seconds=30)) -> None:
        """Bring both links up; errors as of `Link.open`."""
        await self._link.open(within)
        try:
            await self._maintenance.open(within)
        except BaseException:
            await self._link.close()
            raise
        if self._whispers is not None:
            self._whispers.open()
            self._draining = asyncio.create_task(_drain(self._whispers), name="drain")

    async def close(self) -> None:
        """Close both links; calls go on without us, and `events` ends."""
        self._stop_doubting()
        if self._whispers is not None and self._draining is not None:
            self._draining.cancel()
            self._whispers.close()
        await self._maintenance.close()
        await self._link.close()

    async def place(self, order: CallOrder) -> None:
        """Send one order, once.

        Raises `RequestError` for an order that must not travel and `LineError` where
        it failed; only with `may_have_left` may the telephone ring nevertheless. A few
        at a time: so few that an Asterisk which stands still could dial when it wakes.
        """
        action = originate(order)
        async with self._under_way:
            self._refuse_the_late(order)
            self._ordered[order.attempt_id] = order.dialled
            try:
                _accepted(await self._link.send(action), "the order of a call")
            except LineError as error:
                if not error.may_have_left:
                    self._ordered.pop(order.attempt_id, None)
                raise

    def _refuse_the_late(self, order: CallOrder) -> None:
        """Raise `LineError` for an order that must not leave any more, or not now.

        From here until its bytes are written nothing waits: what is asked here holds
        at the moment at which it leaves.
        """
        if order.is_too_old(self._clock.boottime()):
            raise LineError("The order waited too long to leave", error_id=TOO_OLD)
        if self._link.unsent > MOST_UNSENT:
            raise LineError("Asterisk does not take orders now", error_id=CHOKED)

    async def hang_up(self, attempt_id: str) -> None:
        """End the call of an attempt; nothing happens where there is none.

        An order that was accepted a moment ago may not have its channel yet: then it
        is asked again, a few times.
        """
        action = {"Action": "Hangup", "Channel": attempt_id, "Cause": NORMAL_CLEARING}
        for _ in range(UNBORN_TRIES):
            answer = await self._link.send(action)
            if answer.is_success or attempt_id not in self._ordered:
                break
            await asyncio.sleep(UNBORN_PAUSE.total_seconds())
        if not _is_no_channel(answer):
            _accepted(answer, "a hang-up")

    async def wind_up(self, attempt_id: str) -> None:
        """Let an answered call end after its sentence; one that ended is fine."""
        await self._set(attempt_id, "AUT_STOP", "1", "the end of a call")

    async def confirm_key(self, attempt_id: str, seq: int) -> None:
        """Tell the dialplan that a key is durable; a call that ended is fine."""
        await self._set(
            attempt_id, "AUT_COMMITTED", str(seq), "the confirmation of a key"
        )

    async def _set(self, attempt_id: str, name: str, value: str, what: str) -> None:
        answer = await self._link.send(
            {
                "Action": "Setvar",
                "Channel": attempt_id,
                "Variable": name,
                "Value": value,
            }
        )
        if not _is_no_channel(answer):
            _accepted(answer, what)

    async def live_calls(self) -> Sequence[LiveCall]:
        """Return the calls that exist now; also those that nobody here ordered.

        A channel that is being handed over may be listed twice; it is one call.
        """
        answer = await self._link.send({"Action": "CoreShowChannels"})
        _accepted(answer, "the list of calls")
        items = {
            item["uniqueid"]: item
            for item in answer.items
            if "uniqueid" in item and "channelstate" in item
        }
        return [_live(item) for item in items.values()]

    async def journalled_keys(self) -> Sequence[JournalledKey]:
        """Return every key in the journal."""
        return await self._journal.keys()

    async def forget_keys(self, keys: Iterable[JournalledKey]) -> None:
        """Delete single journal entries."""
        await self._journal.forget(keys)

    async def events(self) -> AsyncIterator[CallEvent | LinkEvent]:
        """Yield facts about calls and about the link until `close`; for one reader."""
        async for told in self._link.events():
            event = translate(told) if isinstance(told, AmiEvent) else told
            if isinstance(event, HungUp):
                event = self._completed(event)
            if event is not None:
                self._note(event)
                yield event

    def _completed(self, event: HungUp) -> HungUp:
        """Add what a network that is full asks for, which no event tells."""
        dialled = self._ordered.get(event.attempt_id)
        is_refused = event.sip is not None and event.sip >= REFUSED
        if self._whispers is None or dialled is None or not is_refused:
            return event
        return replace(event, retry_after=self._whispers.of(dialled))

    # A failed order whose Hangup does not come never had a channel.

    def _note(self, event: CallEvent | LinkEvent) -> None:
        match event:
            case (
                HungUp(attempt_id=ended)
                | OrderFailed(attempt_id=ended, no_channel=True)
            ):
                self._unended.discard(ended)
                self._ordered.pop(ended, None)
            case OrderFailed(attempt_id=failed, timed_out=False):
                self._await_hangup(failed)
            case LinkUp():
                self._ordered.clear()
            case LinkDown():
                self._stop_doubting()

    def _await_hangup(self, attempt_id: str) -> None:
        if attempt_id not in self._ordered:
            return  # its Hangup came first
        self._unended.add(attempt_id)
        if self._doubt is None or self._doubt.done():
            self._doubt = asyncio.create_task(self._settle(), name="order-doubt")

    async def _settle(self) -> None:
        """Tell the orders that failed without a channel, while there may be any."""
        while suspects := set(self._unended):
            await asyncio.sleep(self._grace.total_seconds())
            if suspects := suspects & self._unended:
                await self._tell_channelless(suspects)

    async def _tell_channelless(self, suspects: set[str]) -> None:
        """A second call under a living id fails too: that one is left alone."""
        try:
            living = {call.attempt_id for call in await self.live_calls()}
        except LineError as error:
            log.warning(
                "failed_orders_unsettled",
                attempts=sorted(suspects),
                reason=str(error),
                next="again",
            )
            return
        self._unended -= suspects
        for attempt_id in suspects - living:
            now = self._clock.now()
            self._link.tell(OrderFailed(attempt_id, now, no_channel=True))

    def _stop_doubting(self) -> None:
        self._unended.clear()
        if self._doubt is not None:
            self._doubt.cancel()
            self._doubt = None


async def _drain(whispers: Whispers) -> None:
    """Keep a socket from running over that is read when somebody was refused."""
    while True:
        await asyncio.sleep(DRAIN_SECONDS)
        whispers.drain()


def telephone_at(
    access: Access, clock: Clock, pace: Pace | None = None
) -> AsteriskTelephone:
    """Return the telephone of the Asterisk that `access` reaches, not yet open."""
    links = links_to(access, clock, pace)
    return AsteriskTelephone(*links, clock, whispers=whispers_of(access))


def whispers_of(access: Access) -> Whispers | None:
    """Return where copies of SIP packets come, None where there are none."""
    return Whispers(access.hep_port) if access.hep_port else None


def links_to(
    access: Access, clock: Clock, pace: Pace | None = None, timed: Timed = untimed
) -> tuple[Link, Link]:
    """Return the daemon's link and the maintenance link, not yet open.

    `timed` is told how many seconds each answer on the first took.
    """
    daily = Account(access.host, access.port, access.user, access.secret)
    maintenance = Account(
        access.host,
        access.port,
        access.maintenance_user,
        access.maintenance_secret,
        hears_events=False,
    )
    return Link(daily, clock, pace, timed=timed), Link(maintenance, clock, pace)


def _live(item: Mapping[str, str]) -> LiveCall:
    """Return one call of the list; also who called us, and whom key 0 has rung."""
    state, trunk = item["channelstate"], trunk_of(item.get("channel", ""))
    came_in = item.get("context") in INCOMING
    is_person = item.get("application") == RUNG_BY_DIAL
    return LiveCall(
        item["uniqueid"],
        state == UP,
        state == RINGING,
        came_by=trunk if came_in else "",
        for_id=item.get("linkedid", "") if is_person else "",
        rung_by=trunk if is_person else "",
    )


def _is_no_channel(answer: Answer) -> bool:
    return not answer.is_success and "no such channel" in answer.reason.lower()


def _accepted(answer: Answer, what: str) -> None:
    """Raise `LineError` where Asterisk refused; then nothing was done."""
    if not answer.is_success:
        raise LineError(
            f"Asterisk refuses {what}: {answer.reason}", error_id="ami-action-refused"
        )
