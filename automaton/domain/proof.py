"""What is known of the person: a ladder whose rungs are never merged."""

from __future__ import annotations

from enum import StrEnum

from automaton.domain.attempt import Attempt


class Proof(StrEnum):
    """The rungs, weakest first."""

    NONE = "none"
    RUNG = "rung"
    PICKED_UP = "picked_up"
    HEARD = "heard"
    HEARD_TO_END = "heard_to_end"
    RELATIVES_WORD = "relatives_word"
    CALLED_BACK = "called_back"
    AGENTS_WORD = "agents_word"
    KEY = "key"


LADDER = tuple(Proof)


def proof_of(attempt: Attempt) -> Proof:
    """Return the highest rung that one attempt proves. Machines prove a ring only."""
    if attempt.has_key:
        return Proof.KEY
    if attempt.proof is not None:
        return Proof(attempt.proof)
    if attempt.answered_at is not None and not attempt.has_no_person:
        return _heard(attempt)
    rang = attempt.rang_at is not None or attempt.answered_at is not None
    return Proof.RUNG if rang else Proof.NONE


def _heard(attempt: Attempt) -> Proof:
    if attempt.heard_times >= 1:
        return Proof.HEARD_TO_END
    return Proof.HEARD if attempt.heard_seconds > 0 else Proof.PICKED_UP


def highest(proofs: list[Proof]) -> Proof:
    """Return the strongest of several proofs; `NONE` of an empty list."""
    return max(proofs, key=LADDER.index, default=Proof.NONE)
