"""The campaigns that have calls due, may dial, and have none alive.

Giving way to an alert is no silence. It is one where a campaign could not ring anyway:
its trunks are out of reach or held, its message is not here, its claims fail.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from automaton.domain.campaign import URGENCY, Campaign, CampaignState
from automaton.engine.node import Node


class Silence:
    """Looks for silent campaigns. `may_claim`: whether one's claims are taken."""

    def __init__(self, node: Node, may_claim: Callable[[str], bool]) -> None:
        self._node, self._may_claim = node, may_claim

    def look(self, now: datetime, elsewhere: Collection[str]) -> list[Campaign]:
        """Return the campaigns that have calls due, may dial, and have none alive.

        `elsewhere`: those that have one, by whatever node.
        """
        node = self._node
        due = {campaign.id for campaign in node.agenda.due_now(now)}
        return [
            campaign
            for campaign in node.agenda.running
            if campaign.id in due or node.watch.is_stranded(campaign.id, now)
            if campaign.id not in elsewhere
            if self._should_dial(campaign, now) and not self._waits(campaign, elsewhere)
        ]

    def held(self, campaigns: Collection[Campaign]) -> frozenset[str]:
        """Return the campaigns whose trunks have all asked us to wait."""
        node, seconds = self._node, self._node.world.clock.monotonic()
        held = {n for n in node.trunks if node.safeguard.is_held(n, seconds)}
        return frozenset(
            campaign.id
            for campaign in campaigns
            if held and self._names(campaign) <= held
        )

    def _names(self, campaign: Campaign) -> set[str]:
        return set(campaign.policy.trunks or self._node.trunks)

    def _should_dial(self, campaign: Campaign, now: datetime) -> bool:
        running = campaign.state is CampaignState.RUNNING
        is_open = campaign.policy.hours.is_open(now)
        if not running or not is_open or self._node.sessions.holds(campaign.id):
            return False
        return not self._names(campaign) <= self._node.dispatch.ceilings.reached

    def _waits(self, campaign: Campaign, elsewhere: Collection[str]) -> bool:
        """Tell whether more urgent calls are all that may start on its trunks now.

        Where equals hold them its town is told that it has to wait.
        """
        node, seconds = self._node, self._node.world.clock.monotonic()
        able = {
            name
            for name in self._names(campaign) & node.trunks.keys()
            if node.lines.reaches(name) and not node.safeguard.is_held(name, seconds)
        }
        could_ring = node.prompts.has(campaign) and self._may_claim(campaign.id)
        if not could_ring or any(node.dispatch.may_start(n, seconds) for n in able):
            return False
        ringing = {
            live.attempt.campaign_id
            for live in node.sessions.live.values()
            if live.may_be_on_a_line and live.attempt.trunk in able
        }
        urgency = URGENCY[campaign.campaign_class]
        return any(
            URGENCY[other.campaign_class] < urgency
            and (
                other.id in ringing
                or (other.id in elsewhere and self._names(other) & able)
            )
            for other in node.agenda.campaigns.values()
        )
