"""Opens the database so that what is committed stays: SQLite or PostgreSQL.

Together with `claims.py` and `failures.py`, and with how a moment is written
(`columns.Moment`), the only file in which the two databases differ. A database that
would lose a committed key press when the power fails is refused.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    ExceptionContext,
    Table,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from automaton.errors import ConfigurationError, LineError
from automaton.private import make_private_folder
from automaton.store.failures import (
    FAILED,
    LOST,
    failure_of,
    folder_failure,
    told_plainly,
)

BUSY_MILLISECONDS = 10_000
LONGEST_LOG = 16_384  # pages of 4 KB, where somebody else looks after it
WRITES = "automaton_writes"
# Takes the lock and finds a read-only disk out; an empty database has no such table.
_TRIAL = "UPDATE alembic_version SET version_num = version_num"
SQLITE_DURABLE = frozenset({2, 3})  # PRAGMA synchronous: FULL, EXTRA
POSTGRES_WAITS = {
    "connect_timeout": 5,  # seconds, as the next ones
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 1000 * 15,
}
# The server's own looks at a silent client; the first two are told in seconds.
OF_THE_DEAD = {
    "tcp_keepalives_idle": timedelta(seconds=3),
    "tcp_keepalives_interval": timedelta(seconds=1),
    "tcp_user_timeout": timedelta(seconds=6),
}
IN_SECONDS = frozenset({"tcp_keepalives_idle", "tcp_keepalives_interval"})
_ONE_MOMENT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
POSTGRES_DURABLE = frozenset({"on", "remote_apply"})


def open_database(url: str) -> Engine:
    """Return an engine whose commits are durable.

    `ConfigurationError` where the database cannot promise that, or the address is
    wrong; `LineError` where nobody answers there.
    """
    engine = _engine(_known(url))
    try:
        with engine.connect():
            return engine
    except DBAPIError as error:
        engine.dispose()
        if failure := _refused_by_its_file(error):
            raise failure from error
        place = engine.url.render_as_string(hide_password=True)
        raise LineError(
            f"The database {place} does not answer: {error.orig}",
            error_id="database-unreachable",
        ) from error


def bounded(
    engine: Engine, idle: timedelta, statement: timedelta | None = None
) -> Engine:
    """Let the server end what a node that sleeps or is gone has left open.

    Else its locks would last as long as the network's patience (PostgreSQL only).
    `statement`: longer than that nothing may take, or wait for a lock.
    """
    if engine.dialect.name == "sqlite":
        return engine
    bounds = {"idle_in_transaction_session_timeout": idle, **OF_THE_DEAD}
    if statement is not None:
        bounds |= {"statement_timeout": statement, "lock_timeout": statement}

    def bound(connection: Any, _: object) -> None:
        for name, length in bounds.items():
            unit = 1 if name in IN_SECONDS else 1000
            connection.execute(f"SET {name} = {round(length.total_seconds() * unit)}")
        connection.commit()

    event.listen(engine, "connect", bound)
    engine.dispose()  # the connection that was tried has no bounds
    return engine


def leave_checkpoints(engine: Engine) -> None:
    """Let a SQLite engine's commits bring the log in only where it is very long."""

    def leave(connection: Any, _: object) -> None:
        connection.execute(f"PRAGMA wal_autocheckpoint={LONGEST_LOG}")

    event.listen(engine, "connect", leave)
    engine.dispose()  # the connection that was tried would do it


def sqlite_file(url: str) -> Path | None:
    """Return the file behind an address; None where the database is no SQLite."""
    known = _known(url)
    is_file = known.get_backend_name() == "sqlite"
    return _file_of(known) if is_file else None


def _file_of(url: URL) -> Path:
    """Return SQLite's file, also where it is written as a URI."""
    return Path(str(url.database).removeprefix("file:"))


def copied(url: str, file: Path) -> Path:
    """Write the committed content of a SQLite database into another file.

    It has its name only once it is whole and on the disk.
    """
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    engine = open_database(url)
    try:
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            part.touch(mode=0o600)
            with closing(sqlite3.connect(part)) as into:
                driver.backup(into)
        part.replace(file)
        return file
    finally:
        engine.dispose()


def put_back(copy: Path, url: str) -> None:
    """Make a SQLite database what a copy is: in one transaction, or not at all."""
    file = sqlite_file(url)
    assert file is not None
    with (
        closing(sqlite3.connect(copy)) as content,
        closing(sqlite3.connect(file)) as db,
    ):
        db.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        db.execute("PRAGMA synchronous=FULL")
        content.backup(db)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def check_writable(engine: Engine) -> None:
    """Raise `LineError` unless the database takes writes; nothing is changed."""
    with told_plainly(), engine.execution_options(**{WRITES: True}).connect() as one:
        one.exec_driver_sql(_TRIAL)
        one.rollback()


