"""What was proven end to end, shown by the shell and by the doctor, and asked anew."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from automaton.domain.readiness import Kind, Proof
from automaton.services.office import open_office
from automaton.settings import load
from automaton.store.engine import writing
from automaton.store.readiness import begin_proof, end_proof
from tests.cli.conftest import Node

DUTY = "+33199000001"


def noted(node: Node, days: int, **more: object) -> None:
    """A call of so many days ago to the number on duty."""
    office = open_office(load(node.folder / "automaton.toml", {}).settings)
    at = datetime.now(UTC) - timedelta(days=days)
    (owner,) = node.json("collectivity", "list")
    told: dict[str, Any] = {"answered": True, "key": True, "sound": True, **more}
    begun = Proof(f"p{days}", owner["id"], Kind.DUTY, DUTY, "town", at)
    ended = replace(begun, ended_at=at, outcome="acknowledged", rang=True, **told)
    with writing(office.desk.engine) as connection:
        begin_proof(connection, begun)
        end_proof(connection, ended)
    office.desk.engine.dispose()


def found(node: Node) -> list[str]:
    """Return what the doctor finds."""
    return [
        f"{one['verdict']} {one['sentence']}"
        for one in node("doctor", "--json").data["findings"]
        if one["check"] == "readiness"
    ]


def test_what_was_never_proven_is_told(commune: Node) -> None:
    (way,) = commune.json("readiness", "show")
    assert (way["kind"], way["name"], way["number"]) == ("duty", "Astreinte", DUTY)
    assert (way["trunk"], way["proven_at"], way["asked_at"]) == ("town", None, None)
    told = commune.done("readiness", "show")
    assert "never" in told.out
    assert "Not proven for 40 days" in told.err
    # Of a duty list that nobody had ever rung the doctor said nothing.
    assert found(commune) == [
        "warn the trunk town was never proven end to end",
        "warn Astreinte on the duty list of Royan was never proven end to end",
    ]
    said = " ".join(commune("--lang", "fr", "doctor").out.split())
    assert (
        "Astreinte, à l’astreinte de Royan : jamais de preuve de bout en bout" in said
    )
    told = commune.done("--lang", "fr", "readiness", "show")
    assert "astreinte" in told.out
    assert "jamais" in told.out


def test_the_last_proof_is_told_and_a_failure_after_it(commune: Node) -> None:
    noted(commune, 20)
    noted(commune, 10, key=False)
    (way,) = commune.json("readiness", "show")
    assert way["key"] is False
    assert way["proven_at"] < way["asked_at"]
    trunk, duty = found(commune)
    assert trunk.startswith("ok the trunk town was last proven end to end on 20")
    assert duty.startswith("ok Astreinte on the duty list of Royan was last proven")
    assert "Not proven" not in commune.done("readiness", "show").err


def test_what_is_older_than_forty_days_is_warned_of(commune: Node) -> None:
    noted(commune, 41)
    trunk, duty = found(commune)
    assert trunk.startswith("warn the trunk town was last proven")
    assert duty.startswith("warn Astreinte on the duty list of Royan was last proven")


def test_the_doctor_says_where_nobody_is_rung_every_month(commune: Node) -> None:
    file = commune.folder / "automaton.toml"
    more = "\n[readiness]\nmonthly = false\n"
    file.write_text(file.read_text("utf-8") + more, "utf-8")
    assert found(commune)[-1] == "warn nobody is rung every month"


def test_officers_are_told_of_by_name(
    commune: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("739154\n"))
    told = ("12", "Jeanne", "--phone", "02 61 91 00 01", "--code-stdin")
    commune.done("officer", "add", *told)
    assert "warn the officer Jeanne was never proven end to end" in found(commune)


def test_one_more_proof_is_asked_for_after_a_question(commune: Node) -> None:
    asked = commune("readiness", "run")
    assert asked.code == 2
    assert "1 call will be made to 1 telephone" in asked.err
    told = commune.json("readiness", "run", "--yes")
    assert told == {"calls": 1, "daemon_awake": False}
    said = commune.done("readiness", "run", "--only", "astreinte", "--yes").out
    assert "when the daemon runs" in said
    assert "readiness_asked" in commune.done("audit", "list").out


def test_nobody_of_that_name_is_refused(commune: Node) -> None:
    refused = commune("readiness", "run", "--only", "Nobody", "--yes")
    assert refused.code == 2
    assert "Astreinte" in refused.err


def test_without_a_telephone_there_is_nothing_to_prove(node: Node) -> None:
    node.done("collectivity", "add", "Royan", "--insee", "17306")
    assert "no telephone" in node.done("readiness", "show").out
    assert node.json("readiness", "show") == []
    refused = node("--lang", "fr", "readiness", "run", "--yes")
    assert refused.code == 2
    assert "personne à appeler" in refused.err
    assert found(node) == []
