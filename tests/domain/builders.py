"""Attempts, recipients and moments for tests of the rules, said in few words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from automaton.domain.attempt import Attempt, AttemptState
from automaton.domain.outcome import Outcome
from automaton.domain.recipient import Point, Recipient, RecipientState

NIGHT = datetime(2026, 3, 2, 3, 12, tzinfo=UTC)
HOME, MOBILE = "+33199000001", "+33639980001"


def at(seconds: float) -> datetime:
    """Return the moment so many seconds into the night."""
    return NIGHT + timedelta(seconds=seconds)


def attempt(state: AttemptState = AttemptState.CLAIMED, **changes: object) -> Attempt:
    """Return an attempt at the landline of the home."""
    fields: dict[str, object] = {
        "id": "a1",
        "campaign_id": "c1",
        "recipient_id": "r1",
        "contact_point_id": "landline",
        "e164": HOME,
        "due_at": NIGHT,
        "claimed_at": NIGHT,
        "trunk": "operator",
        "state": state,
    }
    return Attempt(**(fields | changes))  # type: ignore[arg-type]


def ended(outcome: Outcome, point: str = "landline", **changes: object) -> Attempt:
    """Return an attempt that has ended with an outcome at second 0."""
    changes = {"outcome": outcome, "ended_at": NIGHT} | changes
    if outcome in (Outcome.ANSWERED_NO_KEY, Outcome.MACHINE):
        changes = {"answered_at": NIGHT, "rang_at": NIGHT} | changes
    return attempt(AttemptState.ENDED, contact_point_id=point, **changes)


def recipient(
    *points: Point, state: RecipientState = RecipientState.TRYING
) -> Recipient:
    """Return a home with one landline, or with the points given."""
    return Recipient("r1", "c1", state, points or (Point("landline", HOME, 0),))


LANDLINE = Point("landline", HOME, 0)
SECOND = Point("mobile", MOBILE, 1)
