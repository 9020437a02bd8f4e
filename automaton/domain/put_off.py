"""Who may not be rung yet, for the number has rung often enough lately."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from automaton.domain.policy import NumberCeiling

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Held:
    """Homes that wait for a ceiling; `tries` were made for each in vain so far."""

    until: datetime
    tries: int = 0
    homes: int = 1


@dataclass(frozen=True, slots=True)
class PutOff:
    """How many homes wait for a ceiling; the last of them until `until`."""

    homes: int
    until: datetime


def put_off(held: Sequence[Held]) -> PutOff | None:
    """Return how many homes wait and until when, None where nobody does."""
    if not held:
        return None
    return PutOff(sum(one.homes for one in held), max(one.until for one in held))


def together(homes: Iterable[tuple[datetime, int]]) -> tuple[Held, ...]:
    """Return who waits, those until the same second together, the first ones first.

    In: until when each home waits, and its tries. There may be half a million of them.
    """
    found = Counter((_next_second(at), tries) for at, tries in homes)
    return tuple(Held(at, tries, n) for (at, tries), n in sorted(found.items()))


def _next_second(at: datetime) -> datetime:
    rest = timedelta(microseconds=at.microsecond)
    return at + (SECOND - rest) if rest else at


def free_at(
    rings: Iterable[datetime], ceilings: Iterable[NumberCeiling]
) -> datetime | None:
    """Return when a number may ring again, None where no ceiling ever held it back."""
    past = sorted(rings)
    moments = (
        past[-ceiling.calls] + ceiling.within
        for ceiling in ceilings
        if len(past) >= ceiling.calls
    )
    return max(moments, default=None)
