"""An audience is frozen while its first homes are rung already."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from automaton.domain.campaign import Campaign, CampaignClass, CampaignState
from automaton.domain.policy import CallPolicy
from automaton.engine import tick
from automaton.engine.tick import FREEZING, MOST_PIECES, PIECE, _next_chunk
from tests.store.commune import NOW


@dataclass
class Slow:
    """A transaction that freezes a piece in so many seconds, and a clock."""

    seconds: float
    left: int = 10_000
    audits: list[tuple[str, int | None]] = field(default_factory=list)
    at: float = 0.0

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.at)

    def monotonic(self) -> float:
        return self.at

    def is_chief(self) -> bool:
        return True

    def campaign(self, campaign_id: str) -> Campaign:
        alert = CampaignClass.ALERT
        running = CampaignState.RUNNING
        return Campaign(campaign_id, "c", "Crue", alert, running, CallPolicy(), ())

    def plan_chunk(self, _: str, __: datetime, limit: int) -> int:
        self.at += self.seconds
        made = min(limit, self.left)
        self.left -= made
        return made

    def frozen_homes(self, _: str) -> int:
        return 9

    def audit(self, _: str, what: str, __: str, ___: datetime, count: int) -> None:
        self.audits.append((what, count))


def test_a_chunk_ends_after_its_time_however_slow_the_database() -> None:
    slow = Slow(seconds=0.03)
    assert _next_chunk("c", slow, slow) == 2 * PIECE  # type: ignore[arg-type]
    assert slow.at <= FREEZING + 0.03


def test_a_chunk_is_bounded_however_fast_the_database() -> None:
    fast = Slow(seconds=0.0)
    assert _next_chunk("c", fast, fast) == MOST_PIECES * PIECE  # type: ignore[arg-type]


def test_the_end_of_the_audience_is_noted_with_the_homes_to_ring() -> None:
    some = Slow(seconds=0.0, left=PIECE + 1)
    assert _next_chunk("c", some, some) == PIECE + 1  # type: ignore[arg-type]
    assert some.audits == [("planned", 9)]


async def test_the_homes_of_a_launch_stand_in_the_audit_once(a_night) -> None:
    night = a_night(homes=3)
    await night.launched()
    for _ in range(3):
        await night.tick()
        await asyncio.sleep(0.01)
    lines = [row for row in night.commune.rows("audit") if row.action == "planned"]
    assert [line.details["count"] for line in lines] == ["3"]


async def test_an_urgent_audience_is_frozen_before_the_rest_of_another(
    a_night, monkeypatch
) -> None:
    monkeypatch.setattr(tick, "PIECE", 1)
    monkeypatch.setattr(tick, "MOST_PIECES", 1)
    night = a_night(homes=6)
    test = night.campaign(campaign_class=CampaignClass.EXERCISE)
    alert = night.campaign(campaign_class=CampaignClass.ALERT)
    await night.tick()
    order = [row.campaign_id for row in night.commune.rows("recipients")]
    assert sorted(order) == sorted([alert] * 6 + [test] * 6)
    assert max(n for n, one in enumerate(order) if one == alert) <= 7
