"""Who gets the free lines: the urgent class first, then lines held by weight.

Within a class nobody takes turns: the next line goes to whom it leaves with the fewest
lines for its weight, so that long calls count for as much as they hold. A campaign with
fewer calls due than there are lines goes first, up to half of the lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heapreplace
from itertools import groupby

HEAVIEST = 10
RETRIES = 0.25  # of what a campaign starts, as long as first tries wait as well


@dataclass(frozen=True, slots=True)
class Claimant:
    """A campaign that wants lines. `urgency`: the lowest goes first.

    `held` lines are its own already; it may take `most` more. `due` counts the calls
    that wait, as far as it matters; None stands for many. It is an estimate.
    """

    id: str
    urgency: int
    weight: int
    held: int
    most: int
    due: int | None = None

    @property
    def wished(self) -> int:
        """Return how many lines it is known to need, of those that it may take."""
        return self.most if self.due is None else min(self.due, self.most)


def shares(
    claimants: Sequence[Claimant], free: int, lines: int, *, small_first: bool = True
) -> dict[str, int]:
    """Return how many of the `free` lines each may take, in the order of their claims.

    Each class is offered all that is free: who claims later finds what those before it
    have left. Within a class nothing is given twice, and nothing is left that somebody
    of it may take. `lines`: how many there are in all.
    """
    if len(claimants) == 1:
        return {one.id: min(free, one.most) for one in claimants}
    given: dict[str, int] = {}
    for _, group in groupby(sorted(claimants, key=_urgency), key=_urgency):
        given |= _within_class(list(group), free, lines, small_first)
    return given


def _urgency(claimant: Claimant) -> int:
    return claimant.urgency


def _within_class(
    claimants: Sequence[Claimant], free: int, lines: int, small_first: bool
) -> dict[str, int]:
    """Return the shares of one class: the small, then by weight, then what is left."""
    small = _small(claimants, lines) if small_first else []
    given = {one.id: 0 for one in small}
    half = lines // 2 - sum(one.held for one in small)
    for one in small:
        given[one.id] = max(0, min(one.wished, free, half))
        free, half = free - given[one.id], half - given[one.id]
    for one in sorted(claimants, key=lambda c: (c.held / c.weight, c.id)):
        given.setdefault(one.id, 0)
    free -= _fill(claimants, {one.id: one.wished for one in claimants}, given, free)
    _fill(claimants, {one.id: one.most for one in claimants}, given, free)
    return given


def _small(claimants: Sequence[Claimant], lines: int) -> list[Claimant]:
    """Return those with fewer calls than lines, the fewest first; none among equals."""
    small = [c for c in claimants if c.due is not None and c.due + c.held < lines]
    if len(small) == len(claimants):
        return []
    return sorted(small, key=lambda c: (c.due, c.id))


def _fill(
    claimants: Sequence[Claimant],
    most: dict[str, int],
    given: dict[str, int],
    free: int,
) -> int:
    """Give line by line to who has least for its weight; return how many were given."""
    queue = [_place(c, given) for c in claimants if given[c.id] < most[c.id]]
    heapify(queue)
    left = free
    while left > 0 and queue:
        _, id_, one = queue[0]
        given[id_] += 1
        left -= 1
        if given[id_] < most[id_]:
            heapreplace(queue, _place(one, given))
        else:
            heappop(queue)
    return free - left


def _place(claimant: Claimant, given: dict[str, int]) -> tuple[float, str, Claimant]:
    """Return the place of a claimant among those who wait for the next line."""
    had = claimant.held + given[claimant.id]
    return (had + 1) / claimant.weight, claimant.id, claimant
