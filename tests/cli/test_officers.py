"""Officers by the shell; a code is typed unseen, or comes by standard input."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys

import pytest

from tests.cli.conftest import Node

CODE = "739154"


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{one}\n" for one in lines)))


@pytest.fixture
def officer(commune: Node, monkeypatch: pytest.MonkeyPatch) -> Node:
    typed(monkeypatch, CODE)
    told = ("12", "Jeanne Marée", "--phone", "02 61 91 00 01", "--code-stdin")
    commune.done("officer", "add", *told)
    return commune


def test_officers_are_added_listed_changed_and_removed(
    officer: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    (listed,) = officer.json("officer", "list")
    assert (listed["short_number"], listed["name"]) == ("12", "Jeanne Marée")
    assert (listed["phone"], listed["tried_in_vain"]) == ("+33261910001", 0)
    assert "code" not in listed
    assert "Jeanne Marée" in officer.done("officer", "list").out
    typed(monkeypatch, "482610")
    officer.done("officer", "code", "12", "--code-stdin")
    told = officer.done("officer", "phone", "12", "02 61 91 00 02").out
    assert "+33261910002" in told
    assert "no telephone" in officer.done("officer", "phone", "12", "").out
    assert "0 wrong tries" in officer.done("officer", "unlock", "12").out
    line = ("officer", "unlock", "--caller", "01 99 00 00 66")
    assert "0 wrong tries" in officer.done(*line).out
    assert officer("officer", "remove", "jeanne marée").code == 2
    officer.done("officer", "remove", "jeanne marée", "--yes")
    assert officer.json("officer", "list") == []


def test_an_officer_is_added_for_programs(
    commune: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, CODE)
    added = commune.json("officer", "add", "7", "Paul", "--code-stdin")
    assert (added["short_number"], added["language"]) == ("7", "fr")


@pytest.mark.parametrize("code", ["12345", "777777", "7391545 6", ""])
def test_a_weak_code_is_refused_and_not_shown(
    commune: Node, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    typed(monkeypatch, code)
    ended = commune("--lang", "fr", "officer", "add", "12", "Jeanne", "--code-stdin")
    assert (ended.code, ended.out) == (2, "")
    assert "code" in ended.err
    assert not code or code not in ended.err
    assert commune.json("officer", "list") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("officer", "add", "12", "Jeanne"),
        ("officer", "code", "12"),
        ("officer", "remove", "99", "--yes"),
        ("officer", "unlock"),
        ("officer", "unlock", "99"),
        ("officer", "phone", "12", "99"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(
    officer: Node, arguments: tuple[str, ...]
) -> None:
    before = officer.json("officer", "list")
    ended = officer(*arguments)
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert officer.json("officer", "list") == before


def test_doctor_says_where_nobody_can_approve_a_large_alert(
    officer: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> list[tuple[str, str]]:
        found = officer("doctor", "--json").data["findings"]
        mine = [one for one in found if one["check"] == "officers"]
        return [(one["verdict"], one["sentence"]) for one in mine]

    ((state, sentence),) = told()
    assert state == "warn"
    assert "over 1000 homes" in sentence
    typed(monkeypatch, CODE)
    officer.done("officer", "add", "7", "Paul", "--code-stdin")
    assert told() == [("ok", "Royan: 2 officers")]


def at_a_terminal(arguments: list[str], *lines: str) -> tuple[int, str]:
    """Run the shell at a real terminal; return its exit code and all that is seen."""
    screen, keyboard = pty.openpty()
    order = [sys.executable, "-c", "from automaton.cli.door import main; main()"]
    ends = {"stdin": keyboard, "stdout": keyboard, "stderr": keyboard}
    with subprocess.Popen(
        [*order, *arguments], **ends, start_new_session=True
    ) as shell:
        os.close(keyboard)
        seen, left = "", list(lines)
        while piece := read(screen):
            seen += piece
            if piece.endswith(": ") and left:  # it asks, the echo is off already
                os.write(screen, f"{left.pop(0)}\n".encode())
    os.close(screen)
    return shell.returncode, seen


def read(screen: int) -> str:
    try:
        return os.read(screen, 1024).decode()
    except OSError:  # the shell has left the terminal
        return ""


@pytest.mark.parametrize(
    ("second", "code", "told"),
    [(CODE, 0, "Jeanne is officer 12"), ("482610", 2, "not the same")],
)
def test_a_code_is_typed_twice_and_never_seen(
    commune: Node, second: str, code: int, told: str
) -> None:
    ended, seen = at_a_terminal(["officer", "add", "12", "Jeanne"], CODE, second)
    assert ended == code
    assert told in seen
    assert CODE not in seen
    assert second not in seen
