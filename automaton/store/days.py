"""What campaigns have used of each trunk since a moment: calls and time talked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, or_, select, type_coerce

from automaton.domain.trunk import Spent
from automaton.store.columns import Span
from automaton.store.tables import attempts, campaigns

# Only campaigns that may have called since then: their attempts are found by an index.
_RECENT = select(campaigns.c.id).where(
    or_(
        campaigns.c.finished_at.is_(None),
        campaigns.c.finished_at >= bindparam("since"),
    )
)
_TALKED = func.sum(type_coerce(attempts.c.ended_at - attempts.c.answered_at, Span))
_SPENT = (
    select(attempts.c.trunk, func.count(), type_coerce(_TALKED, Span))
    .where(
        attempts.c.campaign_id.in_(_RECENT),
        attempts.c.claimed_at >= bindparam("since"),
        attempts.c.trunk.is_not(None),
    )
    .group_by(attempts.c.trunk)
)


def spent_since(connection: Connection, at: datetime) -> Mapping[str, Spent]:
    """Return the calls that left by each trunk since a moment, and how long they took.

    A call that lasts still counts as a call; its time is counted when it ends.
    """
    rows = connection.execute(_SPENT, {"since": at})
    return {trunk: Spent(calls, talked or timedelta()) for trunk, calls, talked in rows}
