"""Rare news from node to node: a word sent at the commit (PostgreSQL only).

Only what saves a wait of a second is told (a command, a campaign that moved, the first
recipients of one, a node that died), never a call: such words wait for each other at
the commit. Who hears them: ears.py.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, select

CHANNEL = "automaton"


def tell(connection: Connection, what: str) -> None:
    """Tell all nodes, when this transaction is committed."""
    if connection.dialect.name != "sqlite":
        connection.execute(select(func.pg_notify(CHANNEL, what)))
