"""A launch by telephone that needs a second officer, and what may become of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from automaton.domain.campaign import CampaignClass

LAPSES_AFTER = timedelta(hours=1)  # what nobody decided is to be asked anew


class Decision(StrEnum):
    """What became of it; `ALONE`: nobody had decided, and one officer launched."""

    APPROVED = "approved"
    REFUSED = "refused"
    ALONE = "alone"


@dataclass(frozen=True, slots=True)
class Approval:
    """A second officer's word on a launch: asked for, and decided by whom and why.

    `homes`: how many the launch would ring. Officers are told by their names.
    """

    id: str
    campaign_id: str
    asked_by: str
    asked_at: datetime
    homes: int = 0
    decision: Decision | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str = ""

    @property
    def is_open(self) -> bool:
        """Whether nobody has decided."""
        return self.decision is None

    @property
    def was_alone(self) -> bool:
        """Whether one officer launched without a second one."""
        return self.decision is Decision.ALONE


def is_waiting(approval: Approval, now: datetime) -> bool:
    """Tell whether somebody may still decide: what is old must be asked anew."""
    return approval.is_open and now - approval.asked_at < LAPSES_AFTER


def needs_second(homes: int, above: int) -> bool:
    """Tell whether a launch by telephone needs a second officer; never above 0."""
    return 0 < above < homes


def may_be_alone(campaign_class: CampaignClass) -> bool:
    """Tell whether one officer may launch it at all where nobody else decides."""
    return campaign_class is CampaignClass.ALERT


def wait_left(approval: Approval, now: datetime, wait: timedelta) -> timedelta:
    """Return after how long one officer may launch alone, nothing where now."""
    return max(approval.asked_at + wait - now, timedelta())
