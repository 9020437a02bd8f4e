"""An exchange that chokes, in a night at the town hall."""

from __future__ import annotations

from dataclasses import replace

from automaton.domain.attempt import Attempt, AttemptState
from automaton.domain.campaign import CampaignClass
from automaton.domain.outcome import Outcome
from automaton.domain.policy import CallPolicy
from automaton.engine.node import NodeSettings
from automaton.engine.supervisor import Supervisor
from tests.engine.night import OPERATOR
from tests.engine.test_trunks_unwritten import beat_in_vain
from tests.store.commune import number

WIDE = replace(OPERATOR, lines=61)
SLOW = number(0)[:-4]


def dialled(night, since=0):
    return [order.dialled for order in night.telephone.orders[since:]]


async def choked(night, homes=50, others=4):
    """Ring one exchange with all its homes at once; it takes five and refuses the rest.

    The others live elsewhere, and are due after them.
    """
    for index in range(homes):
        night.commune.home(number(index))
    await night.launched(CallPolicy(lines=homes - 10))
    for order in night.telephone.orders[5:]:
        night.fails(order, 503, 34)
    for index in range(others):
        night.commune.home(number(10_000 + index))


async def beats(night, seconds, step=0.1):
    """Let so many seconds pass, with a look at what is due every tenth of one."""
    for tenth in range(round(seconds / step)):
        night.pass_time(step)
        await night.beat()
        if tenth % 10 == 9:
            await night.tick()


async def test_who_waits_for_an_exchange_keeps_nobody_else_waiting(a_night):
    night = a_night(homes=0, trunks=(WIDE,))
    await choked(night)
    before = len(night.telephone.orders)
    night.campaign()
    await night.tick()
    await night.beat()
    await night.beat()
    left = dialled(night, before)
    assert {e164 for e164 in left if not e164.startswith(SLOW)} == {
        number(10_000 + index) for index in range(4)
    }
    assert len([e164 for e164 in left if e164.startswith(SLOW)]) <= 1


async def test_a_slow_exchange_is_called_at_its_rate_and_nobody_is_forgotten(a_night):
    night = a_night(homes=0, trunks=(WIDE,))
    await choked(night, others=0)
    await night.beat()
    (rate,) = night.node.safeguard.exchanges.slow.values()
    before = len(night.telephone.orders)
    for row in night.attempts():
        if row.outcome is None and row.claimed_at is None:
            night.commune.change("attempts", row.id, due_at=night.now)
    await night.tick()
    await beats(night, 5)
    assert abs(len(dialled(night, before)) - 5 * rate) <= 2


async def test_calls_of_a_write_that_failed_are_counted_once(a_night):
    night = a_night(homes=0, trunks=(WIDE,))
    await choked(night)
    await beat_in_vain(night)
    once = dict(night.node.safeguard.exchanges.slow)
    await beat_in_vain(night)
    await night.beat()
    assert night.node.safeguard.exchanges.slow == once
    assert once.keys() == {SLOW}


async def test_a_daemon_that_learns_no_rates_rings_on(a_night):
    night = a_night(homes=0, trunks=(WIDE,))
    settings = NodeSettings("main", (WIDE,), learn_rates=False)
    night.supervisor = Supervisor(night.node.world, settings)
    night.node = night.supervisor.node
    night.node.link_is_up = True
    await choked(night)
    await night.beat()
    assert night.node.safeguard.exchanges.slow == {}


async def test_an_alert_has_turns_before_those_that_information_was_given(a_night):
    night = a_night(homes=0, trunks=(WIDE,))
    await choked(night, others=0)
    await night.beat()
    late = night.campaign(campaign_class=CampaignClass.INFORMATION)
    await night.tick()
    await beats(night, 1)
    before = len(night.telephone.orders)
    alert = night.campaign()
    await night.tick()
    await beats(night, 3)
    rung = [order.campaign_id for order in night.telephone.orders[before:]]
    assert rung.count(alert) >= 2
    assert late not in rung


