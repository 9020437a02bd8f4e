"""The table of CALLS, row by row: SIP, Q.850 and what was seen, to one outcome."""

from __future__ import annotations

import pytest

from automaton.domain.outcome import Ending, Outcome, classify

O = Outcome  # short, for the table
NETWORK = [
    (486, 17, O.BUSY),
    (600, 17, O.BUSY),
    (480, 20, O.UNREACHABLE),
    (480, 19, O.UNREACHABLE),
    (408, 18, O.TRUNK_TIMEOUT),
    (404, 1, O.UNALLOCATED),
    (604, 1, O.UNALLOCATED),
    (410, 22, O.NUMBER_CHANGED),
    (484, 28, O.BAD_NUMBER),
    (485, 1, O.UNALLOCATED),
    (485, 28, O.BAD_NUMBER),
    (403, 21, O.TRUNK_REFUSED),
    (401, 21, O.TRUNK_AUTH),
    (407, 21, O.TRUNK_AUTH),
    (402, 21, O.TRUNK_CREDIT),
    (603, 21, O.REJECTED),
    (607, 21, O.REJECTED),
    (608, 21, O.REJECTED),
    (488, 58, O.MEDIA_REFUSED),
    (415, 58, O.MEDIA_REFUSED),
    (606, 58, O.MEDIA_REFUSED),
    (428, 21, O.CALLER_ID_REFUSED),
    (436, 21, O.CALLER_ID_REFUSED),
    (438, 21, O.CALLER_ID_REFUSED),
    (500, 38, O.TRUNK_FAILURE),
    (501, 29, O.TRUNK_FAILURE),
    (502, 27, O.OUT_OF_ORDER),
    (503, 34, O.CONGESTION),
    (503, 44, O.CONGESTION),
    (513, 41, O.CONGESTION),
    (504, 38, O.TRUNK_TIMEOUT),
    (505, 38, O.TRUNK_TIMEOUT),
    (481, 127, O.PROTOCOL_GLITCH),
    (491, 127, O.PROTOCOL_GLITCH),
    (420, 127, O.PROTOCOL_GLITCH),
    (487, 127, O.NO_ANSWER),
    (480, 34, O.CONGESTION),
    (503, 17, O.BUSY),
    (None, 20, O.UNREACHABLE),
    (None, 34, O.CONGESTION),
    (None, None, O.UNKNOWN),
    (302, 127, O.UNKNOWN),
]


@pytest.mark.parametrize(("sip", "q850", "outcome"), NETWORK)
def test_the_networks_word_is_named_as_the_table_says(sip, q850, outcome):
    assert classify(Ending(sip=sip, q850=q850)) is outcome


@pytest.mark.parametrize("sip", [480, 408])
def test_a_line_that_rang_in_vain_did_not_answer(sip):
    assert classify(Ending(sip=sip, q850=19, rang=True)) is O.NO_ANSWER


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        (Ending(acknowledged=True, machine=True, lost=True), O.ACKNOWLEDGED),
        (Ending(answered=True, opted_out=True), O.OPTED_OUT),
        (Ending(answered=True, machine=True, q850=16), O.MACHINE),
        (Ending(answered=True, q850=16), O.ANSWERED_NO_KEY),
        (Ending(no_channel=True), O.LOCAL_FAILURE),
        (Ending(lost=True, rang=True), O.UNKNOWN),
        (Ending(timed_out=True, sip=480, q850=19), O.NO_ANSWER),
        (Ending(timed_out=True, announced=True, sip=480), O.NO_ANSWER),
        (Ending(announced=True, sip=480, q850=20), O.ANNOUNCEMENT),
        (Ending(announced=True, sip=404, q850=1), O.UNALLOCATED),
        (Ending(announced=True, rang=True, sip=480, q850=19), O.NO_ANSWER),
    ],
)
def test_what_was_seen_outranks_what_the_network_said(ending, outcome):
    assert classify(ending) is outcome


@pytest.mark.parametrize("cause", [1, 17, 22, 28])
def test_a_cause_that_says_more_wins_over_the_code_that_carried_it(cause):
    named = classify(Ending(sip=480, q850=cause))
    assert named in {O.UNALLOCATED, O.BUSY, O.NUMBER_CHANGED, O.BAD_NUMBER}
