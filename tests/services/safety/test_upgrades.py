"""An upgrade moves an old database on, or leaves it exactly as it was.

There is no tagged version yet: what is old here is made by the migrations up to a
revision, with rows of that time in it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import inspect, text

from automaton.clock import SettableClock
from automaton.errors import LineError, RequestError
from automaton.services.upgrades import Move, Moved, move_on
from automaton.settings import Settings
from automaton.store.engine import open_database, reading, writing
from automaton.store.schema import (
    MIGRATIONS,
    alembic_config,
    check_schema,
    head_of_migrations,
    upgrade,
)
from automaton.store.sheets import bare_table
from tests.services.safety.safe_town import settings_of
from tests.store.cluster import Cluster
from tests.store.commune import NOW
from tests.store.conftest import BOTH
from tests.vault.conftest import Keys

FAILS = '''"""A migration that fails half-way."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{before}"


def upgrade() -> None:
    op.create_table("half_done", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("DELETE FROM collectivities")
    op.execute("SELECT nothing FROM nowhere")
'''
COLLECTIVITY = {
    "id": "c1",
    "name": "Rivemer",
    "region": "FR",
    "timezone": "Europe/Paris",
    "language": "fr",
    "created_at": NOW,
}

MakeOld = Callable[[str], Settings]


@pytest.fixture(params=BOTH)
def old(
    request: pytest.FixtureRequest, tmp_path: Path, keys: Keys
) -> Iterator[MakeOld]:
    """Make a node whose database has an old shape, and a commune in it."""
    with ExitStack() as ends:

        def make(revision: str) -> Settings:
            url = None
            if request.param == "postgres":
                server: Cluster = request.getfixturevalue("cluster")
                url = server.create(f"old_{revision}_{abs(hash(tmp_path)) % 10**8}")
            settings = settings_of(tmp_path / "old", keys, tmp_path / "there", url)
            engine = open_database(settings.database_url)
            ends.callback(engine.dispose)
            with writing(engine) as connection:
                command.upgrade(alembic_config(connection), revision)
            with writing(engine) as connection:
                _enter(connection)
            return settings

        yield make


def _enter(connection: Any) -> None:
    connection.execute(bare_table("collectivities").insert(), COLLECTIVITY)


def look(settings: Settings) -> tuple[set[str], list[str], str]:
    """Return the tables of a database, its communes and its revision."""
    engine = open_database(settings.database_url)
    try:
        with reading(engine) as connection:
            tables = set(inspect(connection).get_table_names())
            names = connection.execute(text("SELECT name FROM collectivities"))
            version = connection.execute(
                text("SELECT version_num FROM alembic_version")
            )
            return tables, list(names.scalars()), version.scalar_one()
    finally:
        engine.dispose()


def well() -> Mapping[str, str]:
    return {}


def moved(settings: Settings, at: datetime = NOW, **more: Any) -> Moved:
    move = {"doctor": well, **more}
    return move_on(Move(settings, SettableClock(at), "tests", **move))


@pytest.mark.parametrize("revision", ["0001", "0003", "0004", "0006"])
def test_an_old_database_is_backed_up_and_moved_on(
    old: MakeOld, revision: str, tmp_path: Path
) -> None:
    settings = old(revision)
    told = moved(settings)
    assert (told.before, told.after) == (revision, head_of_migrations())
    assert told.backup is not None
    assert told.backup.manifest.schema == revision
    assert told.backup.manifest.rows()["collectivities"] == 1
    assert (tmp_path / "there" / told.backup.name).exists()
    engine = open_database(settings.database_url)
    check_schema(engine)
    engine.dispose()
    assert look(settings)[1] == ["Rivemer"]
    left = {file.name for file in (settings.folders.data / "backup").iterdir()}
    assert left == {"signing-key", "signing-key.pub"}


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    """The migrations of this program, and one more that fails."""
    copy = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    last = copy / "versions/9999_fails.py"
    last.write_text(FAILS.format(before=head_of_migrations()), "utf-8")
    return copy


def test_a_migration_that_fails_leaves_everything_as_it_was(
    old: MakeOld, failing: Path
) -> None:
    settings = old("0003")
    before = look(settings)
    with pytest.raises(LineError, match="everything is as it was"):
        moved(settings, migrations=failing)
    assert look(settings) == before
    later = NOW + timedelta(hours=1)
    assert moved(settings, later).after == head_of_migrations()


def test_what_the_doctor_finds_new_brings_the_old_one_back(old: MakeOld) -> None:
    settings = old("0003")
    before = look(settings)
    found: list[Mapping[str, str]] = [{}, {"voices": "silent"}]
    with pytest.raises(LineError, match="voices: silent"):
        moved(settings, doctor=lambda: found.pop(0))
    assert look(settings) == before


def test_what_was_wrong_before_does_not_stop_an_upgrade(old: MakeOld) -> None:
    settings = old("0003")
    found = [{"voices": "silent", "database": "old"}, {"voices": "still silent"}]
    assert moved(settings, doctor=lambda: found.pop(0)).before == "0003"


@pytest.mark.parametrize("state", ["running", "paused"])
def test_a_campaign_that_is_not_over_forbids_it(old: MakeOld, state: str) -> None:
    settings = old("0003")
    engine = open_database(settings.database_url)
    with writing(engine) as connection:
        _campaign(connection, state)
    engine.dispose()
    with pytest.raises(RequestError, match=r"not over .Crue."):
        moved(settings)
    assert look(settings)[2] == "0003"


def _campaign(connection: Any, state: str) -> None:
    owned = {"id": "r1", "collectivity_id": "c1", "name": "alerte", "kind": "alert"}
    made = {"created_at": NOW}
    rows = {
        "registers": owned | made,
        "messages": {
            "id": "m1",
            "collectivity_id": "c1",
            "name": "",
            "created_at": NOW,
        },
        "campaigns": {
            "id": "k1",
            "collectivity_id": "c1",
            "register_id": "r1",
            "message_id": "m1",
            "name": "Crue",
            "class": "alert",
            "state": state,
            "policy": "{}",
            "audience": {},
            "planned": True,
            "plan_cursor": "",
            "created_by": "",
            "created_at": NOW,
        },
    }
    for name, row in rows.items():
        connection.execute(bare_table(name).insert(), row)


def test_what_is_up_to_date_is_left_alone(old: MakeOld, tmp_path: Path) -> None:
    settings = old("head")
    assert moved(settings).backup is None
    assert list((tmp_path / "there").iterdir()) == []


def test_a_backup_that_fails_stops_it_before_anything_is_done(
    old: MakeOld, tmp_path: Path
) -> None:
    settings = old("0003")
    (tmp_path / "there").rmdir()
    with pytest.raises(LineError, match="place"):
        moved(settings)
    assert look(settings)[2] == "0003"


def test_without_recipients_sqlite_has_a_copy_and_postgres_asks(
    old: MakeOld, keys: Keys
) -> None:
    settings = old("0003")
    settings = settings.model_copy(
        update={"backup": type(settings.backup)()}  # nobody, nowhere
    )
    if settings.database_url.startswith("postgresql"):
        with pytest.raises(RequestError, match="--without-backup"):
            moved(settings)
    assert moved(settings, without_backup=True).backup is None
    assert look(settings)[1] == ["Rivemer"]


def test_an_empty_database_needs_no_backup(tmp_path: Path, keys: Keys) -> None:
    settings = settings_of(tmp_path / "new", keys, tmp_path / "there")
    open_database(settings.database_url).dispose()
    assert moved(settings).before == ""
    upgrade(settings.database_url)


class KilledError(BaseException):
    """What ends a process wherever it is: Ctrl-C, a kill."""


def killed() -> Mapping[str, str]:
    raise KilledError


def left(settings: Settings) -> set[str]:
    there = {file.name for file in (settings.folders.data / "backup").iterdir()}
    return there - {"signing-key", "signing-key.pub"}


def copies(settings: Settings) -> set[str]:
    is_sqlite = settings.database_url.startswith("sqlite")
    return {"before-upgrade.db"} if is_sqlite else set()


def test_an_upgrade_that_was_cut_off_after_its_commit_is_not_undone(
    old: MakeOld,
) -> None:
    # Ctrl-C while the doctor looked: the copy was deleted, and nobody looked again.
    settings = old("0003")

    def killed_the_second_time() -> Mapping[str, str]:
        return {} if look(settings)[2] == "0003" else killed()

    with pytest.raises(KilledError):
        moved(settings, doctor=killed_the_second_time)
    assert look(settings)[2] == head_of_migrations()
    assert left(settings) == {"upgrade-under-way"} | copies(settings)
    with pytest.raises(LineError, match=r"voices: silent.*lies in"):
        moved(settings, doctor=lambda: {"voices": "silent"})
    assert left(settings) == {"upgrade-under-way"} | copies(settings)
    told = moved(settings)
    assert (told.before, told.was_cut_off) == (head_of_migrations(), True)
    assert left(settings) == set()
    assert not moved(settings).was_cut_off


def test_an_upgrade_that_was_cut_off_before_its_commit_begins_again(
    old: MakeOld,
) -> None:
    settings = old("0003")
    with pytest.raises(KilledError):
        moved(settings, doctor=killed)
    assert look(settings)[2] == "0003"
    told = moved(settings, NOW + timedelta(hours=1))
    assert (told.before, told.was_cut_off) == ("0003", True)
    assert left(settings) == set()


@pytest.mark.parametrize("old", ["sqlite"], indirect=True)
def test_the_copy_stays_where_the_way_back_fails(
    old: MakeOld, keys: Keys, tmp_path: Path
) -> None:
    settings = old("0003")
    file = Path(settings.database_url.removeprefix("sqlite:///"))

    def ruins() -> Mapping[str, str]:
        if look(settings)[2] == "0003":
            return {}
        for one in file.parent.glob(f"{file.name}*"):
            one.unlink()
        file.mkdir()
        raise LineError("the disk")

    with pytest.raises(LineError, match=r"so did the way back .*before-upgrade\.db"):
        moved(settings, doctor=ruins)
    copy = settings.folders.data / "backup/before-upgrade.db"
    as_copy = settings_of(
        tmp_path / "old", keys, tmp_path / "there", f"sqlite:///{copy}"
    )
    assert look(as_copy)[1:] == (["Rivemer"], "0003")
    assert copy.stat().st_mode & 0o077 == 0
