"""What is on record of a campaign: its head, who was to be reached, who was told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from automaton.domain.attempt import Attempt
from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.help import HelpState
from automaton.domain.outcome import Outcome
from automaton.domain.recipient import RecipientState

UNDIALLED = "undialled"


@dataclass(frozen=True, slots=True)
class SpokenText:
    """One language of the message as it was written; `seconds` of sound."""

    language: str
    text: str
    recording: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class CampaignHead:
    """What is known of the campaign itself. `follow_up` says what it is to `parent`.

    `planned`: its whole audience is known; more recipients come where it goes on.
    """

    id: str
    name: str
    collectivity: str
    campaign_class: CampaignClass
    state: CampaignState
    texts: tuple[SpokenText, ...]
    created_by: str
    created_at: datetime
    launched_by: str | None = None
    launched_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = None
    pause_reason: str | None = None
    follow_up: str | None = None
    zone: str = "Europe/Paris"
    launch_waits: bool = False
    planned: bool = True


class Ended(Protocol):
    """An attempt, or what is left of it in a sum."""

    @property
    def trunk(self) -> str | None:
        """By which trunk it left."""

    @property
    def outcome(self) -> Outcome | None:
        """What it came to, None while it goes on."""


def told_outcome(attempt: Ended) -> str:
    """Return the outcome of an attempt; `undialled` where no trunk may dial its number.

    Of the closed list that is `local_failure` too, but nothing of ours has failed.
    """
    if attempt.outcome is Outcome.LOCAL_FAILURE and attempt.trunk is None:
        return UNDIALLED
    return "" if attempt.outcome is None else attempt.outcome.value


@dataclass(frozen=True, slots=True)
class RecipientRecord:
    """One recipient as it was planned, with every attempt, the oldest first.

    `alarm`: how its call for help stands, None where there was none.
    """

    id: str
    name: str
    address: str
    state: RecipientState
    proof: str
    numbers: tuple[str, ...]
    acknowledged_at: datetime | None = None
    finished_at: datetime | None = None
    alarm: HelpState | None = None
    attempts: tuple[Attempt, ...] = ()

    @property
    def asked_for_help(self) -> bool:
        """Whether key 3 was pressed."""
        return self.alarm is not None or any(
            "3" in attempt.keys for attempt in self.attempts
        )

    @property
    def waits_for_help(self) -> bool:
        """Whether its call for help is open: nobody has closed it."""
        return self.alarm is not None and self.alarm is not HelpState.CLOSED

    @property
    def reached_at(self) -> datetime | None:
        """Return when the acknowledgement came, None where there is none."""
        if self.state is not RecipientState.ACKNOWLEDGED:
            return None
        return self.acknowledged_at or self.finished_at

    @property
    def last_told(self) -> str:
        """Return the same as `told_outcome`, empty where no call has ended."""
        ended = (told_outcome(a) for a in reversed(self.attempts) if a.claimed_at)
        return next(filter(None, ended), "")

    @property
    def last_outcome(self) -> Outcome | None:
        """Return how the last call ended."""
        ended = (a.outcome for a in reversed(self.attempts) if a.claimed_at)
        return next((outcome for outcome in ended if outcome is not None), None)


@dataclass(frozen=True, slots=True)
class LinkedCampaign:
    """A campaign that this one follows, or that follows this one."""

    id: str
    name: str
    follow_up: str | None
    state: CampaignState
    is_parent: bool
    counts: Mapping[RecipientState, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """What a person told the campaign to do, and why; not done yet: `done_at` None."""

    name: str
    by: str
    asked_at: datetime
    done_at: datetime | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DutyRing:
    """One ring of the duty list during the campaign."""

    reason: str
    e164: str
    trunk: str
    at: datetime
    outcome: str
    taken: bool
