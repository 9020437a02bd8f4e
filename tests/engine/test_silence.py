"""Who gives way to an alert is not told to those on duty; who could not ring is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automaton.domain.campaign import CampaignClass
from automaton.domain.policy import CallPolicy
from automaton.domain.trunk import Trunk
from automaton.errors import LineError
from tests.engine.conftest import Begin
from tests.engine.night import OPERATOR, Night
from tests.store.commune import Commune, number

NARROW = replace(OPERATOR, lines=2, reserved_lines=0)
CALM = CampaignClass.EXERCISE
STAYS = LineError("It stayed here.", error_id="order-choked")


def neighbour(night: Night, homes: int, policy: CallPolicy) -> str:
    """Let another collectivity call homes of its own, more urgently."""
    other = Commune(night.engine, night.commune.clock)
    for index in range(homes):
        other.home(number(50 + index))
    return str(other.campaign(policy=policy, campaign_class=CampaignClass.ALERT))


async def is_told(night: Night, campaign: str, rounds: int = 4) -> bool:
    """Let time pass; tell whether those on duty are told of a campaign."""
    told = False
    for _ in range(rounds):
        night.pass_time(11)
        await night.beat()
        await night.tick_without_waiting()
        told = told or any(key[0] == campaign for key in night.node.watch._raised)
    rung = [o for o in night.telephone.orders if o.context != "automaton-duty"]
    assert campaign not in {order.campaign_id for order in rung}
    return told


@pytest.mark.parametrize("is_alone", [True, False])
async def test_a_campaign_whose_trunk_is_out_of_reach_is_told(
    a_night: Begin, *, is_alone: bool
) -> None:
    shown = OPERATOR.caller_ids
    trunks = (Trunk("x", 4, 0, caller_ids=shown), Trunk("y", 4, 0, caller_ids=shown))
    night = a_night(homes=3, trunks=trunks)
    night.on_duty(number(90))
    if not is_alone:
        neighbour(night, 3, CallPolicy(trunks=("y",)))
    night.node.lines.lose(["x"])
    silent = night.campaign(CallPolicy(trunks=("x",)), campaign_class=CALM)
    await night.tick()
    assert await is_told(night, silent)


@pytest.mark.parametrize("is_alone", [True, False])
async def test_a_campaign_that_cannot_be_claimed_is_told(
    a_night: Begin, *, is_alone: bool
) -> None:
    night = a_night(homes=3, trunks=(NARROW,))
    night.on_duty(number(90))
    if not is_alone:
        neighbour(night, 4, CallPolicy())
    silent = night.campaign(campaign_class=CALM)
    night.supervisor._apart._blocked[silent] = float("inf")  # its claims fail
    await night.tick()
    assert await is_told(night, silent)


async def test_a_campaign_whose_orders_all_stay_here_is_told(a_night: Begin) -> None:
    # Each claim counted as a call that had left.
    night = a_night(homes=12)
    night.on_duty(number(90))
    night.telephone.fails = [STAYS] * 10_000
    campaign = night.campaign()
    await night.tick()
    assert await is_told(night, campaign)


async def test_a_campaign_whose_orders_are_all_too_old_is_told(a_night: Begin) -> None:
    night = a_night(homes=12)
    night.on_duty(number(90))
    night.node.lease.leave_by = lambda began: began - 1.0
    campaign = night.campaign()
    await night.tick()
    assert await is_told(night, campaign)


async def test_who_finds_the_pace_used_up_by_an_alert_is_not_told(
    a_night: Begin,
) -> None:
    slow = replace(OPERATOR, reserved_lines=0, calls_per_second=0.05)
    night = a_night(homes=3, trunks=(slow,))
    night.on_duty(number(90))
    neighbour(night, 9, CallPolicy())
    waits = night.campaign(campaign_class=CALM)
    await night.tick()
    await night.beat()
    assert not await is_told(night, waits)
