"""Key 0: whom it rings, on which line, and for how long the call may last then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from automaton.domain.dialling import AllowList
from automaton.domain.events import TransferBegan, TransferEnded
from automaton.domain.policy import CallPolicy
from automaton.domain.trunk import Trunk
from automaton.ports import Person
from tests.engine.night import LONGEST, OPERATOR

PERSON = "+33639980009"
OFFERED = CallPolicy(transfer=PERSON)


async def test_an_order_says_whom_key_0_rings(a_night):
    night = a_night(trunks=(replace(OPERATOR, number_format="national"),))
    await night.launched(OFFERED)
    (order,) = night.telephone.orders
    assert order.keys == "120"
    assert order.person == Person("operator", "0639980009", 1, "+33199009999")


@pytest.mark.parametrize(
    "trunk",
    [
        Trunk("operator", 4, reserved_lines=0),
        Trunk("operator", 4, allowed=AllowList(("+331",))),
    ],
)
async def test_key_0_is_not_offered_where_no_trunk_may_ring_the_person(a_night, trunk):
    night = a_night(trunks=(trunk,))
    await night.launched(OFFERED)
    (order,) = night.telephone.orders
    assert (order.keys, order.person) == ("12", None)


async def test_the_person_is_rung_on_a_line_that_is_counted(a_night):
    night = a_night()
    await night.launched(OFFERED)
    (order,) = night.telephone.orders
    night.picks_up(order)
    for _ in range(2):
        night.take(TransferBegan(order.attempt_id, night.now, "operator"))
        assert night.node.lines.in_use == 2
        night.take(TransferEnded(order.attempt_id, night.now))
        assert night.node.lines.in_use == 1
    night.take(TransferBegan(order.attempt_id, night.now, "operator"))
    night.hangs_up(order)
    assert night.node.lines.in_use == 0
    night.take(TransferBegan("stranger", night.now, "nowhere"))
    assert night.node.lines.in_use == 0


async def test_who_talks_with_a_person_is_not_cut_off_as_overdue(a_night):
    night = a_night()
    await night.launched(OFFERED)
    (order,) = night.telephone.orders
    night.picks_up(order)
    night.take(TransferBegan(order.attempt_id, night.now, "operator"))
    night.pass_time(LONGEST + 60)
    await night.tick()
    assert night.telephone.hung_up == []
    night.pass_time(timedelta(minutes=20).total_seconds())
    await night.tick()
    assert night.states() != ["acknowledged"]


async def test_talking_with_a_person_is_no_acknowledgement(a_night):
    night = a_night()
    await night.launched(OFFERED)
    (order,) = night.telephone.orders
    night.picks_up(order)
    night.take(TransferBegan(order.attempt_id, night.now, "operator"))
    night.take(TransferEnded(order.attempt_id, night.now))
    night.hangs_up(order)
    await night.beat()
    assert night.states() == ["waiting"]
    assert night.outcomes()[0] == "answered_no_key"


BROKEN, SOUND = Trunk("broken", 4, caller_ids=("+33199009998",)), OPERATOR


@pytest.mark.parametrize("fault", ["left", "out of reach"])
async def test_key_0_rings_by_a_trunk_that_is_up(a_night, fault):
    # It rang by the first one, also where nothing got through there.
    night = a_night(trunks=(BROKEN, SOUND))
    if fault == "left":
        await night.launched(OFFERED)
        night.fails(night.telephone.orders[0], 401, 21)
        await night.beat()
        night.pass_time(60)
        await night.tick()
        await night.beat()
    else:
        night.node.lines.lose(["broken"])
        await night.launched(OFFERED)
    order = night.telephone.orders[-1]
    assert order.trunk == "operator"
    assert order.person is not None
    assert order.person.trunk == "operator"


async def test_key_0_rings_by_the_broken_trunk_where_no_other_may(a_night):
    other = replace(SOUND, allowed=AllowList(("+331",)))
    night = a_night(trunks=(BROKEN, other))
    night.node.lines.lose(["broken"])
    await night.launched(OFFERED)
    (order,) = night.telephone.orders
    assert (order.trunk, order.person.trunk) == ("operator", "broken")
