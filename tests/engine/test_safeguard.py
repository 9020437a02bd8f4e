"""A trunk that breaks is left, probed and taken back; somebody is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from structlog.testing import capture_logs

from automaton.domain.health import after_congestion
from automaton.domain.policy import CallPolicy
from automaton.domain.throttle import FORGOTTEN, Seen
from automaton.domain.trunk import Trunk
from automaton.engine.lines.safeguard import PAUSED_BY_SAFEGUARD
from automaton.engine.supervisor import Supervisor
from automaton.ports import TrunkCondition
from tests.engine.night import OPERATOR
from tests.store.commune import number

SECOND = Trunk("second", 4, reserved_lines=1)
WIDE = replace(OPERATOR, lines=30)
DUTY = "+33199009001"


async def fail_all(night, sip, q850):
    for order in night.telephone.orders[:]:
        if order.attempt_id in night.node.sessions.live:
            night.fails(order, sip, q850)
    await night.beat()


async def fail_all_without_waiting(night):
    for order in night.telephone.orders[:]:
        night.fails(order, 401, 21)
    await night.beat_without_waiting()


async def test_a_trunk_that_refuses_our_account_is_left_for_another(a_night):
    night = a_night(homes=2, trunks=(OPERATOR, SECOND))
    await night.launched()
    await fail_all(night, 401, 21)
    await night.beat()
    assert {order.trunk for order in night.telephone.orders[2:]} == {"second"}
    assert set(night.outcomes()) == {"trunk_auth", None}


async def test_a_broken_trunk_is_probed_by_one_call_and_taken_back(a_night):
    night = a_night(homes=9, trunks=(WIDE,))
    await night.launched()
    await fail_all(night, 401, 21)
    first = len(night.telephone.orders)
    night.pass_time(61)
    await night.tick()
    await night.beat()
    await night.beat()
    assert len(night.telephone.orders) == first + 1
    probe = night.telephone.orders[-1]
    night.picks_up(probe)
    night.presses(probe)
    night.hangs_up(probe)
    await night.beat()
    await night.beat()
    assert len(night.telephone.orders) > first + 2
    (condition,) = night.commune.rows("trunk_states")
    assert condition.broken_until is None


async def test_a_probe_that_is_answered_takes_the_trunk_back_while_it_talks(a_night):
    # Only its end did: nobody else of an alert was rung for as long as it talked.
    night = a_night(homes=9, trunks=(WIDE,))
    await night.launched()
    await fail_all(night, 401, 21)
    first = len(night.telephone.orders)
    night.pass_time(61)
    await night.tick()
    await night.beat()
    night.picks_up(night.telephone.orders[-1])
    await night.beat()
    await night.beat()
    assert len(night.telephone.orders) > first + 1
    assert night.node.safeguard.usable() == ["operator"]


async def test_a_lost_trunk_rings_the_duty_list_by_another_one(a_night):
    night = a_night(homes=2, trunks=(OPERATOR, SECOND))
    night.on_duty(DUTY)
    await night.launched()
    for order in night.telephone.orders[:]:
        night.fails(order, 401, 21)
    await night.beat_without_waiting()
    duty = await night.duty_order(DUTY)
    assert (duty.trunk, duty.context) == ("second", "automaton-duty")
    assert "operator" in night.speaker.said[0]


async def test_each_lost_trunk_is_told_and_told_again_when_it_is_lost_anew(a_night):
    night = a_night(homes=2, trunks=(OPERATOR, SECOND))
    night.on_duty(DUTY)
    await night.launched()
    lost = TrunkCondition("operator", None, night.now, "refused", night.now)
    back = replace(lost, broken_until=None)
    second = replace(lost, name="second")
    for turn, told in enumerate(([lost], [lost, second], [back, lost])):
        for condition in told:
            night.node.watch.trunk(condition, night.node.agenda.running)
        duty = await night.duty_order(DUTY, seen=turn)
        night.presses(duty)
        night.hangs_up(duty)
        await night.alarms_end()
    named = [text.split("perdue")[0].split()[-2] for text in night.speaker.said]
    assert named == ["operator", "second", "operator"]


async def test_a_choking_trunk_is_slowed_and_sped_up_again(a_night):
    night = a_night(homes=0, trunks=(WIDE,))
    for index in range(9):
        night.commune.home(number(10_000 * (index % 3) + index))
    await night.launched()
    orders = sorted(night.telephone.orders, key=lambda order: order.dialled[-1])
    for order in orders[:3]:
        night.fails(order, 503, 34)
    await night.beat()
    (condition,) = night.commune.rows("trunk_states")
    slow = condition.rate
    for order in orders[3:]:
        night.pass_time(5)
        night.picks_up(order)
        night.hangs_up(order)
        await night.beat()
    (condition,) = night.commune.rows("trunk_states")
    assert condition.rate is None or condition.rate > slow


async def test_when_nothing_passes_the_alert_pauses_and_resumes_by_itself(a_night):
    night = a_night(homes=9, trunks=(WIDE,))
    night.on_duty(DUTY)
    campaign = await night.launched()
    for order in night.telephone.orders[:]:
        night.fails(order, 401, 21)
    await night.beat_without_waiting()
    night.pass_time(1)
    await night.tick_without_waiting()
    night.pass_time(31)
    await night.tick_without_waiting()
    (row,) = night.commune.rows("campaigns", id=campaign)
    assert (row.state.value, row.pause_reason) == (
        "paused",
        "safeguard: nothing gets through",
    )
    night.pass_time(60)
    await night.tick_without_waiting()
    await night.beat_without_waiting()
    probe = [o for o in night.telephone.orders if o.context == "automaton-alert"][-1]
    night.picks_up(probe)
    night.presses(probe)
    night.hangs_up(probe)
    await night.beat_without_waiting()
    await night.tick_without_waiting()
    assert night.state_of(campaign) == "running"


async def test_a_campaign_bound_to_a_broken_trunk_is_paused_while_others_dial(a_night):
    # Only where every trunk of the node was broken was a campaign paused and told.
    night = a_night(homes=9, trunks=(WIDE, SECOND))
    night.on_duty(DUTY)
    bound = await night.launched(CallPolicy(trunks=("operator",)))
    free = night.campaign()
    await fail_all_without_waiting(night)
    for seconds in (1, 31):
        night.pass_time(seconds)
        await night.tick_without_waiting()
    (row,) = night.commune.rows("campaigns", id=bound)
    assert (row.state.value, row.pause_reason) == ("paused", PAUSED_BY_SAFEGUARD)
    assert night.state_of(free) == "running"
    assert "safeguard_pause" in {key[1].value for key in night.node.watch._raised}
    night.pass_time(5)
    await night.tick_without_waiting()
    assert night.state_of(bound) == "paused"


async def test_a_safeguard_leaves_outcomes_of_strange_trunks_alone(a_night):
    night = a_night()
    await night.launched()
    ended = replace(next(iter(night.node.sessions.live.values())).attempt, trunk="sold")
    night.node.safeguard.note([ended], 0.0)
    assert night.node.safeguard.usable() == ["operator"]


async def begin_again(night):
    """A second life of the daemon, which takes up what the first one wrote down."""
    await night.node.watch.close(0.0)
    await night.node.finish_tasks(0.0)
    night.node.writer.close()
    night.supervisor = Supervisor(night.node.world, night.node.settings)
    night.node = night.supervisor.node
    night.node.link_is_up = True
    await night.supervisor._begin()
    await night.settle_down()


async def test_a_restart_takes_every_trunk_for_sound_on_screens_too(a_night):
    # Whoever has mended a trunk starts the daemon again; what is told is what is done.
    night = a_night(homes=9, trunks=(WIDE,))
    await night.launched()
    await fail_all(night, 401, 21)
    await begin_again(night)
    assert night.node.safeguard.usable() == ["operator"]
    assert night.commune.rows("trunk_states") == []


async def test_a_probe_that_fails_renews_the_moment_until_which_a_trunk_is_left(
    a_night,
):
    night = a_night(homes=9, trunks=(WIDE,))
    await night.launched()
    await fail_all(night, 401, 21)
    (first,) = night.commune.rows("trunk_states")
    night.pass_time(61)
    await night.tick()
    await night.beat()
    night.fails(night.telephone.orders[-1], 404, 1)
    with capture_logs() as told:
        await night.beat()
    (renewed,) = night.commune.rows("trunk_states")
    assert renewed.broken_until == first.broken_until + timedelta(seconds=61)
    assert renewed.changed_at == first.changed_at
    assert not [line for line in told if "trunk" in line["event"]]


async def test_each_change_of_a_trunk_is_one_line_of_the_log(a_night):
    # An alert that all but stopped left no line in the daemon's log.
    night = a_night(homes=20, trunks=(WIDE,))
    await night.launched()
    with capture_logs() as told:
        await fail_all(night, 404, 1)
    (line,) = [line for line in told if line.get("trunk") == "operator"]
    assert line["event"] == "a trunk is left"
    assert line["reason"] == "unallocated_burst"


async def test_a_slowed_trunk_and_one_that_is_sound_again_are_logged(a_night):
    night = a_night(homes=1, trunks=(WIDE,))
    slow = TrunkCondition("operator", 2.5, None, "", night.now)
    with capture_logs() as told:
        for condition in (slow, replace(slow, rate=None)):
            night.supervisor._effects.announcer.note(condition)
    lines = [line["event"] for line in told if line.get("trunk") == "operator"]
    assert lines == ["a trunk is slowed", "a trunk carries all calls again"]


async def test_what_a_trunk_took_long_ago_slows_no_later_alert(a_night):
    night = a_night(homes=1)
    guard, seconds = night.node.safeguard, night.commune.clock.monotonic()
    choking = after_congestion(guard.health("operator"), Seen(9.0, 3.0), seconds)
    guard._set("operator", choking)
    await night.beat()
    assert guard.rate("operator") == 4.5
    night.pass_time(FORGOTTEN)
    await night.beat()
    assert guard.rate("operator") is None
