"""The audit: who did what, without names and numbers."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, insert

from automaton.domain.collectivity import Act
from automaton.store.engine import writing
from automaton.store.tables import audit


def note(connection: Connection, act: Act) -> None:
    """Write one line into the audit."""
    connection.execute(
        insert(audit),
        {
            "collectivity_id": act.collectivity_id,
            "at": act.at,
            "by": act.by,
            "action": act.action,
            "subject": act.subject,
            "subject_id": act.subject_id,
            "details": dict(act.details),
        },
    )


def journalise(engine: Engine, act: Act) -> None:
    """Write one line into the audit in a transaction of its own: a look was taken."""
    with writing(engine) as connection:
        note(connection, act)
