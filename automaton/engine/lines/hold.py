"""Which call holds a line of which trunk, and who waits for the next one.

A claim costs a commit. Where lines fall free all the time, the next calls are claimed
a moment before: each leaves at once when its line does. The loop's thread only.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from heapq import heappop, heappush
from itertools import count
from math import exp

from automaton.domain.trunk import Trunk

REMEMBERED = 1.0  # seconds that tell how often lines fall free
AHEAD = 0.25  # seconds of falling lines that are claimed ahead
MOST_AHEAD = 8  # a trunk has no more than one claim ahead for so many lines


class Falling:
    """How often lines of a trunk fall free, from how many have."""

    def __init__(self) -> None:
        self._a_second = 0.0
        self._seen, self._at = 0, 0.0

    def soon(self, fallen: int, seconds: float) -> int:
        """Return how many will fall free in a moment; `fallen`: how many ever did."""
        self._a_second *= exp((self._at - seconds) / REMEMBERED)
        unseen = max(REMEMBERED, seconds - self._at)  # they fell in all that time
        self._a_second += (fallen - self._seen) / unseen
        self._seen, self._at = fallen, seconds
        return int(self._a_second * AHEAD)


class Lines:
    """Which call holds a line of which trunk. Campaigns leave the reserve alone.

    What callers, talks and duty calls hold of it is made up for: of the lines that fall
    free campaigns leave one besides, and as many as duty calls are looking for.
    """

    def __init__(self, trunks: Sequence[Trunk]) -> None:
        self._trunks = {trunk.name: trunk for trunk in trunks}
        self._held: dict[str, tuple[str, bool]] = {}
        self._campaign = dict.fromkeys(self._trunks, 0)
        self._total = dict.fromkeys(self._trunks, 0)
        self._out_of_reach: set[str] = set()
        self._limits = {trunk.name: trunk.campaign_lines for trunk in trunks}
        self._all = {trunk.name: trunk.lines for trunk in trunks}
        self.fallen = dict.fromkeys(self._trunks, 0)
        """How many lines of each trunk have ever fallen free."""
        self._queues: dict[str, list[tuple[int, int, str]]] = {}
        self._waiting: dict[str, tuple[str, asyncio.Future[bool]]] = {}
        self._came = count()
        self._sought: Counter[str] = Counter()

    def take(self, trunk: str, attempt_id: str, *, duty: bool = False) -> None:
        """Hold a line for an attempt."""
        if attempt_id in self._held or trunk not in self._trunks:
            return
        self._held[attempt_id] = (trunk, duty)
        self._total[trunk] += 1
        self._campaign[trunk] += not duty

    def release(self, attempt_id: str) -> None:
        """Free the line of an attempt; nothing happens where it holds none."""
        self.let_go(attempt_id)
        trunk, duty = self._held.pop(attempt_id, (None, False))
        if trunk is not None:
            self._total[trunk] -= 1
            self._campaign[trunk] -= not duty
            self.fallen[trunk] += 1
            self._hand_on(trunk)

    def wait(self, trunk: str, attempt_id: str, urgency: int) -> asyncio.Future[bool]:
        """Queue for a line: True once it is held, False where nobody waits any more.

        The lowest urgency is first, of equals who came first.
        """
        turn = asyncio.get_running_loop().create_future()
        self._waiting[attempt_id] = trunk, turn
        queue = self._queues.setdefault(trunk, [])
        heappush(queue, (urgency, next(self._came), attempt_id))
        self._hand_on(trunk)
        return turn

    def let_go(self, attempt_id: str) -> bool:
        """Let an attempt wait no more; False where it did not."""
        _, turn = self._waiting.pop(attempt_id, (None, None))
        if turn is not None and not turn.done():
            turn.set_result(False)
        return turn is not None

    def let_all_go(self) -> None:
        """Let nobody wait any more."""
        for attempt_id in list(self._waiting):
            self.let_go(attempt_id)

    @property
    def queued(self) -> Set[str]:
        """The attempts that wait for a line."""
        return self._waiting.keys()

    def holds(self, attempt_id: str) -> bool:
        """Tell whether an attempt holds a line."""
        return attempt_id in self._held

    def waiting(self, trunk: str) -> int:
        """Return how many attempts wait for a line of a trunk."""
        return sum(name == trunk for name, _ in self._waiting.values())

    def _hand_on(self, trunk: str) -> None:
        """Give lines that are free to those who wait for them."""
        queue = self._queues.get(trunk, [])
        while queue and self.free(trunk):
            *_, attempt_id = heappop(queue)
            name, turn = self._waiting.get(attempt_id, (None, None))
            if name != trunk or turn is None:
                continue  # it waits no more, or for another trunk by now
            del self._waiting[attempt_id]
            if not turn.done():
                self.take(trunk, attempt_id)
                turn.set_result(True)

    def free(self, trunk: str) -> int:
        """Return the lines that campaigns may still take on a trunk."""
        if trunk in self._out_of_reach:
            return 0
        left = self._all[trunk] - self._total[trunk] - self._left_alone(trunk)
        return max(0, min(self._limits[trunk] - self._campaign[trunk], left))

    def _left_alone(self, trunk: str) -> int:
        """Return how many lines stay free, whatever else the trunk carries.

        Where none is sought campaigns may have one call all the same: those who call us
        must not silence a small trunk.
        """
        has_reserve = self._all[trunk] > self._limits[trunk]
        return max(self._sought[trunk], has_reserve and self._campaign[trunk] > 0)

    @contextmanager
    def sought(self, trunks: Collection[str]) -> Iterator[None]:
        """Let no campaign take a line meanwhile that a duty call could have."""
        self._sought.update(trunks)
        try:
            yield
        finally:
            self._sought.subtract(trunks)

    def looked_for(self, trunk: str) -> int:
        """Return how many lines of a trunk duty calls are looking for."""
        return self._sought[trunk]

    def limit(self, trunk: str, campaign_lines: int, reserve: int) -> None:
        """Let campaigns use so many lines of a trunk; the others are other nodes'."""
        most = self._trunks[trunk].campaign_lines
        self._limits[trunk] = min(campaign_lines, most)
        self._all[trunk] = self._limits[trunk] + reserve
        self._hand_on(trunk)

    def offered(self, trunk: str) -> int:
        """Return how many lines of a trunk campaigns may use on this node."""
        return self._limits[trunk]

    def in_campaigns(self, trunk: str) -> int:
        """Return how many lines of a trunk campaigns hold."""
        return self._campaign[trunk]

    def free_for_duty(self, trunk: str) -> int:
        """Return the lines that a duty call may take."""
        if trunk in self._out_of_reach:
            return 0
        return max(0, self._all[trunk] - self._total[trunk])

    def lose(self, trunks: Iterable[str]) -> None:
        """Offer no line of these trunks: their channel cannot be commanded."""
        lost = frozenset(trunks)
        self._out_of_reach |= lost
        for attempt_id in [i for i, (name, _) in self._waiting.items() if name in lost]:
            self.let_go(attempt_id)

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

    def held(self, trunk: str) -> int:
        """Return how many lines of a trunk are held, by whatever calls."""
        return self._total[trunk]

    @property
    def in_all(self) -> int:
        """Return how many lines all trunks have together."""
        return sum(trunk.lines for trunk in self._trunks.values())

    @property
    def in_use(self) -> int:
        """Return how many lines are held on all trunks."""
        return len(self._held)
