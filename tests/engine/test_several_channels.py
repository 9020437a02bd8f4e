"""Several nodes, and channels that are late, or stay away."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Engine

from automaton.domain.events import LinkDown
from automaton.domain.trunk import Trunk
from tests.engine.night import LONGEST
from tests.engine.several import LEASE, NARROW, Several

SQUARE = Trunk("square", 4, reserved_lines=1)


async def test_an_order_too_old_for_its_turn_leaves_by_no_channel(
    database: Engine,
) -> None:
    # A channel that did not look itself sent it: another node may have its home.
    paced = replace(NARROW, calls_per_second=2.0)
    several = Several(database, (paced,))
    several.homes(4)
    several.commune.campaign()
    night = await several.begin("n1")

    async def late(seconds: float) -> None:
        several.pass_time(LEASE.total_seconds() / 2)

    night.node.world = replace(night.node.world, spread=late)
    await several.live(3)
    assert night.telephone.orders == []
    assert set(night.outcomes()) == {None}
    await several.end()


async def test_a_home_whose_channel_stays_away_is_for_others_though_another_works(
    database: Engine,
) -> None:
    # Only where no channel at all was in reach did its homes ever go to others.
    several = Several(database, (NARROW, SQUARE))
    several.homes(1)
    several.commune.campaign()
    night, other = await several.begin("n1"), await several.begin("n2")
    other.node.dialling = False
    await several.live(3)
    (order,) = night.telephone.orders
    lost = frozenset({order.trunk})
    night.telephone.told.put_nowait(LinkDown(night.now, "cut", lost))
    night.telephone.told.put_nowait(None)
    await night.supervisor.listener.run()
    night.node.dialling, other.node.dialling = False, True
    await several.doze(LEASE.total_seconds() + LONGEST)
    await several.live(10)
    assert night.outcomes()[0] == "unknown"
    await several.doze(15 * 60)
    assert len(other.telephone.orders) == 1
    await several.end()
