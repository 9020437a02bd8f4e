"""Leases by one clock, fences that hold, one chair: on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import update

from automaton.domain.attempt import AttemptState
from automaton.domain.outcome import Outcome
from automaton.domain.trunk import Spent
from automaton.errors import NodeLostError
from automaton.ports import DayShare, DayWish, NodeSeen, SliceWish, Want
from automaton.store.engine import reading, writing
from automaton.store.fleet import (
    Holder,
    SqlFleet,
    take_lease,
)
from automaton.store.ledger import SqlLedger
from automaton.store.living import clock_of_the_database, living
from automaton.store.notes import begin_node
from automaton.store.tables import nodes
from automaton.store.tenure import Tenure
from tests.store.commune import Commune, number

LEASE = timedelta(seconds=8)
POSTGRES = pytest.mark.parametrize(
    "url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


def begun(commune: Commune, name: str, *trunks: str) -> SqlFleet:
    """A node that has just begun, by the commune's clock."""
    with writing(commune.engine) as connection:
        tenure = Tenure(name, begin_node(connection, name, 1, commune.now))
        holder = Holder(
            f"disk of {name}", "host", "1", dict.fromkeys(trunks, ""), LEASE
        )
        take_lease(connection, tenure, holder, commune.now)
    return SqlFleet(commune.engine, tenure, LEASE, lambda _: commune.now)


def ledger_of(commune: Commune, fleet: SqlFleet) -> SqlLedger:
    tenure = Tenure(fleet.name, fleet.epoch)
    return SqlLedger(commune.engine, commune.clock, fleet.epoch, tenure=tenure)


def seen(by: SqlFleet, name: str) -> NodeSeen:
    (found,) = [n for n in by.beat(ready=True).nodes if n.name == name]
    return found


def fenced(commune: Commune, dead: SqlFleet, by: SqlFleet) -> bool:
    commune.clock.move(LEASE + timedelta(seconds=1))
    return by.fence(seen(by, dead.name))


def test_a_renewal_tells_everybody_who_lives(commune: Commune) -> None:
    one, two = begun(commune, "n1", "west", "east"), begun(commune, "n2")
    first = seen(two, "n1")
    assert (first.lapsed, first.ready, first.trunks) == (False, False, {"west", "east"})
    one.beat(ready=True)
    renewed = seen(two, "n1")
    assert (renewed.beats, renewed.ready) == (first.beats + 1, True)
    commune.clock.move(LEASE + timedelta(seconds=1))
    assert seen(two, "n1").lapsed


def test_nobody_is_fenced_whose_lease_holds_or_who_has_renewed_it(
    commune: Commune,
) -> None:
    one, two = begun(commune, "n1"), begun(commune, "n2")
    was = seen(two, "n1")
    assert not two.fence(was)
    commune.clock.move(LEASE + timedelta(seconds=1))
    one.beat(ready=True)
    assert not two.fence(was)
    commune.clock.move(LEASE + timedelta(seconds=1))
    assert not two.fence(was)


def test_a_fenced_node_renews_nothing_and_writes_nothing(commune: Commune) -> None:
    one, two = begun(commune, "n1"), begun(commune, "n2")
    commune.home(number(1))
    campaign = commune.planned()
    assert fenced(commune, one, two)
    with pytest.raises(NodeLostError):
        one.beat(ready=True)
    with pytest.raises(NodeLostError), ledger_of(commune, one).transaction() as zombie:
        zombie.claim([Want(campaign, 1)], commune.now, "n1")
    assert commune.rows("live_numbers") == []
    assert seen(two, "n1").fenced_at == commune.now


def test_a_node_that_begins_again_counts_again_and_its_earlier_life_does_not(
    commune: Commune,
) -> None:
    one, two = begun(commune, "n1"), begun(commune, "n2")
    assert fenced(commune, one, two)
    again = begun(commune, "n1")
    assert seen(again, "n1").is_alive
    with ledger_of(commune, again).transaction() as transaction:
        assert transaction.campaigns([]) == []
    with pytest.raises(NodeLostError), ledger_of(commune, one).transaction():
        pass


def test_the_chair_is_taken_once_and_followed_only_where_its_holder_cannot_lead(
    commune: Commune,
) -> None:
    one, two = begun(commune, "n1"), begun(commune, "n2")
    one.beat(ready=True)
    assert [one.take_chair(), two.take_chair(), one.take_chair()] == [True, False, True]
    assert two.beat(ready=True).chief == ("n1", 1)
    assert [leads(commune, one), leads(commune, two)] == [True, False]
    one.beat(ready=False)
    assert two.take_chair()
    assert [leads(commune, one), leads(commune, two)] == [False, True]


