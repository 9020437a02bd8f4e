"""What a node tells of itself to whoever watches it: figures, no names, no numbers.

What happens in the loop is told once a beat; what merely is (lines, trunks, what waits)
is asked for by who looks, as `NodeFigures`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BeatFigures:
    """What one committed beat brought: calls that left and ended, homes that are done.

    `left` is by trunk, `ended` by trunk and outcome, `concluded` by final state.
    """

    left: Mapping[str, int] = field(default_factory=dict)
    ended: Mapping[tuple[str, str], int] = field(default_factory=dict)
    concluded: Mapping[str, int] = field(default_factory=dict)
    keys: int = 0


class TrunkState(StrEnum):
    """What a trunk is good for; a slowed one chokes, a broken one is only probed."""

    SOUND = "sound"
    SLOWED = "slowed"
    BROKEN = "broken"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class TrunkFigures:
    """One trunk at one moment.

    `offered`: the lines that campaigns may use now; `held`: those in use, also by duty
    calls; `rate`: starts a second, None without a limit.
    """

    name: str
    lines: int
    offered: int
    held: int
    rate: float | None
    state: TrunkState


@dataclass(frozen=True, slots=True)
class JournalFigures:
    """The keys in Asterisk's journal; `unwritten` are those not on record yet.

    `keys` and `oldest` are as of the last reading and what came since, None before it;
    `kept`: so long an entry may stay.
    """

    keys: int | None
    oldest: timedelta | None
    kept: timedelta
    unwritten: int
    unwritten_for: timedelta


@dataclass(frozen=True, slots=True)
class NodeFigures:
    """One node at one moment.

    `silence`: how long a running campaign with calls due has seen none leave.
    `slow_exchanges`: the starts a second of each exchange that was found to choke.
    """

    trunks: tuple[TrunkFigures, ...]
    journal: JournalFigures
    campaigns: Mapping[str, int]
    live: int
    silence: timedelta
    link_is_up: bool
    database_fails: bool
    dialling: bool
    slow_exchanges: tuple[float, ...] = ()


class Gauges(Protocol):
    """Where a node's figures go; nothing here waits or raises."""

    def beat(self, figures: BeatFigures) -> None:
        """Take what one committed beat brought."""
        ...

    def written(self, work: float, commit: float) -> None:
        """Take the seconds of one transaction: its work, then its commit.

        Comes from the writer's thread.
        """
        ...

    def answered(self, seconds: float) -> None:
        """Take how long Asterisk took to answer an action of ours."""
        ...

    def called_in(self, came_to: str) -> None:
        """Take that a call came in, and what it came to; on any thread."""
        ...


class NoGauges:
    """Nobody watches."""

    def beat(self, figures: BeatFigures) -> None:
        """Forget it."""

    def written(self, work: float, commit: float) -> None:
        """Forget it."""

    def answered(self, seconds: float) -> None:
        """Forget it."""

    def called_in(self, came_to: str) -> None:
        """Forget it."""
