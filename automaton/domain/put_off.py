"""Who may not be rung yet, for the number has rung often enough lately."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from automaton.domain.policy import NumberCeiling


@dataclass(frozen=True, slots=True)
class Held:
    """A home that waits for a ceiling; `tries` were made for it in vain so far."""

    until: datetime
    tries: int = 0


@dataclass(frozen=True, slots=True)
class PutOff:
    """How many homes wait for a ceiling; the last of them until `until`."""

    homes: int
    until: datetime


def put_off(held: Sequence[Held]) -> PutOff | None:
    """Return how many homes wait and until when, None where nobody does."""
    if not held:
        return None
    return PutOff(len(held), max(one.until for one in held))


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
