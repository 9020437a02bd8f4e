"""Call files in a spool, with a thread in Asterisk's place."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.peers import packages, spool
from benchmarks.peers.call_files import call_file, write
from benchmarks.peers.contenders import PROGRAMS

NUMBERS = [f"+3319900000{digit}" for digit in range(5)]
JOURNAL = """
/automaton/3f/1          : 1|bench|alert|33199000000|1|1764000000
/automaton/4a/1          : 1|bench|other|33199000001|1|1764000000
2 results found.
"""


def order_for(root: Path) -> dict[str, Any]:
    for name in ("outgoing", "outgoing_done"):
        (root / name).mkdir()
    return {
        "spool": str(root),
        "campaign": "alert",
        "channel": "PJSIP/NUMBER@operator",
        "caller_id": "+33199009999",
        "context": "automaton-alert",
        "ring_seconds": 30,
        "variables": {"AUT_MESSAGE": "prompt"},
        "lines": 2,
        "numbers": NUMBERS,
        "seconds": 10,
        "console": [sys.executable, "-c", f"print({JOURNAL!r})"],
    }


@contextmanager
def asterisk(root: Path, status: str) -> Iterator[list[int]]:
    """Archive every file, and count how many lay there at once."""
    taken, over = [0], threading.Event()

    def archive() -> None:
        while not over.wait(0.005):
            files = list((root / "outgoing").iterdir())
            taken.append(len(files))
            for file in files:
                with file.open("a") as text:
                    text.write(f"Status: {status}\n")
                file.rename(root / "outgoing_done" / file.name)

    thread = threading.Thread(target=archive)
    thread.start()
    yield taken
    over.set()
    thread.join()


WRITERS = ["call_files", *(["pycall"] if packages.has_pycall() else [])]


@pytest.mark.parametrize("name", WRITERS)
def test_so_many_files_as_there_are_lines(tmp_path: Path, name: str) -> None:
    order = json.dumps(order_for(tmp_path))
    with asterisk(tmp_path, "Completed") as taken:
        done = subprocess.run(
            PROGRAMS[name].order,
            input=order,
            capture_output=True,
            text=True,
            check=True,
            env=packages.environment(),
            timeout=30,
        )
    assert 0 < max(taken) <= 2
    told = json.loads(done.stdout)
    assert told["keys"] == {NUMBERS[0]: "1"}
    words = ["acknowledged", *["answered_no_key"] * 4]
    assert told["outcomes"] == dict(zip(NUMBERS, words, strict=True))


@pytest.mark.parametrize("place", ["outgoing", "outgoing_done"])
def test_who_was_spooled_is_not_spooled_again(tmp_path: Path, place: str) -> None:
    order = order_for(tmp_path)
    (tmp_path / place / f"alert-{NUMBERS[0]}.call").write_text("as it was\n")
    with asterisk(tmp_path, "Expired"):
        spool.ring(order, write)
    kept = tmp_path / "outgoing_done" / f"alert-{NUMBERS[0]}.call"
    assert kept.read_text().startswith("as it was")
    assert spool.told(order)["outcomes"][NUMBERS[1]] == "not_answered"


def test_a_call_file_says_what_the_daemon_would_say(tmp_path: Path) -> None:
    lines = call_file(order_for(tmp_path), NUMBERS[0]).splitlines()
    assert f"Channel: PJSIP/{NUMBERS[0]}@operator" in lines
    assert {"MaxRetries: 0", "Codecs: alaw", "Archive: yes"} <= set(lines)
    assert {"Set: AUT_MESSAGE=prompt", "Set: AUT_CAMPAIGN=alert"} <= set(lines)
