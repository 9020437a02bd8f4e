"""Attempts that the journal knows and a restored database does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, select

from automaton.domain.attempt import AttemptState
from automaton.domain.outcome import Outcome
from automaton.ports import JournalledKey
from automaton.store.claims import keep_first
from automaton.store.rows import chunks
from automaton.store.tables import attempts, campaigns, opt_outs, recipients

Points = Mapping[tuple[str, str], Sequence[Sequence[Any]]]
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
NOBODY = ""  # as where somebody was erased
_KNOWN = select(attempts.c.id, attempts.c.e164).where(attempts.c.id.in_(_IDS))
NO_MORE = "9"
_OWNERS = select(campaigns.c.id, campaigns.c.collectivity_id).where(
    campaigns.c.id.in_(_IDS)
)
_WHOSE = select(recipients.c.id, recipients.c.campaign_id, recipients.c.points).where(
    recipients.c.id.in_(_IDS)
)


def recall(
    connection: Connection, keys: Sequence[JournalledKey], now: datetime
) -> list[str]:
    """Write the attempts of these keys that are missing, as ended; return their ids.

    Only where the recipient is known. Which of its numbers was rung is known where it
    has one: where it has several, key 9 is taken for all of them, also a later one.
    """
    new: list[str] = []
    for some in chunks(keys):
        points = _points(connection, some)
        ours = [key for key in some if (key.recipient_id, key.campaign_id) in points]
        asked = {"ids": sorted({key.attempt_id for key in ours})}
        known = {row.id: row.e164 for row in connection.execute(_KNOWN, asked)}
        rows = {
            key.attempt_id: _row(key, points[key.recipient_id, key.campaign_id], now)
            for key in reversed(ours)
            if key.attempt_id not in known
        }
        if rows:
            connection.execute(keep_first(connection, attempts), list(rows.values()))
        new += rows
        told = [key for key in ours if known.get(key.attempt_id, NOBODY) == NOBODY]
        _opt_out(connection, [key for key in told if key.key == NO_MORE], points)
    return new


def _points(connection: Connection, keys: Sequence[JournalledKey]) -> Points:
    """Return the contact points of known recipients, each in its campaign."""
    asked = {"ids": sorted({key.recipient_id for key in keys})}
    rows = connection.execute(_WHOSE, asked)
    return {(row.id, row.campaign_id): row.points for row in rows}


def _opt_out(
    connection: Connection, keys: Sequence[JournalledKey], points: Points
) -> None:
    """Remember that these recipients want no more information calls, at any number.

    The dialplan journals key 9 only when it was pressed a second time.
    """
    asked = {"ids": sorted({key.campaign_id for key in keys})}
    owners = {row.id: row.collectivity_id for row in connection.execute(_OWNERS, asked)}
    rows = [
        {
            "collectivity_id": owners[key.campaign_id],
            "e164": e164,
            "at": key.at,
            "how": "key",
            "campaign_id": key.campaign_id,
        }
        for key in keys
        for _, e164, *_ in points[key.recipient_id, key.campaign_id]
    ]
    if rows:
        connection.execute(keep_first(connection, opt_outs), rows)


def _row(
    key: JournalledKey, points: Sequence[Sequence[Any]], now: datetime
) -> dict[str, Any]:
    point = points[0] if len(points) == 1 else (NOBODY, NOBODY)
    return {
        "id": key.attempt_id,
        "campaign_id": key.campaign_id,
        "recipient_id": key.recipient_id,
        "contact_point_id": point[0],
        "e164": point[1],
        "due_at": key.at,
        "created_at": now,
        "claimed_at": key.at,
        "ended_at": key.at,
        "state": AttemptState.ENDED,
        "lost": True,
        "outcome": Outcome.UNKNOWN,
    }
