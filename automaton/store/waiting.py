"""Who is still waited for: claims that go back to the queue, calls that need not be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, or_, select, update

from automaton.domain.attempt import AttemptState
from automaton.domain.campaign import ACTIVE_CAMPAIGN_STATES, FINAL_CAMPAIGN_STATES
from automaton.domain.outcome import Outcome
from automaton.domain.recipient import (
    FINAL_RECIPIENT_STATES,
    OPEN_RECIPIENT_STATES,
    RecipientState,
)
from automaton.store.claims import free_numbers
from automaton.store.rows import chunks
from automaton.store.tables import attempts, campaigns, recipients


def give_back(
    connection: Connection, ids: Sequence[str], due_at: datetime, now: datetime
) -> list[str]:
    """Make claimed attempts planned again: they left no trace and cost nothing.

    One that nobody waits for any more (its recipient is final, its campaign is over)
    ends as cancelled instead; the recipients of these are returned.
    """
    returned = [
        row
        for chunk in chunks(ids)
        for row in connection.execute(_RETURNED, {"ids": chunk})
    ]
    if not returned:
        return []
    free_numbers(connection, [(row.e164, row.id) for row in returned])
    needless = [row for row in returned if not _is_wanted(row)]
    wanted = [row for row in returned if _is_wanted(row)]
    blank = {"claimed_at": None, "trunk": None, "node": None}
    over = {"state": AttemptState.ENDED, "outcome": Outcome.CANCELLED, "ended_at": now}
    _write_all(connection, needless, blank | over)
    _write_all(
        connection, wanted, blank | {"state": AttemptState.PLANNED, "due_at": due_at}
    )
    connection.execute(_WAITING, {"ids": [row.recipient_id for row in returned]})
    return [row.recipient_id for row in needless]


def done_with(connection: Connection, ids: Sequence[str]) -> list[str]:
    """Return the attempts whose recipient is final or whose campaign is over."""
    return [
        id_
        for chunk in chunks(ids)
        for id_ in connection.execute(_DONE_WITH, {"ids": chunk}).scalars()
    ]


_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_BY_ID = update(attempts).where(attempts.c.id == bindparam("attempt"))
_RETURNED = (
    select(
        attempts.c.id,
        attempts.c.e164,
        attempts.c.recipient_id,
        recipients.c.state.label("recipient_state"),
        campaigns.c.state.label("campaign_state"),
    )
    .join(recipients, recipients.c.id == attempts.c.recipient_id)
    .join(campaigns, campaigns.c.id == attempts.c.campaign_id)
    .where(attempts.c.id.in_(_IDS), attempts.c.state == AttemptState.CLAIMED)
)
_DONE_WITH = (
    select(attempts.c.id)
    .join(recipients, recipients.c.id == attempts.c.recipient_id)
    .join(campaigns, campaigns.c.id == attempts.c.campaign_id)
    .where(
        attempts.c.id.in_(_IDS),
        or_(
            recipients.c.state.in_(sorted(FINAL_RECIPIENT_STATES)),
            campaigns.c.state.in_(sorted(FINAL_CAMPAIGN_STATES)),
        ),
    )
)
_WAITING = (
    update(recipients)
    .where(recipients.c.id.in_(_IDS), recipients.c.state == RecipientState.TRYING)
    .values(state=RecipientState.WAITING)
)


def _is_wanted(row: Any) -> bool:
    """Tell whether somebody still waits for the call of this attempt."""
    is_open = row.recipient_state in OPEN_RECIPIENT_STATES
    return is_open and row.campaign_state in ACTIVE_CAMPAIGN_STATES


def _write_all(
    connection: Connection, rows: Sequence[Any], values: Mapping[str, Any]
) -> None:
    if rows:
        connection.execute(_BY_ID, [{**values, "attempt": row.id} for row in rows])
