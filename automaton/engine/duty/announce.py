"""A trunk's condition told: one line of the log at each change, and those on duty.

Comes in: what the safeguard has written down, each renewal of it too.
"""

from __future__ import annotations

import structlog

from automaton.engine.node import Node
from automaton.ports import TrunkCondition

log = structlog.get_logger(__name__)


class Announcer:
    """Tells what is new of a trunk; a probe that failed once more is no news."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._known: dict[str, tuple[bool, bool]] = {}

    def note(self, condition: TrunkCondition) -> None:
        """Tell of a condition where it is not the one that was told before."""
        known = self._known.get(condition.name, (False, False))
        if _gist(condition) == known:
            return
        self._known[condition.name] = _gist(condition)
        _log(condition)
        if self.node.lease.is_alone:  # else it is told where all nodes have lost it
            self.node.watch.trunk(condition, self.node.agenda.running)


def _gist(condition: TrunkCondition) -> tuple[bool, bool]:
    """Tell whether it is slowed, and whether it is left; its steps are no news."""
    return condition.rate is not None, condition.broken_until is not None


def _log(condition: TrunkCondition) -> None:
    """Write the line; the reason is that of the safeguard."""
    told = log.bind(trunk=condition.name)
    if condition.broken_until is not None:
        until = condition.broken_until.isoformat(timespec="seconds")
        told.warning("a trunk is left", until=until, reason=condition.reason)
    elif condition.rate is not None:
        rate = round(condition.rate, 2)
        told.warning("a trunk is slowed", calls_a_second=rate)
    else:
        told.info("a trunk carries all calls again")
