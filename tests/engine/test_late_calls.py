"""An Asterisk that stood still: what it dials when it wakes, and who waited for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from automaton.domain.events import LinkDown, Lost
from automaton.ports import LiveCall
from tests.engine.night import LONGEST
from tests.engine.several import Several


@pytest.fixture
async def several(database: Engine) -> Any:
    nodes = Several(database)
    yield nodes
    await nodes.end()


async def lose_link(night: Any) -> None:
    night.telephone.told.put_nowait(LinkDown(night.now, "frozen"))
    night.telephone.told.put_nowait(None)
    await night.supervisor.listener.run()


@pytest.mark.parametrize("is_up", [False, True])
async def test_a_call_that_rings_after_its_attempt_was_given_up_is_withdrawn(
    a_night: Any, is_up: bool
) -> None:
    night = a_night()
    await night.launched()
    order = night.order_to(0)
    for _ in range(2):
        night.take(Lost(order.attempt_id, night.now))
    await night.beat()
    assert night.outcomes()[0] == "unknown"
    stranger = LiveCall("somebody-calls-us", is_up=False, is_ringing=True)
    night.telephone.living = [LiveCall(order.attempt_id, is_up, not is_up), stranger]
    await night.link_comes_up()
    # Who has picked up is not cut off: a key of theirs still counts.
    assert night.telephone.hung_up == ([] if is_up else [order.attempt_id])


async def test_without_its_asterisk_a_node_holds_nobody_back_for_ever(
    several: Several,
) -> None:
    several.homes(1)
    several.commune.campaign()
    other, stuck = await several.begin("n1"), await several.begin("n2")
    await other.tick()
    await stuck.tick()
    await several.ring(stuck)
    order = stuck.order_to(0)
    await lose_link(stuck)
    await several.doze(LONGEST - 3)
    assert (stuck.outcomes(), other.telephone.orders) == ([None], [])
    await several.doze(LONGEST)
    assert stuck.outcomes()[0] == "unknown"
    await several.doze(15 * 60)
    assert len(other.telephone.orders) == 1
    stuck.telephone.living = [LiveCall(order.attempt_id, False, True)]
    await stuck.link_comes_up()
    assert stuck.telephone.hung_up == [order.attempt_id]


async def test_how_long_the_link_is_away_counts_the_sleep_too(a_night: Any) -> None:
    night = a_night()
    assert night.node.seconds_without_link() == 0.0
    await lose_link(night)
    night.commune.clock.sleep(timedelta(seconds=50))
    await lose_link(night)
    assert night.node.seconds_without_link() == 50.0
    await night.link_comes_up()
    assert night.node.seconds_without_link() == 0.0