def test_the_chair_of_the_dead_and_of_who_has_left_is_free(commune: Commune) -> None:
    one, two = begun(commune, "n1"), begun(commune, "n2")
    one.beat(ready=True)
    assert one.take_chair()
    assert fenced(commune, one, two)
    assert two.take_chair()
    two.leave()
    assert two._engine is commune.engine  # the commune's is not closed
    assert begun(commune, "n3").take_chair()


def test_who_has_left_says_so(commune: Commune) -> None:
    one, two = begun(commune, "n1"), begun(commune, "n2")
    one.leave()
    gone = seen(two, "n1")
    assert (gone.has_left, gone.is_alive) == (True, False)
    with pytest.raises(NodeLostError):
        one.beat(ready=True)


def leads(commune: Commune, fleet: SqlFleet) -> bool:
    with ledger_of(commune, fleet).transaction() as transaction:
        return transaction.is_chief()


def test_what_went_back_unheard_is_not_taken_from_whoever_claimed_it_since(
    commune: Commune,
) -> None:
    # The commit that gave it back seemed to fail, and was made again: the home, which
    # another node was ringing by then, was free for a second call.
    one, two = begun(commune, "n1"), begun(commune, "n2")
    commune.home(number(1))
    want = Want(commune.planned(), 1)
    with ledger_of(commune, one).transaction() as transaction:
        (claim,) = transaction.claim([want], commune.now, "n1")
        transaction.save([claim.attempt.having(withdrawn=True)])
    back = [claim.attempt.id], commune.now
    with ledger_of(commune, one).transaction() as transaction:
        assert transaction.give_back(*back) == []
    (row,) = commune.rows("attempts")
    assert (row.state, row.withdrawn) == ("planned", False)
    with ledger_of(commune, two).transaction() as transaction:
        assert transaction.claim([want], commune.now, "n2")
    with ledger_of(commune, one).transaction() as transaction:
        transaction.give_back(*back)
    (row,) = commune.rows("attempts")
    assert (row.state, row.node) == ("claimed", "n2")
    assert len(commune.rows("live_numbers")) == 1


@POSTGRES
def test_a_transaction_under_way_is_fenced_only_afterwards(commune: Commune) -> None:
    one, two = begun(commune, "n1"), begun(commune, "n2")
    with ledger_of(commune, one).transaction():
        assert not fenced(commune, one, two)
        two.beat(ready=True)  # a renewal waits for no fence
    assert fenced(commune, one, two)


@POSTGRES
def test_the_chair_does_not_move_inside_a_chiefs_transaction(commune: Commune) -> None:
    one, two = begun(commune, "n1"), begun(commune, "n2")
    one.beat(ready=True)
    assert one.take_chair()
    with ledger_of(commune, one).transaction() as transaction:
        assert transaction.is_chief()
        one.beat(ready=False)
        assert not two.take_chair()
    assert two.take_chair()


@POSTGRES
def test_a_start_waits_for_the_last_transaction_of_its_earlier_life(
    commune: Commune,
) -> None:
    one, begins = begun(commune, "n1"), Event()

    def begin_again() -> None:
        begun(commune, "n1")
        begins.set()

    again = Thread(target=begin_again)
    with ledger_of(commune, one).transaction():
        again.start()
        assert not begins.wait(0.2)
    assert begins.wait(10)
    again.join()


@POSTGRES
def test_leases_are_counted_by_the_servers_clock(commune: Commune) -> None:
    one = begun(commune, "n1")
    by_server = SqlFleet(commune.engine, Tenure("n1", one.epoch), LEASE)
    standing = by_server.beat(ready=True)
    with reading(commune.engine) as connection:
        assert standing.now <= clock_of_the_database(connection)
    (row,) = commune.rows("nodes")
    assert row.lease_until == standing.now + LEASE


def test_a_node_from_before_the_leases_is_no_living_one(commune: Commune) -> None:
    commune_nodes: Any = {"name": "old", "epoch": 3}
    two = begun(commune, "n2")
    with writing(commune.engine) as connection:
        connection.execute(nodes.insert(), commune_nodes)
        connection.execute(update(nodes).where(nodes.c.name == "old").values(pid=7))
    assert seen(two, "old").lapsed
    assert seen(two, "old").lease == timedelta()
    # What it left open, under a name that it has no more, waited for ever.
    assert two.fence(seen(two, "old"))


def test_slices_are_held_by_name_and_those_of_the_dead_until_they_are_forgotten(
    commune: Commune,
) -> None:
    one, two = begun(commune, "n1"), begun(commune, "n2")
    greedy = SliceWish("trunk:west", total=10, cap=0, wants=10)
    one.share([greedy, replace(greedy, scope="trunk:east")])
    held = {s.life[0]: s.held for s in two.share([greedy])["trunk:west"]}
    assert held == {"n1": 10, "n2": 0}
    one.share([replace(greedy, cap=5, in_use=5)])
    held = {s.life[0]: s.held for s in two.share([greedy])["trunk:west"]}
    assert held == {"n1": 5, "n2": 5}
    assert fenced(commune, one, two)
    with ledger_of(commune, two).transaction() as transaction:
        assert transaction.forget_node(("n1", 1), timedelta())
    (left,) = two.share([replace(greedy, cap=5)])["trunk:west"]
    assert (left.life, left.held) == (("n2", 1), 10)


