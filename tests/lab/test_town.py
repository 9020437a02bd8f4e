"""The town is rung for real: codes on the wire, sound both ways, keys, and its log."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from automaton.errors import LineError
from automaton.lab import AsteriskPaths, Town, plan_from_script
from automaton.lab.behaviours import BEHAVIOURS
from automaton.lab.log import write_log
from automaton.lab.soundbox import SILENCE, sound
from tests.lab.caller import Caller, Heard
from tests.lab.conftest import DUTY, NUMBERS, SECOND_TIME, TWICE_CONGESTED

pytestmark = pytest.mark.asterisk


def hush(seconds: float) -> bytes:
    return SILENCE * int(8000 * seconds)


PHRASE = sound("announcement")[: 8000 * 2]
THRICE = (hush(1.0) + PHRASE + hush(3.5)) * 3
PRESSES = {"press_1": "1", "listens_twice": "21", "wrong_key_first": "71"}


@pytest.fixture(scope="module")
def heard(town: Town) -> dict[str, Heard]:
    """What a caller got from each behaviour; everybody is rung at once."""

    def ring(name: str) -> Heard:
        return Caller(town.port).call(
            NUMBERS[name],
            says=THRICE,
            seconds=7 if name == "machine" else len(THRICE) / 8000 + 2,
            ring=1.5 if name == "rings_out" else 9,
            until=PRESSES.get(name, "1"),
        )

    with ThreadPoolExecutor(len(NUMBERS)) as callers:
        return dict(zip(NUMBERS, callers.map(ring, NUMBERS), strict=True))


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("press_1", [180, 200]),
        ("listens_twice", [180, 200]),
        ("wrong_key_first", [180, 200]),
        ("third_time", [180, 200]),
        ("no_key", [180, 200]),
        ("hangs_up", [180, 200]),
        ("machine", [180, 200]),
        ("long_machine", [180, 200]),
        ("screener", [180, 200]),
        ("rings_out", [180, 487]),
        ("busy", [486]),
        ("rejects", [180, 603]),
        ("unallocated", [404]),
        ("announcement", [183, 480]),
        ("congested", [503]),
    ],
)
def test_each_behaviour_has_its_codes_on_the_wire(heard, name, codes):
    assert [code for code in heard[name].codes if code != 100] == codes


@pytest.mark.parametrize(
    ("name", "keys"),
    [*PRESSES.items(), ("third_time", "1"), ("no_key", ""), ("machine", "")],
)
def test_residents_press_their_keys_by_rfc_4733(heard, name, keys):
    assert heard[name].keys == keys


def test_congestion_says_when_to_come_back(heard):
    assert "\r\nRetry-After: 3\r\n" in heard["congested"].responses[-1]


def test_the_resident_says_allo(heard):
    assert sound("allo")[800:3200] in bytes(heard["press_1"].sound)


def test_the_machine_greets_for_seconds_and_beeps(heard):
    spoken = bytes(heard["machine"].sound)
    greeting, beep = sound("greeting"), sound("beep")
    assert spoken.find(beep[400:2000]) > spoken.find(greeting[800:24_000]) > 0


def facts(town, name, what):
    return [e for e in town.log() if e.number == NUMBERS[name] and e.what == what]


def test_who_needs_the_third_time_presses_only_after_hearing_it(heard, town):
    told = facts(town, "third_time", "heard")
    key = facts(town, "third_time", "key")[0]
    assert [event.times for event in told if event.at < key.at] == [1, 2, 3]
    phrase = len(PHRASE) / 8000
    assert [e.seconds for e in told] == [pytest.approx(phrase, abs=0.6)] * len(told)


def test_the_log_tells_who_hung_up(heard, town):
    assert [e.who for e in facts(town, "hangs_up", "hangup")] == ["resident"]
    assert heard["hangs_up"].was_hung_up
    assert [e.who for e in facts(town, "no_key", "hangup")] == ["caller"]


def test_the_log_follows_a_call_from_its_invite_to_its_end(heard, town):
    told = [e.what for e in town.log() if e.number == NUMBERS["press_1"]]
    assert told == ["invite", "ringing", "answered", "heard", "key", "hangup"]
    told = [e.what for e in town.log() if e.number == NUMBERS["rings_out"]]
    assert told == ["invite", "ringing", "cancelled"]


def test_the_log_is_json_lines_with_milliseconds(heard, town, tmp_path):
    path = write_log(town.log(), tmp_path / "town.jsonl")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert all(len(row["at"]) == len("2030-01-01T00:00:00.000+00:00") for row in rows)
    assert all(row["attempt"] >= 1 for row in rows)
    assert {row["times"] for row in rows if row["what"] == "heard"} >= {1, 2, 3}
    congested = [row for row in rows if row.get("sip") == 503]
    assert {row["retry_after"] for row in congested} == {3}


def test_what_the_town_lived_agrees_with_what_its_behaviours_promise(heard, town):
    record = [
        {
            "attempts": [
                {
                    "number": number,
                    "outcome": told_by_the_caller(name, heard[name]),
                    "sip_code": heard[name].codes[-1],
                    "keys": heard[name].keys,
                }
            ]
        }
        for name, number in NUMBERS.items()
    ]
    found = [word for word in town.compare(record) if "call 1: on record" in word]
    assert [
        word for word in found if "rang" not in word and "answered" not in word
    ] == []


def told_by_the_caller(name, call):
    return "acknowledged" if "1" in call.keys else BEHAVIOURS[name].outcome


def test_attempts_of_a_number_follow_its_script(town):
    codes = [Caller(town.port).call(TWICE_CONGESTED).codes[-1] for _ in range(4)]
    assert codes == [503, 503, 486, 486]
    assert Caller(town.port).call(SECOND_TIME).codes[-1] == 486
    assert Caller(town.port).call(SECOND_TIME, says=THRICE, until="1").keys == "1"


def test_a_duty_telephone_answers_and_presses_1(town):
    assert town.duty_numbers() == (DUTY,)
    assert Caller(town.port).call(DUTY, says=THRICE, until="1").keys == "1"


@pytest.mark.parametrize(
    "form", ["00" + NUMBERS["busy"][1:], "0" + NUMBERS["busy"][3:]]
)
def test_a_number_is_found_however_the_trunk_writes_it(town, form):
    assert Caller(town.port).call(form).codes[-1] == 486


def test_a_number_that_nobody_has_does_not_exist(town):
    assert Caller(town.port).call("+33199009999").codes[-1] == 404
    assert not next(e for e in town.log() if e.number == "+33199009999").known


def test_a_silent_caller_is_not_acknowledged(town):
    # The resident hears for itself: no speech, no key.
    assert Caller(town.port).call(DUTY, seconds=4).keys == ""


def test_nothing_is_left_when_the_town_stops(asterisk, tmp_path):
    plan = plan_from_script(f'[[home]]\nnumber = "{DUTY}"\n')
    with Town(plan, asterisk) as town:
        pids = family(town.pid)
        assert len(pids) == 2
        assert town.is_alive
    assert not any(map(is_running, pids))
    assert not town.run.exists()
    assert town.log() == []


def test_the_town_dies_with_whoever_started_it(asterisk: AsteriskPaths, tmp_path: Path):
    plan = f'[[home]]\\nnumber = "{DUTY}"\\n'
    code = (
        "import pathlib, sys, time; from automaton.lab import *; "
        f"p = AsteriskPaths({asterisk.command!r}, "
        f"pathlib.Path({str(asterisk.module_dir)!r}), "
        f"pathlib.Path({str(asterisk.data_dir)!r})); "
        f"t = Town(plan_from_script('{plan}'), p, pathlib.Path({str(tmp_path)!r})); "
        "t.start(); print(t.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pids = family(int(parent.stdout.readline()))
        assert len(pids) == 2
        parent.kill()
    assert all(map(is_gone_soon, pids))


def test_an_asterisk_that_cannot_start_is_told_in_a_sentence(asterisk, tmp_path):
    broken = AsteriskPaths(("false",), asterisk.module_dir, asterisk.data_dir)
    town = Town(plan_from_script(""), broken, tmp_path)
    with pytest.raises(LineError, match="did not come up"):
        town.start()


def test_the_town_stays_up_until_it_is_told_to_go(asterisk, tmp_path):
    tree = Path(asterisk.command[-1]).parents[2]
    order = [sys.executable, "-m", "automaton.lab", str(tree), "--homes", "30"]
    order += ["--run", str(tmp_path), "--register", str(tmp_path / "r.csv")]
    with subprocess.Popen(order, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        codes = Caller(facts["port"]).call("+33199009999").codes
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0
        assert codes[-1] in (404, 486, 200)
    assert (tmp_path / "town.jsonl").read_text("utf-8").count("\n") >= 2
    assert (tmp_path / "r.csv").read_text("utf-8").count("\n") == 31


def family(pid: int | None) -> list[int]:
    """Return a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return [int(pid or 0), *map(int, children)]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text("ascii").split()[2] != "Z"


def is_gone_soon(pid: int) -> bool:
    """Wait until a process that is not our child is gone: two seconds at most."""
    try:
        watch = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watch], [], [], 2)[0])
    finally:
        os.close(watch)
