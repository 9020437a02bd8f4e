"""How late the event loop wakes: what blocks it delays every call."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from automaton.clock import Clock

EVERY, LATELY = 0.5, 30.0  # seconds


class Lag:
    """Feels the loop's pulse; `worst` is the largest delay of the last 30 s."""

    def __init__(self, clock: Clock, told: Callable[[float], None]) -> None:
        self._clock, self._told = clock, told
        self._felt: deque[float] = deque([0.0], maxlen=int(LATELY / EVERY))
        self._due = clock.monotonic() + EVERY

    async def run(self) -> None:
        """Feel it until cancelled."""
        while True:
            self._due = self._clock.monotonic() + EVERY
            await asyncio.sleep(EVERY)
            self.feel()

    def feel(self) -> None:
        """Note how late it is."""
        late = max(0.0, self._clock.monotonic() - self._due)
        self._felt.append(late)
        self._told(late)

    @property
    def now(self) -> float:
        """How late the next pulse is already, or how late the last one was."""
        overdue = self._clock.monotonic() - self._due
        return max(self._felt[-1], overdue)

    @property
    def worst(self) -> float:
        """The largest delay lately."""
        return max(*self._felt, self.now)
