"""What all nodes have on their lines, and what the dead have left there.

Each question names a campaign or a node, and is answered by the partial index of what
is taken, or by that of what left: never by all that ever was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Select,
    bindparam,
    exists,
    func,
    literal_column,
    select,
)

from automaton.store.calls import IS_TAKEN
from automaton.store.tables import attempts, campaigns

_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_OF_CAMPAIGN = attempts.c.campaign_id == campaigns.c.id
_LAST = (
    select(func.max(attempts.c.claimed_at))
    .where(_OF_CAMPAIGN, attempts.c.claimed_at.is_not(None))
    .scalar_subquery()
)
_LEFT = select(campaigns.c.id, _LAST.label("at")).where(campaigns.c.id.in_(_IDS))


def left_at(connection: Connection, ids: Sequence[str]) -> Mapping[str, datetime]:
    """Return when the last call of each campaign left; none where none has."""
    rows = connection.execute(_LEFT, {"ids": ids})
    return {row.id: row.at for row in rows if row.at is not None}


def on_lines(connection: Connection, ids: Sequence[str]) -> frozenset[str]:
    """Return the campaigns that have a call on a line."""
    return frozenset(connection.execute(_ON_LINES, {"ids": ids}).scalars())


def taken_of(connection: Connection, ids: Sequence[str]) -> frozenset[str]:
    """Return the campaigns that have a call on a line, or in quarantine."""
    return frozenset(connection.execute(_TAKEN, {"ids": ids}).scalars())


def _having(*more: object) -> Select[Any]:
    found = exists().where(_OF_CAMPAIGN, *IS_TAKEN, *more)  # type: ignore[arg-type]
    return select(campaigns.c.id).where(campaigns.c.id.in_(_IDS), found)


_TAKEN = _having()
_ON_LINES = _having(attempts.c.state != literal_column("'quarantined'"))
