"""What an officer commands is told as it is: done, refused, on record, or perhaps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from automaton.domain.campaign import CampaignState
from automaton.store.audit_key import SealFile
from automaton.store.chain import sealed
from automaton.store.engine import open_database
from automaton.store.schema import upgrade
from tests.console.handset import Handset
from tests.console.officers import (
    answering,
    asks_to_launch,
    launched,
    with_nobody_on_duty,
)
from tests.console.townhall import CODE, TownHall
from tests.services.campaigns.city import City, obey
from tests.services.campaigns.conftest import city, empty_database
from tests.store.cluster import cluster_or_skip
from tests.store.commit_proxy import CommitProxy, Moment

__all__ = ["city", "empty_database"]

MOVES = [
    (("1", "running"), "paused"),
    (("1", "paused"), "running"),
    (("2", "running"), "cancelled"),
]


@pytest.fixture
def hall(city: City) -> Iterator[TownHall]:
    """A town of two homes, an officer, a scenario, and a number that is answered."""
    yield from answering(city, 2)


def time_passes(hall: TownHall) -> None:
    """Let seconds pass in which no daemon looks at anything."""
    hall.city.commune.clock.move(timedelta(seconds=2))


def nobody_looks(hall: TownHall, one: Handset) -> None:
    one.meanwhile = lambda: time_passes(hall)


def moves(hall: TownHall, one: Handset, key: str, state: str) -> None:
    """Ask for a pause, its end, or a stop, of a campaign that stands so."""
    (card,) = hall.office.desk.cards()
    hall.city.move(card.id, CampaignState(state))
    one.press("4")
    one.hears(f"move-{state}")
    one.press(key)
    if key == "2":
        one.hears("move-sure")
        one.press("1")


def fails_once_asked(hall: TownHall) -> Callable[[], None]:
    """Return what loses the commands' table once one waits there, while time passes."""
    waiting = "SELECT 1 FROM commands WHERE taken_at IS NULL"
    lost: list[bool] = []

    def lose() -> None:
        time_passes(hall)
        with hall.city.engine.begin() as connection:
            if not lost and connection.exec_driver_sql(waiting).first():
                connection.exec_driver_sql("ALTER TABLE commands RENAME TO lost")
                lost.append(True)

    return lose


def heals(hall: TownHall) -> None:
    with hall.city.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE lost RENAME TO commands")


def test_a_launch_that_no_daemon_has_seen_is_told_as_on_record(hall: TownHall) -> None:
    one = hall.entered()
    asks_to_launch(one)
    nobody_looks(hall, one)
    one.types(CODE)
    one.hears("launch-unsure")
    one.hears("officer-menu")
    assert "C'est parti. Crue." not in one.heard
    one.press("3")
    one.hears("est lancée et va partir")
    one.hangs_up()
    assert hall.states() == ["running"]


@pytest.mark.parametrize(("move", "after"), MOVES)
def test_what_no_daemon_has_done_is_not_told_as_done(
    hall: TownHall, move: tuple[str, str], after: str
) -> None:
    one = launched(hall)
    nobody_looks(hall, one)
    moves(hall, one, *move)
    one.hears("command-unsure")
    one.hears("officer-menu")
    one.hangs_up()
    assert "move-done" not in one.heard
    assert hall.states() == [after]


@pytest.mark.parametrize(("move", "after"), MOVES)
def test_a_database_that_fails_meanwhile_makes_nothing_impossible(
    hall: TownHall, move: tuple[str, str], after: str
) -> None:
    # It was told as impossible, though it stood in the database.
    one = launched(hall)
    one.meanwhile = fails_once_asked(hall)
    moves(hall, one, *move)
    one.hears("command-unsure")
    hall.city.commune.clock.move(timedelta(seconds=2))
    heals(hall)
    one.meanwhile = lambda: obey(hall.city)
    one.hears("officer-menu")
    one.hangs_up()
    assert not any("impossible" in words for words in one.heard)
    assert hall.states() == [after]


def test_a_launch_whose_fate_cannot_be_read_is_told_as_on_record(
    hall: TownHall,
) -> None:
    one = hall.entered()
    asks_to_launch(one)
    one.meanwhile = fails_once_asked(hall)
    one.types(CODE)
    one.hears("launch-unsure")
    heals(hall)
    one.hangs_up()
    assert hall.states() == ["running"]


def test_what_could_not_be_written_is_told_as_impossible(hall: TownHall) -> None:
    one = launched(hall)
    one.press("4")
    one.hears("move-running")
    with hall.city.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE commands RENAME TO lost")
    one.meanwhile = lambda: None
    one.press("1")
    one.hears("C'est impossible. La base de données")
    heals(hall)
    one.hears("officer-menu")
    one.hangs_up()
    assert hall.states() == ["running"]


def test_a_launch_that_the_daemon_refuses_is_told_with_its_reason(
    hall: TownHall,
) -> None:
    one = hall.entered()
    asks_to_launch(one)

    def refuses() -> None:
        if any(row.name == "launch" for row in hall.city.commune.rows("commands")):
            with_nobody_on_duty(hall)
            obey(hall.city)

    one.meanwhile = refuses
    one.types(CODE)
    one.hears("C'est impossible. Refusé")
    one.hears("officer-menu")
    one.hangs_up()
    assert hall.states() == ["cancelled"]


def test_a_pause_that_the_daemon_refuses_is_told_with_its_reason(
    hall: TownHall,
) -> None:
    one = launched(hall)
    (card,) = hall.office.desk.cards()
    one.press("4")
    one.hears("move-running")

    def refuses() -> None:
        if any(row.name == "pause" for row in hall.city.commune.rows("commands")):
            hall.city.move(card.id, CampaignState.FINISHED)
            obey(hall.city)

    one.meanwhile = refuses
    one.press("1")
    one.hears("C'est impossible. Refusé")
    one.hangs_up()


# ---- A connection that is lost at the very commit


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[tuple[TownHall, list[Moment]]]:
    """The same behind a door that cuts the next commits as they are named."""
    cuts: list[Moment] = []
    with cluster_or_skip() as cluster:
        upgrade(cluster.create("city"))
        proxy = CommitProxy(cluster.folder, lambda: cuts.pop() if cuts else None)
        key = SealFile("main", tmp_path / "audit.key")
        engine = sealed(open_database(proxy.url("city")), key)
        for hall in answering(City(engine, tmp_path), 2):
            yield hall, cuts
        engine.dispose()
        proxy.close()


@pytest.mark.postgres
def test_nobody_is_told_to_know_what_a_lost_commit_came_to(
    behind: tuple[TownHall, list[Moment]],
) -> None:
    hall, cuts = behind
    one = launched(hall)
    one.press("4")
    one.hears("move-running")
    one.meanwhile = lambda: None
    cuts.append("after")
    one.press("1")
    one.hears("command-unknown")
    one.hears("officer-menu")
    one.hangs_up()
    assert hall.states() == ["paused"]
