"""What must not go unnoticed: each alarm once, told to the duty list."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from automaton.domain.alarm import Alarm, spoken
from automaton.domain.campaign import (
    FINAL_CAMPAIGN_STATES,
    Campaign,
    CampaignClass,
    CampaignState,
)
from automaton.engine.dispatch import GIVEN_BACK_FOR
from automaton.engine.safeguard import PAUSED_BY_SAFEGUARD
from automaton.engine.summon import Summoner, Summons
from automaton.engine.write import Writer
from automaton.ports import TrunkCondition


class Watch:
    """Raises alarms from what the loop sees; never waits, never raises."""

    def __init__(
        self, summoner: Summoner, writer: Writer, language: str, silence: timedelta
    ) -> None:
        self._summoner, self._writer = summoner, writer
        self._language, self._silence = language, silence
        self._left_at: dict[str, datetime] = {}
        self._stranded_at: dict[str, datetime] = {}
        self._raised: set[tuple[str, Alarm]] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def call_left(self, campaign_id: str, at: datetime) -> None:
        """Note that a call of a campaign has left."""
        self._left_at[campaign_id] = at
        self._raised.discard((campaign_id, Alarm.SILENT))

    def note_stranded(self, campaign_ids: Iterable[str], at: datetime) -> None:
        """Note campaigns of which a call was due that no trunk could carry."""
        self._stranded_at.update(dict.fromkeys(campaign_ids, at))

    def is_stranded(self, campaign_id: str, now: datetime) -> bool:
        """Tell whether that was so at the latest try, a few seconds ago."""
        at = self._stranded_at.get(campaign_id)
        return at is not None and now - at < 2 * GIVEN_BACK_FOR

    def silence(self, due: Iterable[Campaign], now: datetime) -> None:
        """Look for campaigns with calls due of which none has left for long."""
        due = list(due)
        for campaign in due:
            since = self._left_at.setdefault(campaign.id, now)
            if now - since >= self._silence:
                self._raise(Alarm.SILENT, campaign)
        for campaign_id in set(self._left_at) - {campaign.id for campaign in due}:
            self._left_at.pop(campaign_id)

    def moved(self, campaign: Campaign) -> None:
        """Tell of a safeguard's pause and of the end of an alert."""
        if campaign.state is CampaignState.PAUSED:
            if campaign.pause_reason == PAUSED_BY_SAFEGUARD:
                self._raise(Alarm.PAUSED, campaign)
        elif campaign.state in FINAL_CAMPAIGN_STATES and campaign.planned:
            if campaign.campaign_class is CampaignClass.ALERT:
                self._raise(Alarm.ALERT_ENDED, campaign)
        elif campaign.state is CampaignState.RUNNING:
            self._raised.discard((campaign.id, Alarm.PAUSED))

    def trunk(self, condition: TrunkCondition, campaigns: Collection[Campaign]) -> None:
        """Tell those whose campaigns run that a trunk is lost."""
        if condition.broken_until is None:
            return
        for campaign in campaigns:
            names = campaign.policy.trunks
            if not names or condition.name in names:
                self._raise(Alarm.TRUNK_LOST, campaign, condition.name)

    async def close(self, seconds: float) -> None:
        """Give alarms under way some seconds to be heard, then end them."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()

    async def quiet(self) -> None:
        """Wait until nobody on duty is being rung."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    @property
    def is_ringing(self) -> bool:
        """Whether somebody on duty is being rung."""
        return bool(self._tasks)

    def _raise(self, alarm: Alarm, campaign: Campaign, trunk: str = "") -> None:
        if (campaign.id, alarm) in self._raised:
            return
        self._raised.add((campaign.id, alarm))
        name = f"{alarm} {campaign.id}"
        task = asyncio.create_task(self._tell(alarm, campaign, trunk), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, alarm: Alarm, campaign: Campaign, trunk: str) -> None:
        counts = await self._writer.run(lambda t: t.counts(campaign.id))
        text = spoken(alarm, self._language, campaign.name, trunk, counts)
        summons = Summons(
            campaign.collectivity_id,
            campaign,
            alarm.value,
            text,
            self._language,
            trunk or None,
        )
        await self._summoner.summon(summons)
