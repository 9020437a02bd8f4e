"""The table of outcomes as it was designed, row by row: from codes to the next try."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from automaton.domain.attempt import Attempt
from automaton.domain.outcome import Outcome, classify
from automaton.domain.policy import CallPolicy
from automaton.domain.retry import RetryPolicy, is_counted
from automaton.domain.settlement import settle
from tests.domain.builders import LANDLINE, NIGHT, at, ended, recipient

O = Outcome  # noqa: E741
PATIENT = CallPolicy(retry=RetryPolicy(tries_per_point=50, tries_per_recipient=50))
RANG = {"rang_at": NIGHT}
ANNOUNCED = {"announced_at": NIGHT}
ANSWERED = {"answered_at": NIGHT, "rang_at": NIGHT, "q850": 16}
AT_ONCE = "another trunk at once"


def sip(code: int, cause: int, **seen: object) -> dict[str, object]:
    return {"sip": code, "q850": cause, **seen}


# What happened; outcome; whether it uses the budget; minutes until the first and the
# following tries; what else follows.
ROWS = [
    ({**ANSWERED, "keys": "1"}, O.ACKNOWLEDGED, True, [None], ""),
    (ANSWERED, O.ANSWERED_NO_KEY, True, [10], ""),
    ({**ANSWERED, "machine": True}, O.MACHINE, True, [15], ""),
    ({**ANSWERED, "screened": True}, O.SCREENED, True, [30, None], ""),
    ({**RANG, "timed_out": True}, O.NO_ANSWER, True, [5, 15, 60, 120], ""),
    (sip(487, 127, **RANG), O.NO_ANSWER, True, [5, 15, 60, 120], ""),
    (sip(486, 17), O.BUSY, True, [3, 3, 3, 10], ""),
    (sip(600, 17), O.BUSY, True, [3, 3, 3, 10], ""),
    (sip(480, 19, **RANG), O.NO_ANSWER, True, [10, 30], ""),
    (sip(480, 19), O.UNREACHABLE, False, [10, 30], ""),
    (sip(480, 20), O.UNREACHABLE, False, [10, 30], ""),
    (sip(408, 18, **RANG), O.NO_ANSWER, True, [10], ""),
    (sip(408, 18), O.TRUNK_TIMEOUT, False, [10], AT_ONCE),
    (sip(404, 1), O.UNALLOCATED, True, [60, None], AT_ONCE),
    (sip(604, 1), O.UNALLOCATED, True, [60, None], AT_ONCE),
    (sip(410, 22), O.NUMBER_CHANGED, True, [None], "flagged"),
    (sip(484, 28), O.BAD_NUMBER, False, [None], "flagged"),
    (sip(485, 28), O.BAD_NUMBER, False, [None], "flagged"),
    (sip(403, 21), O.TRUNK_REFUSED, False, [30], "another trunk"),
    (sip(401, 21), O.TRUNK_AUTH, False, [1], AT_ONCE),
    (sip(407, 21), O.TRUNK_AUTH, False, [1], AT_ONCE),
    (sip(402, 21), O.TRUNK_CREDIT, False, [1], AT_ONCE),
    (sip(603, 21), O.REJECTED, True, [30, None], ""),
    (sip(607, 21), O.REJECTED, True, [30, None], ""),
    (sip(608, 21), O.REJECTED, True, [30, None], ""),
    (sip(488, 58), O.MEDIA_REFUSED, False, [1], "another trunk"),
    (sip(415, 58), O.MEDIA_REFUSED, False, [1], "another trunk"),
    (sip(606, 58), O.MEDIA_REFUSED, False, [1], "another trunk"),
    (sip(428, 21), O.CALLER_ID_REFUSED, False, [1], "another trunk"),
    (sip(437, 21), O.CALLER_ID_REFUSED, False, [1], "another trunk"),
    (sip(500, 38), O.TRUNK_FAILURE, False, [0.25], "another trunk"),
    (sip(501, 29), O.TRUNK_FAILURE, False, [0.25], "another trunk"),
    (sip(502, 27), O.OUT_OF_ORDER, True, [30], ""),
    (sip(503, 34), O.CONGESTION, False, [1], "another trunk"),
    (sip(513, 41), O.CONGESTION, False, [1], "another trunk"),
    (sip(504, 38), O.TRUNK_TIMEOUT, False, [1], "another trunk"),
    (sip(505, 38), O.TRUNK_TIMEOUT, False, [1], "another trunk"),
    # What may have rung the line uses the budget, whatever code came then.
    (sip(504, 38, **RANG), O.TRUNK_TIMEOUT, True, [1], "another trunk"),
    (sip(505, 38, **RANG), O.TRUNK_TIMEOUT, True, [1], "another trunk"),
    (sip(481, 127), O.PROTOCOL_GLITCH, False, [0.5, 0.5, None], ""),
    (sip(491, 127), O.PROTOCOL_GLITCH, False, [0.5, 0.5, None], ""),
    (sip(493, 127), O.PROTOCOL_GLITCH, False, [0.5, 0.5, None], ""),
    ({"no_channel": True}, O.LOCAL_FAILURE, False, [0.5], "another trunk"),
    ({**RANG, "withdrawn": True}, O.CANCELLED, True, [5, 5], ""),
    ({"lost": True}, O.UNKNOWN, True, [5, 15, 60, 120], ""),
    # Suspected: the first time it is said of nobody, the second time a person looks.
    (sip(480, 20, **ANNOUNCED), O.ANNOUNCEMENT, True, [30, 30], ""),
    (sip(487, 127, **ANNOUNCED), O.ANNOUNCEMENT, True, [30, 30], ""),
    # A network that says why needs no announcement to explain it.
    (sip(504, 38, **ANNOUNCED), O.TRUNK_TIMEOUT, False, [1], "another trunk"),
    (sip(486, 17, **ANNOUNCED), O.BUSY, True, [3, 3, 3, 10], ""),
    # What rang after a sound of the network rang.
    (sip(480, 19, **ANNOUNCED, **RANG), O.NO_ANSWER, True, [10, 30], ""),
]


@pytest.mark.parametrize(("facts", "outcome", "counted", "minutes", "then"), ROWS)
def test_a_row_of_the_table_is_what_the_program_does(
    facts, outcome, counted, minutes, then
):
    attempt = named(facts)
    assert (attempt.outcome, is_counted(attempt)) == (outcome, counted)
    found = [after([attempt] * times) for times in range(1, len(minutes) + 1)]
    waits = [
        None if one.next_try is None else one.next_try.due_at - NIGHT for one in found
    ]
    assert waits == [None if m is None else timedelta(minutes=m) for m in minutes]
    assert what_else(found[0]) == then


def named(facts: dict[str, object]) -> Attempt:
    attempt = ended(Outcome.UNKNOWN, **facts)
    return replace(attempt, outcome=classify(attempt.ending()))


def after(attempts: list[Attempt]):
    return settle(recipient(LANDLINE), attempts, PATIENT, at(1))


def what_else(found) -> str:
    if found.flagged:
        return "flagged"
    if found.next_try is None or found.next_try.avoid_trunk is None:
        return ""
    return AT_ONCE if found.next_try.now_elsewhere else "another trunk"


def test_an_announcement_is_suspected_once_and_flagged_the_second_time():
    once = named(sip(480, 20, **ANNOUNCED))
    assert [bool(after([once] * n).flagged) for n in (1, 2)] == [False, True]


def test_a_number_that_is_not_allocated_is_flagged_when_it_is_confirmed():
    once = named(sip(404, 1))
    assert [bool(after([once] * n).flagged) for n in (1, 2)] == [False, True]
