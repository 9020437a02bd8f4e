"""An alert needs lines that others hold: ringing ends, sentences do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from automaton.domain.attempt import Attempt, AttemptState
from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.events import HungUp
from automaton.domain.outcome import Outcome
from automaton.domain.policy import CallPolicy
from automaton.domain.trunk import Trunk
from automaton.ports import CallOrder
from tests.engine.conftest import Begin
from tests.engine.night import Night
from tests.store.commune import Commune, number

SHOWN = ("+33199009999",)


def busy_night(begin: Begin, homes: int = 4, **how: Any) -> Night:
    """A night with four lines and none in reserve."""
    trunk = Trunk("operator", 4, 0, caller_ids=SHOWN)
    return begin(homes=homes, trunks=how.pop("trunks", (trunk,)), **how)


async def information(night: Night, **values: Any) -> tuple[str, list[CallOrder]]:
    """Launch a campaign that is less urgent; return it with its first orders."""
    usual = {"campaign_class": CampaignClass.EXERCISE}
    campaign = await night.launched(**(usual | values))
    return campaign, list(night.telephone.orders)


def alert(night: Night, homes: int, first: int = 50, **values: Any) -> str:
    """An alert of another collectivity to homes of its own."""
    other = Commune(night.engine, night.commune.clock)
    for index in range(homes):
        other.home(number(first + index))
    return other.campaign(**values)


async def hurried(night: Night) -> None:
    """What follows a command: a look, a chunk that is planned, a beat."""
    await night.tick()
    await night.beat()


def withdrawn(night: Night) -> set[str]:
    return set(night.telephone.hung_up)


def rung(night: Night) -> list[str]:
    return sorted(order.dialled for order in night.telephone.orders)


def end(night: Night, *attempts: str) -> None:
    night.take(*(HungUp(id_, night.now, 487, 16) for id_ in attempts))


async def looks(night: Night, times: int = 2) -> None:
    for _ in range(times):
        night.pass_time(0.25)
        await night.beat()


async def test_an_alert_takes_ringing_lines_at_once_and_lets_sentences_end(
    a_night: Begin,
) -> None:
    night = busy_night(a_night)
    _, orders = await information(night)
    for order in orders[:3]:
        night.rings(order)
    night.picks_up(orders[3])
    night.pass_time(3)
    alert(night, 4)

    await hurried(night)

    assert withdrawn(night) == {order.attempt_id for order in orders[:3]}
    assert night.telephone.wound_up == [orders[3].attempt_id]
    end(night, *withdrawn(night))
    await night.beat()
    assert len(rung(night)) == 4 + 3
    night.hangs_up(orders[3])
    await night.beat()
    assert rung(night)[4:] == [number(50 + index) for index in range(4)]


async def test_who_was_withdrawn_for_an_alert_is_rung_later(a_night: Begin) -> None:
    night = busy_night(a_night, homes=1)
    campaign, [order] = await information(night)
    night.rings(order)
    alert(night, 6)
    await hurried(night)
    await looks(night)
    end(night, order.attempt_id)
    await night.beat()

    assert night.outcomes()[0] == "cancelled"
    mine = {row.id: row for row in night.commune.rows("recipients")}
    [again] = [
        row
        for row in night.attempts()
        if row.campaign_id == campaign and row.outcome is None
    ]
    assert again.due_at - night.now == timedelta(minutes=5)
    assert again.ordinal == 2
    assert mine[again.recipient_id].state.value == "waiting"


async def test_no_more_calls_are_ended_than_the_alert_has_homes(
    a_night: Begin,
) -> None:
    night = busy_night(a_night)
    _, orders = await information(night)
    alert(night, 1)
    await hurried(night)
    await looks(night)

    assert len(withdrawn(night)) == 1
    end(night, *withdrawn(night))
    await looks(night)
    assert [o.dialled for o in night.telephone.orders[4:]] == [number(50)]
    assert len(withdrawn(night)) == 1
    assert len(orders) == 4


async def test_the_call_that_has_rung_the_shortest_is_taken_back(
    a_night: Begin,
) -> None:
    night = busy_night(a_night, homes=3)
    await information(night)
    night.pass_time(5)
    alert(night, 1, first=30, campaign_class=CampaignClass.EXERCISE)
    await hurried(night)
    for order in night.telephone.orders:
        night.rings(order)
    alert(night, 1)
    await hurried(night)

    assert len(night.telephone.orders) == 4
    assert withdrawn(night) == {night.order_to(30).attempt_id}


async def test_free_lines_are_enough_where_there_are_some(a_night: Begin) -> None:
    night = busy_night(a_night, homes=2)
    await information(night)
    alert(night, 2)
    await hurried(night)
    await looks(night)
    assert withdrawn(night) == set()
    assert len(night.telephone.orders) == 4


@pytest.mark.parametrize(
    "values",
    [
        {"state": CampaignState.PAUSED},
        {"campaign_class": CampaignClass.WELFARE},
        {"campaign_class": CampaignClass.INFORMATION},
    ],
)
async def test_a_paused_alert_and_other_classes_end_nobodys_call(
    a_night: Begin, values: dict[str, Any]
) -> None:
    night = busy_night(a_night)
    await information(night)
    alert(night, 3, **values)
    await hurried(night)
    await looks(night)
    assert withdrawn(night) == set()


async def test_an_alert_takes_the_lines_of_a_campaign_that_was_paused(
    a_night: Begin,
) -> None:
    # Somebody paused it for the alert's sake, and its telephones rang on all lines.
    night = busy_night(a_night)
    campaign, orders = await information(night)
    alert(night, 4)
    night.command("pause", campaign)
    await hurried(night)
    assert withdrawn(night) == {order.attempt_id for order in orders}


async def test_an_alert_ends_no_call_of_another_alert(a_night: Begin) -> None:
    night = busy_night(a_night)
    await information(night, campaign_class=CampaignClass.ALERT)
    alert(night, 3)
    await hurried(night)
    await looks(night)
    assert withdrawn(night) == set()


async def test_only_calls_on_trunks_of_the_alert_are_ended(a_night: Begin) -> None:
    trunks = tuple(Trunk(name, 2, 0, caller_ids=SHOWN) for name in ("east", "west"))
    night = busy_night(a_night, trunks=trunks)
    _, orders = await information(night)
    alert(night, 4, policy=CallPolicy(trunks=("west",)))
    await hurried(night)
    await looks(night)
    west = {o.attempt_id for o in orders if o.trunk == "west"}
    assert withdrawn(night) == west


async def test_no_call_is_ended_where_the_pace_holds_the_alert_back(
    a_night: Begin,
) -> None:
    slow = Trunk("operator", 4, 0, calls_per_second=1.0, caller_ids=SHOWN)
    night = busy_night(a_night, trunks=(slow,))
    await information(night)
    for _ in range(4):
        night.pass_time(1)
        await night.beat()
    assert len(night.telephone.orders) == 4
    alert(night, 4)
    await hurried(night)
    assert len(withdrawn(night)) == 2  # one may start now, one within the second


async def test_an_alert_under_way_waits_for_lines_that_fall_free_by_themselves(
    a_night: Begin,
) -> None:
    night = busy_night(a_night, homes=3)
    _, orders = await information(night)
    alert(night, 2)
    await hurried(night)
    assert withdrawn(night) == set()  # it has a line; one more may fall free
    night.hangs_up(orders[0])
    await looks(night, 3)
    assert withdrawn(night) == set()
    assert len(night.telephone.orders) == 5


async def test_but_no_longer_than_until_the_next_look(a_night: Begin) -> None:
    night = busy_night(a_night, homes=3)
    await information(night)
    alert(night, 2)
    await hurried(night)
    await looks(night, 2)
    assert len(withdrawn(night)) == 1


async def test_a_call_that_was_hung_up_in_vain_is_ended_again(a_night: Begin) -> None:
    night = busy_night(a_night, homes=4)
    await information(night)
    alert(night, 4)
    await hurried(night)
    assert len(night.telephone.hung_up) == 4
    await looks(night, 8)
    assert len(night.telephone.hung_up) == 4
    await looks(night, 6)
    assert len(night.telephone.hung_up) == 8


async def test_who_has_pressed_a_key_is_thanked_to_the_end(a_night: Begin) -> None:
    night = busy_night(a_night, homes=4)
    _, orders = await information(night)
    night.picks_up(orders[0])
    night.presses(orders[0])
    alert(night, 4)
    await hurried(night)
    assert withdrawn(night) == {o.attempt_id for o in orders[1:]}
    assert night.telephone.wound_up == []


async def test_who_gives_way_to_an_alert_is_not_told_to_be_silent(
    a_night: Begin,
) -> None:
    """The duty list was not rung for information that an alert keeps waiting."""
    night = busy_night(a_night)
    night.on_duty(number(90))
    campaign, orders = await information(night)
    alert(night, 12)
    await hurried(night)
    end(night, *(o.attempt_id for o in orders))
    await night.beat()
    (held,) = {o.campaign_id for o in night.telephone.orders[4:]}
    assert held != campaign
    mine = (row for row in night.attempts() if row.campaign_id == campaign)
    waits = next(row.id for row in mine if row.outcome is None)
    night.commune.change("attempts", waits, due_at=night.now)
    for _ in range(3):
        night.pass_time(15)
        await night.tick()
    assert not night.node.watch.is_ringing


async def test_no_call_is_ended_for_an_alert_that_has_all_the_lines_it_may_have(
    a_night: Begin,
) -> None:
    night = busy_night(a_night)
    await information(night)
    alert(night, 12, policy=CallPolicy(lines=1))
    await hurried(night)
    await looks(night, 3)
    assert len(withdrawn(night)) == 1

    end(night, *withdrawn(night))
    await looks(night, 8)
    assert len(night.telephone.orders) == 5
    assert len(withdrawn(night)) == 1


async def test_no_call_is_ended_for_an_alert_that_waits_for_a_slow_exchange(
    a_night: Begin,
) -> None:
    night = busy_night(a_night)
    await information(night)
    seconds = night.commune.clock.monotonic()
    slow = night.node.safeguard.exchanges
    for _ in range(4):
        slow.started(number(10_000), "operator", seconds)
    one = Attempt("a", "c", "r", "p", number(10_000), night.now, trunk="operator")
    slow.note(
        replace(one, state=AttemptState.ENDED, outcome=Outcome.CONGESTION), seconds
    )
    alert(night, 12, first=10_000)
    await hurried(night)
    assert len(withdrawn(night)) <= 1  # the exchange takes one within the second
    alert(night, 2, first=80)
    await hurried(night)
    await looks(night)
    assert 2 <= len(withdrawn(night)) <= 3


async def test_no_call_is_ended_for_an_alert_that_cannot_be_claimed_for(
    a_night: Begin,
) -> None:
    night = busy_night(a_night)
    await information(night)
    campaign = alert(night, 4)
    seconds = night.commune.clock.monotonic()
    night.supervisor._apart._blocked[campaign] = seconds + 60
    await hurried(night)
    await looks(night)
    assert withdrawn(night) == set()
