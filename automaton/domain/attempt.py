"""One try at one contact point, and the only way its state may change.

`advance` looks `(state, type(event))` up in one table. A late, doubled or senseless
event returns the attempt as it was, so every fact may be told any number of times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from automaton.domain.events import (
    Announced,
    Answered,
    CallEvent,
    Heard,
    HungUp,
    KeyPressed,
    Lost,
    MachineLabelled,
    OrderFailed,
    PersonsWord,
    Rang,
    ScreenerLabelled,
    Withdrawn,
)
from automaton.domain.outcome import Ending, Outcome, classify


class AttemptState(StrEnum):
    """Where an attempt stands. `quarantined`: it may still ring, nobody knows."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    RINGING = "ringing"
    ANSWERED = "answered"
    QUARANTINED = "quarantined"
    ENDED = "ended"


OPEN_STATES = frozenset(AttemptState) - {AttemptState.ENDED}
LIVE_STATES = frozenset(
    {AttemptState.CLAIMED, AttemptState.RINGING, AttemptState.ANSWERED}
)

# Also what ended while it was only planned: nobody waits for it, or nobody wants it.
ONLY_A_KEY_RENAMES = frozenset({Outcome.SCREENED, Outcome.CANCELLED, Outcome.OPTED_OUT})


@dataclass(frozen=True)
class Attempt:
    """One try. Moments are aware; `heard_seconds` counts seconds of message.

    `key_at` is the moment of the first key that confirms or calls for help.
    """

    id: str
    campaign_id: str
    recipient_id: str
    contact_point_id: str
    e164: str
    due_at: datetime
    state: AttemptState = AttemptState.PLANNED
    trunk: str | None = None
    claimed_at: datetime | None = None
    rang_at: datetime | None = None
    announced_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    key_at: datetime | None = None
    keys: str = ""
    key_seq: int = 0
    heard_times: int = 0
    heard_seconds: float = 0.0
    machine: bool = False
    screened: bool = False
    timed_out: bool = False
    no_channel: bool = False
    lost: bool = False
    withdrawn: bool = False
    sip: int | None = None
    q850: int | None = None
    retry_after: int | None = None
    proof: str | None = None
    outcome: Outcome | None = None

    @property
    def is_open(self) -> bool:
        """Whether it may still come to something."""
        return self.state in OPEN_STATES

    @property
    def has_key(self) -> bool:
        """Whether the person pressed a key that confirms (1) or calls for help (3)."""
        return "1" in self.keys or "3" in self.keys

    @property
    def has_opted_out(self) -> bool:
        """Whether the person asked twice for no more information calls (9)."""
        return "9" in self.keys

    @property
    def has_no_person(self) -> bool:
        """Whether a machine or a screener picked up: what it heard, nobody heard."""
        return self.machine or self.screened

    def has_on_record(self, key: str, seq: int) -> bool:
        """Tell whether a journalled key is on record, or was until it was erased."""
        was_erased = not self.keys and seq <= self.key_seq
        return key in self.keys or was_erased

    def having(self, **facts: Any) -> Attempt:
        """Return a copy with some facts told anew.

        A call is told of a dozen times: `dataclasses.replace`, which reads and checks
        all fields one by one, was a twelfth of what a call costs.
        """
        assert facts.keys() <= FIELDS, facts
        copy = object.__new__(Attempt)
        copy.__dict__.update(self.__dict__, **facts)
        return copy

    def ending(self) -> Ending:
        """Return what `classify` needs of it."""
        return Ending(
            answered=self.answered_at is not None,
            acknowledged=self.has_key,
            opted_out=self.has_opted_out,
            machine=self.machine,
            screened=self.screened,
            rang=self.rang_at is not None,
            announced=self.announced_at is not None,
            timed_out=self.timed_out,
            no_channel=self.no_channel,
            lost=self.lost,
            withdrawn=self.withdrawn,
            sip=self.sip,
            q850=self.q850,
        )


FIELDS = frozenset(field.name for field in fields(Attempt))


def advance(attempt: Attempt, event: CallEvent) -> Attempt:
    """Return the attempt after one event, or unchanged where the event adds nothing."""
    step = STEPS.get((attempt.state, type(event)))
    return attempt if step is None else step(attempt, event)


