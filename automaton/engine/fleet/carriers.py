"""Which trunks are lost to everybody, and which some node still carries calls by.

Each node hears for itself how a trunk fares: its own way there may be the fault. Only
a trunk that is broken for all who could use it pauses a campaign, or is told of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from automaton.ports import Standing, TrunkCondition

Conditions = Sequence[tuple[TrunkCondition, str]]


def lost(standing: Standing, conditions: Conditions) -> list[TrunkCondition]:
    """Return the trunks that are broken on every node that is ready to use them."""
    broken = _broken(conditions)
    return [
        next(broken[name, node] for node in sorted(nodes))
        for name, nodes in sorted(_carriers(standing).items())
        if all((name, node) in broken for node in nodes)
    ]


def usable(standing: Standing, conditions: Conditions) -> frozenset[str]:
    """Return the trunks that are not broken on some node that is ready."""
    broken = _broken(conditions)
    return frozenset(
        name
        for name, nodes in _carriers(standing).items()
        if any((name, node) not in broken for node in nodes)
    )


def _carriers(standing: Standing) -> Mapping[str, set[str]]:
    carriers: defaultdict[str, set[str]] = defaultdict(set)
    for node in standing.nodes:
        if node.is_alive and node.ready:
            for name in node.trunks:
                carriers[name].add(node.name)
    return carriers


def _broken(conditions: Conditions) -> Mapping[tuple[str, str], TrunkCondition]:
    return {
        (one.name, node): one
        for one, node in conditions
        if one.broken_until is not None
    }
