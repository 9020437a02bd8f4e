"""`automaton nodes`, and what `doctor` says of a fleet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, update

from automaton.bootstrap import note_end
from automaton.cli.findings import Finder
from automaton.cli.fleet_checks import fleet
from automaton.cli.shell import Shell
from automaton.clock import SystemClock
from automaton.daemon import only_node
from automaton.ports import SliceWish
from automaton.settings import load
from automaton.store.engine import open_database, writing
from automaton.store.fleet import Holder, SqlFleet, take_lease
from automaton.store.notes import begin_node
from automaton.store.roster import NodeCard, NodeState, roster
from automaton.store.tables import nodes
from automaton.store.tenure import Tenure
from tests.cli.conftest import Node

LEASE = timedelta(seconds=8)
NOW = datetime(2026, 1, 15, 9, tzinfo=UTC)
N1 = NodeCard(
    *("n1", NodeState.ALIVE, True, True, 1, NOW, NOW, LEASE, None, 0, (), ("town",)),
    *("east", "1.0"),
)
N2 = replace(N1, name="n2", leads=False, host="west")


def begun(engine: Engine, name: str) -> SqlFleet:
    """A node with a lease, by this machine's clock."""
    now = datetime.now(UTC)
    with writing(engine) as connection:
        tenure = Tenure(name, begin_node(connection, name, 1, now))
        holder = Holder(name, "east", "1.0", {"town": "lines = 9"}, LEASE)
        take_lease(connection, tenure, holder, now)
    return SqlFleet(engine, tenure, LEASE, lambda _: datetime.now(UTC))


@pytest.fixture
def engine(commune: Node) -> Iterator[Engine]:
    (file,) = (commune.folder / "data").glob("*.db")
    engine = open_database(f"sqlite:///{file}")
    yield engine
    engine.dispose()


def test_a_node_that_never_ran_knows_of_none(node: Node) -> None:
    assert node.json("nodes") == []
    assert "No node has ever been at work" in node.done("nodes").out


def test_the_fleet_is_shown_with_its_chief_and_its_slices(
    commune: Node, engine: Engine
) -> None:
    one, _ = begun(engine, "n1"), begun(engine, "n2")
    one.beat(ready=True)
    one.take_chair()
    one.share([SliceWish("trunk:town", 9, 0, 0, 9)])

    first, second = commune.json("nodes")

    assert (first["name"], first["state"], first["leads"]) == ("n1", "alive", True)
    assert 0 < first["lease_left"] <= 8
    assert first["slices"] == [
        {"scope": "trunk:town", "held": 9, "in_use": 0, "wants": 9}
    ]
    assert (second["leads"], second["ready"]) == (False, False)
    shown = commune.done("--lang", "fr", "nodes").out
    assert "Mène" in shown
    assert "town : 9, dont 0 en ligne" in shown


def test_who_left_and_who_was_fenced_are_told_apart(
    commune: Node, engine: Engine
) -> None:
    begun(engine, "n1").leave()
    begun(engine, "n2")
    long_ago = datetime.now(UTC) - timedelta(minutes=1)
    with writing(engine) as connection:
        late = update(nodes).where(nodes.c.name == "n2")
        connection.execute(late.values(lease_until=long_ago))
    assert [one.state.value for one in roster(engine)] == ["stopped", "silent"]
    with writing(engine) as connection:
        connection.execute(late.values(fenced_at=long_ago))
    assert [one["state"] for one in commune.json("nodes")] == ["stopped", "dead"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_node_that_is_alone_and_was_killed_is_told_as_dead(
    commune: Node, engine: Engine, language: str
) -> None:
    # « alone », for ever: nobody else could say of a SQLite node that it is gone.
    with writing(engine) as connection:
        begin_node(connection, "main", 1, NOW)
    with only_node(load(commune.folder / "automaton.toml", {}).settings):
        (one,) = commune.json("nodes")
        assert (one["state"], one["leads"]) == ("alone", True)
    (one,) = commune.json("nodes")
    assert (one["state"], one["leads"]) == ("dead", False)
    word = {"en": "dead", "fr": "mort"}[language]
    assert word in commune.done("--lang", language, "nodes").out


def test_a_node_that_is_alone_and_was_stopped_is_not_missed(
    commune: Node, engine: Engine
) -> None:
    settings = load(commune.folder / "automaton.toml", {}).settings
    with writing(engine) as connection:
        epoch = begin_node(connection, "main", 1, NOW)
    note_end(settings, SystemClock(), epoch)
    assert [one["state"] for one in commune.json("nodes")] == ["stopped"]


def told(*cards: NodeCard) -> list[tuple[str, str]]:
    finder = Finder(Shell(chosen="en"), "nodes")
    return [(one.verdict.value, one.sentence) for one in fleet(cards, finder)]


def test_a_sound_fleet_is_said_in_one_line() -> None:
    assert told(N1, N2) == [("ok", "2 nodes are at work (n1, n2); n1 leads")]


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (replace(N2, state=NodeState.DEAD, calls=3), "n2 is dead; 3 calls of it wait"),
        (replace(N2, state=NodeState.SILENT), "n2 gives no sign of life"),
        (
            replace(N2, ready=False),
            "n2 does not reach its Asterisk, and rings nobody",
        ),
        (
            replace(N2, version="1.1"),
            "the nodes are of several versions (1.0, 1.1)",
        ),
    ],
)
def test_what_a_fleet_lacks_is_warned_of(other: NodeCard, sentence: str) -> None:
    assert told(N1, other)[1:] == [("warn", sentence)]


def test_nodes_that_disagree_about_a_trunk_are_a_fault() -> None:
    cards = [
        replace(card, terms={"town": f"lines = {lines}"})
        for card, lines in ((N1, 4), (N2, 8))
    ]
    ((_, _), (verdict, sentence)) = told(*cards)
    assert verdict == "fail"
    assert sentence == (
        "the nodes disagree about the trunk town (n1: lines = 4; n2: lines = 8)"
    )


def test_settings_that_no_living_node_has_are_a_fault_before_a_start() -> None:
    # The doctor said "ready" to settings with which the node then refused to start.
    alive = [replace(card, terms={"town": "lines = 4"}) for card in (N1, N2)]
    for name in ("n2", "n3"):
        find = Finder(Shell(chosen="en"), "nodes")
        found = fleet(alive, find, {name: {"town": "lines = 8"}})
        assert [one.verdict.value for one in found] == ["ok", "fail"]


def test_a_fleet_without_a_chief_is_warned_of() -> None:
    ((verdict, sentence),) = told(N2)
    assert verdict == "warn"
    assert sentence.startswith("nobody leads")


def test_a_node_that_has_left_is_not_missed() -> None:
    assert told(N1, replace(N2, state=NodeState.STOPPED)) == [
        ("ok", "1 node is at work (n1); n1 leads")
    ]
