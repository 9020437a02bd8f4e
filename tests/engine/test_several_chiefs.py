"""Several nodes, one chief after another: lines, alarms and backups in between."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update

from automaton.domain.campaign import Campaign
from automaton.store.engine import writing
from automaton.store.tables import roles
from tests.engine.night import Night
from tests.engine.safe import FakeSafe
from tests.engine.several import LEASE, NARROW, Several
from tests.engine.test_missed_hour import made


def give_the_chair(several: Several, to: Night) -> None:
    name, epoch = to.node.lease.life
    with writing(several.engine) as connection:
        connection.execute(update(roles).values(node=name, epoch=epoch))


def on_the_lines(several: Several) -> int:
    return sum(night.node.lines.in_use for night in several.lives)


async def test_a_duty_call_that_outlives_its_chair_leaves_the_reserve_to_the_next(
    several: Several,
) -> None:
    # Each of two chiefs rang on "its" reserve: more calls than the trunk has lines.
    several.homes(8)
    several.commune.campaign()
    chief, other = await several.begin("n1"), await several.begin("n2")
    chief.node.lines.take("operator", "told by the first", duty=True)
    give_the_chair(several, other)
    await several.live(2)
    other.node.lines.take("operator", "told by the second", duty=True)
    await several.live(5)
    assert on_the_lines(several) == NARROW.lines
    chief.node.lines.release("told by the first")
    await several.live(5)
    assert on_the_lines(several) == NARROW.lines - 1
    assert other.node.lines.free_for_duty("operator") == 1


async def test_a_duty_call_of_a_dead_chief_keeps_a_line_of_its_campaigns(
    several: Several,
) -> None:
    several.homes(4)
    several.commune.campaign()
    chief, other = await several.begin("n1"), await several.begin("n2")
    other.node.dialling = False
    await several.live(3)
    several.commune.add(
        "live_numbers",
        e164="+33639980001",
        attempt_id="a duty call",
        node="n1",
        epoch=1,
        taken_at=several.commune.now,
    )
    for order in chief.telephone.orders:
        chief.fails(order, 404, 1)
    await chief.beat()
    several.dead.add("n1")
    await several.live(LEASE.total_seconds() + 4)
    assert [row.held for row in several.commune.rows("slices", node="n1")] == [1]


async def test_an_alarm_of_an_instant_without_a_lease_is_told_after_it(
    several: Several,
) -> None:
    # It was swallowed: who leads again at the next tick took nothing up.
    several.homes(1)
    campaign = several.commune.campaign()
    night = await several.begin("n1")
    night.on_duty("+33639980001")
    await several.live(3)
    lease, valid_until = night.node.lease, night.node.lease.valid_until
    moved = night.node.watch.moved

    def late(one: Campaign) -> None:
        lease.valid_until = float("-inf")
        moved(one)
        lease.valid_until = valid_until

    night.node.watch.moved = late  # type: ignore[method-assign]
    night.command("stop", campaign)
    await night.tick_without_waiting()
    assert night.state_of(campaign) == "cancelled"
    assert not night.node.watch.is_ringing
    night.node.watch.moved = moved  # type: ignore[method-assign]
    await night.tick_without_waiting()
    assert night.node.watch.is_ringing


async def test_who_leads_now_makes_up_for_a_backup_that_a_dead_chief_missed(
    several: Several,
) -> None:
    # Whoever did not lead at the hour did nothing: there was none that day.
    await several.begin("n1")
    other = await several.begin("n2")
    safe = FakeSafe()
    safe.last["there"] = several.commune.now - timedelta(hours=30)
    other.node.world = replace(other.node.world, safe=safe)
    keeping = asyncio.create_task(other.supervisor.keeping.run())
    await other.pause_ends(60.0)
    await other.settle_down()
    assert safe.kept == 0
    several.dead.add("n1")
    await several.live(LEASE.total_seconds() + 4)
    await other.pause_ends(60.0)
    await made(other, 1)
    keeping.cancel()
    await asyncio.wait({keeping})
