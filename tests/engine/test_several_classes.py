"""An alert beside information on several nodes: each does its part, and no more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from automaton.domain.campaign import CampaignClass
from automaton.domain.policy import CallPolicy
from automaton.domain.trunk import Trunk
from automaton.engine.calls.prompts import Prompts
from tests.engine.several import Several
from tests.engine.test_several_shares import FakeSounds
from tests.store.commune import Commune, number

EIGHT = Trunk("operator", 8, 0, caller_ids=("+33199009999",))


@pytest.fixture
async def several(database: Engine) -> Any:
    nodes = Several(database, (EIGHT,))
    yield nodes
    await nodes.end()


def another(several: Several, homes: int, first: int, **values: Any) -> str:
    """A campaign of another collectivity, to homes of its own."""
    other = Commune(several.engine, several.commune.clock)
    for index in range(homes):
        other.home(number(first + index))
    return other.campaign(**values)


async def all_lines_are_busy(several: Several) -> None:
    """Two nodes hold half of the lines each, with an exercise."""
    several.homes(30)
    policy = CallPolicy(ring=timedelta(seconds=60))
    several.commune.campaign(campaign_class=CampaignClass.EXERCISE, policy=policy)
    first, second = await several.begin("n1"), await several.begin("n2")
    await several.live(3)
    assert (len(first.telephone.orders), len(second.telephone.orders)) == (8, 0)
    for order in first.telephone.orders[:4]:
        first.fails(order, 404, 1)
    await several.live(3)
    for night in several.living:
        for order in night.telephone.orders[-4:]:
            night.rings(order)
    await several.live(1)
    held = [sum(night.node.sessions._held.values()) for night in several.living]
    assert held == [4, 4]


def withdrawn(several: Several) -> set[str]:
    return {id_ for night in several.living for id_ in night.telephone.hung_up}


async def test_nodes_end_together_no_more_calls_than_an_alert_has_homes(
    several: Several,
) -> None:
    # Each counted all that was due, and ended as many calls as if it were alone.
    await all_lines_are_busy(several)
    another(several, 4, 60)
    await several.live(3)
    assert 4 <= len(withdrawn(several)) <= 4 + 1  # each rounds its part up


async def test_an_alert_with_many_homes_takes_all_lines_of_all_nodes(
    several: Several,
) -> None:
    await all_lines_are_busy(several)
    another(several, 20, 60)
    await several.live(4)
    assert len(withdrawn(several)) == 8


async def test_nodes_end_no_more_calls_than_the_lines_they_have_of_an_alerts_own(
    several: Several,
) -> None:
    # Each took all the lines that the alert may have for its own: 8 calls were ended.
    await all_lines_are_busy(several)
    another(several, 20, 60, policy=CallPolicy(lines=4))
    await several.live(4)
    first, second = (len(set(n.telephone.hung_up)) for n in several.living)
    assert (first, second) == (4, 2)  # who asks first has them all until others ask


async def test_a_node_that_cannot_say_an_alert_ends_no_call_for_it(
    several: Several,
) -> None:
    await all_lines_are_busy(several)
    able, mute = several.living
    mute.node.prompts = Prompts(FakeSounds(), mute.node.world.speaker)
    another(several, 20, 60)
    await several.live(4)
    assert (len(set(able.telephone.hung_up)), mute.telephone.hung_up) == (4, [])


async def test_a_small_campaign_takes_half_of_the_lines_of_all_nodes_not_of_each(
    several: Several,
) -> None:
    await all_lines_are_busy(several)
    another(several, 6, 60, campaign_class=CampaignClass.EXERCISE)
    await several.live(2)
    for night in several.living:
        for order in list(night.telephone.orders):
            night.fails(order, 404, 1)
    await several.live(2)
    small = {number(60 + index) for index in range(6)}
    held = sum(
        night.node.sessions.holds(c)
        for night in several.living
        for c in night.node.agenda.campaigns
    )
    rung = [n for n in several.rung() if n in small]
    assert (held, len(rung)) == (8, 4)


async def test_a_rate_is_shared_as_the_lines_are(database: Engine) -> None:
    paced = Trunk("operator", 8, 0, calls_per_second=4.0, caller_ids=("+33199009999",))
    several = Several(database, (paced,))
    several.homes(100)
    several.commune.campaign()
    await several.begin("n1")
    await several.begin("n2")
    await several.live(6)
    rates = [night.node.dispatch.rate("operator") for night in several.living]
    await several.end()
    assert rates == [pytest.approx(2.0), pytest.approx(2.0)]
