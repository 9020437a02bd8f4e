"""Recordings of officers; each method of the book is one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy import Engine, delete, insert, select, update

from automaton.domain.collectivity import Act
from automaton.domain.take import Take
from automaton.store.engine import reading, writing
from automaton.store.people.journal import note
from automaton.store.tables import takes

_COLUMNS = tuple(takes.c[field.name] for field in fields(Take))


class SqlTakeBook:
    """What was recorded by telephone, in one database."""

    engine: Engine

    def add_take(self, take: Take, act: Act) -> None:
        """Write that a recording begins."""
        with writing(self.engine) as connection:
            connection.execute(insert(takes), asdict(take))
            note(connection, act)

    def keep_take(self, take: Take, act: Act) -> None:
        """Write that a recording is kept, and how long it lasts."""
        kept = {"seconds": take.seconds, "kept_at": take.kept_at}
        with writing(self.engine) as connection:
            is_it = takes.c.id == take.id
            connection.execute(update(takes).where(is_it).values(kept))
            note(connection, act)

    def purge_takes(self, before: datetime) -> frozenset[str]:
        """Delete what was recorded before a moment; return its files."""
        gone = delete(takes).where(takes.c.at < before).returning(takes.c.file)
        with writing(self.engine) as connection:
            return frozenset(connection.execute(gone).scalars())

    def take_files(self) -> Mapping[str, bool]:
        """Return the file of each recording, and whether it was kept."""
        asked = select(takes.c.file, takes.c.kept_at.is_not(None))
        with reading(self.engine) as connection:
            return dict(connection.execute(asked).all())

    def takes(self, collectivity_id: str) -> list[Take]:
        """Return the recordings of a collectivity, the latest first."""
        mine = takes.c.collectivity_id == collectivity_id
        asked = select(*_COLUMNS).where(mine).order_by(takes.c.at.desc())
        with reading(self.engine) as connection:
            return [Take(*row) for row in connection.execute(asked)]

    def latest_take(self, officer_id: str, since: datetime) -> Take | None:
        """Return what an officer kept last since a moment, else recorded last."""
        mine = (takes.c.officer_id == officer_id, takes.c.at >= since)
        kept_first = (takes.c.kept_at.is_(None), takes.c.at.desc())
        asked = select(*_COLUMNS).where(*mine).order_by(*kept_first).limit(1)
        with reading(self.engine) as connection:
            row = connection.execute(asked).first()
        return None if row is None else Take(*row)
