"""What happens to a call, told to attempts and recipients, for the ledger's tests."""

from datetime import timedelta

from automaton.domain.attempt import Attempt, advance
from automaton.domain.events import HungUp, Rang
from automaton.domain.recipient import RecipientState
from automaton.ids import new_id
from automaton.ports import (
    PlannedTry,
    RecipientChange,
)
from tests.store.commune import NOW, Commune

MINUTE = timedelta(minutes=1)


def ended(attempt: Attempt, *, sip: int = 486, q850: int = 17) -> Attempt:
    """Return the attempt after a call that rang and found nobody."""
    rang = advance(attempt, Rang(attempt.id, NOW))
    return advance(rang, HungUp(attempt.id, NOW, sip, q850))


def waits(attempt: Attempt, minutes: float = 3) -> RecipientChange:
    """Return the conclusion that a recipient is tried again."""
    again = PlannedTry(
        new_id(),
        attempt.campaign_id,
        attempt.recipient_id,
        attempt.contact_point_id,
        attempt.e164,
        NOW + minutes * MINUTE,
        avoid_trunk="east",
    )
    return RecipientChange(
        attempt.recipient_id, RecipientState.WAITING, "rung", None, again
    )


def confirmed(attempt: Attempt) -> RecipientChange:
    return RecipientChange(
        attempt.recipient_id, RecipientState.ACKNOWLEDGED, "key", NOW
    )


def conclude(commune: Commune, *changes: RecipientChange) -> None:
    with commune.ledger.transaction() as transaction:
        transaction.conclude(changes, commune.now)
