"""What a fleet is asked: the town, its lines, the policy, and by what it is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from automaton.lab.history import HistoryRules, TrunkRules
from tests.system.stage import home, on_duty

HOMES, LINES = 400, 50
DUTY = "+33536490001"
QUICK: Mapping[tuple[str, ...], int] = {
    ("press_1",): 70,
    ("listens_twice",): 8,
    ("busy", "press_1"): 10,
    ("hangs_up", "press_1"): 6,
}
SLOW: Mapping[tuple[str, ...], int] = {
    ("no_key", "press_1"): 3,
    ("machine", "press_1"): 3,
}
"""What the homes do at their first call and later, and how many of a hundred do.

The slow ones, at whom the whole talk is spent in vain, live among the first half, so
that the end of a campaign is no wait for a few of them.
"""
POLICY: dict[str, Any] = {
    "ring": "12 s",
    "talk": "30 s",
    "retry_every": "10 s",
    "key_wait": "2 s",
}
STARTS = 8.0
"""Calls a second of the trunk, which the nodes share."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of each run: homes, and lines that the nodes share."""

    homes: int = HOMES
    lines: int = LINES

    def script(self) -> str:
        """Return the town: everybody presses 1 in the end; the same in each run."""
        dice = Random("fleet")
        half = self.homes // 2
        kinds = _drawn(dice, {**QUICK, **SLOW}, half)
        kinds += _drawn(dice, QUICK, self.homes - half)
        rows = [
            home(serial, *kind, ring=round(dice.uniform(1, 5), 1), think=0.5)
            for serial, kind in enumerate(kinds, 1)
        ]
        return "".join(rows) + on_duty(DUTY)

    @property
    def rules(self) -> HistoryRules:
        """Return by what a history is judged: all lines, those kept back too."""
        trunk = TrunkRules(self.lines + 1, STARTS)
        return HistoryRules(any_trunk=trunk, others=frozenset({DUTY}))


def _drawn(
    dice: Random, kinds: Mapping[tuple[str, ...], int], count: int
) -> list[tuple[str, ...]]:
    return dice.choices(list(kinds), list(kinds.values()), k=count)
