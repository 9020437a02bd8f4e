"""`automaton alarm`: listed, closed by name, opened again; and told on every screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from automaton.cli.live_picture import picture
from automaton.ids import new_id
from automaton.store.engine import open_database, writing
from automaton.store.tables import alarms, attempts, campaigns, recipients
from tests.cli.conftest import Node, drafted
from tests.cli.test_live import ENGLISH, GOING, Terminal

NOW = datetime(2026, 1, 15, 9, tzinfo=UTC)


@pytest.fixture
def asked(commune: Node) -> tuple[Node, str]:
    """A campaign of which one home has asked for help; its id too."""
    campaign = drafted(commune, "--help-key")
    engine = open_database(f"sqlite:///{commune.folder}/data/automaton.db")
    recipient, attempt = new_id(), new_id()
    with writing(engine) as connection:
        connection.execute(campaigns.update().values(state="finished"))
        row = connection.execute(campaigns.select()).one()
        put(connection, recipients, id=recipient, campaign_id=campaign, **HOME)
        of_it = {"campaign_id": campaign, "recipient_id": recipient}
        put(connection, attempts, id=attempt, **of_it, **CALL)
        owner = {"collectivity_id": row.collectivity_id, "attempt_id": attempt}
        put(connection, alarms, id=new_id(), opened_at=NOW, **of_it, **owner)
    engine.dispose()
    return commune, campaign


HOME: dict[str, Any] = {
    "state": "acknowledged",
    "name": "Honoré Aubrac",
    "address": "1 rue Basse, 17200 Royan",
    "points": [["p", "+33199000011", 0, False]],
}
CALL: dict[str, Any] = {
    "contact_point_id": "p",
    "e164": "+33199000011",
    "due_at": NOW,
    "created_at": NOW,
    "claimed_at": NOW,
    "ended_at": NOW,
    "key_at": NOW,
    "state": "ended",
    "keys": "3",
    "outcome": "acknowledged",
}


def put(connection: Any, table: Any, **row: Any) -> None:
    connection.execute(table.insert(), row)


def test_it_is_listed_until_somebody_closes_it_by_name(asked: tuple[Node, str]) -> None:
    node, _ = asked
    told = node.done("alarm", "list").out
    assert "Honoré Aubrac" in told
    assert "01 99 00 00 11" in told
    assert "OPEN, taken by nobody (0 rounds in vain)" in told
    (one,) = node.json("alarm", "list")
    closed = node.done("alarm", "close", one["code"], "--note", "Visited, all well.")
    assert "Honoré Aubrac is closed" in closed.out
    assert "Nobody on duty had taken it." in closed.err
    assert "No call for help is open." in node.done("alarm", "list").out
    told = node.done("alarm", "list", "--all").out
    assert "closed by tester" in told
    assert "Visited, all well." in told
    node.done("alarm", "reopen", "Honoré Aubrac")
    assert "OPEN" in node.done("alarm", "list").out
    acts = [row["action"] for row in node.json("audit", "list")]
    assert acts[-2:] == ["alarm_closed", "alarm_reopened"]


def test_it_is_told_in_french(asked: tuple[Node, str]) -> None:
    node, campaign = asked
    told = node.done("--lang", "fr", "alarm", "list").out
    assert "OUVERTE, prise par personne (0 tour d’appel en vain)" in told
    ended = node("--lang", "fr", "alarm", "close", "Personne", "--note", "x")
    assert ended.code == 2
    assert "Il n’y a pas de demande d’aide « Personne »." in ended.err
    summary = node.done("--lang", "fr", "report", campaign).out
    assert "Honoré Aubrac, 1 rue Basse, 17200 Royan, 01 99 00 00 11" in summary


def test_whoever_took_it_is_named(asked: tuple[Node, str]) -> None:
    node, _ = asked
    engine = open_database(f"sqlite:///{node.folder}/data/automaton.db")
    with writing(engine) as connection:
        told = {"taken_at": NOW, "taken_name": "Mme Estournel"}
        connection.execute(alarms.update().values(**told))
    engine.dispose()
    assert "OPEN, taken by Mme Estournel, 2026-01-15" in node.done("alarm", "list").out
    (one,) = node.json("alarm", "list")
    ended = node.done("alarm", "close", one["id"], "--note", "Done.")
    assert ended.err == ""


def test_the_screens_and_the_summary_tell_that_it_is_open(
    asked: tuple[Node, str],
) -> None:
    node, campaign = asked
    open_one = "1 call for help (key 3) open, 1 taken by nobody"
    assert open_one in node.done("campaign", "watch", campaign, "--once").out
    assert open_one in node.done("campaign", "show", campaign).out
    assert node.json("campaign", "watch", campaign, "--once")["alarms_open"] == 1
    assert "OPEN, taken by nobody" in node.done("report", campaign).out


def test_the_live_screen_tells_it_first() -> None:
    asked = replace(GOING, alarms_open=2, alarms_untaken=0)
    assert "2 calls for help (key 3) open" in ENGLISH.line(asked)
    assert "help" not in ENGLISH.line(GOING)
    from rich.console import Console  # noqa: PLC0415

    screen = Terminal()
    Console(file=screen, width=120).print(picture(asked, ENGLISH))
    assert "2 calls for help (key 3) open" in screen.getvalue()
