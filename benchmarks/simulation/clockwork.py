"""An event loop whose hours pass at once.

Nothing of the engine is patched: it sleeps, waits and beats as ever, on a loop that
does not wait. Where no coroutine can go on and no thread is at work, the clock leaps to
the next moment that somebody waits for. While a thread works (the writer's, in the
store) the simulated time stands still.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import timedelta
from math import ceil
from typing import Any, TypeVar

from automaton.clock import SettableClock

T = TypeVar("T")


class _LeapingSelector(selectors.DefaultSelector):
    """Waits for threads, and lets the clock leap instead of waiting for time."""

    def __init__(self, clock: SettableClock) -> None:
        super().__init__()
        self._clock = clock
        self.at_work = 0

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        if self.at_work:
            return super().select(None)
        ready = super().select(0)
        if not ready:
            self._clock.move(timedelta(microseconds=ceil(timeout * 1e6) + 1))
        return ready


class SimulatedLoop(asyncio.SelectorEventLoop):
    """The loop of one night; `clock` is what everybody reads the time from."""

    def __init__(self, clock: SettableClock) -> None:
        self._clock = clock
        self._leaping = _LeapingSelector(clock)
        super().__init__(self._leaping)

    def time(self) -> float:
        """Return the simulated seconds."""
        return self._clock.monotonic()

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Run something in a thread; no time passes until it is done."""
        future = super().run_in_executor(executor, func, *args)
        self._leaping.at_work += 1
        future.add_done_callback(self._done)
        return future

    def _done(self, _: asyncio.Future[Any]) -> None:
        self._leaping.at_work -= 1


def simulate(clock: SettableClock, night: Coroutine[Any, Any, T]) -> T:
    """Run a night to its end in simulated time; return what it returns."""
    with asyncio.Runner(loop_factory=lambda: SimulatedLoop(clock)) as runner:
        return runner.run(night)
