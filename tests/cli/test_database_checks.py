"""What `doctor` says of the disk, the standbys and the clock under a database."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from automaton.cli.database_checks import foundations
from automaton.cli.findings import Finder
from automaton.cli.shell import Shell
from automaton.store.surroundings import MOUNTS, Server

URL = "postgresql+psycopg://automaton@db.example/automaton"
SOUND = Server(timedelta(seconds=-1.5), 0, is_waited_for=False)


def told(
    url: str, server: Server | None, mounts: Path = MOUNTS
) -> list[tuple[str, str]]:
    finder = Finder(Shell(chosen="en"), "database")
    found = foundations(url, server, finder, mounts)
    return [(one.verdict.value, one.sentence) for one in found]


def test_a_file_on_a_disk_of_this_machine_needs_no_word(tmp_path: Path) -> None:
    assert told(f"sqlite:///{tmp_path}/a.db", None) == []


def test_a_file_on_a_network_disk_is_warned_of(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"9 1 0:9 / {tmp_path} rw - nfs4 safe:/export rw\n", "utf-8")
    ((verdict, sentence),) = told(f"sqlite:///{tmp_path}/a.db", None, mounts)
    assert verdict == "warn"
    assert "(nfs4)" in sentence


def test_a_server_alone_with_a_clock_like_ours_needs_no_word() -> None:
    assert told(URL, SOUND) == []


@pytest.mark.parametrize(
    ("server", "verdict", "words"),
    [
        (Server(timedelta(), 1, is_waited_for=True), "ok", "a standby has all"),
        (Server(timedelta(), 1, is_waited_for=False), "fail", "1 standby,"),
        (Server(timedelta(), 2, is_waited_for=False), "fail", "2 standbys,"),
        (Server(timedelta(seconds=-7), 0, is_waited_for=False), "warn", "7 s apart"),
    ],
)
def test_what_a_failover_or_a_clock_may_do_is_told(
    server: Server, verdict: str, words: str
) -> None:
    ((said, sentence),) = told(URL, server)
    assert said == verdict
    assert words in sentence
