"""The loop itself: it listens, beats, ticks and stops in stages (real clock)."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from automaton.clock import SystemClock
from automaton.domain.events import LinkUp
from automaton.domain.trunk import Trunk
from automaton.engine.lines.pace import Grouping
from automaton.engine.node import NodeSettings, World
from automaton.engine.supervisor import Supervisor
from automaton.errors import LineError
from tests.engine.night import OPERATOR, Night


@asynccontextmanager
async def running(night: Night, trunks: tuple[Trunk, ...] = (OPERATOR,)):
    """Run the whole loop over the night's database; tick by hand as well."""
    world = World(night.commune.ledger, night.telephone, night.speaker, SystemClock())
    night.commune.clock.at = SystemClock().now()
    supervisor = Supervisor(world, NodeSettings("main", trunks))
    stop = asyncio.Event()
    night.telephone.told.put_nowait(LinkUp(SystemClock().now(), restarted=False))
    task = asyncio.create_task(supervisor.run(stop))
    try:
        async with asyncio.timeout(30):
            yield supervisor
            stop.set()
            await task
    finally:
        task.cancel()


async def until(holds):
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - the loop under test has no event for it
            await asyncio.sleep(0.005)


async def test_a_call_is_ordered_answered_settled_and_the_loop_stops(a_night):
    night = a_night()
    night.campaign()
    async with running(night) as supervisor:
        supervisor.hurry()
        await until(lambda: night.telephone.orders)
        order = night.order_to(0)
        night.node = supervisor.node
        night.rings(order)
        night.picks_up(order)
        night.presses(order)
        await until(lambda: night.telephone.confirmed)
        night.hangs_up(order)
    assert (night.states(), night.outcomes()) == (["acknowledged"], ["acknowledged"])


async def test_live_calls_may_end_when_the_daemon_is_stopped(a_night):
    night = a_night(homes=5)
    night.campaign()
    async with running(night) as supervisor:
        supervisor.hurry()
        await until(lambda: len(night.telephone.orders) == 3)
        night.node = supervisor.node
        asyncio.get_running_loop().call_later(
            0.2, lambda: [night.hangs_up(order) for order in night.telephone.orders]
        )
    assert len(night.telephone.orders) == 3
    assert "trying" not in night.states()


class Waits(Grouping):
    """Notes whether each wait was for a line."""

    def __init__(self) -> None:
        super().__init__()
        self.were_for_a_line: list[bool] = []

    def wait(self, now: float, is_for_a_line: bool) -> float:
        self.were_for_a_line.append(is_for_a_line)
        return super().wait(now, is_for_a_line)


async def test_a_line_that_falls_free_is_filled_sooner_than_facts_are_written(a_night):
    # A beat that had found no free line was taken for one that had found nobody to
    # ring: the next line waited as long as any fact, at full load each of them.
    night = a_night(homes=5)
    night.campaign()
    async with running(night) as supervisor:
        waits = supervisor._grouping = Waits()
        supervisor.hurry()
        await until(lambda: len(night.telephone.orders) == 3)
        night.node = supervisor.node
        night.picks_up(night.telephone.orders[0])
        night.presses(night.telephone.orders[0])
        await until(lambda: night.telephone.confirmed)
        waits.were_for_a_line.clear()
        night.hangs_up(night.telephone.orders[0])
        await until(lambda: len(night.telephone.orders) == 4)
        assert True in waits.were_for_a_line
        for order in night.telephone.orders[1:]:
            night.hangs_up(order)


async def test_calls_that_outlive_the_grace_are_left_to_the_next_start(a_night):
    night = a_night()
    night.campaign()
    async with running(night) as supervisor:
        object.__setattr__(supervisor.node.settings, "grace", night.now - night.now)
        supervisor.hurry()
        await until(lambda: night.telephone.orders)
    assert [row.state.value for row in night.attempts()] == ["claimed"]


async def test_a_listener_that_breaks_ends_the_loop_with_its_error(a_night):
    night = a_night()
    night.telephone.fails = [ValueError("no words")]
    with pytest.raises(ValueError, match="no words"):
        await _run_until_it_ends(night)


async def _run_until_it_ends(night):
    async with running(night):
        await until(lambda: night.telephone.fails == [])


async def test_faults_of_the_database_are_waited_out(a_night):
    night = a_night()
    night.campaign()
    async with running(night) as supervisor:
        await until(lambda: supervisor.node.link_is_up)
        whole = supervisor.node.writer._ledger
        supervisor.node.writer._ledger = broken = _Broken()
        supervisor.hurry()
        await until(lambda: broken.asked)
        supervisor.node.writer._ledger = whole
        supervisor.hurry()
        await until(lambda: night.telephone.orders)
        supervisor.node.writer._ledger = broken = _Broken()
        night.node = supervisor.node
        night.presses(night.order_to(0))
        await until(lambda: broken.asked)
        assert night.telephone.confirmed == []
        supervisor.node.writer._ledger = whole
        await until(lambda: night.telephone.confirmed)
        night.hangs_up(night.order_to(0))
    assert night.states() == ["acknowledged"]


class _Broken:
    asked = False

    def transaction(self):
        self.asked = True
        raise LineError("the disk is full")


async def test_what_fails_beside_the_loop_is_logged_and_does_not_end_it(
    a_night, capsys
):
    night = a_night()

    async def fail():
        raise RuntimeError("beside the loop")

    night.node.spawn(fail(), "a task")
    await night.settle_down()
    assert "beside the loop" in capsys.readouterr().out
