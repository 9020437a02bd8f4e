"""What this node may use of what all nodes share: lines, and calls a second.

Comes in: what is due and what is in use. Goes out: a limit for each trunk, and for each
campaign that bounds its own lines. A node alone may use all that its settings say.
"""

from __future__ import annotations

from datetime import datetime

from automaton.domain.campaign import Campaign
from automaton.domain.slices import CAMPAIGN, TRUNK
from automaton.domain.trunk import Trunk
from automaton.engine.fleet.slices import Need
from automaton.engine.node import Node

PROBE = 1


def keep_to_slices(node: Node, now: datetime, seconds: float) -> None:
    """Limit what the next claim may use; called between two claims alone."""
    if node.lease.is_alone:
        return
    may_ring = node.link_is_up and node.dialling and node.lease.is_valid
    due = node.agenda.due_now(now) if may_ring else []
    due = [campaign for campaign in due if node.prompts.has(campaign)]
    _share_days(node, due)
    needs = [*_of_trunks(node, due), *_of_campaigns(node, due)]
    caps = node.slices.caps(needs, seconds)
    if node.slices.is_newly_hungry:
        node.lease.hurry()
    for name in node.trunks:
        cap = caps[TRUNK + name]
        node.lines.limit(name, cap, _reserve(node, node.trunks[name]))
        first = node.slices.before_ours(TRUNK + name)
        node.dispatch.slow(name, first, cap, seconds - now.timestamp(), seconds)
    node.dispatch.limits = {
        scope.removeprefix(CAMPAIGN): cap
        for scope, cap in caps.items()
        if scope.startswith(CAMPAIGN)
    }


def _share_days(node: Node, due: list[Campaign]) -> None:
    """Take what came of our wishes for trunks' days, and wish anew."""
    ceilings, wanted = node.dispatch.ceilings, _wanted(node, due)
    for wish, share in node.slices.days(lambda: ceilings.wishes(wanted)):
        ceilings.take(wish, share)


def _wanted(node: Node, due: list[Campaign]) -> set[str]:
    return {name for one in due for name in one.policy.trunks or node.trunks}


def _of_trunks(node: Node, due: list[Campaign]) -> list[Need]:
    wanted = _wanted(node, due)
    usable = set(node.safeguard.usable())
    needs = []
    for name, trunk in node.trunks.items():
        total, in_use = trunk.campaign_lines, _in_use(node, trunk)
        wants = max(0, total - in_use) if name in wanted else 0
        wants = wants if name in usable else min(wants, PROBE)
        spare = _spare(node, trunk, in_use)
        needs.append(Need(TRUNK + name, total, in_use, wants, spare))
    return needs


def _reserve(node: Node, trunk: Trunk) -> int:
    """Return the lines kept back that are free for the chief's calls.

    Callers hold lines of any node unasked, also those that others count on.
    """
    excess = node.slices.excess(TRUNK + trunk.name, trunk.campaign_lines)
    return max(0, _kept_back(node, trunk) - excess)


def _kept_back(node: Node, trunk: Trunk) -> int:
    return trunk.lines - trunk.campaign_lines if node.lease.has_chair else 0


def _spare(node: Node, trunk: Trunk, in_use: int) -> int:
    """Return the lines that duty calls need besides: only the chief makes any.

    As many as they are looking for; one more than is held where lines are kept back.
    """
    if not node.lease.has_chair:
        return 0
    kept = _kept_back(node, trunk)
    free = max(node.lines.looked_for(trunk.name), bool(kept))
    return max(0, node.lines.held(trunk.name) + free - kept - in_use)


def _in_use(node: Node, trunk: Trunk) -> int:
    """Return the lines in use that are no reserve: duty calls may take more than it.

    The reserve is the chief's: of who led before, duty calls use lines like any other.
    """
    beyond = node.lines.held(trunk.name) - _kept_back(node, trunk)
    return max(node.lines.in_campaigns(trunk.name), beyond)


def _of_campaigns(node: Node, due: list[Campaign]) -> list[Need]:
    ids = {campaign.id for campaign in due}
    needs = []
    for campaign in node.agenda.campaigns.values():
        if (total := campaign.policy.lines) is not None:
            in_use = node.sessions.holds(campaign.id)
            wants = max(0, total - in_use) if campaign.id in ids else 0
            needs.append(Need(CAMPAIGN + campaign.id, total, in_use, wants))
    return needs
