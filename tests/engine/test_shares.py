"""Several campaigns on the same lines: by weight, the small first, retries too."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from automaton.domain.campaign import CampaignClass
from automaton.domain.health import Health
from automaton.domain.policy import CallPolicy
from automaton.domain.throttle import Throttle
from automaton.domain.trunk import Trunk
from automaton.engine.calls.session import Sessions
from automaton.engine.lines.pace import Bucket, Pace
from automaton.engine.lines.safeguard import Safeguard
from automaton.ports import NodeSeen
from tests.engine.conftest import Begin
from tests.engine.night import Night
from tests.store.commune import Commune, number

TRUNK = Trunk("operator", 8, 0, caller_ids=("+33199009999",))
HEAVY = CallPolicy(weight=3)


def town(night: Night, homes: int, first: int, **values: Any) -> str:
    """A campaign of another collectivity to homes of its own."""
    other = Commune(night.engine, night.commune.clock)
    for index in range(homes):
        other.home(number(first + index))
    return other.campaign(**values)


def lines(night: Night) -> Counter[str]:
    """Return how many lines each campaign holds."""
    live = night.node.sessions.live.values()
    return Counter(o.attempt.campaign_id for o in live if o.may_be_on_a_line)


async def test_two_campaigns_hold_lines_by_their_weight(a_night: Begin) -> None:
    night = a_night(homes=0, trunks=(TRUNK,))
    light = town(night, 12, 100)
    heavy = town(night, 12, 200, policy=HEAVY)
    await night.tick()
    await night.beat()
    assert lines(night) == {light: 2, heavy: 6}


async def test_a_line_that_falls_free_goes_to_who_holds_least(a_night: Begin) -> None:
    night = a_night(homes=0, trunks=(TRUNK,))
    first = town(night, 12, 100)
    await night.tick()
    await night.beat()
    assert lines(night) == {first: 8}
    second = town(night, 12, 200)
    await night.tick()
    for order in night.telephone.orders[:5]:
        night.hangs_up(order)
        await night.beat()
    assert lines(night) == {first: 4, second: 4}


@pytest.mark.parametrize(("small_first", "held"), [(True, 4), (False, 2)])
async def test_a_small_campaign_goes_first_up_to_half_of_the_lines(
    a_night: Begin, small_first: bool, held: int
) -> None:
    night = a_night(homes=0, trunks=(TRUNK,))
    night.node.dispatch._small_first = small_first
    town(night, 12, 100, policy=HEAVY)
    small = town(night, 5, 200)
    await night.tick()
    await night.beat()
    assert lines(night)[small] == held
    assert sum(lines(night).values()) == 8


async def test_what_an_urgent_campaign_leaves_is_there_for_others_at_once(
    a_night: Begin,
) -> None:
    """They were forgotten until the next look at all campaigns, a second later."""
    night = a_night(homes=0, trunks=(TRUNK,))
    alert = town(night, 7, 100)
    other = town(night, 5, 200, campaign_class=CampaignClass.EXERCISE)
    await night.tick()
    await night.beat()
    assert lines(night) == {alert: 7, other: 1}
    assert other in {c.id for c in night.node.agenda.due_now(night.now)}
    night.hangs_up(night.telephone.orders[0])
    await night.beat()
    assert lines(night)[other] == 2


async def test_due_calls_are_counted_only_where_several_campaigns_run(
    a_night: Begin,
) -> None:
    night = a_night(homes=0, trunks=(TRUNK,))
    first = town(night, 3, 100)
    await night.tick()
    assert night.node.agenda.waiting == {}
    second = town(night, 20, 200)
    await night.tick()
    assert night.node.agenda.waiting == {first: 3, second: 20}
    await night.beat()
    assert night.node.agenda.waiting == {first: 0, second: 15}
    await night.tick()
    assert night.node.agenda.waiting == {first: 0, second: 9}  # lines and one more


async def test_a_quarter_of_the_starts_are_retries_while_first_tries_wait(
    a_night: Begin,
) -> None:
    night = a_night(homes=16, trunks=(TRUNK,))
    await night.launched()
    first = list(night.telephone.orders)
    for order in first:
        night.fails(order, 486, 17)
    night.node.dialling = False
    await night.beat()
    night.pass_time(200)
    night.node.dialling = True
    await night.tick()
    await night.beat()
    tries = Counter(order.dialled for order in night.telephone.orders)
    assert len(night.telephone.orders) == 16
    assert list(tries.values()).count(2) == 2


async def test_lone_starts_add_up_to_a_retry(a_night: Begin) -> None:
    one = Trunk("operator", 1, 0, caller_ids=("+33199009999",))
    night = a_night(homes=12, trunks=(one,))
    await night.launched()
    night.fails(night.telephone.orders[-1], 486, 17)
    await night.beat()
    night.pass_time(200)
    for _ in range(4):
        await night.tick()
        night.does_not_answer(night.telephone.orders[-1])
        await night.beat()
    tries = Counter(order.dialled for order in night.telephone.orders)
    assert list(tries.values()).count(2) == 1


def test_a_bucket_tells_what_the_next_second_allows() -> None:
    bucket = Bucket(2.0, 1.0, 0.0)
    assert bucket.within(1.0, 0.0) == 3
    bucket.take(4, 0.0)
    assert bucket.within(1.0, 0.0) == 0
    assert Pace(bucket, Bucket(9.0, 9.0, 0.0)).within(2.0, 0.0) == 1


def test_a_broken_trunk_starts_nothing_soon_and_a_slowed_one_little() -> None:
    safeguard = Safeguard([TRUNK])
    assert safeguard.starts_within("operator", 1.0, 0.0) > 100
    safeguard._set("operator", Health(Throttle(rate=2.0)))
    assert safeguard.starts_within("operator", 1.0, 0.0) == 2
    safeguard._set("operator", Health(broken_until=9.0))
    assert safeguard.starts_within("operator", 1.0, 0.0) == 0


async def test_orders_that_pile_up_make_no_room(a_night: Begin) -> None:
    night = a_night(homes=0, trunks=(TRUNK,))
    dispatch, now = night.node.dispatch, night.node.world.clock.monotonic()
    assert dispatch.starts_within("operator", 1.0, now) == 8
    assert dispatch.starts_within("unknown", 1.0, now) == 0
    dispatch.sent("a", TRUNK, now - 2)
    assert dispatch.starts_within("operator", 1.0, now) == 0


async def test_a_call_that_is_opened_twice_holds_one_line(a_night: Begin) -> None:
    night = a_night(homes=1, trunks=(TRUNK,))
    campaign = await night.launched()
    sessions: Sessions = night.node.sessions
    [live] = sessions.live.values()
    sessions.open(live.attempt, timedelta(minutes=1))
    assert sessions.holds(campaign) == 1


async def test_where_much_is_due_it_is_counted_less_often_and_who_is_new_at_once(
    a_night: Begin,
) -> None:
    """A region has two hundred campaigns of thousands: each second was a second."""
    night = a_night(homes=0, trunks=(TRUNK,))
    first, second = town(night, 3, 100), town(night, 4, 200)
    await night.tick()
    night.supervisor.ticker._count_at = 60.0  # as after millions
    third = town(night, 5, 300)
    for index in range(2):
        night.commune.home(number(400 + index))
    await night.beat()
    left = dict(night.node.agenda.waiting)
    await night.tick()
    assert night.node.agenda.waiting == {**left, third: 5}
    night.pass_time(61)
    await night.tick()
    assert set(night.node.agenda.waiting) == {first, second, third}


async def test_who_had_nobody_left_is_counted_at_once_when_retries_come_due(
    a_night: Begin,
) -> None:
    night = a_night(homes=0, trunks=(TRUNK,))
    first, second = town(night, 2, 100), town(night, 20, 200)
    await night.tick()
    await night.beat()
    assert night.node.agenda.waiting == {first: 0, second: 14}
    for order in [o for o in night.telephone.orders if o.campaign_id == first]:
        night.fails(order, 486, 17)
    await night.beat()
    night.pass_time(400)
    night.supervisor.ticker._count_at = night.commune.clock.monotonic() + 60
    before = night.node.agenda.waiting[second]
    await night.tick()
    assert night.node.agenda.waiting == {first: 2, second: before}


async def test_twenty_nodes_count_no_more_together_than_one_alone(
    a_night: Begin,
) -> None:
    # Each of them counted all that was due each second: twenty times as much as one.
    night = a_night(homes=0, trunks=(TRUNK,))
    ticker, lease = night.supervisor.ticker, night.node.lease
    assert [ticker._pause(due) for due in (2_500, 25_000)] == [0, 2]
    one = NodeSeen("n", 1, 1, timedelta(seconds=8), lapsed=False, ready=True)
    standing = replace(lease.standing, nodes=(one,) * 20)
    lease.standing = standing
    paused = [ticker._pause(due) for due in (400, 2_500, 25_000, 500_000)]
    assert paused == [0, 5, 10, 50]
