"""How a report says things: words by key, moments in the place's own time."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from automaton.domain.approval import Approval
from automaton.domain.campaign import FINAL_CAMPAIGN_STATES, CampaignState
from automaton.domain.record import Order

LANGUAGES = ("fr", "en")
HOUR = "%H:%M:%S"
SECONDS_KNOWN = 16_384  # some hours of them


@cache
def word_table() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Return all words: language, kind, key."""
    folder = files("automaton.services") / "templates"
    return tomllib.loads((folder / "words.toml").read_text("utf-8"))


@dataclass(frozen=True)
class Words:
    """The words of one language; French where a language has none."""

    language: str
    zone: ZoneInfo

    def __call__(self, kind: str, key: str) -> str:
        """Return a word; the key itself where nobody has written one."""
        return word_table()[self.language].get(kind, {}).get(key, key)

    def standing(
        self, state: CampaignState, launch_waits: bool = False, stop_waits: bool = False
    ) -> str:
        """Return where a campaign stands, and that only the daemon is missing."""
        told = self("campaign", state)
        if launch_waits and state is CampaignState.DRAFT:
            told = self("standing", "launch_waits")
        if stop_waits and state not in FINAL_CAMPAIGN_STATES:
            return f"{told}, {self('standing', 'stop_waits')}"
        return told

    def moment(self, at: datetime | None) -> str:
        """Return a moment and whose: 21/11/2026 22:36:05 CET; ISO in English."""
        if at is None:
            return "–"
        form = (
            "%d/%m/%Y %H:%M:%S %Z" if self.language == "fr" else "%Y-%m-%d %H:%M:%S %Z"
        )
        return _written(int(at.timestamp()), self.zone, form)

    def hour(self, at: datetime | None) -> str:
        """Return the time of day."""
        return "" if at is None else _written(int(at.timestamp()), self.zone, HOUR)

    def iso(self, at: datetime) -> str:
        """Return a moment as programs read it: 2026-11-21T22:36:05+01:00."""
        return _iso(int(at.timestamp()), self.zone)

    def duration(self, span: timedelta | None) -> str:
        """Return a duration: 1 h 02 min 03 s."""
        if span is None:
            return self("text", "never")
        minutes, seconds = divmod(round(span.total_seconds()), 60)
        hours, minutes = divmod(minutes, 60)
        told = f"{minutes:02} min {seconds:02} s" if hours else f"{minutes} min"
        if hours:
            return f"{hours} h {told}"
        return f"{told} {seconds:02} s" if minutes else f"{seconds} s"

    def reached_in(self, span: timedelta | None, is_over: bool) -> str:
        """Return how long it took; of a campaign that goes on, « not yet »."""
        if span is None and not is_over:
            return self("text", "not_yet")
        return self.duration(span)

    def alone(self, approval: Approval) -> str:
        """Return that one officer launched without a second one: who, when and why."""
        return self("text", "alone").format(
            by=approval.decided_by,
            at=self.moment(approval.decided_at),
            asked=self.moment(approval.asked_at),
            reason=approval.reason,
        )

    def proven(self, proven: Mapping[str, datetime | None]) -> str:
        """Return when each trunk and officer was last proven end to end."""
        never = self("text", "never_proven")
        return ", ".join(
            f"{name} : {self.moment(at) if at else never}"
            for name, at in proven.items()
        )

    def percent(self, share: float | None) -> str:
        """Return a share: 98,2 % in French, 98.2% in English."""
        if share is None:
            return "–"
        if self.language == "fr":
            return f"{share * 100:.1f} %".replace(".", ",")
        return f"{share * 100:.1f}%"


@lru_cache(maxsize=SECONDS_KNOWN)
def _written(second: int, zone: ZoneInfo, form: str) -> str:
    """Return a moment in a place's time; many calls of a report share a second."""
    return datetime.fromtimestamp(second, zone).strftime(form)


@lru_cache(maxsize=SECONDS_KNOWN)
def _iso(second: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(second, zone).isoformat()


def words_in(language: str, zone: str) -> Words:
    """Return the words of a language, French where it is not one of ours."""
    return Words(language if language in LANGUAGES else "fr", ZoneInfo(zone))


def order_told(order: Order, words: Words, at: str = "") -> tuple[str, str]:
    """Return what a person ordered, by whom, when (as `at` has it) and why."""
    why = words("follow_up", order.reason)
    told = f"{order.by}, {at or words.moment(order.asked_at)}"
    return words("order", order.name), f"{told} · {why}" if why else told
