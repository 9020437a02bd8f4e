"""One transaction for a restore: all of it is kept, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime

from sqlalchemy import select

from automaton.domain.audit import Seal
from automaton.errors import AutomatonError
from automaton.settings import Settings
from automaton.store.chain import RESTORED, open_sealed
from automaton.store.engine import open_database, reading, writing
from automaton.store.landing import Landing
from automaton.store.sweep import sweep
from automaton.store.tables import audit


class _OnlyALookError(Exception):
    """Undoes the transaction of a preview."""


@contextmanager
def landing(
    settings: Settings, seals: Sequence[Seal], now: datetime, *, keep: bool
) -> Iterator[Landing]:
    """Give a landing on the node's database; without `keep` it is undone."""
    engine = open_sealed(settings)
    try:
        with suppress(_OnlyALookError), writing(engine) as connection:
            yield Landing(connection, settings.server.node, seals, now)
            if not keep:
                raise _OnlyALookError
    finally:
        engine.dispose()


def may_be_kept(settings: Settings, at: datetime) -> bool:
    """Tell whether the restore of this moment was committed, or nobody can know."""
    try:
        engine = open_database(settings.database_url)
    except AutomatonError:
        return True
    asked = select(audit.c.id).where(audit.c.action == RESTORED, audit.c.at == at)
    try:
        with reading(engine) as connection:
            return connection.execute(asked).first() is not None
    except AutomatonError:
        return True
    finally:
        engine.dispose()


def sweep_files(settings: Settings) -> None:
    """Take what was erased again out of the database's files; see `sweep`."""
    engine = open_database(settings.database_url)
    try:
        sweep(engine)
    finally:
        engine.dispose()
