"""A name that two campaigns have acts on neither; who only looks sees the live one."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from automaton.domain.campaign import CampaignState
from automaton.settings import load
from automaton.store.engine import open_database, writing
from automaton.store.tables import campaigns
from tests.cli.conftest import Node, drafted


@pytest.fixture
def twins(commune: Node) -> tuple[str, str]:
    """A campaign that runs, and a draft of the same name made after it."""
    running = drafted(commune)
    draft = drafted(commune)
    set_state(commune, running, CampaignState.RUNNING)
    return running, draft


@pytest.fixture
def control_socket(commune: Node) -> Iterator[socket.socket]:
    """The door of a daemon that listens."""
    door = load(commune.folder / "automaton.toml", {}).settings.control_socket
    door.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(door))
        yield listening


def set_state(node: Node, campaign: str, state: CampaignState) -> None:
    """Leave a campaign in a state, as a daemon would."""
    url = load(node.folder / "automaton.toml", {}).settings.database_url
    engine = open_database(url)
    change = campaigns.update().where(campaigns.c.id == campaign)
    with writing(engine) as connection:
        connection.execute(change.values(state=state))
    engine.dispose()


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    "line",
    [
        ("stop", "Crue", "--yes"),
        ("pause", "Crue"),
        ("resume", "Crue"),
        ("launch", "Crue"),
        ("follow-up", "Crue", "--kind", "again"),
    ],
)
def test_a_name_of_two_campaigns_changes_neither(
    commune: Node, twins: tuple[str, str], line: tuple[str, ...], language: str
) -> None:
    # `campaign stop Crue` stopped a draft of that name while the alert went on.
    before = commune.json("campaign", "list")
    ended = commune("--lang", language, "campaign", *line)
    assert (ended.code, ended.out) == (2, "")
    assert len(ended.err.splitlines()) == 1
    assert commune.json("campaign", "list") == before
    states = ("running", "draft") if language == "en" else ("en cours", "brouillon")
    assert all(state in ended.err for state in states)
    shown = [word.strip("«»,.:") for word in ended.err.split()]
    for one in twins:
        beginning = next(w for w in shown if len(w) >= 8 and one.startswith(w))
        assert commune.json("campaign", "show", beginning)["id"] == one


def test_who_only_looks_sees_the_one_that_goes_on(
    commune: Node, twins: tuple[str, str]
) -> None:
    running, _ = twins
    assert commune.json("campaign", "show", "Crue")["id"] == running
    told = commune.json("campaign", "watch", "Crue", "--once")
    assert told["campaign_id"] == running
    assert commune.json("report", "Crue")["campaign"]["id"] == running


def test_a_look_tells_whether_a_daemon_listens(
    commune: Node, twins: tuple[str, str], control_socket: socket.socket
) -> None:
    running, _ = twins
    look = ("campaign", "watch", running, "--once")
    assert commune.json(*look)["daemon_awake"] is True
    assert "daemon" not in commune.done(*look).out
    control_socket.close()  # as kill -9 leaves it: the file is there, nobody listens
    assert commune.json(*look)["daemon_awake"] is False
    assert "no daemon runs on this node" in commune.done(*look).out
    shown = commune.done("--lang", "fr", "campaign", "show", running).out
    assert "aucun démon ne tourne sur ce nœud" in shown


@pytest.mark.parametrize("verb", [("campaign", "show"), ("report",)])
def test_of_two_that_wait_none_is_shown(commune: Node, verb: tuple[str, ...]) -> None:
    drafted(commune)
    drafted(commune)
    ended = commune(*verb, "Crue")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("automaton: 2 campaigns are called « Crue »: ")


def test_a_name_in_use_is_told_and_the_draft_is_made(
    commune: Node,
) -> None:
    first = drafted(commune)
    wish = ("--name", "Crue", "--class", "alert", "--register", "alerte")
    line = ("--lang", "fr", "campaign", "create", *wish, "--text", "Ici Royan.")
    ended = commune.done(*line)
    assert f"pas finie s’appelle « Crue » ({first})" in ended.err
    set_state(commune, first, CampaignState.FINISHED)
    for one in commune.json("campaign", "list"):
        set_state(commune, one["id"], CampaignState.CANCELLED)
    assert "s’appelle" not in commune.done(*line).err


@pytest.mark.parametrize("name", ["", " "])
def test_a_campaign_without_a_name_is_asked_for_in_french(
    commune: Node, name: str
) -> None:
    ended = commune("--lang", "fr", "campaign", "show", name)
    assert ended.code == 2
    assert "Dites quelle campagne" in ended.err


def test_the_reason_of_an_order_is_shown(commune: Node, twins: tuple[str, str]) -> None:
    running, _ = twins
    commune.done("campaign", "pause", running, "--reason", "orage sur la ville")
    (order,) = commune.json("campaign", "show", running)["orders"]
    assert (order["name"], order["reason"]) == ("pause", "orage sur la ville")
    shown = commune.done("--lang", "fr", "campaign", "show", running).out
    assert "Ordre de suspendre" in shown
    assert "orage sur la ville" in shown


def test_two_new_rounds_are_told_apart_by_name(commune: Node) -> None:
    first = drafted(commune)
    set_state(commune, first, CampaignState.FINISHED)
    again = ("campaign", "follow-up", first, "--kind", "again")
    for _ in range(2):
        commune.done("--lang", "fr", *again)
    names = [card["name"] for card in commune.json("campaign", "list")]
    assert names == ["Crue (nouveau tour 2)", "Crue (nouveau tour)", "Crue"]
    refused = commune("--lang", "fr", *again, "--name", "Crue\n\x1b[2J")
    assert "Une campagne a un nom d’une ligne, de 200 lettres au plus." in refused.err
