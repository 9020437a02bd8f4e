"""Telephones are rung to prove that they ring: once a month, by every trunk."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from automaton.clock import SystemClock
from automaton.domain.collectivity import Act
from automaton.domain.dialling import AllowList
from automaton.domain.events import Heard, SoundCounted
from automaton.domain.officer import Officer
from automaton.domain.readiness import LISTENING, Monthly, OwnNumber
from automaton.domain.trunk import Trunk
from automaton.domain.window import CallingHours
from automaton.engine.duty.prove import WHILE_CAMPAIGNS_RUN
from automaton.errors import LineError
from automaton.store.engine import writing
from automaton.store.errands import Errand, leave_errand
from automaton.store.ledger import SqlLedger
from automaton.store.people import SqlBook
from automaton.store.readiness import note_heard
from tests.engine.night import Night

CLAIRE, ON_DUTY, OURS = "+33639980011", "+33639980001", "+33199000100"
FRENCH = AllowList(("+33",))
LEFT = Trunk("left", 4, allowed=FRENCH, caller_ids=("+33199009999",))
RIGHT = replace(LEFT, name="right")
ALWAYS = Monthly(True, 1, CallingHours())


@pytest.fixture
def ready(a_night):
    """A night that rings for proofs; its officer is Claire, somebody is on duty."""

    def begin(monthly: Monthly = ALWAYS, **how) -> Night:
        night = a_night(**{"trunks": (LEFT,), **how})
        monthly_too = replace(night.node.settings, monthly=monthly)
        night.node.settings = monthly_too
        return night

    return begin


def entered(night: Night) -> None:
    one = Officer("o1", night.commune.id, "12", "Claire", CLAIRE)
    act = Act("admin", night.now, "officer_added", "officer", one.id)
    SqlBook(night.commune.engine).add_officer(one, "hash", act)
    night.on_duty(ON_DUTY)


def proofs(night):
    return night.commune.rows("proofs_of_readiness")


async def looked(night: Night) -> None:
    """A minute has passed: the timetable looks; nothing is waited for."""
    await night.supervisor.readiness.look()
    await asyncio.sleep(0)


async def over(night: Night) -> None:
    async with asyncio.timeout(30):
        rounds = [t for t in night.node.tasks if t.get_name() == "readiness"]
        await asyncio.gather(*rounds)


def presses(night: Night, order, packets: int = 200) -> None:
    night.rings(order)
    night.picks_up(order)
    night.presses(order)
    night.take(SoundCounted(order.attempt_id, night.now, 210, packets))
    night.take(Heard(order.attempt_id, night.now, 1, 8.0))
    night.hangs_up(order)


async def test_each_telephone_is_rung_by_each_trunk_and_the_key_is_on_record(ready):
    night = ready(trunks=(LEFT, RIGHT))
    entered(night)
    await looked(night)
    for number in (CLAIRE, ON_DUTY):
        for count in range(2):
            presses(night, await night.duty_order(number, count))
            if (number, count) != (ON_DUTY, 1):
                await night.pause_ends(5.0)
    await over(night)
    orders = night.telephone.orders
    assert [(order.dialled, order.trunk) for order in orders] == [
        (number, trunk) for number in (CLAIRE, ON_DUTY) for trunk in ("left", "right")
    ]
    assert {order.context for order in orders} == {"automaton-trunk-test"}
    assert [(row.key, row.answered, row.sound) for row in proofs(night)] == [
        (True, True, True)
    ] * 4
    assert "essai mensuel" in night.speaker.said[0]
    assert night.commune.rows("duty_calls") == []
    assert night.commune.rows("live_numbers") == []


async def test_nobody_is_rung_twice_in_a_month_and_all_are_in_the_next(ready):
    night = ready()
    entered(night)
    await looked(night)
    night.does_not_answer(await night.duty_order(CLAIRE))
    await night.pause_ends(5.0)
    presses(night, await night.duty_order(ON_DUTY))
    await over(night)
    await looked(night)
    await over(night)
    assert len(night.telephone.orders) == 2
    assert [row.key for row in proofs(night)] == [False, True]
    night.pass_time(timedelta(days=31).total_seconds())
    await looked(night)
    presses(night, await night.duty_order(CLAIRE, 1))
    await night.pause_ends(5.0)
    presses(night, await night.duty_order(ON_DUTY, 1))
    await over(night)
    assert len(proofs(night)) == 4


async def test_what_rang_nobody_is_tried_again_the_next_day(ready):
    night = ready()
    night.on_duty(ON_DUTY)
    await looked(night)
    night.fails(await night.duty_order(ON_DUTY), 503, 34)
    await over(night)
    await looked(night)
    await over(night)
    assert len(night.telephone.orders) == 1
    night.pass_time(timedelta(days=1).total_seconds())
    await looked(night)
    presses(night, await night.duty_order(ON_DUTY, 1))
    await over(night)
    assert [row.rang for row in proofs(night)] == [False, True]


async def test_a_daemon_that_died_in_a_call_rings_nobody_again_for_it(ready, a_night):
    night = ready()
    entered(night)
    await looked(night)
    await night.duty_order(CLAIRE)
    for task in list(night.node.tasks):
        task.cancel()
    other = a_night(homes=0, commune=night.commune, trunks=(LEFT,))
    other.node.settings = night.node.settings
    with writing(night.commune.engine) as connection:
        connection.exec_driver_sql("DELETE FROM live_numbers")
    await looked(other)
    presses(other, await other.duty_order(ON_DUTY))
    await over(other)
    assert [order.dialled for order in other.telephone.orders] == [ON_DUTY]
    assert [row.ended_at is None for row in proofs(night)] == [True, False]


async def test_nobody_is_rung_while_a_campaign_runs_and_they_are_after_it(ready):
    night = ready()
    night.on_duty(ON_DUTY)
    await night.launched()
    await looked(night)
    await over(night)
    home = night.order_to()
    assert night.telephone.orders == [home]
    night.picks_up(home)
    night.presses(home)
    night.hangs_up(home)
    await night.beat_without_waiting()
    await night.tick_without_waiting()
    night.presses(await night.duty_order(ON_DUTY), "1")  # the end of the alert is told
    night.hangs_up(await night.duty_order(ON_DUTY))
    await night.alarms_end()
    await looked(night)
    presses(night, await night.duty_order(ON_DUTY, 1))
    await over(night)
    (proof,) = proofs(night)
    assert proof.key


async def test_a_campaign_that_begins_puts_the_others_off(ready):
    night = ready()
    entered(night)
    await looked(night)
    order = await night.duty_order(CLAIRE)
    await night.launched()
    presses(night, order)
    await over(night)
    assert len(proofs(night)) == 1


@pytest.mark.parametrize("monthly", [Monthly(), replace(ALWAYS, day=28)])
async def test_it_rings_only_where_it_is_wanted_and_from_the_day_on(ready, monthly):
    night = ready(monthly)
    entered(night)
    await looked(night)
    await over(night)
    assert night.telephone.orders == []


async def test_who_does_not_lead_and_who_has_no_link_rings_nobody(ready):
    night = ready()
    entered(night)
    night.node.link_is_up = False
    await looked(night)
    assert night.telephone.orders == []


async def test_one_round_at_a_time(ready):
    night = ready()
    entered(night)
    await looked(night)
    order = await night.duty_order(CLAIRE)
    await looked(night)
    assert night.telephone.orders == [order]


class Away:
    """A database that cannot be reached."""

    def transaction(self):
        raise LineError("away")


async def test_a_database_that_is_away_puts_a_round_off(ready):
    night = ready(ledger=Away())
    await looked(night)
    await over(night)
    assert night.telephone.orders == []


class Telling:
    """The ledger; tells after each transaction."""

    def __init__(self, inner, told) -> None:
        self._inner, self._told = inner, told

    @contextmanager
    def transaction(self):
        with self._inner.transaction() as transaction:
            yield transaction
        self._told()


async def test_a_call_that_is_given_up_before_it_leaves_is_not_on_record(
    ready, database
):
    def told() -> None:
        """The node is asked to stop once the call is on record."""
        if proofs(night):
            night.node.dialling = False

    night = ready(ledger=Telling(SqlLedger(database, SystemClock(), 1), told))
    night.on_duty(ON_DUTY)
    await looked(night)
    await over(night)
    assert night.telephone.orders == []
    assert proofs(night) == []
    assert night.commune.rows("live_numbers") == []


async def test_our_own_number_is_called_by_another_trunk_and_listened_to(ready):
    night = ready(trunks=(LEFT, RIGHT))
    (owner,) = night.commune.rows("collectivities")
    ours = (OwnNumber(OURS, owner.name, frozenset(["left"])),)
    night.node.settings = replace(
        night.node.settings, monthly=replace(ALWAYS, numbers=ours)
    )
    await looked(night)
    order = await night.duty_order(OURS)
    assert (order.trunk, order.context) == ("right", "automaton-officer")
    assert order.campaign_id == LISTENING
    night.picks_up(order)
    note_heard(night.commune.engine, order.recipient_id, "fr/no-message")
    night.hangs_up(order)
    await over(night)
    (proof,) = proofs(night)
    assert (proof.sound, proof.heard) == (True, "fr/no-message")
    assert proof.answered
    assert not proof.key


def asked(night: Night, only: str = "") -> None:
    told = {"since": night.now.isoformat(), "only": only}
    with writing(night.commune.engine) as connection:
        leave_errand(connection, Errand("prove", "admin", night.now, told))


def waiting(night: Night) -> list[str]:
    rows = night.commune.rows("commands")
    return [row.name for row in rows if row.finished_at is None]


async def test_a_door_may_ask_for_one_telephone_at_any_hour(ready):
    night = ready(Monthly())
    entered(night)
    asked(night, CLAIRE)
    await night.tick_without_waiting()
    presses(night, await night.duty_order(CLAIRE))
    await night.alarms_end()
    assert len(night.telephone.orders) == 1
    assert waiting(night) == []
    night.pass_time(1)
    asked(night, CLAIRE)
    await night.tick_without_waiting()
    presses(night, await night.duty_order(CLAIRE, 1))
    await night.alarms_end()
    assert [row.key for row in proofs(night)] == [True, True]


async def test_what_a_door_asked_for_waits_while_a_campaign_runs(ready):
    night = ready(Monthly())
    campaign = await night.launched(campaign_class="exercise")
    night.on_duty(ON_DUTY)
    asked(night)
    await night.tick_without_waiting()
    await night.pause_ends(WHILE_CAMPAIGNS_RUN)
    assert waiting(night) == ["prove"]
    night.command("stop", campaign)
    await night.tick_without_waiting()
    await night.pause_ends(WHILE_CAMPAIGNS_RUN)
    presses(night, await night.duty_order(ON_DUTY))
    await night.alarms_end()
    assert waiting(night) == []
