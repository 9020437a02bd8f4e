"""Whom one campaign wants to reach, with one state from a closed list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class RecipientState(StrEnum):
    """The closed list of docs/glossary.md: three go on, nine are final."""

    WAITING = "waiting"
    TRYING = "trying"
    QUARANTINED = "quarantined"
    ACKNOWLEDGED = "acknowledged"
    REACHED_UNCONFIRMED = "reached_unconfirmed"
    EXHAUSTED = "exhausted"
    BAD_DATA = "bad_data"
    REFUSED = "refused"
    EXCLUDED = "excluded"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    NOT_SERVED = "not_served"


OPEN_RECIPIENT_STATES = frozenset(
    {RecipientState.WAITING, RecipientState.TRYING, RecipientState.QUARANTINED}
)
FINAL_RECIPIENT_STATES = frozenset(RecipientState) - OPEN_RECIPIENT_STATES


@dataclass(frozen=True, slots=True)
class Point:
    """One telephone number of a recipient; `rank` 0 is the preferred one."""

    id: str
    e164: str
    rank: int
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class Recipient:
    """A household (alert, information, exercise) or a person (welfare).

    `said`: what the variables of the message stand for, where it has any.
    """

    id: str
    campaign_id: str
    state: RecipientState
    points: tuple[Point, ...]
    language: str = "fr"
    codeword_prompt: str | None = None
    said: Mapping[str, str] | None = None
