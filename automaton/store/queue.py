"""How many attempts are due, by how long they have waited: for whoever watches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, case, func, select

from automaton.domain.campaign import CampaignState
from automaton.store.claims import IS_PLANNED
from automaton.store.tables import attempts, campaigns

AGES = (0, 1, 10, 60, 600)
"""Seconds; how many have waited longer than each is counted."""
MOST = 10_000
"""So many are counted at most, the campaign of the oldest first."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The attempts that are due, of the campaigns that run, on all nodes.

    `waited` counts by age: those that have waited longer than so many seconds.
    """

    waited: Mapping[int, int]
    oldest: timedelta


_OLDEST = (
    select(func.min(attempts.c.due_at))
    .where(IS_PLANNED, attempts.c.campaign_id == campaigns.c.id)
    .where(attempts.c.due_at <= bindparam("now"))
    .correlate(campaigns)
    .scalar_subquery()
)
_RUNNING = select(campaigns.c.id, _OLDEST.label("oldest")).where(
    campaigns.c.state == bindparam("running", CampaignState.RUNNING)
)
_DUE = (
    select(attempts.c.due_at)
    .where(IS_PLANNED, attempts.c.campaign_id == bindparam("campaign"))
    .where(attempts.c.due_at <= bindparam("now"))
    .order_by(attempts.c.due_at)
    .limit(bindparam("most"))
    .subquery()
)
_BY_AGE = select(
    *(
        func.count(case((_DUE.c.due_at <= bindparam(f"before_{age}"), 1)))
        for age in AGES
    )
)


def due_by_age(connection: Connection, now: datetime, most: int = MOST) -> Queue:
    """Return what is due, up to `most`; reads so many rows of the index, each once."""
    rows = connection.execute(_RUNNING, {"now": now}).all()
    due = sorted((row.oldest, row.id) for row in rows if row.oldest is not None)
    before = {f"before_{age}": now - timedelta(seconds=age) for age in AGES}
    waited, left = Counter(dict.fromkeys(AGES, 0)), most
    for _, campaign in due:
        if not left:
            break
        asked = {"campaign": campaign, "now": now, "most": left, **before}
        counts = connection.execute(_BY_AGE, asked).one()
        waited.update(dict(zip(AGES, counts, strict=True)))
        left -= counts[0]
    return Queue(dict(waited), now - min(due)[0] if due else timedelta())
