"""Who is still waited for: claims that go back to the queue, calls that need not be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, or_, select, tuple_, update

from automaton.domain.attempt import Attempt, AttemptState
from automaton.domain.campaign import ACTIVE_CAMPAIGN_STATES, FINAL_CAMPAIGN_STATES
from automaton.domain.outcome import Outcome
from automaton.domain.recipient import (
    FINAL_RECIPIENT_STATES,
    OPEN_RECIPIENT_STATES,
    RecipientState,
)
from automaton.ports import Moved
from automaton.store.claims import IS_PLANNED, free_numbers
from automaton.store.columns import Moment
from automaton.store.rows import ATTEMPT_COLUMNS, attempt_of, chunks
from automaton.store.tables import attempts, campaigns, recipients


def give_back(
    connection: Connection,
    ids: Sequence[str],
    due_at: datetime | None,
    now: datetime,
    node: str | None = None,
) -> list[str]:
    """Make claimed attempts planned again: they left no trace and cost nothing.

    They keep their place in the queue, unless they are `due_at` another moment; where
    a clock was set back meanwhile they are due now.

    One that nobody waits for any more (its recipient is final, its campaign is over)
    ends as cancelled instead; the recipients of these are returned. Only those of the
    `node`, where there are several: what went back unheard may be another one's by now.
    """
    asked = _RETURNED if node is None else _RETURNED.where(attempts.c.node == node)
    returned = [
        row
        for chunk in chunks(ids)
        for row in connection.execute(asked, {"ids": chunk})
    ]
    if not returned:
        return []
    free_numbers(connection, [(row.e164, row.id) for row in returned])
    needless = [row for row in returned if not _is_wanted(row)]
    wanted = [row for row in returned if _is_wanted(row)]
    blank = {"claimed_at": None, "trunk": None, "node": None, "withdrawn": False}
    over = {"state": AttemptState.ENDED, "outcome": Outcome.CANCELLED, "ended_at": now}
    _write_all(connection, needless, blank | over)
    again = {} if due_at is None else {"due_at": due_at}
    _write_all(connection, wanted, blank | {"state": AttemptState.PLANNED} | again)
    late = [] if due_at is not None else [row for row in wanted if row.due_at > now]
    _write_all(connection, late, {"due_at": now})
    connection.execute(_WAITING, {"ids": [row.recipient_id for row in returned]})
    return [row.recipient_id for row in needless]


def done_with(connection: Connection, ids: Sequence[str]) -> list[str]:
    """Return the attempts whose recipient is final or whose campaign is over."""
    return [
        id_
        for chunk in chunks(ids)
        for id_ in connection.execute(_DONE_WITH, {"ids": chunk}).scalars()
    ]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Which planned attempts are asked for: those of a campaign, from one on.

    But not those that were planned after a moment and until another.
    """

    campaign: str
    but_after: datetime
    but_until: datetime
    due_at: datetime
    last_id: str


def read_waiting(connection: Connection, asked: Waiting, limit: int) -> list[Attempt]:
    """Return planned attempts by due moment and id, from the one `asked` on."""
    rows = connection.execute(_WAITS, {**asdict(asked), "limit": limit})
    return [attempt_of(row) for row in rows]


def move_due(connection: Connection, moves: Sequence[Moved]) -> None:
    """Let planned attempts be due at another moment; each moves once."""
    if moves:
        connection.execute(_MOVE, [asdict(move) for move in moves])


_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_BY_ID = update(attempts).where(attempts.c.id == bindparam("attempt"))
_RETURNED = (
    select(
        attempts.c.id,
        attempts.c.e164,
        attempts.c.recipient_id,
        attempts.c.due_at,
        recipients.c.state.label("recipient_state"),
        campaigns.c.state.label("campaign_state"),
    )
    .join(recipients, recipients.c.id == attempts.c.recipient_id)
    .join(campaigns, campaigns.c.id == attempts.c.campaign_id)
    .where(attempts.c.id.in_(_IDS), attempts.c.state == AttemptState.CLAIMED)
)
_WAITS = (
    select(*ATTEMPT_COLUMNS)
    .where(
        attempts.c.campaign_id == bindparam("campaign"),
        IS_PLANNED,
        tuple_(attempts.c.due_at, attempts.c.id)
        > tuple_(bindparam("due_at", type_=Moment()), bindparam("last_id")),
        or_(
            attempts.c.created_at <= bindparam("but_after"),
            attempts.c.created_at > bindparam("but_until"),
        ),
    )
    .order_by(attempts.c.due_at, attempts.c.id)
    .limit(bindparam("limit"))
)
_MOVE = (
    update(attempts)
    .where(
        attempts.c.id == bindparam("attempt_id"),
        IS_PLANNED,
        attempts.c.due_at == bindparam("was_at"),
    )
    .values(due_at=bindparam("due_at"))
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
