"""The nodes of one database: who lives, who leads, and until when it is certain.

A node holds one lease, its row in the table of nodes. It renews it often; who sees one
that lapsed fences that node, and from then on nothing that it writes counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Protocol

from automaton.domain.slices import Slice
from automaton.domain.trunk import Spent

USUAL_LEASE = timedelta(seconds=8)


@dataclass(frozen=True, slots=True)
class NodeSeen:
    """A node as another one reads it. `epoch` counts its starts, `beats` its renewals.

    `fenced_at`: since then it is none of the fleet; `has_left` where it said so itself.
    `lapsed`: its lease is over by the database's clock.
    """

    name: str
    epoch: int
    beats: int
    lease: timedelta
    lapsed: bool = False
    ready: bool = False
    trunks: frozenset[str] = frozenset()
    fenced_at: datetime | None = None
    has_left: bool = False

    @property
    def life(self) -> tuple[str, int]:
        """What tells it from every other start of any node."""
        return self.name, self.epoch

    @property
    def is_alive(self) -> bool:
        """Whether it is one of the fleet, as far as anybody knows."""
        return self.fenced_at is None


@dataclass(frozen=True, slots=True)
class Standing:
    """The fleet at the moment of a renewal, by the database's clock."""

    now: datetime
    nodes: tuple[NodeSeen, ...] = ()
    chief: tuple[str, int] | None = None

    def seen(self, life: tuple[str, int]) -> NodeSeen | None:
        """Return one node, None where that start of it is not known any more."""
        return next((one for one in self.nodes if one.life == life), None)


@dataclass(frozen=True, slots=True)
class SliceWish:
    """What a node asks of a thing that all share, of which there are `total`.

    It uses `cap` of it at most until it is answered: so much it holds in any case.
    """

    scope: str
    total: int
    cap: int
    in_use: int = 0
    wants: int = 0


@dataclass(frozen=True, slots=True)
class DayWish:
    """What a node has used of a trunk's day, and how many calls more it takes now.

    `total`: the calls of a day, None where they are not bounded; `begun`: what was on
    record when the day was first counted; `talked`: since the last wish.
    """

    trunk: str
    day: str
    total: int | None
    calls: int
    talked: timedelta
    begun: Spent


@dataclass(frozen=True, slots=True)
class DayShare:
    """What came of it: calls that are ours now, and what all nodes have talked."""

    day: str
    calls: int
    talked: timedelta


class Fleet(Protocol):
    """Our place among the nodes. For a thread of its own alone."""

    name: str
    epoch: int
    lease: timedelta

    def beat(self, *, ready: bool) -> Standing:
        """Renew the lease; `ready`: our telephone can be commanded.

        `LineError` where the database fails, `NodeLostError` where we are fenced.
        """
        ...

    def fence(self, seen: NodeSeen) -> bool:
        """Declare dead whom nobody has heard of since; False where it lives."""
        ...

    def take_chair(self) -> bool:
        """Become the chief; False where another one holds the chair."""
        ...

    def share(self, wishes: Sequence[SliceWish]) -> Mapping[str, Sequence[Slice]]:
        """Return what every node holds of each scope, after what we asked for."""
        ...

    def spend(self, wishes: Sequence[DayWish]) -> Mapping[str, DayShare]:
        """Take calls of trunks' days for ourselves, as far as there are any left."""
        ...

    def listen(self, heard: Callable[[], None], stop: Event) -> None:
        """Call `heard` at the news of other nodes until `stop` is set; it blocks.

        For another thread than the rest.
        """
        ...

    def leave(self) -> None:
        """Give up the lease and the chair; open calls go the way of the dead's."""
        ...

    def close(self) -> None:
        """Close what it leans on."""
        ...
