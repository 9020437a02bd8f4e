"""Scenarios by the shell, with the words of `campaign create`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.conftest import Node

WISH = ("7", "Crue", "--class", "alert", "--register", "alerte")


@pytest.fixture
def scenario(commune: Node) -> Any:
    more = ("--text", "Bonjour, ici Royan.", "--spoken-name", "la crue", "--lines", 4)
    return commune.json("scenario", "add", *WISH, *more)


def test_a_scenario_is_added_and_shown(commune: Node, scenario: Any) -> None:
    assert (scenario["number"], scenario["spoken_name"]) == (7, "la crue")
    assert (scenario["class"], scenario["lines"]) == ("alert", 4)
    (listed,) = commune.json("scenario", "list")
    assert listed["texts"] == {"fr": "Bonjour, ici Royan."}
    assert "la crue" in commune.done("scenario", "list").out
    shown = commune.done("--lang", "fr", "scenario", "show", "7").out
    assert "[fr] Bonjour, ici Royan." in shown
    assert "alerte" in shown
    assert commune.json("scenario", "show", "crue")["id"] == scenario["id"]


def test_a_scenario_says_what_its_author_should_know(commune: Node) -> None:
    ended = commune.done("scenario", "add", *WISH, "--text", "x", "--lines", "900")
    assert "Scenario 7: Crue." in ended.out
    assert commune.done("scenario", "list").code == 0


def test_only_what_is_given_is_changed(commune: Node, scenario: Any) -> None:
    policy = commune.folder / "policy.toml"
    policy.write_text('ring = "20 s"\n', "utf-8")
    line = ("--number", "8", "--text", "en=Hello", "--policy", policy, "--help-key")
    changed = commune.json("scenario", "change", "7", *line)
    assert (changed["number"], changed["id"]) == (8, scenario["id"])
    assert set(changed["texts"]) == {"fr", "en"}
    assert changed["policy"] == 'ring = "20 s"\n'
    assert (changed["help_key"], changed["lines"]) == (True, 4)
    more = ("--subject", "une crue", "--trunk", "town", "--no-help-key")
    again = commune.json("scenario", "change", "8", *more)
    assert (again["subject"], again["trunks"]) == ("une crue", ["town"])
    assert (again["help_key"], again["policy"]) == (False, 'ring = "20 s"\n')


def test_a_scenario_is_removed_when_it_is_confirmed(
    commune: Node, scenario: Any
) -> None:
    assert commune("scenario", "remove", "7").code == 2
    assert "removed" in commune.done("scenario", "remove", "7", "--yes").out
    assert commune.json("scenario", "list") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", *WISH, "--text", "x"),
        ("add", "0", *WISH[1:], "--text", "x"),
        ("add", "8", *WISH[1:]),
        ("add", "8", *WISH[1:], "--text", "x", "--policy", "nowhere.toml"),
        ("show", "9"),
        ("change", "9", "--lines", "1"),
        ("change", "7", "--lines", "0"),
        ("remove", "9", "--yes"),
    ],
)
def test_bad_input_is_refused_and_changes_nothing(
    commune: Node, scenario: Any, arguments: tuple[str, ...]
) -> None:
    before = commune.json("scenario", "list")
    ended = commune("--lang", "fr", "scenario", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert commune.json("scenario", "list") == before


def test_a_collectivity_that_goes_shows_its_officers_and_scenarios(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.done("collectivity", "add", "Royan")
    node.json("scenario", "add", *WISH, "--text", "Bonjour, ici Royan.")
    asked = node("collectivity", "remove", "Royan").err
    assert "officers (0) and scenarios (1)" in asked
    gone = node.done("collectivity", "remove", "Royan", "--yes").out
    assert "Crue" in gone
