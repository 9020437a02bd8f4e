"""What a fault excuses, and no more: I1 and I8 where something was down."""

from __future__ import annotations

import pytest

from automaton.lab.history import HistoryRules, check
from automaton.lab.oracle import Expectation
from tests.lab.histories import (
    NUMBER,
    SECOND,
    broken,
    busy,
    confirmed,
    down,
    log,
    moment,
    of_one_home,
    rings,
    told,
)

CALLED_BACK = {"state": "acknowledged", "acknowledged_at": moment(5).isoformat()}


def script(state="exhausted", **numbers):
    """Return the rules of a town with one home of these numbers."""
    outcomes = numbers or {NUMBER: ("busy", "busy", "busy")}
    return HistoryRules(expectations=[Expectation("Marthe", "town", state, outcomes)])


def on_record(calls, *outcomes, **more):
    """Return the record of these calls with other outcomes."""
    record = told(calls, **more)
    for row, outcome in zip(record["attempts"], outcomes, strict=True):
        row |= {"outcome": outcome, "sip": None, "keys": ""}
    return record


# --- I1 -----------------------------------------------------------------------


@pytest.mark.parametrize("what", ["daemon", "database", "asterisk", "link", "frozen"])
def test_i1_no_outage_excuses_an_order_that_is_younger_than_the_acknowledgement(what):
    late = rings(10, until=10.9)
    assert of_one_home(late, **CALLED_BACK, outages=down(4, 30, what)) == ["I1"]


@pytest.mark.parametrize(
    ("what", "broken_are"),
    [("link", []), ("frozen", []), ("daemon", ["I1"]), ("database", ["I1"])],
)
def test_i1_only_what_holds_an_order_back_lets_it_arrive_later(what, broken_are):
    late = rings(30.2, until=30.9)
    record = told([late], **CALLED_BACK)
    record["attempts"][0]["claimed_at"] = moment(4.9).isoformat()
    found = broken([record], [late], outages=down(4, 30, what))
    assert found == broken_are


def test_i1_a_call_is_withdrawn_within_a_second_of_the_link_s_return():
    away = down(5.2, 9, "link")
    assert of_one_home(rings(0, until=9.7), **CALLED_BACK, outages=away) == []
    assert of_one_home(rings(0, until=9.9), **CALLED_BACK, outages=away) == ["I1"]


# --- I8 -----------------------------------------------------------------------


def test_i8_a_lost_end_is_unknown_and_nothing_else():
    record = on_record([rings(0)], "busy")
    assert broken([record], [rings(0)], outages=down(9, 12)) == ["I8"]
    record = on_record([rings(0)], "unknown")
    assert broken([record], [rings(0)], outages=down(9, 12)) == []


def test_i8_an_end_that_came_when_all_was_well_again_is_known():
    record = on_record([rings(0)], "unknown")
    assert broken([record], [rings(0)], outages=down(2, 5)) == ["I8"]
    assert broken([record], [rings(0)], outages=down(2, 10.1)) == []


def test_i8_an_end_that_was_lost_of_an_answered_call_is_no_key():
    calls = [confirmed(0)]
    calls[0].facts = [fact for fact in calls[0].facts if fact[0] < 8]
    calls[0].facts.append((9, "hangup", {"who": "resident", "seconds": 3.0}))
    record = on_record(calls, "answered_no_key", state="exhausted")
    assert broken([record], calls, outages=down(7.2, 10)) == []
    assert broken([record], calls, outages=down(10.5, 11)) == ["I8"]


@pytest.mark.parametrize(
    ("what", "span", "broken_are"),
    [
        ("frozen", (1, 30), []),
        ("frozen", (2.5, 30), ["I8"]),
        ("link", (1, 30), ["I8"]),
        ("daemon", (1, 30), ["I8"]),
    ],
)
def test_i8_an_answer_that_asterisk_slept_through_may_be_no_answer(
    what, span, broken_are
):
    call = confirmed(0)
    call.facts = [fact for fact in call.facts if fact[0] <= 2]
    assert call.facts[-1][:2] == (2, "answered")
    call.facts.append((30.1, "hangup", {"who": "caller", "seconds": 28.1}))
    record = on_record([call], "no_answer")
    assert broken([record], [call], outages=down(*span, what)) == broken_are


def test_i8_a_call_that_was_given_up_while_asterisk_stood_still_is_unknown():
    # Its deadline was over meanwhile; the town saw it end long after.
    call = rings(0, until=28)
    record = on_record([call], "unknown")
    assert broken([record], [call], outages=down(5, 20, "frozen")) == []
    assert broken([record], [call], outages=down(5, 20, "link")) == ["I8"]


