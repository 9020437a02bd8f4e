"""The shape of the database: made and moved on by alembic, refused where it differs."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from automaton.errors import ConfigurationError
from automaton.store.engine import open_database, reading, writing

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(url: str, migrations: Path = MIGRATIONS) -> None:
    """Bring the database at an address to the shape that this program needs."""
    engine = open_database(url)
    try:
        with writing(engine) as connection:
            command.upgrade(alembic_config(connection, migrations), "head")
    finally:
        engine.dispose()


def downgrade(url: str, revision: str, migrations: Path = MIGRATIONS) -> None:
    """Bring the database back to an older shape; where it has it, nothing is done."""
    engine = open_database(url)
    try:
        with writing(engine) as connection:
            found = MigrationContext.configure(connection).get_current_revision()
            if found != revision:
                command.downgrade(alembic_config(connection, migrations), revision)
    finally:
        engine.dispose()


def head_of_migrations(migrations: Path = MIGRATIONS) -> str:
    """Return the revision that an upgrade ends at."""
    script = ScriptDirectory.from_config(alembic_config(None, migrations))
    return script.get_current_head() or ""


def prepare(url: str) -> None:
    """Make the tables where there are none; `ConfigurationError` where they are old.

    An older database is moved on by `automaton upgrade`, with a way back.
    """
    engine = open_database(url)
    try:
        with reading(engine) as connection:
            is_empty = not inspect(connection).get_table_names()
        if not is_empty:
            return check_schema(engine)
    finally:
        engine.dispose()
    return upgrade(url)


def known_revisions() -> frozenset[str]:
    """Return every revision that this program knows how to move on."""
    script = ScriptDirectory.from_config(alembic_config())
    return frozenset(revision.revision for revision in script.walk_revisions())


def check_schema(engine: Engine) -> None:
    """Raise `ConfigurationError` unless the database has the shape of this program."""
    with reading(engine) as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    script = ScriptDirectory.from_config(alembic_config())
    if found == script.get_current_head():
        return
    known = {revision.revision for revision in script.walk_revisions()}
    raise ConfigurationError(_difference(found, known), error_id="database-schema")


def alembic_config(
    connection: Connection | None = None, migrations: Path = MIGRATIONS
) -> Config:
    """Return alembic's configuration; `connection` is the one it works on."""
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.attributes["connection"] = connection
    return config


def _difference(found: str | None, known: set[str]) -> str:
    if found is None or found in known:
        age = "empty" if found is None else f"older ({found}) than the program"
        return f"The database is {age}: run `automaton upgrade`"
    return f"The database ({found}) is newer than the program: update the program"
