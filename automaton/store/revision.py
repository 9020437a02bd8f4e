"""Which shape the database has, and whether this program knows it.

Asked at the start of every command: alembic itself, 170 ms, is imported only by who
changes the shape.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from automaton.errors import ConfigurationError
from automaton.store.engine import reading

MIGRATIONS = Path(__file__).parent / "migrations"
_FOUND = text("SELECT version_num FROM alembic_version")


def check_schema(engine: Engine) -> None:
    """Raise `ConfigurationError` unless the database has the shape of this program."""
    with reading(engine) as connection:
        found = revision_of(connection)
    known = known_revisions()
    if found != known[-1]:
        raise ConfigurationError(_difference(found, known), error_id="database-schema")


def revision_of(connection: Connection) -> str | None:
    """Return the revision of a database, None where it has no tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(_FOUND).scalar_one_or_none()
    return found


def known_revisions() -> tuple[str, ...]:
    """Return every revision that this program knows, the newest last.

    A migration is named by its number: 0007_removed_collectivities.py.
    """
    files = (MIGRATIONS / "versions").glob("[0-9]*_*.py")
    return tuple(sorted(file.name.partition("_")[0] for file in files))


def _difference(found: str | None, known: tuple[str, ...]) -> str:
    if found is None or found in known:
        age = "empty" if found is None else f"older ({found}) than the program"
        return f"The database is {age}: run `automaton upgrade`"
    return f"The database ({found}) is newer than the program: update the program"
