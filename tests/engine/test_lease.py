"""Who lives and who leads, in simulated time: the database's clock and each node's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from automaton.clock import SettableClock
from automaton.engine.fleet.lease import TURNS, Lease
from automaton.engine.fleet.slices import Need
from automaton.errors import LineError, NodeLostError
from automaton.store.engine import writing
from automaton.store.fleet import Holder, SqlFleet, take_lease
from automaton.store.notes import begin_node
from automaton.store.tenure import Tenure
from tests.store.commune import NOW

LEASE = timedelta(seconds=8)
TURN = LEASE.total_seconds() / TURNS


@dataclass
class Place:
    """One node's place; `away`: it cannot reach the database.

    `before` comes between a question and its answer; `blocked`: no slice is answered.
    """

    fleet: SqlFleet
    clock: SettableClock
    lease: Lease = field(init=False)
    ready: bool = True
    away: bool = False
    blocked: bool = False
    before: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.lease = Lease(self, self.clock, lambda: self.ready)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.fleet, name)

    def beat(self, *, ready: bool) -> Any:
        if self.away:
            raise LineError("away")
        self.before()
        return self.fleet.beat(ready=ready)

    def share(self, wishes: Any) -> Any:
        if self.blocked:
            raise LineError("another one holds it", error_id="database-locked")
        return self.fleet.share(wishes)

    def turn(self) -> None:
        try:
            self.lease._one_turn()
        except NodeLostError as error:
            self.lease.lose(error)


@dataclass
class Nodes:
    """Several nodes on one database; `pass_time` lets those that live renew."""

    engine: Engine
    server: SettableClock = field(default_factory=lambda: SettableClock(NOW))
    places: list[Place] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)

    def begin(self, name: str) -> Place:
        with writing(self.engine) as connection:
            tenure = Tenure(name, begin_node(connection, name, 1, self.server.now()))
            holder = Holder(name, "host", "1", {"west": ""}, LEASE)
            take_lease(connection, tenure, holder, self.server.now())
        fleet = SqlFleet(self.engine, tenure, LEASE, lambda _: self.server.now())
        self.places.append(Place(fleet, SettableClock(NOW)))
        return self.places[-1]

    def pass_time(
        self, seconds: float, until: Callable[[], bool] | None = None
    ) -> float:
        """Let turns pass; return how many seconds went by."""
        for count in range(round(seconds / TURN)):
            if until is not None and until():
                return count * TURN
            self.server.move(timedelta(seconds=TURN))
            for place in self.places:
                place.clock.move(timedelta(seconds=TURN))
                if place.name not in self.dead and place.lease.lost is None:
                    place.turn()
        return seconds

    def fenced(self, by: Place) -> set[str]:
        nodes = by.lease.standing.nodes
        return {one.name for one in nodes if one.fenced_at is not None}


@pytest.fixture
def nodes(database: Engine) -> Nodes:
    return Nodes(database)


def test_a_dead_node_is_noticed_within_ten_seconds(nodes: Nodes) -> None:
    one, two, three = (nodes.begin(name) for name in ("n1", "n2", "n3"))
    nodes.pass_time(20)
    assert nodes.fenced(two) == set()
    nodes.dead.add("n1")
    took = nodes.pass_time(20, until=lambda: nodes.fenced(three) == {"n1"})
    assert 8 <= took <= 10
    assert not one.lease.is_valid  # it knew before the others did
    assert two.lease.is_valid


def test_a_dead_node_is_noticed_as_soon_where_it_holds_a_slice_that_all_wait_for(
    nodes: Nodes,
) -> None:
    # Each wait for the slice made the others forget what they had seen of the leases.
    _, two = nodes.begin("n1"), nodes.begin("n2")
    nodes.pass_time(20)
    nodes.dead.add("n1")
    two.blocked = True
    need = Need("trunk:west", total=10, in_use=0, wants=10)

    def is_noticed() -> bool:
        two.lease.slices.caps([need], two.clock.seconds)
        return nodes.fenced(two) == {"n1"}

    assert nodes.pass_time(20, until=is_noticed) <= 10


def test_a_node_that_dies_while_the_databases_clock_is_set_back_is_noticed_too(
    nodes: Nodes,
) -> None:
    # Its lease lasted for an hour more by the new clock, and its homes waited for it.
    _, two = nodes.begin("n1"), nodes.begin("n2")
    nodes.pass_time(20)
    nodes.dead.add("n1")
    nodes.server.at -= timedelta(hours=1)
    assert nodes.pass_time(20, until=lambda: nodes.fenced(two) == {"n1"}) <= 10


def test_a_database_that_stood_still_for_longer_than_a_lease_fences_nobody(
    nodes: Nodes,
) -> None:
    # Both waited for their answer; whoever had it first took the other for dead.
    one, two = nodes.begin("n1"), nodes.begin("n2")
    nodes.pass_time(20)

    def stand_still() -> None:
        for clock in (nodes.server, one.clock, two.clock):
            clock.move(LEASE + timedelta(seconds=1))

    one.before, two.before = two.turn, stand_still
    one.turn()
    one.before = two.before = lambda: None
    nodes.pass_time(20)
    assert nodes.fenced(two) == set()
    assert [one.lease.is_valid, two.lease.is_valid] == [True, True]


def test_one_node_leads_and_another_one_follows_when_it_dies(nodes: Nodes) -> None:
    one, two = nodes.begin("n1"), nodes.begin("n2")
    nodes.pass_time(3)
    assert [one.lease.leads, two.lease.leads] == [True, False]
    nodes.dead.add("n1")
    nodes.pass_time(12)
    assert [one.lease.leads, two.lease.leads] == [False, True]


def test_a_chief_that_can_ring_nobody_is_followed_by_one_that_can(nodes: Nodes) -> None:
    one, two = nodes.begin("n1"), nodes.begin("n2")
    nodes.pass_time(3)
    one.ready = False
    nodes.pass_time(2)
    assert one.lease.leads
    nodes.pass_time(5)
    assert [one.lease.leads, two.lease.leads] == [False, True]
    two.ready = False
    nodes.pass_time(20)
    assert two.lease.leads  # somebody takes the commands, though nobody can ring


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_jump_of_the_databases_clock_fences_nobody(nodes: Nodes, hours: int) -> None:
    one, two = nodes.begin("n1"), nodes.begin("n2")
    nodes.pass_time(20)
    nodes.server.at += timedelta(hours=hours)
    nodes.pass_time(20)
    assert nodes.fenced(two) == set()
    assert one.lease.is_valid
    nodes.dead.add("n1")
    nodes.pass_time(20)
    assert nodes.fenced(two) == {"n1"}


def test_after_an_outage_all_renew_before_anybody_is_fenced(nodes: Nodes) -> None:
    # Two come back at other moments: who is first must not take the other for dead.
    one, two = nodes.begin("n1"), nodes.begin("n2")
    nodes.pass_time(5)
    one.away = two.away = True
    nodes.pass_time(60)
    assert [one.lease.is_valid, two.lease.is_valid] == [False, False]
    assert [one.lease.lost, two.lease.lost] == [None, None]
    two.away = False
    nodes.pass_time(4)
    one.away = False
    nodes.pass_time(20)
    assert nodes.fenced(two) == set()
    assert [one.lease.is_valid, two.lease.is_valid] == [True, True]


def test_a_node_that_slept_past_its_lease_ends_itself(nodes: Nodes) -> None:
    one = nodes.begin("n1")
    nodes.pass_time(3)
    one.clock.sleep(LEASE + timedelta(seconds=2))
    assert not one.lease.is_valid
    nodes.pass_time(1)
    assert str(one.lease.lost) == (
        "This node is no longer one of its fleet: it slept for longer than its lease."
    )
    assert not one.lease.leads


def test_a_short_sleep_costs_nothing_but_old_orders(nodes: Nodes) -> None:
    one = nodes.begin("n1")
    nodes.pass_time(3)
    began = one.clock.boottime()
    one.clock.sleep(timedelta(seconds=5))
    assert one.lease.leave_by(began) < one.clock.boottime()
    nodes.pass_time(1)
    assert one.lease.is_valid


def test_no_order_outlives_the_lease_of_its_node(nodes: Nodes) -> None:
    one = nodes.begin("n1")
    nodes.pass_time(3)
    began = one.clock.boottime()
    assert one.lease.leave_by(began) == pytest.approx(began + 8 / 3)
    one.away = True
    nodes.pass_time(7)
    began = one.clock.boottime()
    assert one.lease.leave_by(began) == one.lease.valid_until < began + 8 / 3


async def test_a_thread_of_its_own_renews_and_tells_the_loop_of_its_end(
    nodes: Nodes,
) -> None:
    one, two = nodes.begin("n1"), nodes.begin("n2")
    await one.lease.begin()
    assert one.lease.is_valid
    nodes.server.move(LEASE * 2)
    (seen,) = [n for n in two.fleet.beat(ready=True).nodes if n.name == "n1"]
    assert two.fleet.fence(seen)
    one.lease.hurry()
    async with asyncio.timeout(30):
        await one.lease.until_lost()
    assert one.lease.lost is not None
    await one.lease.end(gracefully=True)


async def test_a_node_that_leaves_lets_nobody_wait(nodes: Nodes) -> None:
    one, two = nodes.begin("n1"), nodes.begin("n2")
    nodes.pass_time(3)
    await one.lease.end(gracefully=True)
    nodes.dead.add("n1")
    nodes.pass_time(1)
    assert nodes.fenced(two) == {"n1"}
    assert two.lease.leads


async def test_a_node_alone_always_leads_and_asks_nobody() -> None:
    clock = SettableClock(NOW)
    lease = Lease(None, clock, lambda: True)
    await lease.begin()
    clock.sleep(timedelta(days=3))
    assert (lease.is_alone, lease.is_valid, lease.leads) == (True, True, True)
    assert lease.leave_by(100.0) == pytest.approx(100 + 8 / 3)
    await lease.end(gracefully=True)
