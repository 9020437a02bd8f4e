"""A database that fails is told in one sentence, and a full disk gives its reserve."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from automaton.errors import LineError
from automaton.store.engine import check_writable, open_database, writing
from automaton.store.failures import SENTENCES, folder_failure
from automaton.store.reserve import Reserve
from tests.store.cluster import Cluster
from tests.store.commit_proxy import CommitProxy, Moment
from tests.store.commune import Commune
from tests.store.small_disk import in_a_chamber


def failure(work) -> str:
    with pytest.raises(LineError) as failed:
        work()
    return failed.value.error_id


def wrote(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql("UPDATE registers SET name = 'autre'")


def test_a_full_disk_gives_its_reserve_and_starts_no_call_until_there_is_room() -> None:
    told = in_a_chamber([sys.executable, "-m", "tests.store.small_disk"])
    lived = json.loads(told.splitlines()[-1])
    assert lived["full"] == {
        "kept": True,
        "claimed at first": 1,
        "failed of": "database-full",
        "reserve given up": True,
        "written then": True,
        "claimed while full": 0,
        "claimed with room": 1,
        "kept again": True,
    }
    assert lived["read_only"] == {
        "opened": "database-read-only",
        "reserve": False,
        "opened again": "",
    }


def test_a_reserve_that_cannot_be_made_is_told_once_until_it_is_there(
    tmp_path: Path,
) -> None:
    # It said nothing: no call started, and nobody knew why.
    reserve = Reserve(tmp_path / "reserve", 4096)
    reserve.path.mkdir()
    with capture_logs() as told:
        assert [reserve.keep() for _ in range(3)] == [False] * 3
    assert [line["log_level"] for line in told] == ["error"]
    assert reserve.obstacle == reserve.path
    reserve.path.rmdir()
    with capture_logs() as told:
        assert [reserve.keep() for _ in range(3)] == [True] * 3
    assert len(told) == 1
    assert reserve.obstacle is None


def test_a_reserve_without_room_is_told_once(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "new" / "reserve", 1 << 60)
    assert reserve.obstacle is None
    with capture_logs() as told:
        assert [reserve.keep() for _ in range(3)] == [False] * 3
    assert "must be free" in told[0]["why"]
    assert len(told) == 1


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits ten seconds for a lock."""
    monkeypatch.setattr("automaton.store.engine.BUSY_MILLISECONDS", 50)


@pytest.mark.usefixtures("hurried")
def test_a_locked_database_is_told(url: str, engine: Engine) -> None:
    Commune(engine)
    with closing(holder_of_the_lock(url)):
        assert failure(partial(wrote, engine)) == "database-locked"
    wrote(engine)


def holder_of_the_lock(url: str) -> sqlite3.Connection | psycopg.Connection:
    if url.startswith("sqlite"):
        held = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        held.execute("BEGIN IMMEDIATE")
        return held
    other = psycopg.connect(url.replace("+psycopg", ""))
    other.execute("LOCK TABLE registers IN ACCESS EXCLUSIVE MODE")
    return other


@pytest.mark.postgres
def test_a_server_that_takes_no_writes_is_told(cluster: Cluster) -> None:
    url = cluster.url("town")
    engine = open_database(url + "&options=-cdefault_transaction_read_only%3Don")
    assert failure(partial(wrote, engine)) == "database-read-only"
    assert failure(partial(check_writable, engine)) == "database-read-only"
    engine.dispose()


@pytest.mark.postgres
def test_a_connection_that_the_server_ends_is_told_and_made_anew(
    cluster: Cluster,
) -> None:
    engine = open_database(cluster.url("town"))
    with (
        psycopg.connect(cluster.url("town").replace("+psycopg", "")) as other,
        engine.connect() as one,
    ):
        pid = one.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        one.rollback()
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert failure(partial(wrote, engine)) == "database-lost"
    wrote(engine)
    engine.dispose()


@pytest.fixture
def cuts() -> list[Moment]:
    """Where the next connections are cut at their commit."""
    return []


@pytest.fixture
def proxy(cluster: Cluster, cuts: list[Moment]) -> Iterator[CommitProxy]:
    made = CommitProxy(cluster.folder, lambda: cuts.pop(0) if cuts else None)
    yield made
    made.close()


@pytest.mark.postgres
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_commit_whose_answer_is_lost_is_told_as_lost(
    cluster: Cluster, proxy: CommitProxy, cuts: list[Moment], moment: Moment
) -> None:
    direct = open_database(cluster.url("town"))
    commune = Commune(direct)
    engine = open_database(proxy.url("town"))

    cuts.append(moment)
    assert failure(partial(wrote, engine)) == "database-lost"

    (register,) = commune.rows("registers", id=commune.register)
    assert register.name == ("autre" if moment == "after" else "alerte")
    wrote(engine)
    engine.dispose()
    direct.dispose()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    file = tmp_path / "town.sqlite3"
    file.write_bytes(b"no database at all, and long enough to be looked at" * 100)
    opened = partial(open_database, f"sqlite:///{file}")
    assert failure(opened) == "database-damaged"


@pytest.mark.parametrize(
    ("number", "error_id"), [(28, "full"), (30, "read-only"), (5, "failed")]
)
def test_what_a_folder_refuses_is_told(number: int, error_id: str) -> None:
    told = folder_failure(OSError(number, "said so"))
    assert told.error_id == f"database-{error_id}"
    assert str(told) == SENTENCES[told.error_id].format(why="said so")


def test_a_row_that_breaks_a_rule_is_no_fault_of_the_database(
    commune: Commune,
) -> None:
    with pytest.raises(IntegrityError):
        commune.add("registers", id=commune.register, name="x", kind="alert")
