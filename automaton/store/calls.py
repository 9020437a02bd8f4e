"""What happens to attempts once they are claimed: what the beat writes of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields

from sqlalchemy import (
    BindParameter,
    Connection,
    bindparam,
    literal_column,
    select,
    update,
)

from automaton.domain.attempt import Attempt
from automaton.store.alarms import open_for
from automaton.store.claims import (
    keep_first,
    release,
)
from automaton.store.rows import (
    ATTEMPT_COLUMNS,
    attempt_of,
    chunks,
)
from automaton.store.tables import (
    attempts,
    campaigns,
    opt_outs,
)

# What planning and claiming wrote stays. A column that is named in an update has its
# indexes rewritten, changed or not: so the outcome is written only where there is one.
_LASTING = {
    "id",
    "campaign_id",
    "recipient_id",
    "contact_point_id",
    "e164",
    "due_at",
    "claimed_at",
}
_TOLD = {f.name: f.default for f in fields(Attempt) if f.name not in _LASTING}
_IDS: BindParameter[str] = bindparam("ids", expanding=True)

_BY_ID = update(attempts).where(attempts.c.id == bindparam("attempt"))


def save(connection: Connection, saved: Sequence[Attempt]) -> list[str]:
    """Write what was told about attempts; free the numbers of the ended ones.

    Return the recipients who have just asked for help: their alarms are open now.
    """
    ended = [attempt for attempt in saved if not attempt.is_open]
    told: defaultdict[tuple[str, ...], list[Attempt]] = defaultdict(list)
    for attempt in sorted(saved, key=lambda one: (one.is_open, one.id)):
        told[_told_of(attempt)].append(attempt)
    for names, alike in told.items():
        _tell(connection, alike, names)
    release(connection, ended)
    _note_opt_outs(connection, [a for a in ended if a.has_opted_out and a.e164])
    return open_for(connection, saved)


def _told_of(attempt: Attempt) -> tuple[str, ...]:
    """Return what is to be written: of an open attempt only what is known of it.

    A person's word may be on record that this node has not heard of.
    """
    is_all = not attempt.is_open
    return tuple(
        n
        for n, none in _TOLD.items()
        if (is_all and n != "proof") or getattr(attempt, n) != none
    )


def _tell(
    connection: Connection, told: Sequence[Attempt], names: Sequence[str]
) -> None:
    if told:
        rows = [{"attempt": a.id} | {n: getattr(a, n) for n in names} for a in told]
        connection.execute(_BY_ID, rows)


def assign(connection: Connection, trunks: Sequence[tuple[str, str]]) -> None:
    """Write which trunk carries which attempt."""
    if trunks:
        rows = [{"attempt": id_, "trunk": trunk} for id_, trunk in trunks]
        connection.execute(_BY_ID, rows)


def read(
    connection: Connection, ids: Sequence[str], *, hold: bool = False
) -> list[Attempt]:
    """Return attempts by id; `hold` keeps other nodes from changing them."""
    asked = _ATTEMPTS.with_for_update(key_share=True) if hold else _ATTEMPTS
    return [
        attempt_of(row)
        for chunk in chunks(sorted(ids) if hold else ids)
        for row in connection.execute(asked, {"ids": chunk})
    ]


def open_attempts(connection: Connection, node: str) -> list[Attempt]:
    """Return what a node had claimed and not ended, the oldest claim first."""
    return [attempt_of(row) for row in connection.execute(_TAKEN, {"name": node})]


_ATTEMPTS = (
    select(*ATTEMPT_COLUMNS).where(attempts.c.id.in_(_IDS)).order_by(attempts.c.id)
)
# Two terms, as the partial index has them.
IS_TAKEN = (
    attempts.c.state != literal_column("'ended'"),
    attempts.c.state != literal_column("'planned'"),
)
_TAKEN = (
    select(*ATTEMPT_COLUMNS)
    .where(attempts.c.node == bindparam("name"), *IS_TAKEN)
    .order_by(attempts.c.claimed_at, attempts.c.id)
)
OPEN_OF_NODE = (
    update(attempts)
    .where(attempts.c.node == bindparam("name"), *IS_TAKEN)
    .values(node=bindparam("new_name"))
)
_COLLECTIVITIES = select(campaigns.c.id, campaigns.c.collectivity_id).where(
    campaigns.c.id.in_(_IDS)
)


def _note_opt_outs(connection: Connection, refused: Sequence[Attempt]) -> None:
    """Remember the numbers that asked for no more information calls."""
    if not refused:
        return
    asked = {"ids": sorted({attempt.campaign_id for attempt in refused})}
    rows = connection.execute(_COLLECTIVITIES, asked)
    owner = {row.id: row.collectivity_id for row in rows}
    known = [
        {
            "collectivity_id": owner[attempt.campaign_id],
            "e164": attempt.e164,
            "at": attempt.key_at or attempt.ended_at,
            "how": "key",
            "campaign_id": attempt.campaign_id,
        }
        for attempt in refused
    ]
    connection.execute(keep_first(connection, opt_outs), known)
