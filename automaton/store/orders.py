"""What people told a campaign to do, and why: for its report."""

from __future__ import annotations

from sqlalchemy import Engine, select

from automaton.domain.record import Order
from automaton.store.engine import reading
from automaton.store.tables import commands

STEERING = ("launch", "pause", "resume", "stop")


def orders_to(engine: Engine, campaign_id: str) -> tuple[Order, ...]:
    """Return the orders that were not refused, the first one first."""
    asked = (
        select(
            commands.c.name,
            commands.c.by,
            commands.c.asked_at,
            commands.c.finished_at,
            commands.c.payload,
        )
        .where(
            commands.c.campaign_id == campaign_id,
            commands.c.name.in_(STEERING),
            commands.c.refusal.is_(None),
        )
        .order_by(commands.c.id)
    )
    with reading(engine) as connection:
        return tuple(
            Order(row.name, row.by, row.asked_at, row.finished_at, _reason(row.payload))
            for row in connection.execute(asked)
        )


def _reason(payload: dict[str, str] | None) -> str:
    return (payload or {}).get("reason", "")
