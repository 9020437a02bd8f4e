"""An alert lacks lines: calls of less urgent campaigns make room for it.

Who only rings is withdrawn, and rung again later; who listens hears the sentence to its
end. No call is ended where something else than lines holds the alert back, nor on a
trunk that may not dial whom it was found to wait for (astray.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from automaton.domain.attempt import Attempt
from automaton.domain.campaign import URGENCY, Campaign, CampaignClass, CampaignState
from automaton.engine.calls.act import Effects
from automaton.engine.node import Node

log = structlog.get_logger(__name__)

EVERY = 0.2  # seconds between two looks
SOON = 1.0  # seconds within which a line that is freed must be of use
FORGOTTEN = 3.0  # seconds after which a call that still rings was ended in vain


@dataclass(frozen=True, slots=True)
class _Lack:
    """So many lines of some trunks are missing, so many of each would be of use."""

    count: int
    trunks: frozenset[str]
    of_use: Counter[str]


class Preemption:
    """Ends calls for alerts that lack lines. The loop's thread only."""

    def __init__(
        self, node: Node, effects: Effects, may_claim: Callable[[str], bool]
    ) -> None:
        self._node, self._effects = node, effects
        self._may_claim = may_claim
        self._looked_at = -EVERY
        self._lacked: Counter[str] = Counter()
        self._ending: dict[str, float] = {}

    def look(self, seconds: float) -> None:
        """End as many calls as alerts lack lines, if any do.

        One that has calls on the lines lacks only what it lacked at the last look too:
        the lines that fall free by themselves are its first.
        """
        self._forget_astray(seconds)
        alerts = self._alerts()
        if not alerts:
            self._lacked.clear()
            return
        if seconds - self._looked_at < EVERY:
            return
        self._looked_at = seconds
        before, self._lacked = self._lacked, Counter()
        self._forget(seconds)
        coming = self._coming()
        for campaign in alerts:
            lacks = self._lacks(campaign, coming, seconds)
            self._lacked[campaign.id] = most = sum(lack.count for lack in lacks)
            if self._node.sessions.holds(campaign.id):
                most = min(most, before[campaign.id])
            for lack in lacks:
                self._keep_from_lines(lack)
                asked = replace(lack, count=min(lack.count, most))
                most -= self._make_room(campaign, asked, seconds)

    def _keep_from_lines(self, lack: _Lack) -> None:
        """Let nobody wait for lines that an alert lacks who is less urgent."""
        lines, live = self._node.lines, self._node.sessions.live
        campaigns = self._node.agenda.campaigns
        for id_ in [id_ for id_ in lines.queued if lack.count and id_ in live]:
            attempt = live[id_].attempt
            campaign = campaigns[attempt.campaign_id]
            is_alert = campaign.campaign_class is CampaignClass.ALERT
            if attempt.trunk in lack.trunks and not is_alert:
                lines.let_go(id_)

    def _forget_astray(self, seconds: float) -> None:
        """Forget homes that wait for certain trunks, of alerts that do not run."""
        running = [c.id for c in self._node.agenda.running]
        self._node.dispatch.astray.keep(running, seconds)

    def _alerts(self) -> list[Campaign]:
        """Return the alerts that have calls due and may make them, if others run."""
        node = self._node
        may_ring = node.link_is_up and node.dialling and node.lease.is_valid
        if not (node.agenda.waiting and may_ring):
            return []
        classes = {one.campaign_class for one in node.agenda.campaigns.values()}
        if classes == {CampaignClass.ALERT}:
            return []  # nobody to make room
        now, astray = node.world.clock.now(), node.dispatch.astray
        due = {campaign.id for campaign in node.agenda.due_now(now)}
        return [
            campaign
            for campaign in node.agenda.campaigns.values()
            if campaign.id in due or astray.of(campaign.id) or self._queued(campaign.id)
            if campaign.campaign_class is CampaignClass.ALERT
            and campaign.state is CampaignState.RUNNING
            and node.dispatch.may_dial(campaign, now)
            and node.prompts.has(campaign)
            and self._may_claim(campaign.id)
        ]

    def _forget(self, seconds: float) -> None:
        """Forget the calls that are over, and those that were hung up in vain."""
        live = self._node.sessions.live
        self._ending = {
            id_: at
            for id_, at in self._ending.items()
            if id_ in live
            and (live[id_].attempt.answered_at or seconds - at < FORGOTTEN)
        }

    def _coming(self) -> Counter[str]:
        """Return how many lines of each trunk are free, or will be."""
        node = self._node
        coming = Counter({name: node.lines.free(name) for name in node.trunks})
        live = node.sessions.live
        coming.update(live[id_].attempt.trunk or "" for id_ in self._ending)
        return coming

    def _lacks(
        self, campaign: Campaign, coming: Counter[str], seconds: float
    ) -> list[_Lack]:
        """Return what an alert lacks beyond the lines that come; it takes its own."""
        dispatch, names = self._node.dispatch, self._names(campaign)
        starts = {n: dispatch.starts_within(n, SOON, seconds) for n in names}
        lacks, of_use = [], Counter(starts)
        for trunks, count in self._asked(campaign, names, seconds):
            left = count
            for name in [name for name in names if name in trunks]:
                taken = min(left, of_use[name], coming[name])
                coming[name] -= taken
                of_use[name] -= taken
                left -= taken
            lacks.append(_Lack(left, trunks, of_use))
        return lacks

    def _names(self, campaign: Campaign) -> tuple[str, ...]:
        return campaign.policy.trunks or tuple(self._node.trunks)

    def _asked(
        self, campaign: Campaign, names: Sequence[str], seconds: float
    ) -> list[tuple[frozenset[str], int]]:
        """Return how many lines an alert asks for, those of certain trunks first."""
        node = self._node
        astray = node.dispatch.astray.of(campaign.id)
        not_due = node.dispatch.astray.not_due(campaign.id, seconds)
        most = max(node.agenda.waiting.get(campaign.id, 0), not_due)
        if campaign.policy.lines is not None:
            lines = node.dispatch.limits.get(campaign.id, campaign.policy.lines)
            most = min(most, lines - node.sessions.holds(campaign.id))
        most += self._queued(campaign.id)
        asked = []
        for trunks, count in (*astray.items(), (frozenset(names), most)):
            asked.append((trunks, max(0, min(count, most))))
            most -= asked[-1][1]
        return asked

    def _queued(self, campaign_id: str) -> int:
        """Return how many claims of a campaign wait for a line to fall free."""
        live = self._node.sessions.live
        queued = (live[id_].attempt for id_ in self._node.lines.queued if id_ in live)
        return sum(attempt.campaign_id == campaign_id for attempt in queued)

    def _make_room(self, campaign: Campaign, lack: _Lack, seconds: float) -> int:
        """End calls on the trunks that can carry the alert's; return how many."""
        ended: Counter[str] = Counter()
        for attempt in self._less_urgent(campaign) if lack.count > 0 else ():
            if ended.total() >= lack.count:
                break
            name = attempt.trunk or ""
            if name in lack.trunks and lack.of_use[name] > 0:
                ended[name] += 1
                lack.of_use[name] -= 1
                self._ending[attempt.id] = seconds
                self._effects.end(attempt)
        if ended:
            log.info("calls make room for an alert", campaign=campaign.id, calls=ended)
        return ended.total()

    def _less_urgent(self, alert: Campaign) -> list[Attempt]:
        """Return whose calls may be ended, those that cost least first."""
        campaigns, lines = self._node.agenda.campaigns, self._node.lines
        found = [
            (_cost(live.attempt, campaigns[live.attempt.campaign_id]), live.attempt)
            for live in self._node.sessions.live.values()
            if live.may_be_on_a_line
            and live.attempt.id not in lines.queued
            and live.attempt.id not in self._ending
            and not live.attempt.keys
            and lines.reaches(live.attempt.trunk)
            and URGENCY[campaigns[live.attempt.campaign_id].campaign_class]
            > URGENCY[alert.campaign_class]
        ]
        return [attempt for _, attempt in sorted(found, key=lambda one: one[0])]


def _cost(attempt: Attempt, campaign: Campaign) -> tuple[bool, int, float]:
    """Return what it costs to end a call: who only rings, last, has heard nothing.

    Of those who listen the one that has listened longest has heard most.
    """
    answered_at = attempt.answered_at
    urgency = -URGENCY[campaign.campaign_class]
    if answered_at is not None:
        return True, urgency, answered_at.timestamp()
    left_at = attempt.claimed_at or attempt.due_at
    return False, urgency, -left_at.timestamp()
