"""A trunk that is slowed or left is told wherever somebody looks for the reason."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from automaton.domain.campaign import CampaignState
from automaton.ports import TrunkCondition
from automaton.settings import load
from automaton.store.engine import open_database, writing
from automaton.store.notes import note_trunk
from automaton.store.tables import campaigns
from tests.cli.conftest import Node, drafted

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime.now(UTC)
SOON = NOW + timedelta(minutes=1)
LEFT = TrunkCondition("town", None, SOON, "unallocated_burst", NOW)
SLOWED = TrunkCondition("town", 2.5, None, "", NOW)
SOUND = TrunkCondition("town", None, None, "", NOW)


@pytest.fixture
def awake(commune: Node) -> Iterator[Node]:
    """A node at whose door a daemon listens."""
    door = load(commune.folder / "automaton.toml", {}).settings.control_socket
    door.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(door))
        yield commune


@pytest.fixture
def running(awake: Node) -> Node:
    """A node with a daemon and a campaign that runs."""
    campaign = drafted(awake)
    engine = open_database(database_url(awake))
    change = campaigns.update().where(campaigns.c.id == campaign)
    with writing(engine) as connection:
        connection.execute(change.values(state=CampaignState.RUNNING))
    engine.dispose()
    return awake


def database_url(node: Node) -> str:
    return load(node.folder / "automaton.toml", {}).settings.database_url


def note(node: Node, condition: TrunkCondition) -> None:
    """Write a condition down, as the safeguard does."""
    engine = open_database(database_url(node))
    with writing(engine) as connection:
        note_trunk(connection, condition, "main")
    engine.dispose()


# An alert that a safeguard had all but stopped was told nowhere, and by no reason.
@pytest.mark.parametrize(
    ("condition", "language", "told"),
    [
        (LEFT, "en", "only probed until a call passes: 12 numbers in a row"),
        (LEFT, "fr", "sonde jusqu’à ce qu’un appel passe : 12 numéros de suite"),
        (SLOWED, "en", "slowed to 2.5 calls a second: network congested"),
        (SLOWED, "fr", "ralenti à 2,5 appels par seconde : réseau encombré"),
    ],
)
@pytest.mark.parametrize(
    "line",
    [
        ("trunk", "list"),
        ("doctor",),
        ("campaign", "show", "Crue"),
        ("campaign", "watch", "Crue", "--once"),
    ],
)
def test_a_condition_is_told_with_its_reason(
    running: Node,
    line: tuple[str, ...],
    condition: TrunkCondition,
    language: str,
    told: str,
) -> None:
    note(running, condition)
    assert told in running(*line, "--lang", language).out


def test_a_trunk_that_is_sound_again_is_told_as_sound(running: Node) -> None:
    note(running, SOUND)
    assert "sound" in running.done("trunk", "list").out
    assert running.json("trunk", "list")[0]["condition"] is None
    assert "calls pass" not in running("doctor").out
    assert running.json("campaign", "show", "Crue")["progress"]["conditions"] == []


def test_a_program_reads_a_condition(running: Node) -> None:
    note(running, LEFT)
    wanted = {
        "name": "town",
        "rate": None,
        "broken_until": LEFT.broken_until.isoformat(),
        "reason": "unallocated_burst",
        "at": NOW.isoformat(),
    }
    assert running.json("trunk", "list")[0]["condition"] == wanted
    assert running.json("campaign", "show", "Crue")["progress"]["conditions"] == [
        wanted
    ]


def test_the_doctor_warns_and_says_what_to_do(running: Node) -> None:
    note(running, LEFT)
    found = running("doctor", "--json").data["findings"]
    [one] = [f for f in found if "in a row" in f["sentence"]]
    assert (one["check"], one["verdict"]) == ("trunks", "warn")
    assert "automaton trunk test NUMBER --trunk town" in one["advice"]


def test_a_trunk_that_the_campaign_does_not_use_is_not_told(running: Node) -> None:
    note(running, TrunkCondition("gone", None, SOON, "trunk_auth", NOW))
    assert running.json("campaign", "show", "Crue")["progress"]["conditions"] == []


def test_a_node_without_a_database_has_sound_trunks(node: Node) -> None:
    assert node.json("trunk", "list")[0]["condition"] is None


def test_what_a_daemon_that_is_gone_thought_of_a_trunk_is_not_told(
    running: Node,
) -> None:
    # Nobody probes it any more, and the next start takes every trunk for sound.
    load(running.folder / "automaton.toml", {}).settings.control_socket.unlink()
    note(running, LEFT)
    assert "only probed" not in running("doctor").out
    assert running.json("trunk", "list")[0]["condition"] is None
    assert running.json("campaign", "show", "Crue")["progress"]["conditions"] == []


def test_a_moment_is_written_as_elsewhere(running: Node) -> None:
    note(running, LEFT)
    assert f"{NOW.astimezone(PARIS):since %Y-%m-%d}" in running("trunk", "list").out
    found = running.done("trunk", "list", "--lang", "fr").out
    assert f"{NOW.astimezone(PARIS):%d/%m/%Y}" in found
