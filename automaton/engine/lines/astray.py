"""Homes of alerts for which lines were free, but on no trunk that may dial them.

Comes in: what was claimed, and what of it went back. Goes out: the trunks on which
lines must fall free, and how many lines there are kept from less urgent campaigns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

REMEMBERED = 15.0  # seconds after which who went back is asked for anew
MOST = 2000  # homes; more lines than one node has
KEPT = 2.0  # seconds until it is due again: whoever is due then is counted, and first

Trunks = frozenset[str]


@dataclass(frozen=True, slots=True)
class _Home:
    campaign: str
    trunks: Trunks
    at: float


class Astray:
    """The attempts of alerts that wait for lines of certain trunks (loop's thread)."""

    def __init__(self) -> None:
        self._homes: dict[str, _Home] = {}

    def went_back(
        self, campaign: str, found: Mapping[str, Trunks], seconds: float
    ) -> None:
        """Note attempts that went back, each with the trunks that may dial it."""
        self.leave(found)
        for attempt, trunks in found.items():
            self._homes[attempt] = _Home(campaign, trunks, seconds)
        self.leave(list(self._homes)[: max(0, len(self._homes) - MOST)])

    def leave(self, attempts: Iterable[str]) -> None:
        """Note attempts that have their lines."""
        for attempt in attempts:
            self._homes.pop(attempt, None)

    def keep(self, campaigns: Iterable[str], seconds: float) -> None:
        """Forget whom nobody has asked for lately, and those of other campaigns."""
        if self._homes:
            wanted = set(campaigns)
            self._homes = {
                id_: home
                for id_, home in self._homes.items()
                if seconds - home.at < REMEMBERED and home.campaign in wanted
            }

    def of(self, campaign: str) -> Counter[Trunks]:
        """Return how many wait for a line of which trunks."""
        homes = self._homes.values()
        return Counter(home.trunks for home in homes if home.campaign == campaign)

    def not_due(self, campaign: str, seconds: float) -> int:
        """Return how many went back a moment ago: they are not among who is due."""
        return sum(
            home.campaign == campaign and seconds - home.at < KEPT
            for home in self._homes.values()
        )

    def kept(self, free: Mapping[str, int], seconds: float) -> dict[str, int]:
        """Return how many free lines of each trunk nobody less urgent may have.

        Only until their homes are due again: then they are the first to claim.
        """
        kept: Counter[str] = Counter()
        for home in self._homes.values():
            if seconds - home.at < KEPT:
                names = (n for n in sorted(home.trunks) if free.get(n, 0) > kept[n])
                kept.update(list(names)[:1])
        return dict(kept)
