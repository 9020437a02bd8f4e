"""What shows that a trunk that was left carries calls again, and what does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automaton.domain.dialling import AllowList
from automaton.domain.events import HungUp, OrderFailed
from automaton.domain.policy import CallPolicy
from automaton.errors import LineError
from automaton.ports import TOO_OLD, TrunkCondition
from tests.engine.night import OPERATOR
from tests.engine.test_safeguard import (
    DUTY,
    WIDE,
    begin_again,
    fail_all,
    fail_all_without_waiting,
)

PROBE_WAITS = 16


async def probed(night):
    """Let the first probe of a trunk leave that refuses everything; return it."""
    await night.launched()
    await fail_all(night, 401, 21)
    night.pass_time(PROBE_WAITS)
    await night.tick()
    await night.beat()
    return night.telephone.orders[-1]


async def seconds_to_the_next_call(night, most=400):
    """Return how long it takes until one more call leaves."""
    before, waited = len(night.telephone.orders), 0
    while len(night.telephone.orders) == before and waited < most:
        night.pass_time(5)
        waited += 5
        await night.tick()
        await night.beat()
    return waited


@pytest.mark.parametrize("is_over", [False, True])
async def test_a_call_answered_before_a_trunk_broke_does_not_take_it_back(
    a_night, is_over
):
    # Its key did, and so did its end: every line rang again and was refused again.
    night = a_night(homes=9, trunks=(WIDE,))
    await night.launched()
    talking, refused = night.telephone.orders[0], night.telephone.orders[1]
    night.picks_up(talking)
    await night.beat()
    night.fails(refused, 401, 21)
    await night.beat()
    night.presses(talking)
    if is_over:
        night.hangs_up(talking)
    await night.beat()
    assert night.node.safeguard.usable() == []


async def test_what_rang_when_an_account_was_refused_does_not_take_a_trunk_back(
    a_night,
):
    night = a_night(homes=9, trunks=(WIDE,))
    await night.launched()
    ringing, refused = night.telephone.orders[0], night.telephone.orders[1]
    night.rings(ringing)
    night.fails(refused, 401, 21)
    await night.beat()
    night.pass_time(5)
    night.picks_up(ringing)
    await night.beat()
    assert night.node.safeguard.usable() == []


@pytest.mark.parametrize("way", ["answers", "is_busy"])
async def test_a_trunk_that_is_only_suspected_is_cleared_by_what_it_carries(
    a_night, way
):
    # Numbers that are not in use fail at once: the first dozen of a large town broke
    # the trunk, and nobody else was rung while everybody answered.
    night = a_night(homes=60, trunks=(WIDE,))
    await night.launched()
    orders = night.telephone.orders[:]
    for order in orders[12:]:
        night.rings(order)
    for order in orders[:12]:
        night.fails(order, 404, 1)
    await night.beat()
    assert night.node.safeguard.usable() == []
    night.pass_time(5)
    if way == "answers":
        night.picks_up(orders[12])
    else:
        night.fails(orders[12], 486, 17)
    await night.beat()
    assert night.node.safeguard.usable() == ["operator"]


async def test_only_the_end_of_a_probe_makes_room_for_the_next_one(a_night):
    night = a_night(homes=90, trunks=(WIDE,))
    await night.launched()
    talking = night.telephone.orders[0]
    night.picks_up(talking)
    await night.beat()
    for order in night.telephone.orders[1:]:
        night.fails(order, 401, 21)
    await night.beat()
    night.pass_time(PROBE_WAITS)
    await night.tick()
    await night.beat()
    probes = len(night.telephone.orders)
    night.presses(talking)
    night.hangs_up(talking)
    await night.beat()
    night.pass_time(PROBE_WAITS)
    await night.tick()
    await night.beat()
    assert len(night.telephone.orders) == probes


async def test_no_call_leaves_by_a_trunk_that_this_very_beat_finds_broken(a_night):
    # The lines that refusals freed were filled once more in the same beat.
    night = a_night(homes=80, trunks=(WIDE,))
    await night.launched()
    first = len(night.telephone.orders)
    await fail_all(night, 401, 21)
    assert len(night.telephone.orders) == first


async def test_a_probe_that_a_cut_link_swallowed_makes_room_for_the_next(a_night):
    # It held the trunk for as long as a call can last: six minutes without an alert.
    night = a_night(homes=120, trunks=(WIDE,))
    await probed(night)
    await night.link_comes_up(restarted=False)
    await night.beat()
    assert await seconds_to_the_next_call(night) <= 2 * PROBE_WAITS


async def test_a_probe_whose_order_has_no_answer_makes_room_for_the_next(a_night):
    night = a_night(homes=120, trunks=(WIDE,))
    await night.launched()
    await fail_all(night, 401, 21)
    night.pass_time(PROBE_WAITS)
    await night.tick()
    night.telephone.fails.append(LineError("no answer", may_have_left=True))
    await night.beat()
    assert await seconds_to_the_next_call(night) <= 2 * PROBE_WAITS


async def test_a_probe_whose_order_never_left_makes_room_for_the_next(a_night):
    # Its attempt went back, and the trunk waited for its word until the next start.
    night = a_night(homes=120, trunks=(WIDE,))
    await night.launched()
    await fail_all(night, 401, 21)
    night.pass_time(PROBE_WAITS)
    await night.tick()
    night.telephone.fails.append(LineError("too old", error_id=TOO_OLD))
    await night.beat()
    await night.beat()
    assert await seconds_to_the_next_call(night) <= 2 * PROBE_WAITS


@pytest.mark.parametrize(("sip", "q850"), [(404, 1), (408, 18)])
async def test_a_refusal_outlives_what_is_suspected_after_it(a_night, sip, q850):
    # A dozen stragglers made it a suspicion, which a call that had rung then cleared.
    night = a_night(homes=60, trunks=(WIDE,))
    await night.launched()
    ringing, refused, *others = night.telephone.orders
    night.rings(ringing)
    night.fails(refused, 401, 21)
    await night.beat()
    for order in others[:12]:
        night.fails(order, sip, q850)
    await night.beat()
    night.pass_time(5)
    night.picks_up(ringing)
    await night.beat()
    assert night.node.safeguard.usable() == []
    (row,) = night.commune.rows("trunk_states")
    assert row.reason == "trunk_auth"


async def test_a_congested_probe_does_not_move_the_moment_since_when(a_night):
    night = a_night(homes=120, trunks=(WIDE,))
    probe = await probed(night)
    (first,) = night.commune.rows("trunk_states")
    night.pass_time(20)
    night.fails(probe, 503, 42)
    await night.beat()
    (row,) = night.commune.rows("trunk_states")
    assert row.changed_at == first.changed_at


async def test_a_start_tells_of_a_pause_that_lasts_since_its_trunk_is_gone(a_night):
    night = a_night(homes=9, trunks=(WIDE,))
    campaign = await night.launched(CallPolicy(trunks=("operator",)))
    await fail_all_without_waiting(night)
    for seconds in (1, 31):
        night.pass_time(seconds)
        await night.tick_without_waiting()
    night.node.settings = replace(
        night.node.settings, trunks=(replace(WIDE, name="new"),)
    )
    night.on_duty(DUTY)
    await begin_again(night)
    await night.tick_without_waiting()
    assert night.state_of(campaign) == "paused"
    assert "safeguard_pause" in {key[1].value for key in night.node.watch._raised}


async def test_a_start_leaves_what_another_node_knows_of_its_trunks(a_night):
    night = a_night(homes=1)
    theirs = TrunkCondition("theirs", 0.5, None, "", night.now)
    with night.commune.ledger.transaction() as transaction:
        transaction.note_trunk(theirs, "other")
    await begin_again(night)
    assert [row.name for row in night.commune.rows("trunk_states")] == ["theirs"]


async def test_a_start_rings_nobody_about_a_pause_that_it_ends(a_night):
    night = a_night(homes=9, trunks=(WIDE,))
    campaign = await night.launched()
    await fail_all_without_waiting(night)
    for seconds in (1, 31):
        night.pass_time(seconds)
        await night.tick_without_waiting()
    assert night.state_of(campaign) == "paused"
    await night.node.watch.close(0.0)
    night.on_duty(DUTY)
    await begin_again(night)
    assert "safeguard_pause" not in {key[1].value for key in night.node.watch._raised}
    await night.tick_without_waiting()
    assert night.state_of(campaign) == "running"


async def test_numbers_that_no_trunk_may_dial_keep_no_line_from_the_next_home(
    a_night,
):
    trunk = replace(OPERATOR, lines=2, reserved_lines=1, allowed=AllowList(("+331",)))
    night = a_night(homes=0, trunks=(trunk,))
    for last in range(1, 5):
        night.commune.home(f"+4479460000{last:02}")
    night.commune.home("+33199000005")
    night.campaign(policy=CallPolicy(lines=1))
    await night.tick()
    for _ in range(20):
        await night.beat()
    assert [order.dialled for order in night.telephone.orders] == ["+33199000005"]


async def test_a_probe_that_nobody_hears_of_renews_the_moment_of_the_trunk(a_night):
    night = a_night(homes=90, trunks=(WIDE,))
    probe = await probed(night)
    (first,) = night.commune.rows("trunk_states")
    night.pass_time(45)
    night.take(
        HungUp(probe.attempt_id, night.now, 0, 0),
        OrderFailed(probe.attempt_id, night.now, timed_out=True),
    )
    await night.beat()
    (renewed,) = night.commune.rows("trunk_states")
    assert night.outcomes().count("no_answer") == 1
    assert renewed.broken_until > first.broken_until


async def test_the_probe_of_an_earlier_break_says_nothing_of_a_later_one(a_night):
    night = a_night(homes=120, trunks=(WIDE,))
    await night.launched()
    orders = night.telephone.orders[:]
    for order in orders[12:]:
        night.rings(order)
    for order in orders[:12]:
        night.fails(order, 404, 1)
    await night.beat()
    night.pass_time(PROBE_WAITS)
    await night.tick()
    await night.beat()
    probe = night.telephone.orders[-1]
    night.rings(probe)
    night.picks_up(orders[12])
    await night.beat()
    night.pass_time(2)
    night.fails(orders[13], 401, 21)
    await night.beat()
    assert await seconds_to_the_next_call(night) <= 2 * PROBE_WAITS
    night.picks_up(probe)
    await night.beat()
    assert night.node.safeguard.usable() == []
