"""Several channels under one engine: a dead one stops only its own trunks."""

from __future__ import annotations

from automaton.domain.events import Answered, LinkDown, LinkUp
from automaton.domain.trunk import Trunk
from automaton.engine.duty.duty_call import Summons
from tests.engine.night import OPERATOR

SQUARE = Trunk("square", 4, reserved_lines=1)
BOTH = (OPERATOR, SQUARE)


async def told(night, *events):
    """Let the listener hear these facts about links, and no more."""
    for event in (*events, None):
        night.telephone.told.put_nowait(event)
    await night.supervisor.listener.run()


def down(night, trunk):
    return LinkDown(night.now, "cut", frozenset({trunk}))


def up(night, trunk, restarted=False):
    return LinkUp(night.now, restarted, frozenset({trunk}))


def rung(night):
    return [order.trunk for order in night.telephone.orders]


async def test_a_dead_channel_leaves_the_calls_to_the_others(a_night):
    night = a_night(homes=8, trunks=BOTH)
    await told(night, down(night, "operator"))
    await night.launched()
    assert rung(night) == ["square"] * 3
    await told(night, up(night, "operator"))
    await night.beat()
    assert rung(night)[3:] == ["operator"] * 3


async def test_nothing_is_dialled_until_some_channel_is_in_reach(a_night):
    night = a_night(homes=2, trunks=BOTH)
    await told(night, down(night, "operator"), down(night, "square"))
    await night.launched()
    assert (rung(night), night.node.link_is_up) == ([], False)
    await told(night, up(night, "square"))
    await night.beat()
    assert rung(night) == ["square"] * 2


async def test_the_gap_of_one_channel_ends_no_call_of_another(a_night):
    night = a_night(homes=1, trunks=BOTH)
    await night.launched()
    await told(night, down(night, "square"), up(night, "square", restarted=True))
    await night.beat()
    assert (rung(night), night.states()) == (["operator"], ["trying"])


async def test_a_restart_of_its_own_channel_ends_a_call(a_night):
    night = a_night(homes=1, trunks=BOTH)
    await night.launched()
    await told(night, up(night, "operator", restarted=True))
    await night.beat()
    assert night.outcomes()[0] == "unknown"


async def test_an_overdue_call_out_of_reach_is_not_given_up(a_night):
    night = a_night(homes=1, trunks=BOTH)
    await night.launched()
    await told(night, down(night, "operator"))
    night.pass_time(3600)
    await night.tick()
    await night.beat()
    assert (night.states(), night.outcomes()) == (["trying"], [None])


async def test_a_duty_call_takes_no_line_that_is_out_of_reach(a_night):
    night = a_night(homes=1, trunks=BOTH)
    await told(night, down(night, "operator"))
    lines = night.node.lines
    assert (lines.free_for_duty("operator"), lines.free_for_duty("square")) == (0, 4)


async def test_a_duty_call_goes_only_where_a_telephone_rings(a_night):
    board = Trunk("board", 4, rings=False)
    night = a_night(homes=0, trunks=(board, OPERATOR))
    night.on_duty("+33639980001")
    summons = Summons(night.commune.id, None, "no call leaves", "Rien ne part.")
    night.node.spawn(night.node.summoner.summon(summons), "keep summoning")
    order = await night.duty_order("+33639980001")
    assert order.trunk == "operator"
    night.take(Answered(order.attempt_id, night.now))
    night.presses(order)
    night.hangs_up(order)
    await night.alarms_end()
