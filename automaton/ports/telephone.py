"""One way to reach somebody, as the engine sees it: orders out, facts in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from automaton.domain.events import CallEvent, LinkEvent

TOO_OLD, CHOKED = "order-too-old", "order-choked"
ORDER_KEPT = frozenset({TOO_OLD, CHOKED})
"""Errors of an order that did not leave, and that says nothing of the call."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whom key 0 rings: by which trunk, and on how many lines of it at once."""

    trunk: str
    dialled: str
    lines: int
    caller_id: str | None = None


@dataclass(frozen=True, slots=True)
class CallOrder:
    """One call to place. Ids are opaque; `dialled` is written as the trunk wants it.

    `message` is a prompt; `text` its words, for a channel that shows them. `parts` are
    prompts that are played one after another instead of it. `leave_by`: the second of
    `Clock.boottime` after which the order must not leave any more.
    """

    attempt_id: str
    campaign_id: str
    recipient_id: str
    trunk: str
    dialled: str
    caller_id: str | None
    ring: timedelta
    talk: timedelta
    message: str
    language: str = "fr"
    keys: str = "12"
    machine_message: str | None = None
    codeword: str | None = None
    exercise: bool = False
    again: bool = False
    repeats: int = 3
    key_wait: timedelta = timedelta(seconds=8)
    context: str = "automaton-alert"
    text: str = ""
    parts: tuple[str, ...] = ()
    leave_by: float | None = None
    person: Person | None = None

    def is_too_old(self, boottime: float) -> bool:
        """Tell whether it waited so long that others may take its call over."""
        return self.leave_by is not None and boottime > self.leave_by


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call that exists now.

    `came_by`: the trunk by which somebody called us. `for_id`: the call whose key 0 has
    rung this one, by the trunk `rung_by`.
    """

    attempt_id: str
    is_up: bool
    is_ringing: bool
    came_by: str = ""
    for_id: str = ""
    rung_by: str = ""


@dataclass(frozen=True, slots=True)
class JournalledKey:
    """A key that the dialplan wrote down before it thanked the person."""

    attempt_id: str
    seq: int
    installation: str
    campaign_id: str
    recipient_id: str
    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CallInKey:
    """A key of somebody who called while nobody of ours could talk with them.

    `channel` and `seq` name the entry; `caller` is as the network told it; `campaign`
    is that whose message was played, nothing where an older dialplan did not tell it.
    """

    channel: str
    seq: int
    installation: str
    did: str
    caller: str
    key: str
    at: datetime
    campaign: str = ""


class Telephone(Protocol):
    """The telephone exchange: orders in, facts out, nothing ever ordered twice."""

    async def place(self, order: CallOrder) -> None:
        """Send one order; `LineError.may_have_left` tells whether it may ring."""
        ...

    async def hang_up(self, attempt_id: str) -> None:
        """End the call of an attempt; nothing happens where there is none."""
        ...

    async def wind_up(self, attempt_id: str) -> None:
        """Let an answered call end after the sentence that is being said."""
        ...

    async def confirm_key(self, attempt_id: str, seq: int) -> None:
        """Tell the waiting dialplan that a key is durable, so that it may thank."""
        ...

    async def live_calls(self) -> Sequence[LiveCall]:
        """Return the calls that exist now; `LineError` where nobody can tell."""
        ...

    async def journalled_keys(self) -> Sequence[JournalledKey]:
        """Return every key in the journal."""
        ...

    async def forget_keys(self, keys: Iterable[JournalledKey]) -> None:
        """Delete single journal entries."""
        ...

    def events(self) -> AsyncIterator[CallEvent | LinkEvent]:
        """Yield facts about calls and about the link in the order they came."""
        ...