def write_nothing(connection: Connection) -> None:
    """Write what is there already: `LineError` where the database takes no writes."""
    connection.exec_driver_sql(_TRIAL)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection that sees one moment of the database and changes nothing.

    `LineError` where the database fails.
    """
    with told_plainly(), engine.connect() as connection:
        yield connection


@contextmanager
def photographing(engine: Engine) -> Iterator[Connection]:
    """Give a connection that sees one and the same moment however long it reads."""
    wish = {} if engine.dialect.name == "sqlite" else _ONE_MOMENT
    with told_plainly(), engine.execution_options(**wish).connect() as connection:
        yield connection


def count_on(connection: Connection, table: Table) -> None:
    """Let the next row that numbers itself come after those that brought a number."""
    if connection.dialect.name == "postgresql":
        name = table.name
        connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), "  # noqa: S608
            f"coalesce((SELECT max(id) FROM {name}), 1))"
        )


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection whose work is committed at the end, or undone on an error.

    `LineError` where the database fails: nothing was kept, except where a connection
    was lost at the very end, which nobody can know.
    """
    writer = engine.execution_options(**{WRITES: True})
    with told_plainly(), writer.begin() as connection:
        yield connection


def hold_alone(connection: Connection) -> None:
    """Keep other nodes, which may begin at the same moment, from changing tables."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(1)")


def _known(url: str) -> URL:
    """Return the parsed address with the driver that we use."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigurationError(
            "database.url is no address: write it like sqlite:////var/lib/x.sqlite3",
            error_id="database-url",
        ) from error
    if parsed.drivername == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise ConfigurationError(
            "database.url keeps everything in memory: name a file",
            error_id="database-volatile",
        )
    return parsed


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    try:
        engine = create_engine(url, hide_parameters=True, connect_args=_waits(url))
    except NoSuchModuleError as error:
        raise ConfigurationError(
            f"database.url names a driver that is not there: {url.drivername}",
            error_id="database-url",
        ) from error
    event.listen(engine, "connect", _prepare_postgres)
    event.listen(engine, "handle_error", _drop_details)
    return engine


def _sqlite(url: URL) -> Engine:
    path = _file_of(url)
    try:
        make_private_folder(path.parent)
        path.touch(mode=0o600)  # Who is frail, and where: nobody else's to read.
    except OSError as error:
        raise folder_failure(error) from error
    engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    """Set what makes a connection durable, and look whether it took effect."""
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA secure_delete=FAST")
    refuse_lossy_sqlite(connection)


def refuse_lossy_sqlite(connection: Any) -> None:
    """Raise `ConfigurationError` unless a driver's connection commits durably."""
    (journal,) = connection.execute("PRAGMA journal_mode").fetchone()
    (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    if journal != "wal" or synchronous not in SQLITE_DURABLE:
        raise ConfigurationError(
            "This SQLite does not keep what it commits "
            f"(journal_mode={journal}, synchronous={synchronous}): "
            "put the file on a local disk",
            error_id="database-volatile",
        )


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a reader that turns writer would fail instead."""
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _waits(url: URL) -> dict[str, int]:
    """Return how long a server may be silent; what the address says of it wins."""
    return {k: v for k, v in POSTGRES_WAITS.items() if k not in url.query}


def _prepare_postgres(connection: Any, _: object) -> None:
    refuse_lossy_postgres(connection)
    connection.execute(f"SET lock_timeout = {BUSY_MILLISECONDS}")
    connection.commit()


def _refused_by_its_file(error: DBAPIError) -> LineError | None:
    """Return what forbids a SQLite file to be opened; None for a silent server."""
    failure = failure_of(error)
    is_lost = failure is None or failure.error_id in (LOST, FAILED)
    return None if is_lost else failure


def _drop_details(context: ExceptionContext) -> None:
    """Keep the first line of an error: PostgreSQL's DETAIL quotes names and numbers."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args:
            error.args = (str(error.args[0]).partition("\n")[0],)


def refuse_lossy_postgres(connection: Any) -> None:
    """Raise `ConfigurationError` unless a driver's connection commits durably."""
    (commit,) = connection.execute("SHOW synchronous_commit").fetchone()
    (fsync,) = connection.execute("SHOW fsync").fetchone()
    if commit not in POSTGRES_DURABLE or fsync != "on":
        raise ConfigurationError(
            "This PostgreSQL does not keep what it commits "
            f"(synchronous_commit={commit}, fsync={fsync}): set both to on",
            error_id="database-volatile",
        )
