"""The line on which key 0 rings a person: held while they talk, then free."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automaton.domain.events import CameIn, HungUp, LinkUp, TransferBegan, TransferEnded
from automaton.ports import LiveCall
from tests.engine.night import OPERATOR
from tests.engine.test_transfer import OFFERED


async def rings_a_person(a_night, **trunk):
    """A night in which a home talks with the person of key 0, and its order."""
    night = a_night(**trunk)
    await night.launched(OFFERED)
    (order,) = night.telephone.orders
    night.picks_up(order)
    night.take(TransferBegan(order.attempt_id, night.now, "operator"))
    assert night.node.lines.in_use == 2
    return night, order


@pytest.mark.parametrize("restarted", [True, False])
async def test_the_line_of_a_person_is_free_whose_talk_ended_unheard(
    a_night, restarted
):
    # Asterisk died in the talk, or the link did: the line was held until the daemon
    # ended, and a few of those left no help alarm any line.
    night, _ = await rings_a_person(a_night)
    await night.link_comes_up(restarted=restarted)
    assert night.node.lines.in_use == 0
    assert night.node.lines.free_for_duty("operator") == 4


async def test_the_line_of_a_person_stays_held_while_the_call_lives(a_night):
    night, order = await rings_a_person(a_night)
    night.telephone.living = [LiveCall(order.attempt_id, is_up=True, is_ringing=False)]
    await night.link_comes_up()
    assert night.node.lines.in_use == 2


async def test_after_a_gap_nobody_s_talk_holds_a_line(a_night):
    """A call may talk of which we follow nothing any more: nobody tells its loss."""
    night = a_night()
    night.take(TransferBegan("forgotten", night.now, "operator"))
    await night.link_comes_up()
    assert night.node.lines.in_use == 0


async def test_a_talk_on_a_channel_out_of_reach_holds_its_line(a_night):
    trunks = (OPERATOR, replace(OPERATOR, name="other"))
    night, _ = await rings_a_person(a_night, trunks=trunks)
    night.node.lines.lose(["operator"])
    night.telephone.told.put_nowait(
        LinkUp(night.now, restarted=False, trunks=frozenset({"other"}))
    )
    night.telephone.told.put_nowait(None)
    await night.supervisor.listener.run()
    assert night.node.lines.in_use == 2


async def test_an_officer_who_called_and_the_person_hold_a_line_each(a_night):
    # The daemon ordered calls on the lines that key 0 of the officers' menu used.
    night = a_night()
    night.take(CameIn("1795.4", night.now, "operator"))
    night.take(TransferBegan("1795.4", night.now, "operator"))
    assert night.node.lines.in_use == 2
    assert not night.node.sessions.urgent
    night.take(TransferEnded("1795.4", night.now))
    assert night.node.lines.in_use == 1
    night.take(TransferBegan("1795.4", night.now, "operator"))
    night.take(HungUp("1795.4", night.now, sip=200, q850=16))
    assert night.node.lines.in_use == 0
