"""Which nodes live, by the clock of the database that they share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, and_, func, inspect, select

from automaton.store.engine import reading
from automaton.store.tables import nodes


def clock_of_the_database(connection: Connection) -> datetime:
    """Return the moment that the server says it is (PostgreSQL)."""
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return now


def terms_of(trunks: Any) -> dict[str, str]:
    """Return the terms of a node's trunks by name; none where an older one wrote."""
    return dict(trunks) if isinstance(trunks, dict) else {}


def living(engine: Engine, but: str = "") -> list[str]:
    """Return the nodes whose lease holds, but one (PostgreSQL; none on SQLite)."""
    if engine.dialect.name == "sqlite":
        return []
    with reading(engine) as connection:
        if not inspect(connection).has_table("roles"):
            return []  # it is empty, or from before the leases
        now = clock_of_the_database(connection)
        lives = and_(nodes.c.fenced_at.is_(None), nodes.c.lease_until >= now)
        asked = select(nodes.c.name).where(lives, nodes.c.name != but)
        return sorted(connection.execute(asked).scalars())
