"""The table of outcomes, row by row: SIP, Q.850 and what was seen, to one outcome."""

from __future__ import annotations

import itertools

import pytest

from automaton.domain.outcome import Ending, Outcome, classify

NETWORK = [
    (486, 17, Outcome.BUSY),
    (600, 17, Outcome.BUSY),
    (480, 20, Outcome.UNREACHABLE),
    (480, 19, Outcome.UNREACHABLE),
    (408, 18, Outcome.TRUNK_TIMEOUT),
    (404, 1, Outcome.UNALLOCATED),
    (604, 1, Outcome.UNALLOCATED),
    (410, 22, Outcome.NUMBER_CHANGED),
    (484, 28, Outcome.BAD_NUMBER),
    (485, 1, Outcome.UNALLOCATED),
    (485, 28, Outcome.BAD_NUMBER),
    (403, 21, Outcome.TRUNK_REFUSED),
    (401, 21, Outcome.TRUNK_AUTH),
    (407, 21, Outcome.TRUNK_AUTH),
    (402, 21, Outcome.TRUNK_CREDIT),
    (603, 21, Outcome.REJECTED),
    (607, 21, Outcome.REJECTED),
    (608, 21, Outcome.REJECTED),
    (488, 58, Outcome.MEDIA_REFUSED),
    (415, 58, Outcome.MEDIA_REFUSED),
    (606, 58, Outcome.MEDIA_REFUSED),
    (428, 21, Outcome.CALLER_ID_REFUSED),
    (436, 21, Outcome.CALLER_ID_REFUSED),
    (438, 21, Outcome.CALLER_ID_REFUSED),
    (500, 38, Outcome.TRUNK_FAILURE),
    (501, 29, Outcome.TRUNK_FAILURE),
    (502, 27, Outcome.OUT_OF_ORDER),
    (503, 34, Outcome.CONGESTION),
    (503, 44, Outcome.CONGESTION),
    (513, 41, Outcome.CONGESTION),
    (504, 38, Outcome.TRUNK_TIMEOUT),
    (505, 38, Outcome.TRUNK_TIMEOUT),
    (481, 127, Outcome.PROTOCOL_GLITCH),
    (491, 127, Outcome.PROTOCOL_GLITCH),
    (420, 127, Outcome.PROTOCOL_GLITCH),
    (487, 127, Outcome.NO_ANSWER),
    (480, 34, Outcome.CONGESTION),
    (503, 17, Outcome.BUSY),
    (None, 20, Outcome.UNREACHABLE),
    (None, 34, Outcome.CONGESTION),
    (None, None, Outcome.UNKNOWN),
    (302, 23, Outcome.NUMBER_CHANGED),
    (301, 23, Outcome.NUMBER_CHANGED),
    (200, None, Outcome.UNKNOWN),
]


@pytest.mark.parametrize(("sip", "q850", "outcome"), NETWORK)
def test_the_networks_word_is_named_as_the_table_says(sip, q850, outcome):
    assert classify(Ending(sip=sip, q850=q850)) is outcome


@pytest.mark.parametrize("sip", [480, 408])
def test_a_line_that_rang_in_vain_did_not_answer(sip):
    assert classify(Ending(sip=sip, q850=19, rang=True)) is Outcome.NO_ANSWER


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        (Ending(acknowledged=True, machine=True, lost=True), Outcome.ACKNOWLEDGED),
        (Ending(answered=True, opted_out=True), Outcome.OPTED_OUT),
        (Ending(answered=True, machine=True, q850=16), Outcome.MACHINE),
        (Ending(answered=True, q850=16), Outcome.ANSWERED_NO_KEY),
        (Ending(no_channel=True), Outcome.LOCAL_FAILURE),
        (Ending(lost=True, rang=True), Outcome.UNKNOWN),
        (Ending(timed_out=True, sip=480, q850=19), Outcome.NO_ANSWER),
        (Ending(timed_out=True, announced=True, sip=480), Outcome.NO_ANSWER),
        (Ending(announced=True, sip=480, q850=20), Outcome.ANNOUNCEMENT),
        (Ending(announced=True, sip=404, q850=1), Outcome.UNALLOCATED),
        (Ending(announced=True, rang=True, sip=480, q850=19), Outcome.NO_ANSWER),
    ],
)
def test_what_was_seen_outranks_what_the_network_said(ending, outcome):
    assert classify(ending) is outcome


@pytest.mark.parametrize("cause", [1, 17, 22, 28])
def test_a_cause_that_says_more_wins_over_the_code_that_carried_it(cause):
    named = classify(Ending(sip=480, q850=cause))
    assert named in {
        Outcome.UNALLOCATED,
        Outcome.BUSY,
        Outcome.NUMBER_CHANGED,
        Outcome.BAD_NUMBER,
    }


CODES = [None, *range(100, 700)]
CAUSES = [None, *range(128)]
SIGHTS = [
    Ending(),
    Ending(rang=True),
    Ending(announced=True),
    Ending(timed_out=True),
    Ending(no_channel=True),
    Ending(lost=True),
    Ending(withdrawn=True),
    Ending(answered=True),
    Ending(answered=True, machine=True),
    Ending(answered=True, screened=True),
    Ending(answered=True, acknowledged=True),
    Ending(answered=True, opted_out=True),
]
BY_CODE = {
    (sip, q850): classify(Ending(sip=sip, q850=q850))
    for sip, q850 in itertools.product(CODES, CAUSES)
}


def test_every_outcome_is_named_by_classify():
    named = {classify(sight) for sight in SIGHTS} | set(BY_CODE.values())
    assert named == set(Outcome)


def test_a_screener_that_first_seemed_a_machine_is_a_screener():
    both = Ending(answered=True, machine=True, screened=True)
    assert classify(both) is Outcome.SCREENED


def test_no_code_of_a_network_alone_is_ever_a_success():
    picked_up = {Outcome.ACKNOWLEDGED, Outcome.OPTED_OUT, Outcome.ANSWERED_NO_KEY}
    labelled = {Outcome.MACHINE, Outcome.SCREENED}
    assert not (picked_up | labelled) & set(BY_CODE.values())


TRUNK_FAULTS_BEHIND_AN_ANNOUNCEMENT = [
    (402, 21),
    (403, 21),
    (488, 58),
    (503, 34),
    (504, 38),
]


@pytest.mark.parametrize(("sip", "q850"), TRUNK_FAULTS_BEHIND_AN_ANNOUNCEMENT)
def test_a_trunk_that_announces_its_own_fault_is_not_a_fault_of_the_number(sip, q850):
    # "All lines are busy", played over 183, once flagged every number of a town.
    told = classify(Ending(announced=True, sip=sip, q850=q850))
    assert told is classify(Ending(sip=sip, q850=q850))


@pytest.mark.parametrize(
    ("q850", "rang", "outcome"),
    [
        (19, True, Outcome.NO_ANSWER),
        (19, False, Outcome.UNREACHABLE),
        (18, True, Outcome.NO_ANSWER),
        (18, False, Outcome.TRUNK_TIMEOUT),
    ],
)
def test_without_a_sip_code_only_what_rang_did_not_answer(q850, rang, outcome):
    assert classify(Ending(q850=q850, rang=rang)) is outcome


def test_a_networks_verdict_that_comes_late_outranks_a_gap():
    assert classify(Ending(lost=True, sip=486, q850=17)) is Outcome.BUSY
