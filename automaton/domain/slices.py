"""How nodes share what a trunk has: each holds a slice, all slices fit into the whole.

A node lowers what it uses first, then what it says that it holds; it raises what it
says first, then what it uses. So the slices never add up to more than there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Life = tuple[str, int]
TRUNK, CAMPAIGN = "trunk:", "campaign:"  # scopes, each before a name or an id


def scopes_of(trunk: str | None, campaign_id: str) -> tuple[str, str]:
    """Return of what a call on this trunk uses one."""
    return f"{TRUNK}{trunk}", f"{CAMPAIGN}{campaign_id}"


@dataclass(frozen=True, slots=True)
class Slice:
    """What one node holds of a thing: so many in use, so many more wanted."""

    life: Life
    held: int
    in_use: int = 0
    wants: int = 0

    @property
    def needs(self) -> int:
        """How many it would use if it could."""
        return self.in_use + self.wants


def target(mine: Slice, others: Sequence[Slice], total: int) -> int:
    """Return how many a node should hold: an equal part, and what nobody else needs.

    Whoever needs less than an equal part gets all of it, and who uses more of it keeps
    that until its calls end; the others share the rest. All nodes reckon alike, so that
    what they aim at fits into the whole.
    """
    if not mine.wants:
        return mine.in_use
    sated = sum(one.in_use for one in others if not one.wants)
    hungry = [mine, *(one for one in others if one.wants)]
    return _parts(hungry, max(0, total - sated))[mine.life]


def lowered(in_use: int, held: int, aim: int) -> int:
    """Return how many a node may still use, before it says that it holds less."""
    return max(in_use, min(held, aim))


def raised(cap: int, aim: int, others: Sequence[Slice], total: int) -> int:
    """Return how many a node holds from now on; `cap` is what it has lowered to."""
    free = total - cap - sum(one.held for one in others)
    return cap + max(0, min(free, aim - cap))


def _parts(hungry: Sequence[Slice], left: int) -> dict[Life, int]:
    """Return the part of each node that wants more."""
    parts: dict[Life, int] = {}
    rest = list(hungry)
    while over := [one for one in rest if one.in_use > left // len(rest)]:
        parts |= {one.life: one.in_use for one in over}
        left = max(0, left - sum(one.in_use for one in over))
        rest = [one for one in rest if one not in over]
        if not rest:
            return parts
    for served, one in enumerate(sorted(rest, key=lambda s: (s.needs, s.life))):
        parts[one.life] = min(one.needs, left // (len(rest) - served))
        left -= parts[one.life]
    return parts
