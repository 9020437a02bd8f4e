"""One node as it is at this moment, for whoever watches (the loop's thread only)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from automaton.domain.trunk import Trunk
from automaton.engine.keep import STRANGERS_KEPT
from automaton.engine.node import Node
from automaton.ports import JournalFigures, NodeFigures, TrunkFigures, TrunkState


def figures_of_node(node: Node, *, database_fails: bool) -> NodeFigures:
    """Return the node's figures; asks nobody and changes nothing."""
    now = node.world.clock.now()
    return NodeFigures(
        tuple(_trunk(node, trunk) for trunk in node.trunks.values()),
        _journal(node, now),
        Counter(one.state.value for one in node.agenda.campaigns.values()),
        len(node.sessions.live),
        node.watch.longest_silence(now),
        node.link_is_up,
        database_fails,
        node.dialling,
        tuple(node.safeguard.exchanges.slow.values()),
    )


def _trunk(node: Node, trunk: Trunk) -> TrunkFigures:
    state = _state(node, trunk)
    carries = state in (TrunkState.SOUND, TrunkState.SLOWED)
    return TrunkFigures(
        trunk.name,
        trunk.lines,
        offered=node.lines.offered(trunk.name) if carries and node.dialling else 0,
        held=node.lines.held(trunk.name),
        rate=node.dispatch.rate(trunk.name),
        state=state,
    )


def _state(node: Node, trunk: Trunk) -> TrunkState:
    health = node.safeguard.health(trunk.name)
    if not (node.link_is_up and node.lines.reaches(trunk.name)):
        return TrunkState.UNREACHABLE
    if health.is_broken:
        return TrunkState.BROKEN
    return TrunkState.SOUND if health.rate is None else TrunkState.SLOWED


def _journal(node: Node, now: datetime) -> JournalFigures:
    """Return the journal's figures; a clock set back makes no age negative."""
    oldest_at = node.journal.oldest_at
    waiting = node.sessions.keys_since
    waited = now - min(waiting.values(), default=now)
    return JournalFigures(
        node.journal.keys,
        None if oldest_at is None else max(now - oldest_at, timedelta()),
        max(node.settings.journal_kept, STRANGERS_KEPT),
        len(waiting),
        max(waited, timedelta()),
    )