def test_i8_a_database_that_is_away_hides_nothing_from_a_daemon_that_lives():
    record = on_record([rings(0)], "unknown")
    away = down(9, 12, "database")
    assert broken([record], [rings(0)], outages=away) == ["I8"]
    assert broken([record], [rings(0)], outages=away + down(9.5, 10)) == []


def test_i8_an_intent_whose_commit_was_cut_may_be_unknown():
    record = told([busy(0), busy(60)])
    record["attempts"][1]["outcome"] = "unknown"
    away = down(60.5, 70, "database")
    assert broken([record], [busy(0)], outages=away) == []


def test_i8_keys_that_nobody_pressed_are_told_in_an_outage_too():
    record = told([busy(0)])
    record["attempts"][0]["keys"] = "2"
    assert broken([record], [busy(0)], outages=down(-1, 1)) == ["I8"]


def test_i8_an_attempt_that_never_came_is_unknown_and_not_busy():
    record = told([busy(0), busy(60)])
    assert broken([record], [busy(0)], outages=down(60.5, 70)) == ["I8"]
    record["attempts"][1]["outcome"] = "unknown"
    assert broken([record], [busy(0)], outages=down(60.5, 70)) == []


# --- I8: tries that a home is owed ----------------------------------------------


def test_i8_a_retry_that_a_fault_has_lost_is_told():
    calls = [busy(0), busy(60)]
    record = on_record(calls, "unknown", "busy")
    record["attempts"][1]["sip"] = 486
    touched = down(0, 1)
    (found,) = check([record], log(calls), script(), touched)
    assert found.invariant == "I8"
    assert found.text == (
        f"Marthe ({NUMBER}) was given up as exhausted after unknown, busy:"
        " a try is owed."
    )


def test_i8_a_home_that_had_all_its_tries_is_owed_none():
    calls = [busy(0), busy(60), busy(120)]
    record = told(calls)
    record["attempts"][0] |= {"outcome": "unknown", "sip": None}
    assert broken([record], calls, script(), down(0, 1)) == []


def test_i8_a_call_that_was_taken_back_is_a_try_and_no_script_foresees_the_rest():
    calls = [rings(0, until=2), busy(60), busy(120)]
    calls[0].outcome = "cancelled"
    rules = script(**{NUMBER: ("busy", "busy")})
    assert broken([told(calls)], calls, rules) == []
    assert broken([told(calls[:2])], calls[:2], rules) == ["I8"]


def test_i8_a_try_that_never_came_is_one_of_them():
    calls = [busy(60), busy(120)]
    record = told([busy(0), *calls])
    record["attempts"][0] |= {"outcome": "unknown", "sip": None}
    assert broken([record], calls, script(), down(0, 1)) == []
    record["attempts"][0]["outcome"] = "local_failure"
    assert broken([record], calls, script(), down(0, 1)) == ["I8"]


def test_i8_each_number_of_a_touched_home_has_its_tries():
    calls = [busy(60 * n) for n in range(3)]
    record = told(calls, numbers=[NUMBER, SECOND])
    record["attempts"][0] |= {"outcome": "unknown", "sip": None}
    rules = script(**{NUMBER: ("busy",) * 3, SECOND: ("acknowledged",)})
    assert broken([record], calls, rules, down(0, 1)) == ["I8"]


def test_i8_who_heard_everything_is_owed_one_more_try_alone():
    calls = [confirmed(0, behaviour="no_key"), busy(60)]
    calls[0].facts = [fact for fact in calls[0].facts if fact[1] != "key"]
    record = told(calls, state="reached_unconfirmed", acknowledged_at=None)
    record["attempts"][0]["outcome"] = "answered_no_key"
    record["attempts"][1] |= {"outcome": "unknown", "sip": None}
    rules = script("acknowledged", **{NUMBER: ("answered_no_key", "acknowledged")})
    assert broken([record], calls, rules, down(60, 61)) == []
    record["attempts"] = record["attempts"][:1]
    assert broken([record], calls[:1], rules, down(0, 1)) == ["I8"]


@pytest.mark.parametrize("state", ["acknowledged", "cancelled", "expired"])
def test_i8_what_was_ended_by_somebody_is_owed_nothing(state):
    record = on_record([busy(0)], "unknown", state=state)
    assert broken([record], [busy(0)], script(), down(0, 1)) == []
