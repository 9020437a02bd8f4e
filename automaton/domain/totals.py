"""What all calls of a campaign come to, in one pass: as many as there may be.

In: the calls that left, in the order of leaving. Nothing is kept of each but the end
of those that go on at the same time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import NamedTuple

from automaton.domain.attempt import Attempt
from automaton.domain.outcome import Outcome
from automaton.domain.record import told_outcome


class Call(NamedTuple):
    """What of a call that left counts: its life, its trunk and what it came to."""

    claimed_at: datetime
    rang_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    trunk: str | None
    outcome: Outcome | None


def call_of(attempt: Attempt) -> Call:
    """Return what counts of an attempt that left."""
    return Call(
        attempt.claimed_at or attempt.due_at,
        attempt.rang_at,
        attempt.answered_at,
        attempt.ended_at,
        attempt.trunk,
        attempt.outcome,
    )


@dataclass(frozen=True, slots=True)
class Carried:
    """What one trunk carried."""

    attempts: int
    answered: int
    outcomes: Mapping[Outcome | None, int]


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts and moments of all calls. `busy`: the time of all lines together."""

    calls: int
    by_outcome: Mapping[Outcome, int]
    by_told: Mapping[str, int]
    first_call_at: datetime | None
    first_ring_at: datetime | None
    last_end_at: datetime | None
    busy: timedelta
    peak_lines: int
    trunks: Mapping[str, Carried]


@dataclass
class _OnTrunk:
    """What one trunk has carried so far."""

    attempts: int = 0
    answered: int = 0
    outcomes: Counter[Outcome | None] = field(default_factory=Counter)


@dataclass
class _Sum:
    """What was found so far, named as in the totals."""

    calls: int = 0
    by_outcome: Counter[Outcome] = field(default_factory=Counter)
    by_told: Counter[str] = field(default_factory=Counter)
    first_call_at: datetime | None = None
    first_ring_at: datetime | None = None
    last_end_at: datetime | None = None
    busy: timedelta = timedelta()
    peak_lines: int = 0
    trunks: defaultdict[str, _OnTrunk] = field(
        default_factory=lambda: defaultdict(_OnTrunk)
    )


def totals(calls: Iterable[Call], now: datetime) -> Totals:
    """Return what these calls come to; one that goes on is busy until now."""
    found, ends = _Sum(), list[datetime]()
    for call in calls:
        begin, end = call.claimed_at, call.ended_at or now
        _count(found, call)
        found.first_call_at = found.first_call_at or begin
        found.last_end_at = max(found.last_end_at or end, end)
        if call.rang_at is not None:
            found.first_ring_at = min(found.first_ring_at or call.rang_at, call.rang_at)
        found.busy += end - begin
        while ends and ends[0] <= begin:
            heappop(ends)
        heappush(ends, end)
        found.peak_lines = max(found.peak_lines, len(ends))
    trunks = {name: Carried(**vars(one)) for name, one in found.trunks.items()}
    return Totals(**vars(found) | {"trunks": trunks})


def _count(found: _Sum, call: Call) -> None:
    found.calls += 1
    trunk = found.trunks[call.trunk or ""]
    trunk.attempts += 1
    trunk.answered += call.answered_at is not None
    trunk.outcomes[call.outcome] += 1
    if call.outcome is not None:
        found.by_outcome[call.outcome] += 1
        found.by_told[told_outcome(call)] += 1
