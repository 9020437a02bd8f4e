"""The shape of the database: made and moved on by alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from automaton.store.engine import hold_alone, open_database, reading, writing
from automaton.store.revision import MIGRATIONS, check_schema, revision_of


def upgrade(url: str, migrations: Path = MIGRATIONS) -> None:
    """Bring the database at an address to the shape that this program needs."""
    engine = open_database(url)
    try:
        with writing(engine) as connection:
            hold_alone(connection)
            command.upgrade(alembic_config(connection, migrations), "head")
    finally:
        engine.dispose()


def downgrade(url: str, revision: str, migrations: Path = MIGRATIONS) -> None:
    """Bring the database back to an older shape; where it has it, nothing is done."""
    engine = open_database(url)
    try:
        with writing(engine) as connection:
            if revision_of(connection) != revision:
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


def alembic_config(
    connection: Connection | None = None, migrations: Path = MIGRATIONS
) -> Config:
    """Return alembic's configuration; `connection` is the one it works on."""
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.attributes["connection"] = connection
    return config
