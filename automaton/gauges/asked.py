"""A slow source, asked beside whoever looks: one question at a time, its answer kept.

So neither many who look nor a source that hangs cost the daemon more than one question.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from automaton.clock import Clock

T = TypeVar("T")
FAILURE_KEPT = 5.0  # seconds; what has failed is soon asked again


class Asked(Generic[T]):
    """What `ask` returns, for `kept` seconds; nobody waits longer than `patience`.

    What it raises is kept for `FAILURE_KEPT` seconds at most.
    """

    def __init__(
        self,
        ask: Callable[[], Awaitable[T]],
        clock: Clock,
        kept: float,
        patience: float = 2.0,
    ) -> None:
        self._ask, self._clock = ask, clock
        self._kept, self._patience = kept, patience
        self._asked_at = float("-inf")
        self._answer: asyncio.Task[T] | None = None

    async def answer(self) -> T:
        """Return it, or raise what the source raised; `TimeoutError` while it hangs."""
        now, current = self._clock.monotonic(), self._answer
        if current is None or now - self._asked_at >= self._kept_of(current):
            self._asked_at = now
            current = self._answer = asyncio.create_task(self._once(), name="asked")
            current.add_done_callback(_noticed)
        return await asyncio.wait_for(asyncio.shield(current), self._patience)

    def close(self) -> None:
        """Ask no more."""
        if self._answer is not None:
            self._answer.cancel()

    def _kept_of(self, answer: asyncio.Task[T]) -> float:
        """Return for how many seconds it is kept; a question under way stays alone."""
        if not answer.done():
            return float("inf")
        has_failed = answer.cancelled() or answer.exception() is not None
        return min(self._kept, FAILURE_KEPT) if has_failed else self._kept

    async def _once(self) -> T:
        return await self._ask()


def _noticed(task: asyncio.Task[T]) -> None:
    """Let a failure that came after everybody had left be no surprise."""
    if not task.cancelled():
        task.exception()
