"""The schools and care homes of a collectivity, each with its numbers."""

from __future__ import annotations

from sqlalchemy import Connection, select

from automaton.domain.collectivity import Establishment
from automaton.store.audience import is_visible
from automaton.store.tables import contact_points, establishments, registers


def establishments_of(
    connection: Connection, collectivity_id: str
) -> list[Establishment]:
    """Return the visible establishments of a collectivity by name."""
    columns = establishments.c
    asked = (
        select(columns.id, columns.register_id, columns.name, columns.contact_name)
        .join(registers, registers.c.id == columns.register_id)
        .where(
            registers.c.collectivity_id == collectivity_id, is_visible(establishments)
        )
        .order_by(columns.name, columns.id)
    )
    rows = connection.execute(asked).all()
    return [Establishment(*row, _numbers(connection, row.id)) for row in rows]


def _numbers(connection: Connection, establishment_id: str) -> tuple[str, ...]:
    points = contact_points.c
    asked = select(points.value).where(points.establishment_id == establishment_id)
    return tuple(connection.execute(asked.order_by(points.rank, points.id)).scalars())