def _rang(attempt: Attempt, event: CallEvent) -> Attempt:
    return attempt.having(state=AttemptState.RINGING, rang_at=event.at)


def _rang_late(attempt: Attempt, event: CallEvent) -> Attempt:
    if attempt.rang_at is not None:
        return attempt
    return _named(attempt.having(rang_at=event.at))


def _announced(attempt: Attempt, event: CallEvent) -> Attempt:
    if attempt.announced_at is not None:
        return attempt
    return attempt.having(announced_at=event.at)


def _answered(attempt: Attempt, event: CallEvent) -> Attempt:
    return attempt.having(state=AttemptState.ANSWERED, answered_at=event.at)


def _answered_late(attempt: Attempt, event: CallEvent) -> Attempt:
    if attempt.answered_at is not None:
        return attempt
    return _named(attempt.having(answered_at=event.at))


def _key(attempt: Attempt, event: KeyPressed) -> Attempt:
    """Take a key; it proves an answer that we may have missed.

    One that comes after a later key of its call adds its digit all the same.
    """
    if event.seq <= attempt.key_seq and event.key in attempt.keys:
        return attempt
    return attempt.having(
        state=AttemptState.ANSWERED,
        answered_at=attempt.answered_at or event.at,
        keys=attempt.keys + event.key,
        key_seq=max(attempt.key_seq, event.seq),
        key_at=attempt.key_at if attempt.has_key else event.at,
        heard_times=max(attempt.heard_times, event.heard_times),
        heard_seconds=max(attempt.heard_seconds, event.heard_seconds),
    )


def _key_late(attempt: Attempt, event: KeyPressed) -> Attempt:
    """Take a key that the journal told after the end: it still counts."""
    taken = _key(attempt, event)
    if taken is attempt:
        return attempt
    return _named(taken.having(state=attempt.state))


def _key_of_a_forgotten_call(attempt: Attempt, event: KeyPressed) -> Attempt:
    """Take a journalled key of a call that a restored database does not remember."""
    return _ended(_key(attempt, event), event)


def _machine(attempt: Attempt, _: CallEvent) -> Attempt:
    return attempt if attempt.machine else _named(attempt.having(machine=True))


def _screened(attempt: Attempt, _: CallEvent) -> Attempt:
    return attempt if attempt.screened else _named(attempt.having(screened=True))


def _heard(attempt: Attempt, event: Heard) -> Attempt:
    return attempt.having(
        state=AttemptState.ANSWERED,
        answered_at=attempt.answered_at or event.at,
        heard_times=max(attempt.heard_times, event.heard_times),
        heard_seconds=max(attempt.heard_seconds, event.heard_seconds),
        machine=attempt.machine or event.machine,
        screened=attempt.screened or event.screened,
    )


def _heard_late(attempt: Attempt, event: Heard) -> Attempt:
    heard = _heard(attempt, event).having(state=attempt.state)
    return attempt if heard == attempt else _named(heard)


def _failed(attempt: Attempt, event: OrderFailed) -> Attempt:
    """Note the verdict; only without a channel is it the end (no Hangup will come).

    What rang had a channel, whatever a late look at Asterisk's channels says.
    """
    if event.no_channel and (attempt.rang_at or attempt.announced_at):
        return attempt
    failed = attempt.having(
        timed_out=attempt.timed_out or event.timed_out, no_channel=event.no_channel
    )
    return _ended(failed, event) if event.no_channel else failed


def _failed_late(attempt: Attempt, event: OrderFailed) -> Attempt:
    """Learn after the Hangup that the end was our own ring time."""
    if attempt.timed_out or not event.timed_out:
        return attempt
    return _named(attempt.having(timed_out=True))


def _hung_up_late(attempt: Attempt, event: HungUp) -> Attempt:
    """Learn that a call which seemed to have had no channel was made after all."""
    if not attempt.no_channel:
        return attempt
    return _named(attempt.having(no_channel=False, sip=event.sip, q850=event.q850))


def _hung_up(attempt: Attempt, event: HungUp) -> Attempt:
    told = attempt.having(sip=event.sip, q850=event.q850, retry_after=event.retry_after)
    return _ended(told, event)


