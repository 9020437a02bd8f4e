"""The ladder of proofs: what one attempt shows, and which rung is the highest."""

from __future__ import annotations

import pytest

from automaton.domain.attempt import AttemptState
from automaton.domain.proof import LADDER, Proof, highest, proof_of
from tests.domain.builders import NIGHT, attempt

PICKED_UP = {"rang_at": NIGHT, "answered_at": NIGHT}


@pytest.mark.parametrize(
    ("seen", "proof"),
    [
        ({}, Proof.NONE),
        ({"rang_at": NIGHT}, Proof.RUNG),
        (PICKED_UP, Proof.PICKED_UP),
        (PICKED_UP | {"heard_seconds": 2.5}, Proof.HEARD),
        (PICKED_UP | {"heard_seconds": 9.0, "heard_times": 1}, Proof.HEARD_TO_END),
        (PICKED_UP | {"heard_times": 1, "keys": "2"}, Proof.HEARD_TO_END),
        (PICKED_UP | {"keys": "21"}, Proof.KEY),
        (PICKED_UP | {"keys": "3"}, Proof.KEY),
        ({"rang_at": NIGHT, "proof": "called_back"}, Proof.CALLED_BACK),
        ({"proof": "agents_word"}, Proof.AGENTS_WORD),
        ({"proof": "relatives_word", "keys": "1"}, Proof.KEY),
        (PICKED_UP | {"machine": True, "heard_times": 3}, Proof.RUNG),
        (PICKED_UP | {"screened": True, "heard_times": 3}, Proof.RUNG),
        (PICKED_UP | {"screened": True, "keys": "1"}, Proof.KEY),
    ],
)
def test_an_attempt_proves_the_highest_rung_that_was_seen(seen, proof):
    assert proof_of(attempt(AttemptState.ENDED, **seen)) is proof


# The 180 may be missing; a machine that picked up was rung all the same.
def test_a_machine_that_picked_up_unannounced_was_rung():
    seen = attempt(AttemptState.ENDED, answered_at=NIGHT, machine=True)
    assert proof_of(seen) is Proof.RUNG


def test_the_ladder_has_nine_rungs_in_their_order():
    assert LADDER == (
        Proof.NONE,
        Proof.RUNG,
        Proof.PICKED_UP,
        Proof.HEARD,
        Proof.HEARD_TO_END,
        Proof.RELATIVES_WORD,
        Proof.CALLED_BACK,
        Proof.AGENTS_WORD,
        Proof.KEY,
    )


@pytest.mark.parametrize(
    ("proofs", "strongest"),
    [
        ([], Proof.NONE),
        ([Proof.RUNG, Proof.KEY, Proof.HEARD], Proof.KEY),
        ([Proof.HEARD_TO_END, Proof.RELATIVES_WORD], Proof.RELATIVES_WORD),
    ],
)
def test_the_strongest_of_several_proofs_counts(proofs, strongest):
    assert highest(proofs) is strongest
