"""The database opens durable or not at all, and only in the shape that we know."""

import sqlite3
import traceback
from pathlib import Path

import psycopg
import pytest
from alembic import command
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import IntegrityError

from automaton.clock import SystemClock
from automaton.errors import ConfigurationError, LineError
from automaton.store.engine import (
    open_database,
    reading,
    refuse_lossy_postgres,
    refuse_lossy_sqlite,
    writing,
)
from automaton.store.ledger import SqlLedger
from automaton.store.revision import check_schema
from automaton.store.schema import alembic_config, upgrade
from tests.store.cluster import Cluster
from tests.store.commune import Commune


def test_migrations_from_empty_equal_the_tables(engine: Engine) -> None:
    with reading(engine) as connection:
        command.check(alembic_config(connection))
    check_schema(engine)


def test_migrations_lead_back_to_empty(engine: Engine) -> None:
    with writing(engine) as connection:
        command.downgrade(alembic_config(connection), "base")
        command.upgrade(alembic_config(connection), "head")
    check_schema(engine)


def test_upgrade_twice_changes_nothing(url: str, engine: Engine) -> None:
    upgrade(url)

    check_schema(engine)


def test_empty_database_says_what_to_run(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'new' / 'town.sqlite3'}")

    with pytest.raises(ConfigurationError, match=r"empty: run .*upgrade") as refused:
        check_schema(engine)
    assert refused.value.error_id == "database-schema"
    engine.dispose()


@pytest.mark.parametrize(
    ("revision", "words"),
    [("0001", "older .*: run `automaton upgrade`"), ("9999", "newer")],
)
def test_strange_schema_is_told_clearly(
    engine: Engine, revision: str, words: str
) -> None:
    with reading(engine) as connection:
        question = "SELECT version_num FROM alembic_version"
        head = str(connection.exec_driver_sql(question).scalar())

    pretend(engine, revision)
    try:
        with pytest.raises(ConfigurationError, match=words):
            check_schema(engine)
    finally:
        pretend(engine, head)


def pretend(engine: Engine, revision: str) -> None:
    """Make a database say that it has the shape of a revision."""
    with writing(engine) as connection:
        said = f"UPDATE alembic_version SET version_num = '{revision}'"
        connection.exec_driver_sql(said)


def test_sqlite_writes_ahead_and_waits_for_the_disk(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'town.sqlite3'}")
    with reading(engine) as connection:
        asked = ["journal_mode", "synchronous", "foreign_keys", "busy_timeout"]
        found = [connection.exec_driver_sql(f"PRAGMA {p}").scalar() for p in asked]
    engine.dispose()

    assert found == ["wal", 2, 1, 10_000]


def test_register_is_readable_to_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "town.sqlite3"
    engine = open_database(f"sqlite:///{path}")
    engine.dispose()

    assert path.stat().st_mode & 0o077 == 0


def test_a_failing_statement_tells_no_name_and_no_number(commune: Commune) -> None:
    person = commune.person("+33199000001", last_name="Aubrac")
    twice = {"id": person, "last_name": "Aubrac", "first_name": "Odette"}
    unfit = {"contact_id": person, "kind": None, "value": "+33199000001", "rank": 0}
    with pytest.raises(IntegrityError) as failed:
        commune.add("contacts", twice | {"register_id": commune.register})
    with pytest.raises(IntegrityError) as empty:
        commune.add("contact_points", unfit)

    for error in (failed.value, empty.value):
        told = "".join(traceback.format_exception(error))
        assert "contact" in told
        for value in ("Aubrac", "Odette", "+33199000001", person):
            assert value not in told


@pytest.mark.parametrize("pragma", ["synchronous=NORMAL", "journal_mode=MEMORY"])
def test_sqlite_that_forgets_is_refused(tmp_path: Path, pragma: str) -> None:
    connection = sqlite3.connect(tmp_path / "town.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA {pragma}")

    with pytest.raises(ConfigurationError, match=r"does not keep .* local disk"):
        refuse_lossy_sqlite(connection)
    connection.close()


@pytest.mark.postgres
def test_postgres_that_forgets_is_refused(cluster: Cluster) -> None:
    url = cluster.create("forgetful")
    with psycopg.connect(dbname=make_url(url).database, **_place(cluster)) as one:
        one.execute("SET synchronous_commit = off")
        with pytest.raises(ConfigurationError, match="synchronous_commit=off"):
            refuse_lossy_postgres(one)
    lossy = f"{url}&options=-csynchronous_commit%3Doff"

    with pytest.raises(ConfigurationError) as refused:
        open_database(lossy)
    assert refused.value.error_id == "database-volatile"


def _place(cluster: Cluster) -> dict[str, str]:
    return {"user": "postgres", "host": str(cluster.folder)}


@pytest.mark.postgres
def test_short_address_of_postgres_is_understood(cluster: Cluster) -> None:
    url = cluster.url("town").replace("+psycopg", "")

    engine = open_database(url)

    assert engine.dialect.driver == "psycopg"
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "error_id"),
    [
        ("sqlite://", "database-volatile"),
        ("sqlite:///:memory:", "database-volatile"),
        ("nonsense", "database-url"),
        ("postgresql+fantasy://localhost/town", "database-url"),
    ],
)
def test_wrong_address_says_what_to_change(url: str, error_id: str) -> None:
    with pytest.raises(ConfigurationError, match=r"database\.url") as refused:
        open_database(url)
    assert refused.value.error_id == error_id


def test_server_that_is_away_is_a_fault_of_the_world(tmp_path: Path) -> None:
    with pytest.raises(LineError, match="does not answer") as failed:
        open_database(f"postgresql://town:secret@/town?host={tmp_path}")
    assert failed.value.error_id == "database-unreachable"
    assert "secret" not in str(failed.value)


def test_database_that_fails_is_a_fault_of_the_world(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    ledger = SqlLedger(engine, SystemClock())

    with pytest.raises(LineError) as failed, ledger.transaction() as transaction:
        transaction.next_due("c1")
    assert failed.value.error_id == "database-failed"
    engine.dispose()


def test_reader_sees_one_moment_and_never_waits(commune: Commune) -> None:
    with reading(commune.engine) as reader:
        question = "SELECT count(*) FROM registers"
        assert reader.exec_driver_sql(question).scalar() == 1
        with writing(commune.engine) as writer:
            writer.exec_driver_sql("UPDATE registers SET name = 'autre'")
            assert reader.exec_driver_sql(question).scalar() == 1
