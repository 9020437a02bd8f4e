"""Whose turn it is where an exchange is slow: who may be taken now, and who later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from automaton.domain.attempt import Attempt
from automaton.domain.phone import exchange_of
from automaton.ports import Want


def with_room(
    due: Iterable[Attempt], want: Want
) -> tuple[frozenset[str], Mapping[str, datetime]]:
    """Return who may be taken, and when those are due who find no room.

    What lies behind the last one who may be taken is in neither. Where nobody may be
    taken, turns alone are given.
    """
    taken: Counter[str] = Counter()
    turns: Counter[str] = Counter()
    found: set[str] = set()
    later: dict[str, datetime] = {}
    for attempt in due:
        if want.limit and len(found) == want.limit:
            break
        exchange = exchange_of(attempt.e164)
        room = want.rooms.get(exchange)
        if room is None or taken[exchange] < room.left:
            taken[exchange] += 1
            if want.limit:
                found.add(attempt.id)
        else:
            later[attempt.id] = room.first_at + turns[exchange] * room.gap
            turns[exchange] += 1
    return frozenset(found), later
