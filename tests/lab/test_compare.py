"""The judge contradicts: every kind of wrong record gets its sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from automaton.lab import compare, plan_from_script
from automaton.lab.log import Event
from automaton.lab.oracle import oracle

NUMBER = "+33199000001"
START = datetime(2030, 1, 15, 10, tzinfo=UTC)
PLAN = plan_from_script(
    f'[[home]]\nnumber = "{NUMBER}"\nname = "Aubrac"\nattempts = ["busy", "press_1"]'
)


def lived(call, attempt, behaviour, *facts):
    """Return the events of one call: (seconds, what, …the rest by name)."""
    events = [(0.0, "invite", {"behaviour": behaviour}), *facts]
    began = START + timedelta(minutes=attempt)
    return [
        Event(began + timedelta(seconds=at), call, NUMBER, attempt, what, **more)
        for at, what, more in events
    ]


BUSY = lived("c1", 1, "busy", (0.1, "refused", {"sip": 486}))
PRESSED = lived(
    "c2",
    2,
    "press_1",
    (0.1, "ringing", {}),
    (3.0, "answered", {"sip": 200}),
    (9.0, "key", {"key": "1"}),
    (12.0, "hangup", {"who": "caller"}),
)
LOG = BUSY + PRESSED


def moment(minutes, seconds):
    return (START + timedelta(minutes=minutes, seconds=seconds)).isoformat()


def right_record() -> dict[str, Any]:
    return {
        "state": "acknowledged",
        "attempts": [
            {
                "number": NUMBER,
                "outcome": "busy",
                "sip_code": 486,
                "keys": "",
                "claimed": moment(1, 0),
                "rang": None,
                "answered": None,
            },
            {
                "number": NUMBER,
                "outcome": "acknowledged",
                "sip_code": 200,
                "keys": "1",
                "claimed": moment(2, 0),
                "rang": moment(2, 0.2),
                "answered": moment(2, 3.1),
            },
        ],
    }


def test_a_right_record_is_not_contradicted():
    assert compare([right_record()], LOG, oracle(PLAN)) == []


def test_a_call_that_met_a_full_exchange_is_congestion_and_rang_nobody():
    full = lived("c0", 1, "choked", (0.1, "refused", {"sip": 480, "retry_after": 5}))
    early = timedelta(minutes=-0.5)
    log = [replace(event, at=event.at + early) for event in full] + LOG
    record = right_record()
    told = {"number": NUMBER, "outcome": "congestion", "sip_code": 480}
    record["attempts"].insert(0, {**told, "claimed": moment(0.5, 0)})
    assert compare([record], log, oracle(PLAN)) == []
    record["attempts"][0]["outcome"] = "announcement"
    assert "it was congestion" in " ".join(compare([record], log, oracle(PLAN)))


def test_the_order_of_the_attempts_on_record_does_not_matter():
    record = right_record()
    record["attempts"].reverse()
    assert compare([record], LOG, oracle(PLAN)) == []


def test_an_attempt_that_never_left_is_not_looked_for():
    record = right_record()
    claimed = {"number": NUMBER, "claimed": moment(4, 0)}
    record["attempts"] += [
        {**claimed, "outcome": "local_failure"},
        {"number": NUMBER, "outcome": None},
        {"number": NUMBER, "outcome": "cancelled"},
    ]
    assert compare([record], LOG, oracle(PLAN)) == []


def change(attempt, **words) -> Callable[[dict[str, Any]], None]:
    return lambda record: record["attempts"][attempt].update(words)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda r: r.update(state="exhausted"), "as exhausted, but must be acknow"),
        (change(0, outcome="no_answer"), "call 1: on record as no_answer, but it was"),
        (change(1, outcome="machine"), "call 2: on record as machine, but it was ack"),
        (change(0, sip_code=404), "SIP 404 on record, but 486 was on the wire"),
        (change(1, keys=""), "keys on record “”, but pressed “1”"),
        (change(1, keys="2"), "keys on record “2”"),
        (change(1, keys="3"), "keys on record “3”"),
        (change(1, answered=None), "never answered, but the telephone did"),
        (change(0, answered=moment(1, 1)), "once answered, but the telephone never"),
        (change(1, rang=None), "never rang, but the telephone did"),
        (change(1, answered=moment(2, 9)), "answered on record 6.0 s away"),
        (lambda r: r["attempts"].pop(), "1 attempts on record, 2 calls came"),
        (lambda r: r["attempts"].clear(), "has no attempt on record"),
        (change(0, number="+33199000009"), "nobody of the register lives there"),
    ],
)
def test_a_wrong_record_is_contradicted_in_a_sentence(spoil, sentence):
    record = right_record()
    spoil(record)
    found = compare([record], LOG, oracle(PLAN))
    assert any(sentence in word for word in found), found


def test_no_record_at_all_is_contradicted():
    assert compare([], LOG, oracle(PLAN)) == [
        f"{PLAN.homes[0].first_name} Aubrac ({NUMBER}) has no attempt on record."
    ]


def test_ringing_again_after_the_key_is_contradicted():
    again = lived("c3", 3, "press_1", (0.1, "refused", {"sip": 486}))
    found = compare([right_record()], LOG + again, oracle(PLAN))
    assert any("rung again" in word for word in found), found
    assert any("was rung 3 times, 2 is right" in word for word in found), found


def test_two_calls_at_once_are_contradicted():
    still_on = [event for event in PRESSED if event.what != "hangup"]
    again = lived("c3", 3, "busy", (0.1, "refused", {"sip": 486}))
    found = compare([], BUSY + still_on + again)
    assert found == [f"{NUMBER} was rung while a call to it was still alive."]


@pytest.mark.parametrize("code", [None, 0, 480, 487])
def test_a_call_given_up_is_no_answer_under_any_code_of_the_caller(code):
    plan = plan_from_script(f'[[home]]\nnumber = "{NUMBER}"\nattempts = ["rings_out"]')
    log = lived("c1", 1, "rings_out", (0.1, "ringing", {}), (10.0, "cancelled", {}))
    row = {"number": NUMBER, "outcome": "no_answer", "sip_code": code}
    row["rang"] = moment(1, 0.1)
    found = compare([{"state": "exhausted", "attempts": [row]}], log, oracle(plan))
    assert found == [f"{oracle(plan)[0].name} ({NUMBER}) was rung 1 times, 3 is right."]


def test_a_call_that_was_withdrawn_while_it_rang_may_be_on_record_as_cancelled():
    row = {"number": NUMBER, "outcome": "cancelled", "claimed": moment(1, 0)}
    log = lived("c1", 1, "rings_out", (4.0, "cancelled", {}))
    assert compare([{"attempts": [row]}], log) == []
    assert compare([{"attempts": [row]}], BUSY) != []


@pytest.mark.parametrize(
    ("behaviour", "facts", "outcome"),
    [
        ("announcement", [(0.1, "progress", {}), (5, "refused", {"sip": 480})], None),
        ("rejects", [(0.1, "refused", {"sip": 603})], "rejected"),
        ("unallocated", [(0.1, "refused", {"sip": 404})], "unallocated"),
        ("congested", [(0.1, "refused", {"sip": 503})], "congestion"),
        ("machine", [(0.1, "answered", {"sip": 200})], "machine"),
        ("screener", [(0.1, "answered", {"sip": 200})], "screened"),
        ("no_key", [(0.1, "answered", {"sip": 200})], "answered_no_key"),
    ],
)
def test_what_a_call_was_is_read_from_its_facts(behaviour, facts, outcome):
    log = lived("c1", 1, behaviour, *facts)
    found = compare([{"attempts": [{"number": NUMBER, "outcome": "wrong"}]}], log)
    assert f"on record as wrong, but it was {outcome or behaviour}." in found[0]