def slow_down(night, exchange_of_home):
    """Let an exchange answer with congestion; no line is busy with it."""
    seconds = night.commune.clock.monotonic()
    slow, e164 = night.node.safeguard.exchanges, number(exchange_of_home)
    for _ in range(4):
        slow.started(e164, "operator", seconds)
    one = Attempt("a", "c", "r", "p", e164, night.now, trunk="operator")
    ended = replace(one, state=AttemptState.ENDED, outcome=Outcome.CONGESTION)
    slow.note(ended, seconds)


async def test_alerts_alone_claim_nothing_while_no_line_is_free(a_night):
    # Each node asked for each of two hundred alerts, at every beat, while one exchange
    # was slow: 165,000 claims for 800 calls.
    night = a_night(homes=9)
    await night.launched()
    slow_down(night, 10_000)
    await night.tick()
    assert night.node.lines.free("operator") == 0
    assert not night.supervisor._intent()


async def test_an_alert_with_nobody_to_give_a_later_turn_looks_once_a_second(a_night):
    night = a_night(homes=9)
    night.campaign(campaign_class=CampaignClass.INFORMATION)
    alert = await night.launched()
    slow_down(night, 10_000)
    await night.tick()
    assert [want.campaign_id for want in night.supervisor._intent().wants] == [alert]
    assert not night.supervisor._intent()
    night.pass_time(1)
    assert night.supervisor._intent()


async def test_an_alert_gives_later_turns_until_everybody_has_one(a_night):
    night = a_night(homes=9)
    night.campaign(campaign_class=CampaignClass.INFORMATION)
    await night.launched()
    slow_down(night, 0)
    await night.tick()
    await night.beat()
    assert night.supervisor._intent()


async def test_a_call_that_waits_its_turn_on_the_trunk_may_be_taken_back(a_night):
    # It left all the same, half a second after its campaign was stopped; then it was
    # kept back, and its home lost one of three tries without a ring.
    capped = replace(OPERATOR, lines=30, calls_per_second=40.0)
    night = a_night(homes=4, trunks=(capped,))
    waits = []

    async def spread(seconds):
        waits.append(seconds)
        for attempt_id in list(night.node.sessions.live if len(waits) < 4 else ()):
            night.supervisor._effects.hang_up(attempt_id)

    world = replace(night.node.world, spread=spread)
    night.node.world = world
    await night.launched()
    assert waits
    assert night.telephone.orders == []
    assert night.node.lines.in_use == 0
    await beats(night, 4)
    assert len(night.telephone.orders) == 4
    assert night.outcomes() == [None] * 4
    assert not any(row.withdrawn for row in night.attempts())


async def test_one_that_nobody_waits_for_any_more_is_cancelled_and_not_counted(a_night):
    capped = replace(OPERATOR, lines=30, calls_per_second=40.0)
    night = a_night(homes=2, trunks=(capped,))

    async def spread(seconds):
        for attempt_id in list(night.node.sessions.live):
            night.supervisor._effects.hang_up(attempt_id)

    night.node.world = replace(night.node.world, spread=spread)
    campaign = night.campaign()
    await night.tick()
    await night.supervisor.beat()  # its orders wait for their turn
    night.command("stop", campaign)
    await night.tick()
    await beats(night, 2)
    await night.tick()
    assert night.telephone.orders == []
    assert set(night.outcomes()) == {"cancelled"}
    assert [row.claimed_at for row in night.attempts()] == [None, None]
    assert set(night.states()) == {"cancelled"}


async def test_calls_on_a_rate_leave_one_after_the_other(a_night):
    capped = replace(OPERATOR, lines=30, calls_per_second=40.0)
    night = a_night(homes=4, trunks=(capped,))
    waits = []

    async def spread(seconds):
        waits.append(seconds)

    night.node.world = replace(night.node.world, spread=spread)
    await night.launched()
    assert len(night.telephone.orders) == 4
    assert waits == sorted(waits)
    assert waits[-1] >= 0.05
