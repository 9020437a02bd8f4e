"""Everything that is on record of a campaign, for its report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine, func, or_, select

from automaton.domain.attempt import Attempt
from automaton.domain.recipient import RecipientState
from automaton.domain.record import DutyRing, LinkedCampaign, RecipientRecord
from automaton.store.engine import reading
from automaton.store.rows import ATTEMPT_COLUMNS, attempt_of
from automaton.store.tables import attempts, campaigns, duty_calls, recipients


def recipient_records(engine: Engine, campaign_id: str) -> list[RecipientRecord]:
    """Return every recipient with its attempts, at one moment of the database."""
    with reading(engine) as connection:
        tried = _attempts(connection, campaign_id)
        rows = connection.execute(_RECIPIENTS.where(_of(recipients, campaign_id)))
        return [_record(row, tuple(tried.get(row.id, ()))) for row in rows]


def linked_campaigns(engine: Engine, campaign_id: str) -> tuple[LinkedCampaign, ...]:
    """Return the campaign that this one follows, then those that follow it."""
    with reading(engine) as connection:
        parent = select(campaigns.c.parent_id).where(campaigns.c.id == campaign_id)
        parent_id = connection.execute(parent).scalar()
        mine = [campaigns.c.parent_id == campaign_id]
        if parent_id is not None:
            mine.append(campaigns.c.id == parent_id)
        rows = connection.execute(_LINKED.where(or_(*mine))).all()
        linked = [
            LinkedCampaign(
                row.id,
                row.name,
                row.follow_up,
                row.state,
                row.id == parent_id,
                _counts(connection, row.id),
            )
            for row in rows
        ]
    return tuple(sorted(linked, key=lambda one: not one.is_parent))


def duty_rings(engine: Engine, campaign_id: str) -> tuple[DutyRing, ...]:
    """Return every ring of the duty list for a campaign, the first one first."""
    columns = (duty_calls.c[name] for name in DutyRing.__slots__)
    mine = _of(duty_calls, campaign_id)
    asked = select(*columns).where(mine).order_by(duty_calls.c.at, duty_calls.c.id)
    with reading(engine) as connection:
        return tuple(DutyRing(*row) for row in connection.execute(asked))


_RECIPIENTS = select(
    recipients.c.id,
    recipients.c.name,
    recipients.c.address,
    recipients.c.state,
    recipients.c.proof,
    recipients.c.points,
    recipients.c.acknowledged_at,
    recipients.c.finished_at,
).order_by(recipients.c.id)
_LINKED = select(
    campaigns.c.id, campaigns.c.name, campaigns.c.follow_up, campaigns.c.state
).order_by(campaigns.c.created_at, campaigns.c.id)


def _of(table: Any, campaign_id: str) -> Any:
    return table.c.campaign_id == campaign_id


def _attempts(connection: Connection, campaign_id: str) -> Mapping[str, list[Attempt]]:
    tried: defaultdict[str, list[Attempt]] = defaultdict(list)
    order = (attempts.c.created_at, attempts.c.id)
    asked = select(*ATTEMPT_COLUMNS).where(_of(attempts, campaign_id))
    for row in connection.execute(asked.order_by(*order)):
        attempt = attempt_of(row)
        tried[attempt.recipient_id].append(attempt)
    return tried


def _record(row: Any, tried: tuple[Attempt, ...]) -> RecipientRecord:
    numbers = tuple(e164 for _, e164, _, _ in row.points)
    told = (row.id, row.name, row.address, row.state, row.proof, numbers)
    return RecipientRecord(*told, row.acknowledged_at, row.finished_at, tried)


def _counts(connection: Connection, campaign_id: str) -> dict[RecipientState, int]:
    asked = (
        select(recipients.c.state, func.count())
        .where(_of(recipients, campaign_id))
        .group_by(recipients.c.state)
    )
    return {row[0]: row[1] for row in connection.execute(asked)}
