"""What must not go unnoticed: each alarm once, told to the duty list."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta

from automaton.domain.alarm import Alarm, spoken
from automaton.domain.campaign import (
    FINAL_CAMPAIGN_STATES,
    Campaign,
    CampaignClass,
    CampaignState,
)
from automaton.engine.duty.duty_call import Summons
from automaton.engine.duty.errands import Errands
from automaton.engine.duty.insist import Key, Raised, insist
from automaton.engine.duty.rescue import Rescue
from automaton.engine.duty.summon import Pause, Rung, Summoner
from automaton.engine.fleet.lease import Lease
from automaton.engine.lines.dispatch import STRANDED_FOR
from automaton.engine.lines.safeguard import PAUSED_BY_SAFEGUARD
from automaton.engine.write import Writer
from automaton.ports import TrunkCondition


class Watch:
    """Raises alarms from what the loop sees; never waits, never raises.

    Of several nodes only the chief tells anybody; the others watch all the same.
    """

    def __init__(
        self,
        summoner: Summoner,
        writer: Writer,
        language: str,
        silence: timedelta,
        link_is_up: Callable[[], bool],
        pause: Pause,
        lease: Lease,
    ) -> None:
        self._summoner, self._writer = summoner, writer
        self._link_is_up, self._pause, self._lease = link_is_up, pause, lease
        self._language, self._silence = language, silence
        self._left_at: dict[str, datetime] = {}
        self._stranded_at: dict[str, datetime] = {}
        self._raised: dict[Key, Raised] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.rescue = Rescue(summoner, writer, language, link_is_up, pause)
        self.errands = Errands(summoner, writer, language, link_is_up, pause)
        self.has_untold = False  # what a chief must tell that was none for a moment

    def call_left(self, campaign_id: str, at: datetime) -> None:
        """Note that a call of a campaign has left."""
        self._left_at[campaign_id] = at
        self._end_silence(campaign_id)
        self._end((campaign_id, Alarm.DISK_FULL, ""))

    def others_left(self, left_at: Mapping[str, datetime]) -> None:
        """Note when calls of campaigns have left by any node."""
        for campaign_id, at in left_at.items():
            if campaign_id in self._left_at:
                self._left_at[campaign_id] = max(at, self._left_at[campaign_id])

    def stand_down(self) -> None:
        """Tell nobody any more: another node leads now, and does."""
        for raised in self._raised.values():
            raised.is_over = True
        self._raised.clear()
        for task in self._tasks:
            task.cancel()
        self.rescue.stand_down()
        self.errands.runs.stand_down()

    def disk_full(self, campaigns: Iterable[Campaign]) -> None:
        """Tell those whose campaigns run that the disk lets no call begin."""
        for campaign in campaigns:
            self._raise(Alarm.DISK_FULL, campaign)

    def note_stranded(self, campaign_ids: Iterable[str], at: datetime) -> None:
        """Note campaigns of which a call was due that no trunk could carry."""
        self._stranded_at.update(dict.fromkeys(campaign_ids, at))

    def is_stranded(self, campaign_id: str, now: datetime) -> bool:
        """Tell whether that was so at the latest try, a few seconds ago."""
        at = self._stranded_at.get(campaign_id)
        return at is not None and now - at < STRANDED_FOR

    def silence(
        self, due: Iterable[Campaign], now: datetime, held: Collection[str] = ()
    ) -> None:
        """Look for campaigns with calls due of which none has left for long.

        `held`: those whose trunks have all asked us to wait (Retry-After).
        """
        due = list(due)
        for campaign in due:
            since = self._left_at.setdefault(campaign.id, now)
            if now - since >= self._silence:
                why = Alarm.HELD if campaign.id in held else Alarm.SILENT
                self._raise(why, campaign)
        for campaign_id in set(self._left_at) - {campaign.id for campaign in due}:
            self._left_at.pop(campaign_id)
            self._end_silence(campaign_id)
        for campaign_id in [
            i for i in self._stranded_at if not self.is_stranded(i, now)
        ]:
            self._stranded_at.pop(campaign_id)

    def longest_silence(self, now: datetime) -> timedelta:
        """Return how long some campaign with calls due has seen none leave."""
        return max((now - at for at in self._left_at.values()), default=timedelta())

    def shift(self, by: timedelta) -> None:
        """Let what was seen follow a clock that has jumped."""
        self._left_at = {id_: at + by for id_, at in self._left_at.items()}
        self._stranded_at = {id_: at + by for id_, at in self._stranded_at.items()}

    def moved(self, campaign: Campaign) -> None:
        """Tell of a safeguard's pause and of the end of an alert."""
        if campaign.state is CampaignState.PAUSED:
            if campaign.pause_reason == PAUSED_BY_SAFEGUARD:
                self._raise(Alarm.PAUSED, campaign)
        elif campaign.state in FINAL_CAMPAIGN_STATES:
            self._ended(campaign)
        elif campaign.state is CampaignState.RUNNING:
            self._end((campaign.id, Alarm.PAUSED, ""))

    def trunk(self, condition: TrunkCondition, campaigns: Collection[Campaign]) -> None:
        """Tell those whose campaigns run that a trunk is lost, until it is not."""
        lost = Alarm.TRUNK_LOST
        if condition.broken_until is None:
            for key in [k for k in self._raised if k[1:] == (lost, condition.name)]:
                self._end(key)
            return
        for campaign in campaigns:
            names = campaign.policy.trunks
            if not names or condition.name in names:
                self._raise(lost, campaign, condition.name)

    def lost(
        self, trunks: Collection[TrunkCondition], campaigns: Collection[Campaign]
    ) -> None:
        """Tell of the trunks that every node has lost, and of no other any more."""
        names = {condition.name for condition in trunks}
        for key in [k for k in self._raised if k[1] is Alarm.TRUNK_LOST]:
            if key[2] not in names:
                self._end(key)
        for condition in trunks:
            self.trunk(condition, campaigns)

    def ceilings(
        self, reached: Collection[str], campaigns: Collection[Campaign]
    ) -> None:
        """Tell those whose campaigns run which trunks have used up their day."""
        for key in [k for k in self._raised if k[1] is Alarm.DAY_CEILING]:
            if key[2] not in reached:
                self._end(key)
        for campaign in campaigns:
            for name in campaign.policy.trunks or reached:
                if name in reached:
                    self._raise(Alarm.DAY_CEILING, campaign, name)

    async def close(self, seconds: float) -> None:
        """Give alarms under way some seconds to be heard, then end them."""
        tasks = self._every_task()
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        for task in tasks:
            task.cancel()
        self._summoner.close()

    async def quiet(self) -> None:
        """Wait until nobody on duty need be told of anything."""
        while tasks := self._every_task():
            await asyncio.wait(tasks)

    @property
    def is_ringing(self) -> bool:
        """Whether somebody on duty is being told, or will be soon."""
        return bool(self._every_task())

    def _every_task(self) -> set[asyncio.Task[None]]:
        return self._tasks | self.rescue.runs.tasks | self.errands.runs.tasks

    def _ended(self, campaign: Campaign) -> None:
        """Forget what an ended campaign needs no more; tell of the end of an alert."""
        self._end_silence(campaign.id)
        self._end((campaign.id, Alarm.PAUSED, ""))
        self._end((campaign.id, Alarm.DISK_FULL, ""))
        for raised in [r for r in self._raised.values() if r.key[0] == campaign.id]:
            raised.has_ended = True
            self._forget_done(raised)
        if campaign.planned and campaign.campaign_class is CampaignClass.ALERT:
            self._raise(Alarm.ALERT_ENDED, campaign)

    def _end_silence(self, campaign_id: str) -> None:
        for alarm in (Alarm.SILENT, Alarm.HELD):
            self._end((campaign_id, alarm, ""))

    def _end(self, key: Key) -> None:
        """Stop telling what is no longer so; it may be raised again."""
        raised = self._raised.pop(key, None)
        if raised is not None:
            raised.is_over = True

    def _forget_done(self, raised: Raised) -> None:
        if raised.is_done and raised.has_ended:
            self._end(raised.key)

    def _raise(self, alarm: Alarm, campaign: Campaign, trunk: str = "") -> None:
        raised = Raised(alarm, campaign, trunk, campaign.state in FINAL_CAMPAIGN_STATES)
        if raised.key in self._raised:
            return
        if not self._lease.leads:
            self.has_untold = True
            return
        self._raised[raised.key] = raised
        name = f"{alarm} {campaign.id}"
        task = asyncio.create_task(self._tell(raised), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, raised: Raised) -> None:
        await insist(raised, self._ring, self._link_is_up, self._pause)
        raised.is_done = True
        self._forget_done(raised)

    async def _ring(self, raised: Raised) -> bool:
        summons = await self._summons(raised)
        return await self._summoner.summon(summons) is Rung.TAKEN

    async def _summons(self, raised: Raised) -> Summons:
        campaign, trunk, counts = raised.campaign, raised.trunk, dict[str, int]()
        if raised.alarm is Alarm.ALERT_ENDED:
            counts |= await self._writer.look(lambda ledger: ledger.counts(campaign.id))
        return Summons(
            campaign.collectivity_id,
            campaign,
            raised.alarm.value,
            spoken(raised.alarm, self._language, campaign.name, trunk, counts),
            self._language,
            trunk or None,
            lambda: raised.is_over,
        )
