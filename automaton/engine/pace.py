"""Lines and calls per second: how much may start now. The loop's thread only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from automaton.domain.trunk import Trunk

FILLING, GROUPING = 0.02, 0.08  # seconds between two writes


class Rate(NamedTuple):
    """So many starts a second, and so many of them at once."""

    a_second: float
    at_once: float


class Bucket:
    """A token bucket: `rate` starts a second, at most `burst` of them at once."""

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate = rate
        self._burst = burst
        self._tokens = burst
        self._at = now

    def available(self, now: float) -> int:
        """Return how many starts are allowed at this monotonic second."""
        self._fill(now)
        return int(self._tokens + 1e-9)

    def take(self, count: int, now: float) -> None:
        """Use up starts; they are due whether they were available or not."""
        self._fill(now)
        self._tokens -= count

    def wait(self, now: float) -> float:
        """Return the seconds until one start is allowed."""
        self._fill(now)
        return max(0.0, (1.0 - self._tokens) / self.rate)

    def _fill(self, now: float) -> None:
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self.rate)
        self._at = now


class Pace:
    """Several buckets at once: a start needs a token of each."""

    def __init__(self, *buckets: Bucket) -> None:
        self._buckets = buckets

    def available(self, now: float) -> int:
        """Return how many starts are allowed at this monotonic second."""
        return min(bucket.available(now) for bucket in self._buckets)

    def take(self, count: int, now: float) -> None:
        """Use up starts."""
        for bucket in self._buckets:
            bucket.take(count, now)

    def wait(self, now: float) -> float:
        """Return the seconds until one start is allowed."""
        return max(bucket.wait(now) for bucket in self._buckets)


class Grouping:
    """How long a write waits for others to share its commit.

    A line that is free while somebody is due waits less than what merely happened.
    """

    def __init__(self) -> None:
        self._written_at = -GROUPING

    def written(self, now: float) -> None:
        """Note a write at this monotonic second."""
        self._written_at = now

    def wait(self, now: float, is_for_a_line: bool) -> float:
        """Return the seconds until the next write may begin, at most zero if now."""
        return self._written_at + (FILLING if is_for_a_line else GROUPING) - now


class Lines:
    """Which attempt holds a line of which trunk. Campaigns leave the reserve alone."""

    def __init__(self, trunks: Sequence[Trunk]) -> None:
        self._trunks = {trunk.name: trunk for trunk in trunks}
        self._held: dict[str, tuple[str, bool]] = {}
        self._campaign = dict.fromkeys(self._trunks, 0)
        self._total = dict.fromkeys(self._trunks, 0)
        self._out_of_reach: set[str] = set()

    def take(self, trunk: str, attempt_id: str, *, duty: bool = False) -> None:
        """Hold a line for an attempt."""
        if attempt_id in self._held or trunk not in self._trunks:
            return
        self._held[attempt_id] = (trunk, duty)
        self._total[trunk] += 1
        self._campaign[trunk] += not duty

    def release(self, attempt_id: str) -> None:
        """Free the line of an attempt; nothing happens where it holds none."""
        trunk, duty = self._held.pop(attempt_id, (None, False))
        if trunk is not None:
            self._total[trunk] -= 1
            self._campaign[trunk] -= not duty

    def free(self, trunk: str) -> int:
        """Return the lines that campaigns may still take on a trunk."""
        if trunk in self._out_of_reach:
            return 0
        lines = self._trunks[trunk]
        return max(
            0,
            min(
                lines.campaign_lines - self._campaign[trunk],
                lines.lines - self._total[trunk],
            ),
        )

    def free_for_duty(self, trunk: str) -> int:
        """Return the lines that a duty call may take."""
        if trunk in self._out_of_reach:
            return 0
        return max(0, self._trunks[trunk].lines - self._total[trunk])

    def lose(self, trunks: Iterable[str]) -> None:
        """Offer no line of these trunks: their channel cannot be commanded."""
        self._out_of_reach.update(trunks)

    def regain(self, trunks: Iterable[str]) -> None:
        """Offer the lines of these trunks again."""
        self._out_of_reach.difference_update(trunks)

    def reaches(self, trunk: str | None) -> bool:
        """Tell whether calls on this trunk can be commanded, as far as we know."""
        return trunk not in self._out_of_reach

    @property
    def reaches_any(self) -> bool:
        """Tell whether there is a trunk on which calls can be commanded."""
        return not self._trunks.keys() <= self._out_of_reach

    @property
    def in_use(self) -> int:
        """Return how many lines are held on all trunks."""
        return len(self._held)
