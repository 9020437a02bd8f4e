"""Facts about one attempt, in the order in which the world told them.

They may be late, doubled or missing; `attempt.advance` takes any of them in any state.
Moments are aware datetimes of our own clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CallEvent:
    """Something that happened to one attempt at one moment."""

    attempt_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Rang(CallEvent):
    """The called telephone rings (SIP 180)."""


@dataclass(frozen=True, slots=True)
class Announced(CallEvent):
    """The network plays a sound before any ringing (SIP 183)."""


@dataclass(frozen=True, slots=True)
class Answered(CallEvent):
    """Somebody or something picked up (SIP 200)."""


@dataclass(frozen=True, slots=True)
class KeyPressed(CallEvent):
    """A key that means something was pressed; `seq` counts the keys of the call."""

    key: str
    seq: int
    heard_times: int = 0
    heard_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class MachineLabelled(CallEvent):
    """What picked up speaks like an answering machine; a label, never a verdict."""


@dataclass(frozen=True, slots=True)
class ScreenerLabelled(CallEvent):
    """What picked up asks who calls, as a call screener does; a label, as above."""


@dataclass(frozen=True, slots=True)
class Heard(CallEvent):
    """The dialplan's last word on the call: whole plays and seconds of message."""

    heard_times: int
    heard_seconds: float
    machine: bool = False
    screened: bool = False


@dataclass(frozen=True, slots=True)
class SoundCounted(CallEvent):
    """How many packets of sound went to the far end and came from it, in all."""

    sent: int
    received: int


@dataclass(frozen=True, slots=True)
class OrderFailed(CallEvent):
    """Asterisk's verdict that the order did not become an answered call.

    `timed_out` is our own ring time that ran out (OriginateResponse Reason 3).
    `no_channel` says that no channel was ever made (no Hangup will come).
    """

    timed_out: bool = False
    no_channel: bool = False


@dataclass(frozen=True, slots=True)
class HungUp(CallEvent):
    """The channel is gone. `sip` is the SIP code (TechCause), `q850` the cause."""

    sip: int | None
    q850: int | None
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Lost(CallEvent):
    """What we know of the call has a gap that nothing will fill."""


@dataclass(frozen=True, slots=True)
class Withdrawn(CallEvent):
    """We end the call ourselves before anybody answered; its Hangup will follow."""


@dataclass(frozen=True, slots=True)
class PersonsWord(CallEvent):
    """An acknowledgement from outside the call: a call-back, an agent, a relative."""

    proof: str


@dataclass(frozen=True, slots=True)
class TransferBegan(CallEvent):
    """Key 0: a person is rung on a line of a trunk, to talk with who was called."""

    trunk: str


@dataclass(frozen=True, slots=True)
class TransferEnded(CallEvent):
    """That person is rung no more, or has hung up; the call's own menu goes on."""


@dataclass(frozen=True, slots=True)
class CameIn(CallEvent):
    """Somebody calls us by a trunk; `attempt_id` is the id of the channel."""

    trunk: str


# Facts about the link itself, not about one attempt.
@dataclass(frozen=True, slots=True)
class LinkUp:
    """Calls can be commanded. `restarted`: the earlier ones are dead.

    `trunks` are those that it is said of; None means every trunk.
    """

    at: datetime
    restarted: bool
    trunks: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class LinkDown:
    """Calls cannot be commanded, and may go on without us; `trunks` as in `LinkUp`."""

    at: datetime
    reason: str
    trunks: frozenset[str] | None = None


LinkEvent = LinkUp | LinkDown
