"""A database that fails in mid-campaign: nobody is rung twice, no key is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine

from automaton.clock import SystemClock
from automaton.domain.events import Answered, HungUp, KeyPressed, Rang
from automaton.errors import LineError
from automaton.ports import CallOrder
from automaton.store.audit_key import SealFile
from automaton.store.chain import sealed
from automaton.store.engine import open_database
from automaton.store.ledger import SqlLedger
from automaton.store.schema import upgrade
from tests.engine.night import OPERATOR, Night
from tests.engine.telephone import World
from tests.engine.test_loop import running, until
from tests.store.cluster import Cluster
from tests.store.commit_proxy import CommitProxy
from tests.store.commune import number
from tests.store.conftest import cluster

__all__ = ["cluster"]

HOMES = 12
DUTY = "+33199008001"


class Obedient(World):
    """Every home answers at once, presses 1, and hangs up when it is thanked."""

    def __init__(self, night: Night) -> None:
        self._told = night.telephone.told

    def ordered(self, order: CallOrder) -> None:
        now, id_ = SystemClock().now(), order.attempt_id
        for event in (Rang(id_, now), Answered(id_, now), KeyPressed(id_, now, "1", 1)):
            self._told.put_nowait(event)

    def thanked(self, attempt_id: str, seq: int) -> None:
        self._told.put_nowait(HungUp(attempt_id, SystemClock().now(), None, 16))


class Shaky:
    """A ledger in front of the real one that `fails` before or after a commit."""

    def __init__(self, real: Any, fails: Callable[[], str | None]) -> None:
        self._real, self._fails = real, fails

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        moment = self._fails()
        with self._real.transaction() as transaction:
            yield transaction
            if moment == "before":
                raise LineError("the connection was lost", error_id="database-lost")
        if moment == "after":
            raise LineError("the connection was lost", error_id="database-lost")


def failing(failed: list[None]) -> str:
    """Note one more commit, which fails before it is one."""
    failed.append(None)
    return "before"


class Dice:
    """Lets a third of all commits fail once thrown, half of them once committed."""

    def __init__(self, seed: int) -> None:
        self._chance, self.are_thrown = Random(seed), False

    def __call__(self) -> Any:
        if not self.are_thrown:
            return None
        return self._chance.choice([None, None, None, None, "before", "after"])


async def all_are_rung_once(night: Night, ledger: Any, dice: Dice) -> None:
    night.campaign()
    night.telephone.world = Obedient(night)
    night.commune.ledger = ledger
    async with running(night) as supervisor:
        night.node = supervisor.node
        await until(lambda: supervisor.node.link_is_up)
        dice.are_thrown = True
        supervisor.hurry()
        await until(lambda: night.states() == ["acknowledged"] * HOMES)
    dialled = [order.dialled for order in night.telephone.orders]
    assert sorted(dialled) == [number(index) for index in range(HOMES)]
    assert night.commune.rows("live_numbers") == []
    assert night.outcomes() == ["acknowledged"] * HOMES


@pytest.mark.parametrize("seed", range(3))
async def test_a_commit_of_unknown_end_rings_nobody_twice(a_night, seed):
    night, dice = a_night(homes=HOMES), Dice(seed)
    await all_are_rung_once(night, Shaky(night.commune.ledger, dice), dice)


@pytest.mark.postgres
@pytest.mark.parametrize("seed", range(2))
async def test_a_connection_cut_at_commit_rings_nobody_twice(
    cluster: Cluster, tmp_path: Path, seed: int
) -> None:
    key = SealFile("main", tmp_path / "audit.key")
    direct = sealed(open_database(cluster.create(f"cut{seed}")), key)
    make_tables(direct)
    dice = Dice(seed)
    proxy = CommitProxy(cluster.folder, dice)
    cut = sealed(open_database(proxy.url(f"cut{seed}")), key)
    night = Night(direct, HOMES)
    try:
        await all_are_rung_once(night, SqlLedger(cut, SystemClock(), 1), dice)
        assert set(proxy.cut) == {"before", "after"}
    finally:
        night.node.writer.close()
        proxy.close()
        cut.dispose()
        direct.dispose()


def make_tables(engine: Engine) -> None:
    upgrade(engine.url.render_as_string(hide_password=False))


async def test_a_stop_that_was_committed_unheard_closes_the_campaign(a_night):
    night = a_night(homes=2, trunks=(OPERATOR,))
    campaign = await night.launched()
    night.command("stop", campaign)
    whole = night.node.writer._ledger
    night.node.writer._ledger = Shaky(whole, lambda: "after")
    await night.tick()
    night.node.writer._ledger = whole
    assert night.state_of(campaign) == "cancelled"
    assert night.telephone.hung_up == []
    await night.tick()
    assert len(set(night.telephone.hung_up)) == 2


async def test_what_is_claimed_after_a_failure_and_dialled_stays_claimed(
    a_night,
):
    # A beat that went on without an unsound row gave its own claims back, and dialled
    # them all the same: no intent on record, and the numbers free for another call.
    night = a_night(homes=2)
    patience = night.supervisor.patience
    patience.wait_after(LineError("the connection was lost", error_id="database-lost"))
    patience.wait_after(ValueError("a row that cannot be written"))
    await night.launched()
    dialled = {order.attempt_id for order in night.telephone.orders}
    assert len(dialled) == 2
    rows = {row.id: row.state.value for row in night.commune.rows("attempts")}
    assert rows == dict.fromkeys(dialled, "claimed")
    held = {row.attempt_id for row in night.commune.rows("live_numbers")}
    assert held == dialled


@pytest.mark.parametrize(
    ("command", "told", "state"),
    [
        ("stop", {}, "cancelled"),
        ("pause", {}, "waiting"),
        ("acknowledge", {"proof": "called_back"}, "acknowledged"),
    ],
)
async def test_a_claim_committed_unheard_is_not_revived_for_who_is_done_with(
    a_night, command, told, state
):
    # It was planned again, whatever had been decided while the database was away.
    night = a_night()
    campaign = night.campaign()
    await night.tick()
    whole = night.node.writer._ledger
    night.node.writer._ledger = Shaky(whole, lambda: "after")
    with pytest.raises(LineError) as lost:
        await night.beat()
    night.node.writer._ledger = whole
    night.supervisor.patience.wait_after(lost.value)
    assert [row.state.value for row in night.attempts()] == ["claimed"]
    (recipient,) = night.recipients()
    night.command(command, campaign, recipient=recipient.id, **told)
    await night.tick()
    for _ in range(3):
        await night.beat()
        night.pass_time(3600)
    assert night.telephone.orders == []
    assert night.states() == [state]
    assert night.commune.rows("live_numbers") == []


async def test_nothing_is_dialled_while_the_database_fails_and_it_is_said_once(
    a_night, capsys
):
    night = a_night(homes=2)
    broken: list[bool] = []
    failed: list[None] = []
    fails = Shaky(night.commune.ledger, lambda: failing(failed) if broken else None)
    night.commune.ledger = fails
    night.campaign()
    async with running(night) as supervisor:
        await until(lambda: supervisor.node.link_is_up)
        broken.append(True)
        supervisor.hurry()
        night.node = supervisor.node
        night.take(HungUp("nobody", SystemClock().now(), None, 16))
        await until(lambda: supervisor.patience.is_needed)
        await until(lambda: len(failed) >= 3)
        assert night.telephone.orders == []
        broken.clear()
        supervisor.hurry()
        await until(lambda: len(night.telephone.orders) == 2)
        for order in night.telephone.orders:
            night.hangs_up(order)
    said = capsys.readouterr().out
    assert said.count("nothing is dialled: the database does not take") == 1
    assert said.count("the database takes what is written again") == 1


async def test_a_database_that_fails_at_the_start_is_waited_for(a_night):
    night = a_night(homes=1)
    night.campaign()
    fails = iter(["before", "after"])
    night.commune.ledger = Shaky(night.commune.ledger, lambda: next(fails, None))
    async with running(night) as supervisor:
        await until(lambda: supervisor.node.link_is_up)
        supervisor.hurry()
        await until(lambda: night.telephone.orders)
        night.node = supervisor.node
        night.hangs_up(night.order_to(0))


async def test_who_is_told_to_stop_while_the_database_fails_stops(a_night):
    night = a_night(homes=1)
    night.campaign()
    failed: list[None] = []
    night.commune.ledger = Shaky(night.commune.ledger, lambda: failing(failed))
    async with running(night) as supervisor:
        supervisor.hurry()
        await until(lambda: len(failed) >= 3)
    assert (night.telephone.orders, night.attempts()) == ([], [])


async def test_a_full_disk_is_told_to_those_on_duty_until_calls_leave_again(a_night):
    night = a_night(homes=1)
    night.on_duty(DUTY)
    campaign = night.campaign()
    await night.tick_without_waiting()
    full = LineError("full", error_id="database-full")
    night.supervisor._wait_after(full)
    night.supervisor._wait_after(full)
    order = await night.duty_order(DUTY)
    assert "disque est plein" in night.speaker.said[0]
    night.picks_up(order)
    night.presses(order)
    night.hangs_up(order)
    await night.alarms_end()
    assert [c.reason for c in night.commune.rows("duty_calls")] == ["disk_full"]
    night.node.watch.call_left(campaign, night.now)
    night.supervisor._wait_after(full)
    assert night.node.watch.is_ringing


async def test_a_number_whose_taking_had_no_clear_end_is_freed_for_the_next_call(
    a_night,
):
    night = a_night(homes=0)
    night.on_duty(DUTY)
    whole = night.node.writer._ledger
    unheard = iter([None, None, None, "after"])
    night.node.writer._ledger = Shaky(whole, lambda: next(unheard, None))
    night.campaign()
    await night.tick_without_waiting()
    night.supervisor._wait_after(LineError("full", error_id="database-full"))
    await night.pause_ends(30.0)
    order = await night.duty_order(DUTY)
    assert [n.attempt_id for n in night.commune.rows("live_numbers")] == [
        order.attempt_id
    ]
