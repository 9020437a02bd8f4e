"""How many attempts are due, by how long they have waited: for whoever watches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, ScalarSelect, bindparam, func, select

from automaton.domain.campaign import CampaignState
from automaton.store.claims import IS_PLANNED
from automaton.store.tables import attempts, campaigns

AGES = (0, 1, 10, 60, 600)
"""Seconds; how many have waited longer than each is counted."""
MOST = 10_000
"""So many of each campaign are counted at most: that there are more tells no more."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The attempts that are due, of the campaigns that run, on all nodes.

    `waited` counts by age: those that have waited longer than so many seconds.
    """

    waited: Mapping[int, int]
    oldest: timedelta


def _due(age: int) -> ScalarSelect[int]:
    """Count what is due of one campaign for so long, up to `most`: so many rows."""
    some = (
        select(attempts.c.id)
        .where(IS_PLANNED, attempts.c.campaign_id == campaigns.c.id)
        .where(attempts.c.due_at <= bindparam(f"before_{age}"))
        .limit(bindparam("most"))
        .correlate(campaigns)
        .subquery()
    )
    return select(func.count()).select_from(some).scalar_subquery()


_OLDEST = (
    select(func.min(attempts.c.due_at))
    .where(IS_PLANNED, attempts.c.campaign_id == campaigns.c.id)
    .where(attempts.c.due_at <= bindparam("now"))
    .correlate(campaigns)
    .scalar_subquery()
)
_DUE = select(_OLDEST.label("oldest"), *map(_due, AGES)).where(
    campaigns.c.state == bindparam("running", CampaignState.RUNNING)
)


def due_by_age(connection: Connection, now: datetime, most: int = MOST) -> Queue:
    """Return what is due, of each campaign up to `most`; reads the queue's index."""
    before = {f"before_{age}": now - timedelta(seconds=age) for age in AGES}
    rows = connection.execute(_DUE, {"now": now, "most": most, **before}).all()
    sums = [sum(row[1 + place] for row in rows) for place in range(len(AGES))]
    oldest = min((row.oldest or now for row in rows), default=now)
    return Queue(dict(zip(AGES, sums, strict=True)), now - oldest)
