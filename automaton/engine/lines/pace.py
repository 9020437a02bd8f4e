"""Calls per second: how much may start now. The loop's thread only."""

from __future__ import annotations

import random
from functools import cache
from math import ceil, gcd, inf
from typing import NamedTuple

FILLING, GROUPING = 0.02, 0.12  # seconds between two writes
AHEAD = 0.05  # seconds of calls that may be claimed at once, to leave one by one
MADE_UP = 0.25  # seconds of calls of a trunk's cap that a late write makes up for
SOON, MANY = 1.0, 1_000_000
LEARNED_BURST = 1.5  # what is due comes a little after its token
# The judge grants ten seconds less this much: a slow trunk varies by no more.
MOST_JITTER = 0.02


class Rate(NamedTuple):
    """So many starts a second, and so many of them at once."""

    a_second: float
    at_once: float


def burst_of(rate: float) -> float:
    """Return how many starts may be claimed at once: a beat comes a little late."""
    return 1.0 + rate * AHEAD


def burst_of_cap(cap: float) -> float:
    """Return the same for a trunk's cap: its calls leave evenly, however many at once.

    On a busy machine a beat comes 0.1 s late; at 150 a second fewer than 65 started.
    """
    return max(burst_of(cap), cap * MADE_UP)


class Bucket:
    """A token bucket: `rate` starts a second, at most `burst` of them at once."""

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate = rate
        self._burst = burst
        self._tokens = burst
        self._at = now

    def change(self, rate: float, burst: float, now: float) -> None:
        """Go on at another rate with the tokens that there are."""
        self._fill(now)
        self.rate, self._burst = rate, burst
        self._tokens = min(self._tokens, burst)

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

    def within(self, span: float, now: float) -> int:
        """Return how many starts the next `span` seconds allow."""
        self._fill(now)
        return max(0, int(self._tokens + span * self.rate + 1e-9))

    def _fill(self, now: float) -> None:
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self.rate)
        self._at = now


class LearnedPace:
    """The bucket of a rate that is learned, and may be another at each look.

    It begins empty: what choked has just been sent too much.
    """

    def __init__(self) -> None:
        self._bucket: Bucket | None = None

    def at(self, rate: float | None, now: float) -> Bucket | None:
        """Return the bucket at this rate, None where there is none to keep."""
        if rate is None:
            self._bucket = None
        elif self._bucket is None:
            self._bucket = Bucket(rate, 0.0, now)
            self._bucket.change(rate, max(LEARNED_BURST, burst_of(rate)), now)
        elif self._bucket.rate != rate:
            self._bucket.change(rate, max(LEARNED_BURST, burst_of(rate)), now)
        return self._bucket


class Turns(NamedTuple):
    """Which moments of a trunk's pace are this node's, where several nodes share it.

    They are the same for all nodes, a `step` apart since `zero` by the clock that all
    share. Each belongs to one of the trunk's `lines`, of which we hold so many from the
    `first` on: so all nodes together start no more than one alone might.
    """

    step: float
    zero: float
    lines: int
    first: int
    held: int

    def after(self, seconds: float) -> float:
        """Return our first moment from these seconds on; none where we hold no line."""
        number = ceil((seconds - self.zero) / self.step - 1e-3)
        stride = _stride(self.lines)
        for later in range(number, number + self.lines):
            if 0 <= later * stride % self.lines - self.first < self.held:
                return self.zero + later * self.step
        return inf


@cache
def _stride(lines: int) -> int:
    """Return by how many lines the turn goes on, so that each node's come evenly."""
    golden = max(1, round(lines * 0.618))
    return next(n for n in range(golden, 0, -1) if gcd(n, lines) == 1)


class Spacing:
    """Lets starts of one trunk that were claimed together leave one after the other.

    A little chance is in it, so that nothing keeps step: neither with the seconds of a
    clock nor with another node on the same trunk.
    """

    def __init__(self) -> None:
        self._last = -inf

    def wait(self, rate: float | None, now: float, turns: Turns | None = None) -> float:
        """Return the seconds until the next start leaves, `rate` of them a second.

        At one of our own `turns`, where other nodes have the others.
        """
        start = self._after(self._last, rate, now, turns)
        if start == inf or (rate is None and turns is None):
            return 0.0
        self._last = start
        step = 1.0 / rate if rate is not None else inf
        step = step if turns is None else min(step, turns.step)
        return start - now + random.uniform(0.0, min(MOST_JITTER, 0.25 * step))

    def soon(self, rate: float | None, now: float, turns: Turns | None = None) -> int:
        """Return how many starts leave within a moment: who waits longer grows old."""
        if turns is not None:
            return self._turns_soon(rate, now, turns)
        if rate is None:
            return MANY
        first = max(0.0, self._last + 1.0 / rate - now)
        return 0 if first > SOON else 1 + min(MANY, int((SOON - first) * rate))

    def _turns_soon(self, rate: float | None, now: float, turns: Turns) -> int:
        count, start = 0, self._after(self._last, rate, now, turns)
        while start <= now + SOON:
            count += 1
            start = self._after(start, rate, now, turns)
        return count

    def _after(
        self, last: float, rate: float | None, now: float, turns: Turns | None
    ) -> float:
        """Return when the start after the `last` one may leave."""
        earliest = max(now, last + (0.0 if rate is None else 1.0 / rate))
        if turns is None:
            return earliest
        return turns.after(max(earliest, last + turns.step / 2))


class Pace:
    """Several buckets at once: a start needs a token of each."""

    def __init__(self, *buckets: Bucket) -> None:
        self._buckets = buckets

    def available(self, now: float) -> int:
        """Return how many starts are allowed at this monotonic second."""
        return min(bucket.available(now) for bucket in self._buckets)

    def within(self, span: float, now: float) -> int:
        """Return how many starts the next `span` seconds allow."""
        return min(bucket.within(span, now) for bucket in self._buckets)

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
