"""What was observed is added up, kept, and shown; every fault can be asked for."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from inspect import signature

import pytest

from tests.faults import database, lanes, page, results
from tests.faults.__main__ import (
    BROKEN,
    DEFAULT_KILLS,
    MINUTES,
    UNDONE,
    chosen,
    every_fault,
    told_plan,
    verdict,
)
from tests.faults.daemon import STEPS
from tests.faults.fault import Fault, Observed
from tests.faults.ground import Ground
from tests.faults.judge import Life, Recovery, links_up, pace, recovery
from tests.faults.lanes import Order
from tests.faults.soak import Look, _growth, _slope

SEEN = Observed("cut", 2, calls=30, recovery_s=1.5, notes=("before: 2", "odd"))
CUT = Fault("cut", "A cut", lambda ground, seed: SEEN)


def test_every_fault_has_a_name_of_its_own_and_a_title():
    names = [fault.name for fault in every_fault()]
    assert len(set(names)) == len(names)
    assert all(fault.title and fault.wanted(200) > 0 for fault in every_fault())


def test_kills_are_two_hundred_or_as_many_as_asked():
    assert sum(fault.wanted(200) for fault in every_fault() if fault.kills) == 200
    assert sum(fault.wanted(1000) for fault in every_fault() if fault.kills) == 1000
    assert {"before-intent", "key-committed", "thanked"} <= set(STEPS)


def test_a_fault_that_nobody_knows_is_refused():
    with pytest.raises(SystemExit, match="no fault flood"):
        chosen([CUT], ["flood"])
    assert chosen([CUT], ["cut"]) == chosen([CUT], []) == [CUT]


def test_what_was_observed_is_added_up_and_kept(tmp_path):
    kept = results.Results(tmp_path)
    kept.add(SEEN)
    kept.add(replace(SEEN, runs=3, recovery_s=0.5, keys_lost=1))
    again = results.Results(tmp_path).by_fault["cut"]
    assert (again.runs, again.calls, again.recovery_s) == (5, 60, 1.5)
    assert again.notes == ("before: 4", "odd")
    assert not again.is_clean
    (row,) = json.loads((tmp_path / "faults.json").read_text("utf-8"))
    assert list(row) == [
        "fault",
        "runs",
        "calls",
        "invariants_broken",
        "keys_lost",
        "rung_twice",
        "recovery_s",
    ]


def test_another_product_begins_anew(tmp_path, monkeypatch):
    results.Results(tmp_path).add(SEEN)
    monkeypatch.setattr(results, "product", lambda: "another")
    assert results.Results(tmp_path).runs("cut") == 0


@pytest.mark.parametrize(
    "changed",
    [
        "automaton/clock.py",
        "tests/faults/judge.py",
        "tests/sipp_process.py",
        "requirements.lock",
        "pyproject.toml",
    ],
)
def test_other_judges_begin_anew_as_another_product_does(
    tmp_path, monkeypatch, changed
):
    monkeypatch.setattr(results, "ROOT", tmp_path)
    before = results.product()
    _write(tmp_path / changed)
    assert results.product() != before


@pytest.mark.parametrize("made", ["__pycache__/judge.pyc", ".hypothesis/unicode"])
def test_what_running_leaves_is_no_other_judge(tmp_path, monkeypatch, made):
    monkeypatch.setattr(results, "ROOT", tmp_path)
    before = results.product()
    _write(tmp_path / "tests" / made)
    assert results.product() == before


def _write(file):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("new", "utf-8")


def test_what_is_broken_or_left_is_told_and_is_no_success(capsys):
    bad = replace(SEEN, fault="lock", invariants_broken=1, notes=("I2 twice",))
    assert verdict([SEEN], {}) == 0
    assert verdict([SEEN], {"flood": 3}) == UNDONE
    assert "runs left: flood (3)" in capsys.readouterr().out
    assert verdict([SEEN, bad], {}) == verdict([SEEN, bad], {"flood": 3}) == BROKEN
    assert "BROKEN: lock: I2 twice" in capsys.readouterr().out


def test_a_recovery_that_takes_too_long_is_a_failure():
    quick = replace(CUT, recovers_within=1.5)
    assert CUT.judged(SEEN) == quick.judged(SEEN) == SEEN
    late = replace(CUT, recovers_within=1.4).judged(SEEN)
    assert not late.is_clean
    assert late.notes[-1] == "LATE: recovered after 1.5 s, 1.4 s at most"


def test_a_daemon_that_was_killed_must_ring_again_within_five_seconds():
    kills = [fault for fault in every_fault() if fault.kills]
    assert [fault.recovers_within for fault in kills] == [5.0] * len(kills)


def test_a_fault_s_trunk_has_a_pace_by_which_it_is_judged():
    trunk = signature(Ground.stage).parameters["trunk"].default
    assert pace(trunk) == 10  # 8, and a quarter for a machine that is busy
    assert pace("calls_per_second = 2") == 2
    assert pace("") is None


def test_a_life_that_ended_before_it_rang_took_at_least_as_long_as_it_lasted():
    slow = Life(begun_at=100, ready_at=107, ended_at=108)
    assert recovery(slow, [99, 100.1, 108.5]) == Recovery(8, has_rung=False)
    assert recovery(slow, [100.1, 107.5]) == Recovery(7.5, has_rung=True)


def test_a_link_that_came_up_is_read_from_what_the_daemon_says():
    said = (
        '{"place": "x", "event": "ami_up", "timestamp": "2030-01-15T10:00:00.5Z"}\n'
        '{"event": "in reach", "timestamp": "2030-01-15T10:00:01Z"}\n'
    )
    assert links_up(said) == [1894701600.5]


def test_all_of_it_fits_its_time(tmp_path):
    kept = results.Results(tmp_path)
    whole = lanes.Lanes(every_fault(), kept, DEFAULT_KILLS, 0, print)
    assert whole.minutes_left() <= MINUTES - 2


def test_the_plan_tells_what_is_left(tmp_path, capsys):
    kept = results.Results(tmp_path)
    told_plan([replace(CUT, at_once=2)], kept, DEFAULT_KILLS)
    told = capsys.readouterr().out
    assert "cut                   0/3     2.0 min  A cut" in told
    assert "left: about 1 min" in told


def test_the_table_of_a_part_has_the_faults_that_were_seen(tmp_path):
    seen = page.table([CUT, replace(CUT, name="flood")], {"cut": SEEN})
    assert "`cut`" in seen
    assert "flood" not in seen


def test_the_table_stands_between_its_marks(tmp_path):
    file = tmp_path / "page.md"
    file.write_text(f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n", "utf-8")
    page.write([CUT], {"cut": SEEN}, file)
    text = file.read_text("utf-8")
    assert "| A cut (`cut`) | 2 | 30 | 0 | 0 | 0 | 1.5 s |" in text
    assert "- A cut: before: 2; odd." in text
    assert text.startswith("before\n")
    assert text.endswith(f"{page.END}\nafter\n")
    assert "old" not in text


def test_a_page_without_its_marks_is_left_alone(tmp_path):
    file = tmp_path / "page.md"
    file.write_text("nothing", "utf-8")
    with pytest.raises(SystemExit, match="marks"):
        page.write([CUT], {"cut": SEEN}, file)


def test_a_slope_is_that_of_the_line_that_fits_best():
    assert _slope([(0, 1), (1, 3), (2, 5)]) == pytest.approx(2)
    assert _slope([(0, 1)]) == 0
    assert _slope([(1, 1), (1, 2)]) == 0


def grown(name, kib_a_call=0.0, rest=(30, 9), rested=(30, 9)):
    looks = [Look(n, 1e5 + n * kib_a_call, 900 - n, n) for n in range(0, 9000, 1000)]
    before, after = Look(0, 1e5, *rest), Look(50_000, 2e5, *rested)
    return [word for word in _growth(name, looks, before, after) if "GREW" in word]


@pytest.mark.parametrize(("name", "most"), [("daemon", 0.4), ("Asterisk", 35.95)])
def test_memory_has_a_limit_in_the_soak_also_where_growth_is_known(name, most):
    assert grown(name, most) == []
    (told,) = grown(name, most + 0.1)
    assert told.startswith(f"GREW: {name}: memory +")


@pytest.mark.parametrize("name", ["daemon", "Asterisk"])
def test_files_and_threads_of_the_soak_are_those_at_rest(name):
    # By their slope under load they grew or shrank with the calls of the moment.
    assert grown(name, rested=(40, 19)) == []
    assert grown(name, rested=(41, 19)) == [
        f"GREW: {name}: files +2.2 in 10,000 attempts"
    ]
    assert grown(name, rested=(20, 20)) == [
        f"GREW: {name}: threads +2.2 in 10,000 attempts"
    ]


def test_a_fault_that_cut_nothing_is_no_fault():
    cut = ["before", "after", "after"]
    told = database.cuts_of(cut)
    assert told == ["cut before the commit: 1", "cut after the commit: 2"]
    for nothing in ([], cut[:1], cut[1:]):
        with pytest.raises(AssertionError, match="cut only"):
            database.cuts_of(nothing)
    assert database.behind('url = "direct"', "direct", "door") == 'url = "door"'
    with pytest.raises(AssertionError, match="settings have no direct"):
        database.behind('url = "elsewhere"', "direct", "door")


class Told(list):
    """What the lanes were asked to do, in order; how many at once."""

    def __init__(self) -> None:
        self.at_once = self.most = 0

    def outcome(self, order: Order) -> Observed:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        if order.fault.alone:
            assert self.at_once == 1
        time.sleep(0.01)
        self.append((order.fault.name, order.seed, order.counts))
        self.at_once -= 1
        return Observed(order.fault.name, runs=order.counts)


@pytest.fixture
def told(monkeypatch):
    told = Told()
    monkeypatch.setattr(lanes, "outcome_of", told.outcome)
    monkeypatch.setattr(lanes, "LANES", 2)
    return told


def lanes_of(tmp_path, seconds, *faults):
    kept, ends_at = results.Results(tmp_path), time.monotonic() + seconds
    return lanes.Lanes(faults, kept, 120, ends_at, lambda what: None)


def test_every_fault_is_done_as_often_as_wanted_two_at_a_time(told, tmp_path):
    kills = replace(CUT, name="kills", kills=1.0, at_once=50)
    alone = replace(CUT, name="alone", runs=1, alone=True)
    lanes_of(tmp_path, 1000, CUT, kills, alone).work()
    assert sorted(told) == [
        ("alone", 1, 1),
        *(("cut", seed, 1) for seed in (1, 2, 3)),
        *(
            ("kills", 1 + done, counts)
            for done, counts in ((0, 50), (50, 50), (100, 20))
        ),
    ]
    assert told.most == 2
    lanes_of(tmp_path, 1000, CUT, kills, alone).work()
    assert len(told) == 7


def test_what_there_is_no_time_for_is_not_begun_but_told(told, tmp_path):
    long = replace(CUT, name="long", seconds=5000)
    worked = lanes_of(tmp_path, 1000, long, CUT)
    worked.work()
    assert {name for name, *_ in told} == {"cut"}
    assert worked.undone() == {"long": 3}


def test_the_lonely_one_comes_first_and_then_the_longest(told, tmp_path, monkeypatch):
    monkeypatch.setattr(lanes, "LANES", 1)
    faults = [
        replace(CUT, name=name, runs=1, seconds=seconds, alone=alone)
        for name, seconds, alone in (("a", 10, False), ("b", 90, False), ("c", 5, True))
    ]
    lanes_of(tmp_path, 1000, *faults).work()
    assert [name for name, *_ in told] == ["c", "b", "a"]


def test_a_run_that_tells_nothing_has_failed():
    seen = lanes.outcome_of(Order(replace(CUT, name="no-such-fault"), 1, 1))
    assert not seen.is_clean
