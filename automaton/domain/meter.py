"""How many a second, over the last seconds: a frozen count of each whole second."""

from __future__ import annotations

from dataclasses import dataclass

SPAN = 11  # whole seconds that are kept: ten that are over, and the one that runs


@dataclass(frozen=True, slots=True)
class Meter:
    """Counts of the last seconds, the second of `now` at the end."""

    second: int = 0
    counts: tuple[int, ...] = (0,) * SPAN

    def plus(self, now: float) -> Meter:
        """Return the meter with one more at this monotonic second."""
        later = self._at(now)
        return Meter(later.second, (*later.counts[:-1], later.counts[-1] + 1))

    def rate(self, now: float, seconds: int) -> float:
        """Return how many there were a second, in so many seconds until now."""
        counts = self._at(now).counts
        oldest = counts[-1 - seconds] * (1.0 - now % 1.0)
        return (sum(counts[-seconds:]) + oldest) / seconds

    def _at(self, now: float) -> Meter:
        passed = int(now) - self.second
        if passed <= 0:
            return self
        kept = self.counts[passed:] if passed < SPAN else ()
        return Meter(int(now), (*kept, *(0,) * (SPAN - len(kept))))
