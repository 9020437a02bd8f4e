"""SQLite's log is brought in beside the writer, and begins anew."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine

from automaton.clock import SettableClock
from automaton.store.checkpoints import EVERY, Checkpoints
from automaton.store.engine import open_database, writing
from automaton.store.ledger import SqlLedger
from automaton.store.schema import upgrade

NOW = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)
BY_ITSELF = 1000 * 4096  # bytes; a log as long as that SQLite brings in at a commit


def fill(engine: Engine, megabytes: int) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS heap (content BLOB)")
    for _ in range(megabytes):
        with writing(engine) as connection:
            connection.exec_driver_sql("INSERT INTO heap VALUES (zeroblob(1000000))")


def length(file: Path) -> int:
    return file.stat().st_size


def test_no_commit_brings_the_log_in_and_the_look_beside_does(tmp_path: Path) -> None:
    # A commit of a daemon that froze an audience took 0.3 s, and keys waited for it.
    file = tmp_path / "town ship.sqlite3"
    engine = open_database(f"sqlite:///{file}")
    clock = SettableClock(NOW)
    checkpoints = Checkpoints(engine, clock)
    fill(engine, 8)
    assert length(file) < BY_ITSELF
    checkpoints.look()
    checkpoints.wait()
    assert length(file) > 8_000_000
    log = length(file.with_name(f"{file.name}-wal"))
    fill(engine, 4)
    assert length(file.with_name(f"{file.name}-wal")) == log
    engine.dispose()


def test_it_is_looked_after_once_a_second(tmp_path: Path) -> None:
    file, clock = tmp_path / "town.sqlite3", SettableClock(NOW)
    engine = open_database(f"sqlite:///{file}")
    checkpoints = Checkpoints(engine, clock)
    for passed, is_brought in ((0.0, True), (EVERY / 2, False), (EVERY, True)):
        clock.move(timedelta(seconds=passed))
        before = length(file)
        fill(engine, 1)
        checkpoints.look()
        checkpoints.wait()
        assert (length(file) > before) is is_brought
    engine.dispose()


def test_a_file_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "town.sqlite3"
    engine = open_database(f"sqlite:///{file}")
    checkpoints = Checkpoints(engine, SettableClock(NOW))
    engine.dispose()
    file.unlink()
    checkpoints.look()
    checkpoints.wait()
    assert not file.exists()


def test_the_ledger_looks_after_each_write(tmp_path: Path) -> None:
    file, clock = tmp_path / "town.sqlite3", SettableClock(NOW)
    url = f"sqlite:///{file}"
    upgrade(url)
    engine = open_database(url)
    checkpoints = Checkpoints(engine, clock)
    ledger = SqlLedger(engine, clock, checkpoints=checkpoints)
    fill(engine, 2)
    before = length(file)
    with ledger.transaction():
        pass
    checkpoints.wait()
    assert length(file) > before + 1_000_000
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM heap").fetchone() == (2,)
    engine.dispose()


def test_a_machine_without_another_thread_has_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What was committed seemed to have failed, and its calls never left.
    file, clock = tmp_path / "town.sqlite3", SettableClock(NOW)
    engine = open_database(f"sqlite:///{file}")
    checkpoints = Checkpoints(engine, clock)
    fill(engine, 1)
    before = length(file)

    def refuse(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as world:
        world.setattr(Thread, "start", refuse)
        checkpoints.look()
    clock.move(timedelta(seconds=EVERY))
    checkpoints.look()
    checkpoints.wait()
    assert length(file) > before
    engine.dispose()