def _lost(attempt: Attempt, _: CallEvent) -> Attempt:
    return attempt.having(state=AttemptState.QUARANTINED, lost=True)


def _given_up(attempt: Attempt, event: CallEvent) -> Attempt:
    return _ended(attempt.having(lost=True), event)


def _withdrawn(attempt: Attempt, _: CallEvent) -> Attempt:
    return attempt if attempt.withdrawn else attempt.having(withdrawn=True)


def _word(attempt: Attempt, event: PersonsWord) -> Attempt:
    return attempt if attempt.proof else attempt.having(proof=event.proof)


def _ended(attempt: Attempt, event: CallEvent) -> Attempt:
    return _named(attempt.having(state=AttemptState.ENDED, ended_at=event.at))


def _named(attempt: Attempt) -> Attempt:
    """Name the outcome of an attempt that has ended."""
    if attempt.state is not AttemptState.ENDED:
        return attempt
    if attempt.outcome in ONLY_A_KEY_RENAMES and not attempt.keys:
        return attempt
    return attempt.having(outcome=classify(attempt.ending()))


Step = Callable[[Attempt, Any], Attempt]

_S = AttemptState
STEPS: dict[tuple[AttemptState, type[CallEvent]], Step] = {
    (_S.PLANNED, KeyPressed): _key_of_a_forgotten_call,
    (_S.PLANNED, PersonsWord): _word,
    (_S.CLAIMED, Rang): _rang,
    (_S.CLAIMED, Announced): _announced,
    (_S.CLAIMED, Answered): _answered,
    (_S.CLAIMED, KeyPressed): _key,
    (_S.CLAIMED, MachineLabelled): _machine,
    (_S.CLAIMED, ScreenerLabelled): _screened,
    (_S.CLAIMED, Heard): _heard,
    (_S.CLAIMED, OrderFailed): _failed,
    (_S.CLAIMED, HungUp): _hung_up,
    (_S.CLAIMED, Lost): _lost,
    (_S.CLAIMED, Withdrawn): _withdrawn,
    (_S.CLAIMED, PersonsWord): _word,
    (_S.RINGING, Announced): _announced,
    (_S.RINGING, Answered): _answered,
    (_S.RINGING, KeyPressed): _key,
    (_S.RINGING, MachineLabelled): _machine,
    (_S.RINGING, ScreenerLabelled): _screened,
    (_S.RINGING, Heard): _heard,
    (_S.RINGING, OrderFailed): _failed,
    (_S.RINGING, HungUp): _hung_up,
    (_S.RINGING, Lost): _lost,
    (_S.RINGING, Withdrawn): _withdrawn,
    (_S.RINGING, PersonsWord): _word,
    (_S.ANSWERED, Rang): _rang_late,
    (_S.ANSWERED, KeyPressed): _key,
    (_S.ANSWERED, MachineLabelled): _machine,
    (_S.ANSWERED, ScreenerLabelled): _screened,
    (_S.ANSWERED, Heard): _heard,
    (_S.ANSWERED, HungUp): _hung_up,
    (_S.ANSWERED, Lost): _lost,
    (_S.ANSWERED, PersonsWord): _word,
    (_S.QUARANTINED, Rang): _rang_late,
    (_S.QUARANTINED, Answered): _answered_late,
    (_S.QUARANTINED, KeyPressed): _key_late,
    (_S.QUARANTINED, MachineLabelled): _machine,
    (_S.QUARANTINED, ScreenerLabelled): _screened,
    (_S.QUARANTINED, Heard): _heard_late,
    (_S.QUARANTINED, HungUp): _hung_up,
    (_S.QUARANTINED, Lost): _given_up,
    (_S.QUARANTINED, PersonsWord): _word,
    (_S.ENDED, Rang): _rang_late,
    (_S.ENDED, Answered): _answered_late,
    (_S.ENDED, KeyPressed): _key_late,
    (_S.ENDED, MachineLabelled): _machine,
    (_S.ENDED, ScreenerLabelled): _screened,
    (_S.ENDED, Heard): _heard_late,
    (_S.ENDED, OrderFailed): _failed_late,
    (_S.ENDED, HungUp): _hung_up_late,
    (_S.ENDED, PersonsWord): _word,
}
