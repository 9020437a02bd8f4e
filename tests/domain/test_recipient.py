"""The closed list of what may become of a recipient."""

from __future__ import annotations

from automaton.domain.recipient import (
    FINAL_RECIPIENT_STATES,
    OPEN_RECIPIENT_STATES,
    RecipientState,
)

R = RecipientState


def test_three_states_go_on_and_nine_are_final():
    assert {R.WAITING, R.TRYING, R.QUARANTINED} == OPEN_RECIPIENT_STATES
    assert {
        R.ACKNOWLEDGED,
        R.REACHED_UNCONFIRMED,
        R.EXHAUSTED,
        R.BAD_DATA,
        R.REFUSED,
        R.EXCLUDED,
        R.CANCELLED,
        R.EXPIRED,
        R.NOT_SERVED,
    } == FINAL_RECIPIENT_STATES
