"""What came of a campaign: how long it took by the town, and whether it is sound.

In: the town's log, the records of one campaign, and who died. Out: `Lived`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Table, select

from automaton.lab.history import Outage, Violation, check
from automaton.store.engine import reading
from automaton.store.tables import attempts
from benchmarks.fleet.order import DUTY, Order
from benchmarks.ringing import say
from tests.system.stage import Stage

TOLD = 12


@dataclass(frozen=True, slots=True)
class Death:
    """A node that was killed, with its Asterisk."""

    node: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Lived:
    """What the town lived of one campaign, and what is on record of it.

    `seconds` from the first INVITE to a home to the end of the last call to one.
    """

    seconds: float
    calls: int
    broken: frozenset[Violation]
    made: Counter[str] = field(default_factory=Counter)

    @property
    def too_fast(self) -> int:
        """Count where calls left faster than the trunk allows."""
        return sum(one.invariant == "I6" for one in self.broken)


def seen(order: Order, first: Stage, campaign: str, died: Death | None) -> Lived:
    """Return what the town has seen, and whether it is what is on record."""
    events = [event for event in first.town.log() if event.number != DUTY]
    began = next(event.at for event in events if event.what == "invite")
    calls = [row for row in rows(first, attempts) if row.campaign_id == campaign]
    touched = {row.e164 for row in calls if died and was_cut(row, died)}
    faults = frozenset(broken(order, first, first.records(campaign), died, touched))
    for one in sorted(faults, key=lambda one: (one.invariant, one.at or 0))[:TOLD]:
        say(f"{one.invariant} {one.number}: {one.text}")
    return Lived(
        (events[-1].at - began).total_seconds(),
        sum(event.what == "invite" for event in events),
        faults,
        Counter(row.node for row in calls),
    )


def was_cut(row: Row[Any], died: Death) -> bool:
    """Tell whether an attempt was a dead node's when it died."""
    begun, ended = row.claimed_at, row.ended_at
    is_theirs = row.node == died.node and begun is not None and begun <= died.at
    return is_theirs and (ended is None or ended >= died.at)


def broken(
    order: Order,
    first: Stage,
    records: Sequence[Mapping[str, Any]],
    died: Death | None,
    touched: set[str],
) -> Iterator[Violation]:
    """Yield the breaks of invariants.

    A death excuses what it did to the homes that the dead node was ringing. The others
    are judged by themselves too, and there nothing is excused.
    """
    log, rules = first.town.log(), order.rules
    homes = first.town.oracle()
    rest = replace(
        rules, expectations=[h for h in homes if h.numbers[0] not in touched]
    )
    yield from check(
        [row for row in records if touched.isdisjoint(row["numbers"])],
        [event for event in log if event.number not in touched],
        rest,
    )
    if died:
        span = Outage(died.at, died.at + timedelta(seconds=1), "asterisk")
        yield from check(records, log, replace(rules, expectations=homes), [span])


def rows(stage: Stage, table: Table) -> list[Row[Any]]:
    """Return all rows of a table."""
    with reading(stage.office.desk.engine) as connection:
        return list(connection.execute(select(table)))
