"""Which of two rows of the same thing is further along, and what it then tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from automaton.domain.attempt import AttemptState
from automaton.domain.campaign import FINAL_CAMPAIGN_STATES
from automaton.domain.recipient import FINAL_RECIPIENT_STATES, RecipientState
from automaton.store.tables import attempts

Cells = Mapping[Any, Any]

NOT_ON_A_LINE = (AttemptState.PLANNED, AttemptState.ENDED)
IS_ON_A_LINE = attempts.c.state.not_in(NOT_ON_A_LINE)
_LASTING = {"id", "campaign_id", "recipient_id", "contact_point_id", "e164", "due_at"}
TOLD = {
    "attempts": [
        one.name
        for one in attempts.columns
        if one.name not in _LASTING | {"created_at", "avoid_trunk"}
    ],
    "recipients": ["state", "proof", "acknowledged_at", "finished_at"],
    "campaigns": ["state", "pause_reason", "finished_at"],
}


def knows_more(name: str, known: Cells, told: Cells) -> bool:
    """Tell whether a row of an archive is further along than the one here."""
    rank = RANKS[name]
    return bool(rank(told) > rank(known))


def was_rung(attempt: Cells) -> bool:
    """Tell whether a call has left whose end is not known."""
    return attempt["state"] not in NOT_ON_A_LINE


def _attempt_rank(row: Cells) -> tuple[int, bool, bool]:
    has_left = row["state"] != AttemptState.PLANNED
    return row["key_seq"], row["state"] == AttemptState.ENDED, has_left


def _recipient_rank(row: Cells) -> int:
    if row["state"] == RecipientState.ACKNOWLEDGED:
        return 2
    return int(row["state"] in FINAL_RECIPIENT_STATES)


def _campaign_rank(row: Cells) -> bool:
    return row["state"] in FINAL_CAMPAIGN_STATES


RANKS: Mapping[str, Callable[[Cells], Any]] = {
    "attempts": _attempt_rank,
    "recipients": _recipient_rank,
    "campaigns": _campaign_rank,
}
