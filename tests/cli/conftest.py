"""A node of its own for each test: settings, an empty data folder, and the shell."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from automaton.cli.door import run

SETTINGS = """
installation = "test"
language = "en"
[folders]
data = "data"
[trunk.town]
contact = "127.0.0.1:{port}"
lines = 20
caller_ids = ["+33199000001"]
number_format = "national"
[calling]
caller_id = "+33199000001"
[calling.windows.information]
hours = ["00:00-24:00"]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
public_holidays = true
"""
REGISTER = """nom;prénom;adresse;code postal;commune;téléphone
Aubrac;Honoré;1 rue Basse;17200;Royan;01 99 00 00 11
Fontbrune;Zélie;2 rue Basse;17200;Royan;02 61 91 00 12
Estournel;Odette;3 rue Basse;17200;Royan;99
"""


@dataclass
class Ended:
    """What one command line came to."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The answer, read as JSON."""
        return json.loads(self.out)


@dataclass
class Node:
    """The shell on one node."""

    folder: Path
    read: Callable[[], Any]

    def __call__(self, *arguments: object) -> Ended:
        """Run one command line in this process."""
        self.read()
        code = run([str(argument) for argument in arguments])
        said = self.read()
        return Ended(code, said.out, said.err)

    def done(self, *arguments: object) -> Ended:
        """Run one that must succeed."""
        ended = self(*arguments)
        assert ended.code == 0, ended
        return ended

    def json(self, *arguments: object) -> Any:
        """Run one that must succeed, and return its answer."""
        return self.done(*arguments, "--json").data


@pytest.fixture
def node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Node:
    """A node that was never used."""
    file = tmp_path / "automaton.toml"
    file.write_text(SETTINGS.format(port=5060), "utf-8")
    monkeypatch.chdir(tmp_path)
    for name in ("LC_ALL", "LC_MESSAGES", "AUTOMATON__LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.setenv("AUTOMATON_CONFIG", str(file))
    monkeypatch.setenv("AUTOMATON_USER", "tester")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    return Node(tmp_path, capsys.readouterr)


@pytest.fixture
def commune(node: Node) -> Node:
    """A node with a commune, a duty list and two contacts; a third row is refused."""
    register = node.folder / "register.csv"
    register.write_text(REGISTER, "utf-8")
    node.done("collectivity", "add", "Royan", "--insee", "17306")
    node.done("duty", "add", "Astreinte", "01 99 00 00 01")
    node.done("contacts", "import", register)
    return node


def drafted(node: Node, *more: str) -> str:
    """Write a campaign and return its id."""
    wish = ("--name", "Crue", "--class", "alert", "--register", "alerte")
    text = () if "--text" in more else ("--text", "Bonjour, ici la mairie.")
    made = node.json("campaign", "create", *wish, *text, *more)
    found: str = made["id"]
    return found
