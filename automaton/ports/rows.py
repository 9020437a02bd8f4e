"""What travels between the engine and the database: plain facts, no rows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from automaton.domain.attempt import Attempt
from automaton.domain.policy import NumberCeiling
from automaton.domain.recipient import Recipient, RecipientState


@dataclass(frozen=True, slots=True)
class Room:
    """How many calls a slow exchange still takes now.

    What is due beyond is given turns: the first at one moment, one more each `gap`.
    """

    left: int
    first_at: datetime
    gap: timedelta


@dataclass(frozen=True, slots=True)
class Want:
    """How many attempts one campaign may claim now, under which number ceilings.

    `again`: so many of them are retries, where any are due; they leave first. `rooms`:
    what slow exchanges take, by exchange; those that are sound stand in none.
    """

    campaign_id: str
    limit: int
    ceilings: tuple[NumberCeiling, ...] = ()
    again: int = 0
    rooms: Mapping[str, Room] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """An attempt taken for dialling, committed before its order leaves.

    One whose number opted out has ended instead: it is settled, and never dialled. One
    whose exchange has no room stays planned, and is due at its turn.
    """

    attempt: Attempt
    recipient: Recipient
    avoid_trunk: str | None = None
    rung_before: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A recipient with all its attempts, oldest first: what `settle` looks at."""

    recipient: Recipient
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class PlannedTry:
    """A new attempt to write at the front door; the `ordinal`-th of its recipient."""

    id: str
    campaign_id: str
    recipient_id: str
    contact_point_id: str
    e164: str
    due_at: datetime
    avoid_trunk: str | None = None
    ordinal: int = 1


@dataclass(frozen=True, slots=True)
class Moved:
    """A planned attempt that is due at another moment than it was."""

    attempt_id: str
    was_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class RecipientChange:
    """What `settle` concluded for one recipient; `again`: it had this state before."""

    recipient_id: str
    state: RecipientState
    proof: str
    acknowledged_at: datetime | None
    next_try: PlannedTry | None = None
    flagged: frozenset[str] = frozenset()
    again: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """What a door asked for: a committed row, taken once."""

    id: int
    name: str
    campaign_id: str | None
    payload: dict[str, str]
    by: str


@dataclass(frozen=True, slots=True)
class DutyCall:
    """One ring of the duty list; `taken` is true once somebody pressed 1.

    `alarm_id`: the call for help that it tells of, to the entry of this `entry_id`.
    """

    attempt_id: str
    collectivity_id: str
    campaign_id: str | None
    reason: str
    e164: str
    trunk: str
    at: datetime
    outcome: str
    taken: bool
    alarm_id: str | None = None
    entry_id: str = ""
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrunkCondition:
    """What the safeguard thinks of a trunk since `at`; `rate` in calls a second.

    A start of the daemon forgets it. Each probe that fails renews `broken_until`.
    """

    name: str
    rate: float | None
    broken_until: datetime | None
    reason: str
    at: datetime

    @property
    def is_sound(self) -> bool:
        """Whether the trunk carries all that its settings allow."""
        return self.rate is None and self.broken_until is None
