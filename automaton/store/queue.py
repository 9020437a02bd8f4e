"""How many attempts are due, by how long they have waited: for whoever watches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, case, func, select

from automaton.domain.campaign import CampaignState
from automaton.store.claims import IS_PLANNED
from automaton.store.tables import attempts, campaigns

AGES = (0, 1, 10, 60, 600)
"""Seconds; how many have waited longer than each is counted."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The attempts that are due, of the campaigns that run, on all nodes.

    `waited` counts by age: those that have waited longer than so many seconds.
    """

    waited: Mapping[int, int]
    oldest: timedelta


_RUNNING = select(campaigns.c.id).where(
    campaigns.c.state == bindparam("running", CampaignState.RUNNING)
)
_DUE = select(
    *(
        func.sum(case((attempts.c.due_at <= bindparam(f"before_{age}"), 1), else_=0))
        for age in AGES
    ),
    func.min(attempts.c.due_at),
).where(
    IS_PLANNED,
    attempts.c.campaign_id.in_(_RUNNING),
    attempts.c.due_at <= bindparam("now"),
)


def due_by_age(connection: Connection, now: datetime) -> Queue:
    """Return what is due; reads the index of the queue alone."""
    before = {f"before_{age}": now - timedelta(seconds=age) for age in AGES}
    *counts, oldest = connection.execute(_DUE, {"now": now, **before}).one()
    waited = {age: int(n or 0) for age, n in zip(AGES, counts, strict=True)}
    return Queue(waited, now - (oldest or now))
