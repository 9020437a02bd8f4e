"""One message to one audience under one policy, and how its state may change."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from automaton.domain.collectivity import RegisterKind
from automaton.domain.policy import CallPolicy


class CampaignClass(StrEnum):
    """The class decides what a campaign may do (docs/policy.md)."""

    ALERT = "alert"
    INFORMATION = "information"
    WELFARE = "welfare"
    EXERCISE = "exercise"


class CampaignState(StrEnum):
    """draft → scheduled → running ⇄ paused → finished, cancelled or expired."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Move(StrEnum):
    """What may be asked of a campaign, or happen to it."""

    LAUNCH = "launch"
    SCHEDULE = "schedule"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    FINISH = "finish"
    EXPIRE = "expire"


_S = CampaignState
MOVES: dict[tuple[CampaignState, Move], CampaignState] = {
    (_S.DRAFT, Move.LAUNCH): _S.RUNNING,
    (_S.DRAFT, Move.SCHEDULE): _S.SCHEDULED,
    (_S.DRAFT, Move.STOP): _S.CANCELLED,
    (_S.SCHEDULED, Move.START): _S.RUNNING,
    (_S.SCHEDULED, Move.LAUNCH): _S.RUNNING,
    (_S.SCHEDULED, Move.STOP): _S.CANCELLED,
    (_S.SCHEDULED, Move.EXPIRE): _S.EXPIRED,
    (_S.RUNNING, Move.PAUSE): _S.PAUSED,
    (_S.RUNNING, Move.STOP): _S.CANCELLED,
    (_S.RUNNING, Move.FINISH): _S.FINISHED,
    (_S.RUNNING, Move.EXPIRE): _S.EXPIRED,
    (_S.PAUSED, Move.PAUSE): _S.PAUSED,
    (_S.PAUSED, Move.RESUME): _S.RUNNING,
    (_S.PAUSED, Move.STOP): _S.CANCELLED,
    (_S.PAUSED, Move.FINISH): _S.FINISHED,
    (_S.PAUSED, Move.EXPIRE): _S.EXPIRED,
}

FINAL_CAMPAIGN_STATES = frozenset({_S.FINISHED, _S.CANCELLED, _S.EXPIRED})
ACTIVE_CAMPAIGN_STATES = frozenset({_S.RUNNING, _S.PAUSED})


def moved(state: CampaignState, move: Move) -> CampaignState | None:
    """Return the state after a move, None where the move makes no sense there."""
    return MOVES.get((state, move))


# Claims look at the classes in this order; an alert comes before everything.
URGENCY: dict[CampaignClass, int] = {
    CampaignClass.ALERT: 0,
    CampaignClass.WELFARE: 1,
    CampaignClass.EXERCISE: 2,
    CampaignClass.INFORMATION: 3,
}


# Which registers each class may ring (docs/policy.md says why).
REGISTERS: dict[CampaignClass, frozenset[RegisterKind]] = {
    CampaignClass.ALERT: frozenset(RegisterKind),
    CampaignClass.INFORMATION: frozenset({RegisterKind.ALERT}),
    CampaignClass.WELFARE: frozenset({RegisterKind.CANICULE}),
    CampaignClass.EXERCISE: frozenset(RegisterKind),
}


@dataclass(frozen=True, slots=True)
class SpokenMessage:
    """What one campaign says in one language: prompts, and the words.

    `parts` where each recipient hears something of their own (domain/message.py).
    """

    language: str
    prompt: str
    machine_prompt: str | None = None
    seconds: float = 0.0
    text: str = ""
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Campaign:
    """What the engine needs of a campaign."""

    id: str
    collectivity_id: str
    name: str
    campaign_class: CampaignClass
    state: CampaignState
    policy: CallPolicy
    messages: tuple[SpokenMessage, ...]
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    pause_reason: str | None = None
    planned: bool = False
    meta: dict[str, str] = field(default_factory=dict)

    def message_for(self, language: str) -> SpokenMessage:
        """Return the message in a language, else in the campaign's first one."""
        matching = (m for m in self.messages if m.language == language)
        return next(matching, self.messages[0])
