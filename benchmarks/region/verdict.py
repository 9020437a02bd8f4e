"""What came of a region's night: when, beside the bound, and whether all was right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from math import ceil
from typing import Any

from sqlalchemy import Engine, select

from automaton.lab.history import (
    HistoryRules,
    TrunkRules,
    Violation,
    check,
    verdicts,
)
from automaton.store.engine import reading
from automaton.store.tables import attempts, recipients
from benchmarks.figures import Figures
from benchmarks.region.diary import Diary
from benchmarks.region.load import Load


@dataclass(frozen=True, slots=True)
class Course:
    """A night up to a moment: seconds, calls that left, and what they held of lines."""

    seconds: float
    calls: int
    line_seconds: float

    def bound(self, lines: int, calls_per_second: float) -> float:
        """Return the least seconds in which these calls fit on these lines."""
        return max(self.calls / calls_per_second, self.line_seconds / lines)


def moment_of(engine: Engine, count: int) -> datetime | None:
    """Return when so many homes had acknowledged, None where fewer did."""
    done = recipients.c.acknowledged_at
    asked = select(done).where(done.is_not(None)).order_by(done).offset(count - 1)
    with reading(engine) as connection:
        return connection.execute(asked.limit(1)).scalar()


def needed(reachable: int, share: int) -> int:
    """Return how many homes so many per cent of the reachable are."""
    return ceil(reachable * share / 100)


def course(engine: Engine, began: datetime, until: datetime) -> Course:
    """Return the course of a night from its beginning to a moment."""
    left, ended = attempts.c.claimed_at, attempts.c.ended_at
    spans = select(left, ended).where(left <= until)
    with reading(engine) as connection:
        held = [
            (min(end or until, until) - start).total_seconds()
            for start, end in connection.execute(spans)
        ]
    return Course((until - began).total_seconds(), len(held), sum(held))


def judged(
    engine: Engine, diary: Diary, lines: int, calls_per_second: float
) -> dict[str, list[Violation]]:
    """Hold all records against what passed on the wires; return breaks by invariant."""
    trunk = TrunkRules(lines, calls_per_second)
    rules = HistoryRules(any_trunk=trunk, has_ended=False)
    return verdicts(check(records(engine), diary.events, rules))


@dataclass(frozen=True, slots=True)
class Result:
    """What was seen of a night: its course, its breaks, its load.

    The load is that of so many calls in so many simulated seconds.
    """

    lines: int
    calls_per_second: float
    course: Course
    breaks: Mapping[str, Sequence[Violation]]
    is_reached: bool
    load: Load
    load_seconds: float
    load_calls: int


def counted(result: Result) -> Figures:
    """Return the figures of a night."""
    seen, load = result.course, result.load
    bound = seen.bound(result.lines, result.calls_per_second)
    calls = max(1, result.load_calls)
    by_second = {
        "commits": load.commits,
        "statements": load.statements,
        "rows_written": load.rows_written,
        "rows_read": load.rows_read,
        "wal_mb": load.wal_mb,
        "statement_s": load.statement_seconds,
        "database_cpu_s": load.cpu_seconds,
    }
    broken = {name: len(found) for name, found in result.breaks.items()}
    reached = {"region_80_s": seen.seconds, "region_80_of_bound": seen.seconds / bound}
    return {
        **(reached if result.is_reached else {}),
        "region_bound_s": bound,
        "region_calls": seen.calls,
        "region_calls_per_s": seen.calls / seen.seconds,
        "region_line_s_per_call": seen.line_seconds / max(1, seen.calls),
        "region_lines_used": seen.line_seconds / seen.seconds / result.lines,
        "region_broken": sum(broken.values()) - broken["I6"],
        "region_too_fast": broken["I6"],
        **{f"region_{n}_per_s": v / result.load_seconds for n, v in by_second.items()},
        "region_commits_per_call": load.commits / calls,
        "region_statements_per_call": load.statements / calls,
        "region_rows_written_per_call": load.rows_written / calls,
        "region_longest_statement_ms": load.longest_ms,
        "region_deadlocks": load.deadlocks,
    }


def records(engine: Engine) -> Iterator[dict[str, Any]]:
    """Yield the recipients that were rung, each with its attempts, as a report does."""
    mine = recipients.c
    asked = (
        select(mine.id, mine.state, mine.acknowledged_at, mine.points, *_ATTEMPT)
        .join(attempts, attempts.c.recipient_id == mine.id)
        .order_by(mine.id, attempts.c.created_at)
    )
    streamed = asked.execution_options(yield_per=2000)
    with reading(engine) as connection:
        rows = connection.execute(streamed)
        for _, own in groupby(rows, key=lambda row: row.id):
            yield _record(list(own))


_ATTEMPT = (
    attempts.c.e164,
    attempts.c.trunk,
    attempts.c.claimed_at,
    attempts.c.rang_at,
    attempts.c.answered_at,
    attempts.c.outcome,
    attempts.c.sip,
    attempts.c["keys"],
)


def _record(rows: Sequence[Any]) -> dict[str, Any]:
    home = rows[0]
    return {
        "id": home.id,
        "state": home.state.value,
        "acknowledged_at": _iso(home.acknowledged_at),
        "numbers": [point[1] for point in home.points],
        "attempts": [_attempt(row) for row in rows],
    }


def _attempt(row: Any) -> dict[str, Any]:
    return {
        "number": row.e164,
        "trunk": row.trunk,
        "claimed": _iso(row.claimed_at),
        "rang": _iso(row.rang_at),
        "answered": _iso(row.answered_at),
        "outcome": row.outcome and row.outcome.value,
        "sip": row.sip,
        "keys": row.keys,
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
