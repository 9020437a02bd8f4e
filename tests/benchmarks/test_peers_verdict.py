"""What SIPp saw beside what a peer says."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from benchmarks.figures import keep, latest
from benchmarks.observer import HERE, Call
from benchmarks.peers.contest import Contest, wanted
from benchmarks.peers.results import keep_round, table
from benchmarks.peers.rounds import ALL_KINDS, plain
from benchmarks.peers.verdict import Told, judged
from benchmarks.runs import of_all

ONE, TWO = "+33199000040", "+33199000041"


def answered(number: str, at: float, keys: int = 1) -> Call:
    return Call(number, at, at + 1, at + 8, keys=keys)


def refused(number: str, code: int) -> Call:
    return Call(number, 1, ended=2, refused=code)


RIGHT = Told({ONE: "1"}, {ONE: "acknowledged"})


def test_a_call_after_the_key_is_a_doubled_one() -> None:
    found = judged([answered(ONE, 100), answered(ONE, 110)], RIGHT, [ONE])
    assert (found["rung_again_after_a_key"], found["rung_twice_at_once"]) == (1, 0)
    assert (found["calls"], found["lost_keys"], found["wrong_outcomes"]) == (2, 0, 0)


def test_a_call_beside_another_is_not_after_its_key() -> None:
    found = judged([answered(ONE, 100), answered(ONE, 103)], RIGHT, [ONE])
    assert (found["rung_again_after_a_key"], found["rung_twice_at_once"]) == (0, 1)


def test_a_second_call_to_who_pressed_nothing_is_neither() -> None:
    calls = [answered(ONE, 100, keys=0), answered(ONE, 110)]
    found = judged(calls, RIGHT, [ONE])
    assert (found["rung_again_after_a_key"], found["rung_twice_at_once"]) == (0, 0)


def test_who_was_never_rung_and_whose_key_is_lost_are_counted() -> None:
    found = judged([answered(ONE, 100)], Told(), [ONE, TWO])
    assert (found["never_rung"], found["lost_keys"]) == (1, 1)
    assert (found["wrong_outcomes"], found["untold_outcomes"]) == (0, 1)


@pytest.mark.parametrize(
    ("call", "right", "wrong"),
    [
        (answered(ONE, 1), "acknowledged", "answered_no_key"),
        (answered(ONE, 1, keys=0), "answered_no_key", "acknowledged"),
        (refused(ONE, 486), "busy", "no_answer"),
        (refused(ONE, 404), "unallocated", "busy"),
        (refused(ONE, 480), "unreachable", "busy"),
        (refused(ONE, 480), "no_answer", "congestion"),
        (refused(ONE, 487), "no_answer", "busy"),
        (refused(ONE, 503), "congestion", "busy"),
        (refused(ONE, 603), "rejected", "busy"),
    ],
)
def test_an_outcome_is_right_wrong_or_says_nothing(
    call: Call, right: str, wrong: str
) -> None:
    for word, verdict in ((right, (0, 0)), (wrong, (1, 0)), ("failed", (0, 1))):
        found = judged([call], Told({}, {ONE: word}), [ONE])
        assert (found["wrong_outcomes"], found["untold_outcomes"]) == verdict


def test_the_homes_of_the_faults_answer_and_press() -> None:
    numbers = plain(1_000, 70)
    assert len(set(numbers)) == 70
    assert all(int(number[-2:]) >= 40 for number in numbers)


def test_no_home_is_rung_in_two_rounds_of_one_node() -> None:
    for rounds in wanted(Contest()):
        numbers = [number for round_ in rounds for number in round_.numbers]
        assert len(numbers) == len(set(numbers))


def test_only_the_rounds_that_were_asked_for() -> None:
    rounds = list(wanted(Contest(calls=50, lines=10, rounds=["kill"])))
    assert [[(r.name, len(r.numbers), r.lines) for r in each] for each in rounds] == [
        [("kill", 50, 10)]
    ]


def test_the_scenario_leads_every_kind_somewhere() -> None:
    scenario = ElementTree.parse(HERE / ALL_KINDS).getroot()
    labels = {label.get("id") for label in scenario.iter("label")}
    assert {step.get("next") for step in scenario if step.get("next")} == labels


def test_a_round_is_kept_beside_what_was_measured_before(tmp_path: Path) -> None:
    keep({"rss_mb": 90, "peers": {"cut": {}}}, tmp_path)
    keep_round("kill", {"pyst2": {"lost_keys": 1}}, {"lines": 24}, tmp_path)
    keep({"rss_mb": 80}, tmp_path)
    kill = {"about": {"lines": 24}, "contenders": {"pyst2": {"lost_keys": 1}}}
    peers = {"cut": {}, "kill": kill}
    told = latest(tmp_path)
    assert told["figures"]["rss_mb"]["value"] == 80
    assert told["peers"] == peers


def test_who_was_asked_for_the_same_stays_and_who_was_not_goes(tmp_path: Path) -> None:
    def told(who: str, lines: int) -> list[str]:
        about = {"runs": 1, "calls": 120, "lines": lines, "load": float(lines)}
        keep_round("kill", {who: {"lost_keys": 0}}, about, tmp_path)
        return list(latest(tmp_path)["peers"]["kill"]["contenders"])

    assert told("pyst2", 24) == ["pyst2"]
    assert told("automaton", 24) == ["pyst2", "automaton"]
    assert told("pycall", 50) == ["pycall"]


def test_of_several_runs_the_median_and_the_worst_count() -> None:
    runs = [{"turn_ms": t, "lost_keys": k} for t, k in [(3.0, 0), (1.0, 2), (2.0, 1)]]
    assert of_all(runs) == {"turn_ms": 2.0, "lost_keys": 2}


def test_a_table_has_a_line_for_each_contender() -> None:
    assert table("speed", {"pyst2": {"calls": 3, "turn_ms": 1.5}}).splitlines() == [
        "| speed | calls | turn_ms |",
        "| --- | ---: | ---: |",
        "| pyst2 | 3 | 1.500 |",
    ]
