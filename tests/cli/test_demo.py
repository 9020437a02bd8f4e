"""The demonstration as a person starts it: a process, its words, its exit code."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-c", "from automaton.cli import main; main()"]
MIX = """
duty = 2
[shares]
press_1 = 19
listens_twice = 2
wrong_key_first = 2
rejects = 2
unallocated = 1
busy_once = 2
second_number = 2
[kinds]
busy_once = [["busy", "press_1"]]
second_number = [["rings_out"], ["press_1"]]
[timing.default]
ring = [0.5, 2.0]
think = [0.2, 0.8]
"""
# Read by every Python process of the demonstration, the daemon's included.
ANOTHER_ROW = """
from automaton.domain import outcome
outcome.BY_SIP[603] = outcome.Outcome.BUSY
"""
OUTSIDE = """
[asterisk]
sip_bind = "0.0.0.0"
[trunk.out]
contact = "sip:192.0.2.7"
lines = 9
"""
LONGEST = 240


@pytest.fixture
def place():
    """A folder with a short name: Asterisk's socket must fit into 108 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="demo-"))
    yield folder
    shutil.rmtree(folder)


def environment(place, **more):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("AUTOMATON_")}
    kept = {k: v for k, v in os.environ.items() if k == "AUTOMATON_CACHE"}
    return clean | kept | {"LC_ALL": "C.UTF-8", "TERM": "dumb"} | more


def start(place, *options, **more):
    mix = place / "mix.toml"
    mix.write_text(MIX, encoding="utf-8")
    order = [*COMMAND, "demo", "--homes", "30", "--lines", "15", "--mix", str(mix)]
    return subprocess.Popen(
        [*order, "--folder", str(place / "demo"), "--lang", "en", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=place,
        env=environment(place, **more),
    )


def left_behind(place):
    """Return the command line of every process that works in that folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
            where = (entry / "cwd").readlink()
        except OSError:
            continue
        if str(place).encode() in words or place in where.parents:
            found.append(words.decode("utf-8", "replace"))
    return found


def until_nobody_is_left(place):
    until = time.monotonic() + 30
    while left_behind(place) and time.monotonic() < until:
        time.sleep(0.2)
    return left_behind(place)


def until_running(demo):
    """Read its lines until calls are under way."""
    for line in demo.stdout:
        if " running " in line and "lines 15/15" in line:
            return
    raise AssertionError(demo.stderr.read())


@pytest.mark.asterisk
@pytest.mark.slow
def test_a_town_is_rung_and_agrees_with_the_record(place):
    with start(place, "--json") as demo:
        answer, progress = demo.communicate(timeout=LONGEST)
    told = json.loads(answer)
    assert told["contradictions"] == []
    assert demo.returncode == 0
    assert told["figures"]["recipients"] == 30
    assert told["figures"]["by_state"] == {
        "acknowledged": 27,
        "bad_data": 1,
        "refused": 2,
    }
    assert told["figures"]["peak_lines"] == 15
    assert [call["keys"] for call in told["duty"]] == ["1"]
    assert "30 of 30 homes done, 27 confirmed" in progress
    assert "\x1b" not in progress
    for path in told["files"].values():
        assert Path(path).stat().st_size > 0
    assert not (place / "demo" / "data").exists()
    assert until_nobody_is_left(place) == []


@pytest.mark.asterisk
@pytest.mark.slow
def test_another_row_in_the_products_table_makes_the_demonstration_fail(place):
    (place / "sitecustomize.py").write_text(ANOTHER_ROW, encoding="utf-8")
    with start(place, PYTHONPATH=str(place)) as demo:
        answer, _ = demo.communicate(timeout=LONGEST)
    assert demo.returncode == 1
    assert "on record as busy, but it was rejected." in answer


@pytest.mark.asterisk
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left_however_the_demonstration_ends(place, number):
    with start(place) as demo:
        until_running(demo)
        assert len(left_behind(place)) >= 4
        demo.send_signal(number)
        demo.communicate(timeout=60)
    assert demo.returncode == (-9 if number == signal.SIGKILL else 130)
    assert until_nobody_is_left(place) == []


@pytest.mark.asterisk
@pytest.mark.slow
def test_a_killed_daemon_takes_its_asterisk_along_and_ends_the_demonstration(place):
    with start(place) as demo:
        until_running(demo)
        os.kill(process_with(place, " daemon --tied"), signal.SIGKILL)
        _, said = demo.communicate(timeout=60)
    assert demo.returncode == 1
    assert "The daemon has died." in said
    assert until_nobody_is_left(place) == []


def process_with(place, words):
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if words in line and str(place) in line:
            return int(entry.name)
    raise AssertionError(words)


def test_beside_a_trunk_that_leads_out_nothing_starts(place):
    settings = place / "automaton.toml"
    settings.write_text(OUTSIDE, encoding="utf-8")
    with start(place, AUTOMATON_CONFIG=str(settings)) as demo:
        _, said = demo.communicate(timeout=60)
    assert demo.returncode not in (0, 1)
    assert "192.0.2.7" in said
    assert "only beside trunks on 127.0.0.1" in said
    assert not (place / "demo").exists()


def test_a_folder_with_something_in_it_is_left_alone(place):
    (place / "demo").mkdir()
    (place / "demo" / "report.json").write_text("{}")
    with start(place) as demo:
        _, said = demo.communicate(timeout=60)
    assert demo.returncode == 2
    assert "not empty" in said
