"""Lines kept back: help and those on duty find one, whoever else talks on them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from automaton.domain.campaign import CampaignClass
from automaton.domain.events import CameIn, HungUp, LinkUp, TransferBegan
from automaton.domain.policy import CallPolicy
from automaton.domain.trunk import Trunk, most_callers, most_turned_away
from automaton.ports import LiveCall
from tests.engine.night import OPERATOR
from tests.engine.test_rescue import FIRST

PERSON = "+33639980009"
OFFERED = CallPolicy(help_key=True, transfer=PERSON)
SHOWN = ("+33199009999",)
WIDE = Trunk("operator", 10, 1, caller_ids=SHOWN)


def comes_in(night, *callers, trunk="operator"):
    for caller in callers:
        night.take(CameIn(caller, night.now, trunk))


def leaves(night, *callers):
    for caller in callers:
        night.take(HungUp(caller, night.now, None, 16))


def in_campaigns(night):
    return night.node.lines.in_campaigns("operator")


async def looks_for_a_line(night):
    """Wait until a duty call has found none, and has looked again in vain."""
    await night.pause_ends(1.0)
    await night.settle_down()


async def test_help_gets_the_next_line_though_a_talk_holds_the_one_kept_back(a_night):
    # A resident talked with a person (key 0) for 15 min; meanwhile campaigns took each
    # line that fell free, and the duty list could not be rung.
    night = a_night(homes=12)
    night.on_duty(FIRST)
    await night.launched(OFFERED)
    talks, *others = night.telephone.orders
    night.picks_up(talks)
    night.take(TransferBegan(talks.attempt_id, night.now, "operator"))
    night.picks_up(others[0])
    night.presses(others[0], "3")
    night.take(CameIn("somebody", night.now, "operator"))  # who takes what falls free
    await night.beat_without_waiting()
    await night.tick_without_waiting()
    await looks_for_a_line(night)
    leaves(night, "somebody")
    await night.beat_without_waiting()
    night.hangs_up(others[0])
    await night.beat_without_waiting()
    await night.pause_ends(1.0)
    order = await night.duty_order(FIRST)
    night.picks_up(order)
    night.presses(order)
    night.hangs_up(order)
    await night.alarms_end()


async def test_campaigns_make_up_for_a_line_kept_back_that_a_talk_holds(a_night):
    night = a_night(homes=30, trunks=(WIDE,))
    await night.launched(OFFERED)
    talks, other, *_ = night.telephone.orders
    assert in_campaigns(night) == 9
    night.picks_up(talks)
    night.take(TransferBegan(talks.attempt_id, night.now, "operator"))
    night.does_not_answer(other)
    await night.beat()
    assert in_campaigns(night) == 8
    assert night.node.lines.free_for_duty("operator") == 1


async def test_callers_hold_lines_of_the_trunk_that_they_came_by(a_night):
    # Ten calls were ordered beside three callers: the operator answered 503, and the
    # throttle learned from it.
    night = a_night(homes=30, trunks=(WIDE,))
    comes_in(night, "a", "b", "c")
    comes_in(night, "a", trunk="nowhere")
    await night.launched()
    assert in_campaigns(night) == 6
    leaves(night, "a", "b", "c")
    await night.beat()
    assert in_campaigns(night) == 9
    assert night.node.lines.in_use == 9


async def test_a_caller_whose_end_was_missed_holds_no_line_for_ever(a_night):
    night = a_night(trunks=(WIDE,))
    comes_in(night, "a")
    night.pass_time(timedelta(minutes=15).total_seconds())
    await night.tick()
    assert night.node.lines.in_use == 1
    night.pass_time(timedelta(minutes=2).total_seconds())
    await night.tick()
    assert night.node.lines.in_use == 0


async def test_after_a_gap_those_who_call_are_counted_and_no_others(a_night):
    night = a_night(homes=0, trunks=(WIDE,))
    comes_in(night, "gone", "stays")
    night.telephone.living = [
        LiveCall("stays", is_up=True, is_ringing=False, came_by="operator"),
        LiveCall("came", is_up=True, is_ringing=False, came_by="operator"),
    ]
    await night.link_comes_up()
    assert night.node.lines.in_use == 2
    leaves(night, "gone")
    assert night.node.lines.in_use == 2
    leaves(night, "stays", "came")
    assert night.node.lines.in_use == 0


async def test_the_end_of_a_call_that_came_in_is_nobodys_attempt(a_night):
    night = a_night(trunks=(WIDE,))
    comes_in(night, "a")
    leaves(night, "a")
    assert not night.node.sessions.harvest(night.now)


async def test_whom_key_0_has_rung_is_known_to_a_daemon_that_starts_meanwhile(a_night):
    # It counted no line for it, and ended the call once a usual one would be over.
    night = a_night()
    await night.launched(OFFERED)
    (order,) = night.telephone.orders
    night.picks_up(order)
    night.telephone.living = [
        LiveCall(order.attempt_id, is_up=True, is_ringing=False),
        LiveCall("person", True, False, for_id=order.attempt_id, rung_by="operator"),
        LiveCall("other", True, False, for_id="stranger", rung_by="operator"),
    ]
    night.telephone.told.put_nowait(LinkUp(night.now, restarted=False))
    night.telephone.told.put_nowait(None)
    await night.supervisor.listener.run()
    assert night.node.lines.in_use == 2
    night.pass_time(timedelta(minutes=15).total_seconds())
    await night.tick()
    assert night.telephone.hung_up == []
    night.hangs_up(order)
    assert night.node.lines.in_use == 0


async def test_residents_who_call_back_leave_the_duty_list_a_line(a_night):
    night = a_night(homes=30, trunks=(WIDE,))
    night.on_duty(FIRST)
    await night.launched(OFFERED)
    comes_in(night, "a", "b", "c")
    asks, *rung = night.telephone.orders
    night.picks_up(asks)
    night.presses(asks, "3")
    await night.beat_without_waiting()
    await night.tick_without_waiting()
    await looks_for_a_line(night)
    for order in rung[:3]:
        night.does_not_answer(order)
    await night.beat_without_waiting()
    assert in_campaigns(night) == 6
    await night.pause_ends(1.0)
    order = await night.duty_order(FIRST)
    night.picks_up(order)
    night.presses(order)
    night.hangs_up(order)
    await night.alarms_end()


async def test_callers_do_not_silence_a_trunk_of_two_lines(a_night):
    night = a_night(homes=3, trunks=(replace(OPERATOR, lines=2),))
    comes_in(night, "a")
    await night.launched(campaign_class=CampaignClass.ALERT)
    assert in_campaigns(night) == 1


@pytest.mark.parametrize(
    ("lines", "reserved", "is_called", "talks"),
    [
        (2, 1, False, 0),  # a talk would hold both
        (3, 1, False, 1),
        (10, 0, False, 0),
        (10, 1, True, 1),
        (10, 4, True, 1),
        (3, 1, True, 0),
        (5, 1, True, 0),
        (6, 1, True, 1),
        (16, 8, True, 2),
        (120, 60, True, 28),
    ],
)
def test_talks_and_callers_leave_a_line(lines, reserved, is_called, talks):
    trunk = Trunk("operator", lines, reserved, is_called=is_called)
    assert trunk.talks == talks
    callers = most_callers(lines, reserved) + most_turned_away(lines)
    assert lines - is_called * callers - 2 * talks >= 1
