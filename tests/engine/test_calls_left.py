"""A daemon is killed while somebody on duty is rung: his number stays his call's."""

from __future__ import annotations

import asyncio

import pytest

from automaton.domain.collectivity import DutyEntry
from automaton.domain.events import HungUp, LinkUp
from automaton.domain.trunk import Trunk
from automaton.engine.duty.duty_call import Summons
from automaton.engine.duty.errands import CONVERSATION
from automaton.ports import LiveCall
from automaton.store.engine import writing
from automaton.store.ledger import SqlLedger
from automaton.store.notes import begin_node, take_over_all
from tests.engine.night import OPERATOR, Night

OFFICER = "+33639980011"
OTHER = Trunk("other", 4)


@pytest.fixture
def killed(a_night):
    """Kill a daemon in the middle of a conversation; return the next one, and whom."""

    async def kill(name: str = "main", **how) -> tuple[Night, str]:
        night = a_night(homes=0, name=name, **how)
        owner = night.commune.id
        whom = (DutyEntry("officer", owner, 0, "Claire", OFFICER),)
        summons = Summons(
            *(owner, None, "test", "words"),
            whom=whom,
            errand_id="7",
            talk=CONVERSATION,
        )
        call = asyncio.create_task(night.node.summoner.summon(summons))
        order = await night.duty_order(OFFICER)
        await night.node.watch.close(0.0)
        call.cancel()
        with writing(night.engine) as connection:
            take_over_all(connection, "main")
            begin_node(connection, "main", 1, night.now)
            epoch = begin_node(connection, "main", 1, night.now)
        ledger = SqlLedger(night.engine, night.commune.clock, epoch)
        again = a_night(homes=0, commune=night.commune, ledger=ledger, **how)
        again.node.link_is_up = False
        await again.supervisor.listener.adopt()
        return again, order.attempt_id

    return kill


def is_held(night: Night) -> bool:
    return [row.e164 for row in night.commune.rows("live_numbers")] == [OFFICER]


@pytest.mark.parametrize("name", ["main", "renamed since"])
async def test_a_duty_call_that_lives_keeps_its_number_until_it_hangs_up(killed, name):
    # The next daemon freed it at once, and rang the officer in his conversation.
    night, call = await killed(name)
    night.telephone.living = [LiveCall(call, is_up=True, is_ringing=False)]
    await night.tick()
    assert is_held(night)
    await night.link_comes_up()
    await night.tick()
    assert is_held(night)
    night.take(HungUp(call, night.now, None, 16))
    await night.tick()
    assert not is_held(night)


async def test_a_duty_call_that_asterisk_does_not_hold_has_no_number_any_more(killed):
    night, _ = await killed()
    await night.link_comes_up()
    assert not is_held(night)


async def test_without_asterisk_a_number_is_free_once_its_call_must_be_over(killed):
    night, _ = await killed()
    longest = Summons("", None, "", "", talk=CONVERSATION).longest.total_seconds()
    night.pass_time(longest - 5)
    await night.tick()
    assert is_held(night)
    night.pass_time(10)
    await night.tick()
    assert not is_held(night)


async def test_what_may_live_on_a_channel_out_of_reach_keeps_its_number(killed):
    night, _ = await killed(trunks=(OPERATOR, OTHER))
    night.node.lines.lose(["operator", "other"])
    for name in ("other", "operator"):
        assert is_held(night)
        night.telephone.told.put_nowait(
            LinkUp(night.now, restarted=False, trunks=frozenset({name}))
        )
        night.telephone.told.put_nowait(None)
        await night.supervisor.listener.run()
    assert not is_held(night)


async def test_a_number_that_this_life_takes_is_no_earlier_one_s(killed):
    night, _ = await killed()
    await night.link_comes_up()
    with night.node.world.ledger.transaction() as transaction:
        lasts = Summons("", None, "", "").longest
        assert transaction.take_number(OFFICER, "new", night.now, "main", lasts)
    await night.supervisor.listener.adopt()
    night.pass_time(3600)
    await night.tick()
    assert is_held(night)