def test_a_trunk_that_a_node_has_no_more_is_free_once_its_calls_are_over(
    commune: Commune,
) -> None:
    # Who came back with other settings held its lines of the old trunk for ever.
    one, two = begun(commune, "n1", "west"), begun(commune, "n2", "west")
    commune.home(number(1))
    campaign = commune.planned()
    greedy = SliceWish("trunk:west", total=10, cap=0, wants=10)
    one.share([greedy])
    with ledger_of(commune, one).transaction() as transaction:
        (claim,) = transaction.claim([Want(campaign, 1)], commune.now, "n1")
    commune.pass_time(seconds=1)
    again = begun(commune, "n1", "east")
    elsewhere = replace(greedy, scope="trunk:east")
    again.share([elsewhere])
    held = {s.life[0]: s.held for s in two.share([greedy])["trunk:west"]}
    assert held == {"n1": 10, "n2": 0}
    with ledger_of(commune, again).transaction() as transaction:
        over = {"state": AttemptState.ENDED, "outcome": Outcome.BUSY}
        transaction.save([claim.attempt.having(**over)])
    again.share([elsewhere])
    held = {s.life[0]: s.held for s in two.share([greedy])["trunk:west"]}
    assert held == {"n2": 10}
    assert [row.held for row in commune.rows("slices", node="n1")] == [10]


def test_who_leaves_holds_what_still_talks(commune: Commune) -> None:
    one, two = begun(commune, "n1"), begun(commune, "n2")
    greedy = SliceWish("trunk:west", total=10, cap=0, wants=10)
    one.share([greedy, replace(greedy, scope="trunk:east")])
    one.share([replace(greedy, cap=10, in_use=3)])
    one.leave()
    held = {s.life[0]: s.held for s in two.share([greedy])["trunk:west"]}
    assert held == {"n1": 3, "n2": 7}
    assert {row.scope for row in commune.rows("slices", node="n1")} == {"trunk:west"}


def test_what_the_leader_must_have_is_known_though_it_holds_nothing_of_it_yet(
    commune: Commune,
) -> None:
    one, two = begun(commune, "n1"), begun(commune, "n2")
    greedy = SliceWish("trunk:west", total=10, cap=0, wants=10)
    two.share([greedy])
    spare = SliceWish("trunk:west", total=10, cap=0, in_use=1)
    one.share([spare])
    known = {
        s.life[0]: s.in_use for s in two.share([replace(greedy, cap=10)])["trunk:west"]
    }
    assert known == {"n1": 1, "n2": 0}
    one.leave()
    assert sum(row.held for row in commune.rows("slices")) == 10


@POSTGRES
def test_many_nodes_that_ask_at_once_never_hold_more_than_there_is(
    commune: Commune,
) -> None:
    fleets = [begun(commune, f"n{index}") for index in range(4)]
    wish = SliceWish("trunk:west", total=10, cap=0, wants=10)

    def ask(fleet: SqlFleet) -> None:
        cap = 0
        for _ in range(10):
            (mine,) = [
                s
                for s in fleet.share([replace(wish, cap=min(cap, 3))])["trunk:west"]
                if s.life[0] == fleet.name
            ]
            cap = mine.held

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, fleets, timeout=60))
    assert sum(row.held for row in commune.rows("slices")) <= 10


def test_nodes_take_the_calls_of_a_day_from_one_account(commune: Commune) -> None:
    one, two = begun(commune, "n1"), begun(commune, "n2")
    minute = timedelta(minutes=1)
    wish = DayWish("west", "2026-01-15", 100, 50, minute, Spent(30, 2 * minute))
    assert one.spend([wish])["west"] == DayShare(wish.day, 50, 3 * minute)
    assert two.spend([wish])["west"] == DayShare(wish.day, 20, 4 * minute)
    assert one.spend([wish])["west"] == DayShare(wish.day, 0, 5 * minute)
    unbounded = replace(wish, trunk="east", total=None)
    tomorrow = replace(wish, day="2026-01-16", begun=Spent())
    shares = two.spend([unbounded, tomorrow])
    assert [shares["east"].calls, shares["west"].calls] == [50, 50]


@POSTGRES
def test_who_lives_is_told_before_tables_are_changed(commune: Commune) -> None:
    one = begun(commune, "n1")
    by_server = SqlFleet(commune.engine, Tenure("n1", one.epoch), LEASE)
    by_server.beat(ready=True)
    assert living(commune.engine, "n2") == ["n1"]
    assert living(commune.engine, "n1") == []
    by_server.leave()
    assert living(commune.engine, "n2") == []
