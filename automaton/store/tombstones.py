"""Who was erased, as keyed hashes: enough to erase them again, too little to know them.

The key is the one that seals the audit: a file beside the database, never in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, func, select, true, update

from automaton.domain.attempt import AttemptState
from automaton.domain.audit import Seal
from automaton.domain.outcome import Outcome
from automaton.domain.recipient import OPEN_RECIPIENT_STATES, RecipientState
from automaton.ids import new_id
from automaton.store.claims import keep_first
from automaton.store.engine import reading
from automaton.store.people.anonymity import NOBODY
from automaton.store.people.erasure import digest, erase
from automaton.store.tables import (
    attempts,
    collectivities,
    contacts,
    recipients,
    registers,
    tombstones,
)

_OF_THE_REMOVED = (
    select(contacts.c.id)
    .join(registers, registers.c.id == contacts.c.register_id)
    .join(collectivities, collectivities.c.id == registers.c.collectivity_id)
    .where(collectivities.c.removed_at.is_not(None))
)


def erase_again(
    connection: Connection, seals: Sequence[Seal], now: datetime
) -> tuple[int, tuple[str, ...]]:
    """Erase who has a tombstone or whose collectivity was removed.

    Return how many they are, and their prompts.
    """
    known = set(connection.execute(select(tombstones.c.digest)).scalars())
    left = set(connection.execute(_OF_THE_REMOVED).scalars())
    if not known and not left:
        return 0, ()
    ids = connection.execute(select(contacts.c.id)).scalars()
    buried = (i for i in ids if any(digest(seal, i) in known for seal in seals))
    gone = left.union(buried)
    prompts: list[str] = []
    for contact_id in sorted(gone):
        prompts += erase(connection, contact_id, even_if_called=True).prompts
    _let_campaigns_go_on(connection, now)
    return len(gone), tuple(prompts)


def last_erasure(engine: Engine) -> datetime | None:
    """Return when somebody was erased last; None where nobody ever was."""
    with reading(engine) as connection:
        return connection.execute(select(func.max(tombstones.c.at))).scalar()


def unread(connection: Connection, seals: Sequence[Seal]) -> int:
    """Count the tombstones whose key is not here: they keep nobody away."""
    known = sorted(seal.key_id for seal in seals)
    is_of_another = tombstones.c.key_id.not_in(known) if known else true()
    asked = select(func.count()).select_from(tombstones).where(is_of_another)
    return connection.execute(asked).scalar_one()


def _let_campaigns_go_on(connection: Connection, now: datetime) -> None:
    """End the tries that have no number any more; others of the home are tried."""
    nobody = attempts.c.e164 == NOBODY
    planned = attempts.c.state == AttemptState.PLANNED
    asked = select(attempts.c.recipient_id).where(planned, nobody)
    without = list(connection.execute(asked).scalars())
    connection.execute(
        update(attempts)
        .where(planned, nobody)
        .values(state=AttemptState.ENDED, outcome=Outcome.CANCELLED, ended_at=now)
    )
    _plan_others(connection, without, now)


def _plan_others(connection: Connection, ids: Iterable[str], now: datetime) -> None:
    for recipient_id in ids:
        is_it = recipients.c.id == recipient_id
        row = connection.execute(
            select(recipients.c.campaign_id, recipients.c.points).where(
                is_it, recipients.c.state.in_(sorted(OPEN_RECIPIENT_STATES))
            )
        ).first()
        if row is None:
            continue
        point = next((point for point in row.points if not point[3]), None)
        if point is None:
            done = {"state": RecipientState.EXCLUDED, "finished_at": now}
            connection.execute(update(recipients).where(is_it).values(done))
            continue
        planned = {
            "id": new_id(),
            "campaign_id": row.campaign_id,
            "recipient_id": recipient_id,
            "contact_point_id": point[0],
            "e164": point[1],
            "due_at": now,
            "created_at": now,
            "state": AttemptState.PLANNED,
        }
        connection.execute(keep_first(connection, attempts), planned)
