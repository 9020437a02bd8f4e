"""The audit: who did what, without names and numbers."""

from __future__ import annotations

from sqlalchemy import Connection, Engine

from automaton.domain.audit import Head
from automaton.domain.collectivity import Act
from automaton.store.chain import append
from automaton.store.engine import writing


def note(connection: Connection, act: Act) -> None:
    """Write one line into the audit."""
    append(connection, act)


def journalise(engine: Engine, act: Act) -> Head:
    """Write one line into the audit in a transaction of its own: a look was taken."""
    with writing(engine) as connection:
        return append(connection, act)
