"""One node of a region: the real supervisor, whose lease is renewed by the same loop.

Nothing of the engine is patched, but that no thread of its own renews the lease: a turn
is a task, so that simulated time passes for it as well. What other nodes would be told
at once (NOTIFY) each of them finds at its next tick.
"""

from __future__ import annotations

import asyncio

from automaton.engine.fleet.lease import TURNS, Lease
from automaton.errors import NodeLostError
from benchmarks.simulation.nights import SimulatedSupervisor

HURRIED = 0.01  # simulated seconds from a hurry to its turn


class FleetSupervisor(SimulatedSupervisor):
    """A supervisor whose lease keeps simulated time."""

    _renewing: asyncio.Task[None]

    async def _begin_lease(self) -> None:
        lease = self.node.lease
        lease.turn()
        hurried = asyncio.Event()
        lease.hurry = hurried.set  # type: ignore[method-assign]
        lease._loop = asyncio.get_running_loop()  # noqa: SLF001
        self._renewing = asyncio.create_task(_turns(lease, hurried), name="lease")

    def renew_no_more(self) -> None:
        """Let the lease be as it is: the node has stopped."""
        self._renewing.cancel()


async def _turns(lease: Lease, hurried: asyncio.Event) -> None:
    """Renew again and again, at once where somebody is in a hurry."""
    while True:
        try:
            async with asyncio.timeout(lease.seconds / TURNS):
                await hurried.wait()
            await asyncio.sleep(HURRIED)
        except TimeoutError:
            pass
        hurried.clear()
        try:
            lease._one_turn()  # noqa: SLF001
        except NodeLostError as error:
            lease.lose(error)
            return
