"""What a history must keep to: tries, final states, pace and lines (I4 to I7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from automaton.lab.history import (
    HistoryRules,
    TrunkRules,
    check,
)
from automaton.lab.history_rules import Ceiling
from automaton.lab.oracle import Expectation
from tests.lab.histories import (
    NUMBER,
    OTHER,
    SECOND,
    broken,
    busy,
    down,
    log,
    of_one_home,
    refused,
    rings,
    told,
)

TRUNK = HistoryRules(any_trunk=TrunkRules(lines=2, calls_per_second=2))


# --- I4 -----------------------------------------------------------------------


def test_i4_a_fourth_try_at_a_number_is_a_break():
    calls = [busy(60 * n) for n in range(4)]
    assert of_one_home(*calls[:3]) == []
    assert of_one_home(*calls) == ["I4"]


def test_i4_a_home_has_a_budget_too():
    numbers = [NUMBER, SECOND, OTHER]
    calls = [busy(60 * n, number=numbers[n % 3]) for n in range(9)]
    assert of_one_home(*calls[:8]) == []
    assert of_one_home(*calls) == ["I4"]


def test_i4_congestion_costs_no_try_up_to_twenty():
    calls = [refused(60 * n, "congestion") for n in range(21)]
    assert of_one_home(*calls[:20], busy(9000)) == []
    assert of_one_home(*calls) == ["I4"]


def test_i4_a_telephone_that_rang_before_a_congestion_costs_one():
    calls = [refused(60 * n, "congestion") for n in range(4)]
    for call in calls:
        call.facts.insert(0, (call.at + 0.01, "ringing", {}))
    assert of_one_home(*calls) == ["I4"]


def test_i4_a_telephone_that_rings_for_a_dead_asterisk_costs_one():
    endless = [rings(60 * n) for n in range(4)]
    for call in endless:
        call.facts.pop()
    kills = [down(60 * n + 5, 60 * n + 8, "asterisk")[0] for n in range(4)]
    assert "I4" in of_one_home(*endless, outages=kills)


def test_i4_a_number_has_ceilings_over_all_campaigns():
    calls = [busy(60 * n) for n in range(5)]
    campaigns = [told(calls[:3], name="A"), told(calls[3:], name="B")]
    assert broken(campaigns, calls) == ["I4"]
    raised = HistoryRules(ceilings=(Ceiling(5, timedelta(hours=2)),))
    assert broken(campaigns, calls, raised) == []


# --- I5 -----------------------------------------------------------------------


@pytest.mark.parametrize("state", ["waiting", "trying", "quarantined"])
def test_i5_a_recipient_without_a_final_state_is_a_break(state):
    assert of_one_home(busy(0), state=state) == ["I5"]
    going_on = HistoryRules(has_ended=False)
    assert of_one_home(busy(0), state=state, rules=going_on) == []


def test_i5_an_attempt_without_an_end_is_a_break():
    record = told([busy(0)])
    record["attempts"].append({**busy(60).row, "outcome": None})
    assert "I5" in broken([record], [busy(0)])


def test_i5_a_home_that_is_not_on_record_is_a_break():
    missing = Expectation("Odette", "town", "exhausted", {OTHER: ("busy",)})
    rules = HistoryRules(expectations=[missing])
    assert of_one_home(busy(0), rules=rules) == ["I5"]


# --- I6 and I7 ----------------------------------------------------------------


def streets(*moments, call=busy):
    """Return a call to another home at each moment, and their records."""
    calls = [call(at, number=f"+3319900{n:04d}") for n, at in enumerate(moments)]
    return [told([one]) for one in calls], calls


def test_i6_more_than_the_cap_and_one_within_a_second_is_a_break():
    assert broken(*streets(0, 0.3, 0.6, 1.0), TRUNK) == []
    assert broken(*streets(0, 0.3, 0.6, 0.9), TRUNK) == ["I6"]


def test_i6_more_than_ten_times_the_cap_within_ten_seconds_is_a_break():
    even = [0.5 * n for n in range(40)]
    assert broken(*streets(*even), TRUNK) == []
    crowded = [0.45 * n for n in range(40)]
    assert broken(*streets(*crowded), TRUNK) == ["I6"]


def test_i6_a_burst_is_told_once():
    records, calls = streets(*(0.01 * n for n in range(15)))
    found = check(records, log(calls), TRUNK)
    assert [violation.invariant for violation in found] == ["I6"]


def test_i6_looks_at_each_trunk_by_itself():
    records, calls = streets(0, 0.1, 0.2, 0.3)
    logs = {"one": log(calls[:2]), "two": log(calls[2:])}
    assert check(records, logs, TRUNK) == []
    strict = replace(TRUNK, trunks={"two": TrunkRules(calls_per_second=0.5)})
    assert [v.invariant for v in check(records, logs, strict)] == ["I6"]


def test_i7_more_calls_at_once_than_lines_is_a_break():
    assert broken(*streets(0, 4, 11, call=rings), TRUNK) == []
    assert broken(*streets(0, 4, 8, call=rings), TRUNK) == ["I7"]
