"""An event loop on which threads' work is done in turn: same seed, same order.

All nodes of a region live on it. A transaction takes no simulated time and runs alone,
so that nothing depends on which thread was faster, and nothing waits for a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar

from automaton.clock import SettableClock
from benchmarks.simulation.clockwork import SimulatedLoop

T = TypeVar("T")


class InterleavedLoop(SimulatedLoop):
    """Leaps through time like its parent, and has no threads."""

    def run_in_executor(  # type: ignore[override]
        self,
        executor: Executor | None,  # noqa: ARG002 - nobody needs it
        func: Callable[..., Any],
        *args: Any,
    ) -> asyncio.Future[Any]:
        """Do something at once; the future is done when it is returned."""
        future: asyncio.Future[Any] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whoever awaits it gets it
            future.set_exception(error)
        return future


def interleave(clock: SettableClock, night: Coroutine[Any, Any, T]) -> T:
    """Run a night of many nodes to its end in simulated time."""
    with asyncio.Runner(loop_factory=lambda: InterleavedLoop(clock)) as runner:
        return runner.run(night)
