"""The history checker: a good history holds, and each invariant is broken by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from automaton.lab.history import (
    INVARIANTS,
    HistoryRules,
    TrunkRules,
    check,
    verdicts,
)
from automaton.lab.log import Event, load_log, write_log
from automaton.lab.oracle import Expectation
from tests.lab.histories import (
    NUMBER,
    OTHER,
    SECOND,
    Lived,
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

TRUNK = HistoryRules(any_trunk=TrunkRules(lines=2, calls_per_second=2))


def test_a_good_history_breaks_nothing():
    calls = [busy(0), rings(60, number=SECOND), confirmed(120)]
    home = Expectation(
        "Marthe Aubrac",
        "town",
        "acknowledged",
        {NUMBER: ("busy", "acknowledged"), SECOND: ("no_answer",)},
    )
    rules = replace(TRUNK, expectations=[home])
    assert of_one_home(*calls, rules=rules) == []


def test_the_verdicts_name_all_eight():
    found = verdicts(check([told([busy(0)], state="trying")], log([busy(0)])))
    assert list(found) == list(INVARIANTS) == [f"I{n}" for n in range(1, 9)]
    assert [name for name, rows in found.items() if rows] == ["I5"]


def test_a_violation_tells_invariant_number_moment_and_a_sentence():
    calls = [confirmed(0), busy(60)]
    (found,) = check([told(calls)], log(calls))
    assert (found.invariant, found.number) == ("I1", NUMBER)
    assert found.at == moment(60).timestamp()
    assert found.text == "Marthe Aubrac: it was rung 52.5 s after the acknowledgement."


# --- I1 -----------------------------------------------------------------------


@pytest.mark.parametrize("number", [NUMBER, SECOND])
def test_i1_ringing_any_number_after_the_thanks_is_a_break(number):
    assert of_one_home(confirmed(0), busy(60, number=number)) == ["I1"]


def test_i1_holds_by_the_thanks_alone_where_the_record_has_forgotten():
    calls = confirmed(0), busy(60)
    found = of_one_home(*calls, state="exhausted", acknowledged_at=None)
    assert found == ["I1", "I3"]


def test_i1_an_acknowledgement_from_elsewhere_stops_the_calls():
    called_back = {"state": "acknowledged", "acknowledged_at": moment(30).isoformat()}
    assert of_one_home(busy(0), busy(30.4), **called_back) == []
    assert of_one_home(busy(0), busy(30.6), **called_back) == ["I1"]


def test_i1_what_still_rings_is_withdrawn_within_a_second():
    called_back = {"state": "acknowledged", "acknowledged_at": moment(5).isoformat()}
    assert of_one_home(rings(0, until=5.9), **called_back) == []
    assert of_one_home(rings(0, until=6.1), **called_back) == ["I1"]
    assert of_one_home(rings(0, until=34), **called_back, outages=down(5.5, 34)) == []
    assert of_one_home(rings(0, until=35), **called_back, outages=down(5.5, 34)) == [
        "I1"
    ]


def test_i1_what_never_stops_ringing_is_told_so():
    endless = rings(0)
    endless.facts.pop()
    called_back = {"state": "acknowledged", "acknowledged_at": moment(5).isoformat()}
    (found,) = check([told([endless], **called_back)], log([endless]))
    assert found.text.endswith("it never stopped ringing after the acknowledgement.")


def test_i1_outages_that_overlap_excuse_their_time_once():
    called_back = {"state": "acknowledged", "acknowledged_at": moment(5).isoformat()}
    both = down(4, 20) + down(10, 30, "frozen")
    assert of_one_home(rings(0, until=30.9), **called_back, outages=both) == []
    assert of_one_home(rings(0, until=31.1), **called_back, outages=both) == ["I1"]


def test_i1_a_call_that_was_answered_meanwhile_is_not_cut():
    called_back = {"acknowledged_at": moment(1.5).isoformat()}
    assert of_one_home(confirmed(0), **called_back) == []


def test_i1_an_order_that_a_frozen_asterisk_kept_may_leave_when_it_can_answer():
    called_back = {"state": "acknowledged", "acknowledged_at": moment(5).isoformat()}
    late = rings(30.2, until=30.9)
    record = told([late], **called_back)
    record["attempts"][0]["claimed_at"] = moment(4.9).isoformat()
    assert broken([record], [late], outages=down(4, 30, "frozen")) == []
    assert broken([record], [late]) == ["I1"]


def test_i1_a_neighbour_on_the_same_number_is_rung_still():
    calls = [confirmed(0), confirmed(60)]
    homes = [told([call], name=name) for call, name in zip(calls, "AB", strict=True)]
    assert broken(homes, calls) == []


# --- I2 -----------------------------------------------------------------------


def test_i2_two_calls_at_once_to_one_number_are_a_break():
    assert of_one_home(rings(0), busy(5)) == ["I2"]


def test_i2_two_calls_at_once_to_one_home_are_a_break():
    assert of_one_home(rings(0), busy(5, number=SECOND)) == ["I2"]


def test_i2_a_short_call_that_overlaps_a_long_one_hides_nothing():
    calls = rings(0, until=30), busy(5), busy(10)
    found = check([told(calls)], log(calls))
    assert [violation.invariant for violation in found] == ["I2", "I2"]


def test_i2_two_homes_may_be_rung_at_once():
    calls = [rings(0), rings(1, number=OTHER)]
    assert broken([told([call]) for call in calls], calls) == []


def test_i2_a_hang_up_that_is_noted_late_is_no_second_call():
    first, second = confirmed(0), busy(11.8)
    rows = [told([first], name="A"), told([second], name="B")]
    assert broken(rows, [first, second]) == []
    rules = HistoryRules(slack=timedelta())
    assert broken(rows, [first, second], rules) == ["I2"]


def test_i2_a_call_without_an_end_lives_on_unless_asterisk_was_killed():
    endless = rings(0)
    endless.facts.pop()
    calls = endless, busy(60)
    assert of_one_home(*calls) == ["I2"]
    assert of_one_home(*calls, outages=down(5, 8, "asterisk")) == []
    assert of_one_home(*calls, outages=down(5, 8, "frozen")) == ["I2"]


# --- I3 -----------------------------------------------------------------------


def test_i3_a_key_that_was_thanked_and_is_not_on_record_is_a_break():
    call = confirmed(0)
    call.outcome = "answered_no_key"
    record = told([call])
    record["attempts"][0]["keys"] = ""
    assert broken([record], [call]) == ["I3", "I8"]


def test_i3_a_one_that_was_thanked_must_have_acknowledged():
    assert of_one_home(confirmed(0), state="exhausted") == ["I3"]


def test_i3_a_call_that_is_not_on_record_at_all_is_a_break():
    assert broken([told([], numbers=[NUMBER])], [confirmed(0)]) == ["I3", "I8"]


def test_i3_holds_under_every_outage():
    record = told([confirmed(0)], state="exhausted", acknowledged_at=None)
    assert broken([record], [confirmed(0)], outages=down(0, 30)) == ["I3"]


def test_i3_a_key_that_nobody_thanked_may_be_lost_with_its_call():
    call = confirmed(0)
    call.facts = [fact for fact in call.facts if fact[0] < 8]
    record = told([call], state="exhausted", acknowledged_at=None)
    record["attempts"][0] |= {"keys": "", "outcome": "unknown"}
    assert broken([record], [call], outages=down(7.2, 9, "asterisk")) == []


def test_i3_a_call_for_help_is_kept_too():
    call = confirmed(0)
    call.facts.insert(3, (4.5, "key", {"key": "3"}))
    record = told([call])
    assert broken([record], [call]) == []
    record["attempts"][0]["keys"] = "1"
    assert "I3" in broken([record], [call])


def opted_out(*heard: float):
    """Return a call with a 9 at 7 s and one at 10 s; `heard`: when phrases ended."""
    call = confirmed(0)
    call.outcome = "opted_out"
    call.facts[3:5] = [
        (7, "key", {"key": "9"}),
        (10, "key", {"key": "9"}),
        *((at, "heard", {"seconds": 1.0}) for at in heard),
    ]
    call.facts.sort(key=lambda fact: fact[0])
    return call


def i3_of_a_refusal(call, state="refused", **row):
    record = told([call], state=state)
    record["attempts"][0] |= {"keys": "9", **row}
    return "I3" in broken([record], [call])


@pytest.mark.parametrize("question", [(9,), ()])  # heard out, or answered at once
def test_i3_a_nine_that_was_confirmed_is_kept(question):
    call = opted_out(*question, 11.5)
    assert not i3_of_a_refusal(call)
    assert not i3_of_a_refusal(call, keys="")
    assert i3_of_a_refusal(call, keys="", outcome="answered_no_key")
    assert i3_of_a_refusal(call, state="exhausted")


def test_i3_a_nine_that_was_not_confirmed_may_be_forgotten():
    lost = {"state": "exhausted", "keys": "", "outcome": "answered_no_key"}
    assert not i3_of_a_refusal(opted_out(9), **lost)  # nobody thanked the second
    assert not i3_of_a_refusal(opted_out(8, 9, 11.5), **lost)  # asked anew
    changed_mind = opted_out(9, 11.5)
    changed_mind.facts.insert(-2, (9.5, "key", {"key": "2"}))
    changed_mind.facts.sort(key=lambda fact: fact[0])
    assert not i3_of_a_refusal(changed_mind, **lost)


def test_i3_the_duty_list_is_not_looked_for_among_the_recipients():
    duty = HistoryRules(others=frozenset({NUMBER}))
    assert broken([], [confirmed(0)], duty) == []


# --- I8 -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"outcome": "no_answer"},
        {"sip": 404},
        {"keys": "2"},
        {"rang_at": moment(0.01).isoformat()},
    ],
)
def test_i8_what_is_on_record_is_what_was_on_the_wire(wrong):
    record = told([busy(0)])
    record["attempts"][0].update(wrong)
    assert broken([record], [busy(0)]) == ["I8"]


def test_i8_a_call_without_an_intent_is_a_break():
    assert broken([told([busy(0)])], [busy(0), busy(60)]) == ["I8"]


def test_i8_an_attempt_without_a_call_is_a_break_but_for_an_outage():
    record = told([busy(0), busy(60)])
    record["attempts"][1]["outcome"] = "unknown"
    assert broken([record], [busy(0)]) == ["I8"]
    assert broken([record], [busy(0)], outages=down(60.5, 70)) == []
    record["attempts"][1]["outcome"] = "local_failure"
    assert broken([record], [busy(0)]) == []


def test_i8_only_a_false_success_is_a_break_where_something_was_down():
    record = told([busy(0)])
    record["attempts"][0]["outcome"] = "unknown"
    assert broken([record], [busy(0)], outages=down(-1, 1)) == []
    record["attempts"][0]["outcome"] = "acknowledged"
    assert broken([record], [busy(0)], outages=down(-1, 1)) == ["I8"]


def test_i8_an_end_that_was_not_written_yet_when_something_fell_is_excused():
    record = told([busy(0)])
    record["attempts"][0]["outcome"] = "unknown"
    assert broken([record], [busy(0)], outages=down(0.9, 5)) == []
    assert broken([record], [busy(0)], outages=down(1.1, 5)) == ["I8"]


def test_i8_a_home_ends_as_the_script_has_it():
    script = Expectation("Marthe", "town", "bad_data", {NUMBER: ("busy", "busy")})
    rules = HistoryRules(expectations=[script])
    found = check([told([busy(0)])], log([busy(0)]), rules)
    assert [violation.text for violation in found] == [
        f"Marthe ({NUMBER}, town) is on record as exhausted, but must be bad_data.",
        f"Marthe ({NUMBER}) was rung 1 times, 2 is right.",
    ]
    (owed,) = check([told([busy(0)])], log([busy(0)]), rules, down(0, 1))
    assert owed.text.endswith("after busy: a try is owed.")


def test_i8_a_code_that_no_behaviour_has_is_told():
    call = Lived(0, "trunk_failure", [(0.1, "refused", {"sip": 500})])
    (found,) = check(
        [{**told([call]), "attempts": [call.row | {"sip": 500}]}], log([call])
    )
    assert (
        found.text == "Marthe Aubrac: on record as trunk_failure, but it was SIP 500."
    )


# --- the whole ----------------------------------------------------------------


def test_records_under_the_names_of_compare_are_read_too():
    record = told([busy(0)])
    row = record["attempts"][0]
    row |= {"claimed": row.pop("claimed_at"), "sip_code": row.pop("sip")}
    row |= {"rang": row.pop("rang_at"), "answered": row.pop("answered_at")}
    assert broken([record], [busy(0)]) == []


def test_records_without_moments_are_paired_in_their_order():
    calls = [busy(0), rings(60)]
    record = told(calls)
    for row in record["attempts"]:
        del row["claimed_at"]
    assert broken([record], calls) == []


def test_a_log_that_was_written_is_read_again(tmp_path):
    events = [Event(moment(1), "c1", NUMBER, 1, "invite", known=False)]
    assert load_log(write_log(events, tmp_path / "town.jsonl")) == events
