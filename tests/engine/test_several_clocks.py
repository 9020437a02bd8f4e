"""Several nodes, one clock that jumps: what waits moves once, whoever leads."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from automaton.engine.leap import MOVED_WITHIN, ClockWatch
from automaton.store.engine import writing
from automaton.store.tables import roles
from tests.engine.night import Night
from tests.engine.several import Several

BACK = timedelta(hours=-3)


async def with_a_retry(several: Several) -> tuple[Night, Night, datetime]:
    """Two nodes, of which the first leads, and a home that is due again later."""
    several.homes(1)
    several.commune.campaign()
    chief, other = await several.begin("n1"), await several.begin("n2")
    other.node.dialling = False
    await several.live(3)
    chief.does_not_answer(chief.order_to(0))
    await several.live(3)
    for night in (chief, other):
        await night.supervisor.clock_watch.look()
    return chief, other, due_of(several)


def due_of(several: Several) -> datetime:
    (waiting,) = several.commune.rows("attempts", state="planned")
    at: datetime = waiting.due_at
    return at


def give_the_chair(several: Several, to: Night) -> None:
    """Let another node lead; the one that led has not heard of it yet."""
    name, epoch = to.node.lease.life
    with writing(several.engine) as connection:
        connection.execute(update(roles).values(node=name, epoch=epoch))
    several.renew(to)


def clocks(*nights: Night) -> list[ClockWatch]:
    return [night.supervisor.clock_watch for night in nights]


async def test_who_led_before_a_leap_and_does_no_more_moves_nothing(
    several: Several,
) -> None:
    # What one chief had moved was read, and moved again, by the next one.
    chief, other, due_at = await with_a_retry(several)
    give_the_chair(several, other)
    await other.supervisor.clock_watch.look()
    several.commune.clock.at += BACK
    for watch in clocks(chief, other):
        await watch.look()
    assert due_of(several) == due_at + BACK


async def test_who_leads_since_a_leap_leaves_it_to_who_led_before(
    several: Several,
) -> None:
    chief, other, due_at = await with_a_retry(several)
    several.commune.clock.at += BACK
    await chief.supervisor.clock_watch.look()
    give_the_chair(several, other)
    await other.supervisor.clock_watch.look()
    assert due_of(several) == due_at + BACK


async def test_every_node_knows_when_what_has_moved_is_due(several: Several) -> None:
    chief, other, due_at = await with_a_retry(several)
    several.commune.clock.at += BACK
    for watch in clocks(chief, other):
        await watch.look()
    nodes: list[Any] = [chief.node, other.node]
    assert all(due_at + BACK in node.agenda.due.values() for node in nodes)


async def test_nobody_is_rung_before_who_leads_has_moved_what_waits(
    several: Several,
) -> None:
    # Another node noticed the leap first, and rang at once whom it had to ring later.
    chief, other, due_at = await with_a_retry(several)
    other.node.dialling, chief.node.dialling = True, False
    await several.live(8)
    due_at, several.commune.clock.at = due_of(several), several.commune.now - BACK
    await other.tick()
    await several.ring(other)
    assert other.telephone.orders == []
    await chief.supervisor.clock_watch.look()
    assert due_of(several) == due_at - BACK
    await several.live(MOVED_WITHIN + 1)
    assert other.telephone.orders == []
    several.pass_time(15 * 60)
    await several.live(3)
    assert len(other.telephone.orders) == 1
