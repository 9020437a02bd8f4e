"""Who lives in a region: as many towns as it has collectivities, drawn from a few.

In: how many of each, a seed. Out: the homes with their numbers, and what each call
gets. Numbers begin with +999, which is no country's, and are in no other use.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from automaton.lab import load_mix, plan_from_mix
from automaton.lab.oracle import oracle
from automaton.lab.plan import MOST_HOMES, Home, Turn

MODELS = 8  # towns that are drawn; collectivities take turns with them
NOBODY = Turn("unallocated")
Homes = tuple[Home, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a region is; the homes are shared out evenly, rounded down."""

    recipients: int
    collectivities: int
    seed: int = 1
    mix: str = "realistic"

    @property
    def homes(self) -> int:
        """Return how many homes each collectivity has."""
        return max(1, self.recipients // self.collectivities)


class Region:
    """The towns of a region. Each number remembers how often it was rung."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self._models = _models(size)
        self._tried: Counter[str] = Counter()

    def homes(self, collectivity: int) -> Iterator[tuple[Home, list[str]]]:
        """Yield the homes of a collectivity, each with its numbers in order."""
        for index, home in enumerate(self._town(collectivity)[0]):
            ranks = range(len(home.phones))
            yield home, [number(collectivity, index, rank) for rank in ranks]

    def turn(self, dialled: str) -> Turn:
        """Return what the next call to a number gets."""
        self._tried[dialled] += 1
        collectivity, index, rank = place_of(dialled)
        homes, _ = self._town(collectivity)
        if index >= len(homes) or rank >= len(homes[index].phones):
            return NOBODY
        return homes[index].phones[rank].turn(self._tried[dialled])

    @cached_property
    def reachable(self) -> int:
        """Return how many homes acknowledge where they are rung as they should be."""
        return sum(self._town(n)[1] for n in range(self.size.collectivities))

    def _town(self, collectivity: int) -> tuple[Homes, int]:
        return self._models[collectivity % len(self._models)]


def number(collectivity: int, home: int, rank: int) -> str:
    """Return the number of a home's telephone."""
    return f"+999{collectivity:03d}{home:05d}{rank}"


def place_of(dialled: str) -> tuple[int, int, int]:
    """Return collectivity, home and rank of a number."""
    return int(dialled[4:7]), int(dialled[7:12]), int(dialled[12:])


def _models(size: Size) -> list[tuple[Homes, int]]:
    """Return the homes of each town, and how many of them can be reached.

    All are drawn as one: a small town by itself would have a home of each kind.
    """
    count = min(MODELS, size.collectivities, max(1, MOST_HOMES // size.homes))
    plan = plan_from_mix(size.homes * count, size.seed, load_mix(size.mix))
    homes, fates = plan.residents(), oracle(plan)
    cuts = [slice(n * size.homes, (n + 1) * size.homes) for n in range(count)]
    return [
        (homes[cut], sum(one.state == "acknowledged" for one in fates[cut]))
        for cut in cuts
    ]
