"""Under which rules one campaign calls; kept as JSON beside the campaign."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from automaton.domain.retry import RetryPolicy
from automaton.domain.window import CallingHours


@dataclass(frozen=True, slots=True)
class NumberCeiling:
    """At most `calls` to one number within `within`, over all campaigns."""

    calls: int
    within: timedelta


# The dialplan's goodbye once `talk` is over, a key pressed in it, the thanks for that.
CLOSING = timedelta(seconds=40)
# Key 0: so long the person is rung, and so long the two may talk at most.
TRANSFER_RING = timedelta(seconds=25)
TRANSFER_TALK = timedelta(minutes=15)
# With what is left of the call's own menu afterwards (automaton-transfer).
LONGEST_TRANSFER = TRANSFER_RING + TRANSFER_TALK + timedelta(minutes=2) + CLOSING
CEILINGS = (NumberCeiling(4, timedelta(hours=2)), NumberCeiling(6, timedelta(days=1)))


@dataclass(frozen=True, slots=True)
class CallPolicy:
    """Everything that one campaign may change about its calls.

    `ring` and `talk` bound a call; `repeats` and `key_wait` shape the dialogue;
    `weight` is its share of the lines among campaigns of its class;
    `accept_machine` ends a recipient with "message left"; `accept_heard_twice` takes
    hearing the whole message twice as the proof (never recorded as a key);
    `transfer` is the number of a person whom key 0 rings (E.164, or short).
    """

    ring: timedelta = timedelta(seconds=30)
    talk: timedelta = timedelta(seconds=300)
    repeats: int = 3
    key_wait: timedelta = timedelta(seconds=8)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    hours: CallingHours = field(default_factory=CallingHours)
    ceilings: tuple[NumberCeiling, ...] = CEILINGS
    lines: int | None = None
    weight: int = 1
    trunks: tuple[str, ...] = ()
    caller_id: str | None = None
    accept_machine: bool = False
    accept_heard_twice: bool = False
    help_key: bool = False
    transfer: str | None = None

    @property
    def longest_call(self) -> timedelta:
        """Return after how long a call must be over, whatever happened to it."""
        return self.ring + self.talk + CLOSING

    def longest_unseen(self, *, was_answered: bool) -> timedelta:
        """Return after how long a call must be over of which we hear no more.

        Where key 0 is offered, who had answered may have talked with the person. Nobody
        is waited for who does so again: it would keep all others unrung for an hour.
        """
        may_talk = was_answered and self.transfer is not None
        return self.longest_call + LONGEST_TRANSFER * may_talk
