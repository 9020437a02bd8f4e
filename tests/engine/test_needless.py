"""A word from elsewhere ends the call that still rings, whatever was away meanwhile."""

from __future__ import annotations

import pytest

from automaton.errors import LineError
from automaton.ports import LiveCall
from tests.engine.test_faulty_database import Shaky
from tests.engine.test_recover import killed_and_started_again


def word(night, campaign: str) -> None:
    (recipient,) = night.recipients()
    night.command("acknowledge", campaign, recipient=recipient.id, proof="called_back")


async def ringing(night) -> tuple[str, str]:
    """Return a campaign and its one call, which rings."""
    campaign = await night.launched()
    order = night.order_to(0)
    night.rings(order)
    await night.beat()
    ringing = LiveCall(order.attempt_id, is_up=False, is_ringing=True)
    night.telephone.living = [ringing]
    return campaign, order.attempt_id


async def test_a_hang_up_that_the_outage_swallowed_is_sent_when_the_link_is_back(
    a_night,
):
    # The home that had called back went on being rung until the call's deadline.
    night = a_night()
    campaign, attempt = await ringing(night)
    night.node.link_is_up = False
    night.telephone.fails = [LineError("the link is away")]
    word(night, campaign)
    await night.tick()
    await night.beat()
    assert (night.states(), night.telephone.hung_up) == (["acknowledged"], [])
    await night.link_comes_up()
    await night.settle_down()
    assert night.telephone.hung_up == [attempt]


async def test_a_wind_up_that_the_outage_swallowed_is_sent_when_the_link_is_back(
    a_night,
):
    night = a_night()
    campaign, attempt = await ringing(night)
    night.picks_up(night.order_to(0))
    night.telephone.fails = [LineError("the link is away")]
    word(night, campaign)
    await night.tick()
    night.node.link_is_up = False
    await night.beat()
    night.telephone.living = [LiveCall(attempt, is_up=True, is_ringing=False)]
    assert night.telephone.wound_up == []
    await night.link_comes_up()
    await night.settle_down()
    assert (night.telephone.wound_up, night.telephone.hung_up) == ([attempt], [])


async def test_a_stop_during_the_outage_hangs_up_when_the_link_is_back(a_night):
    night = a_night()
    campaign, attempt = await ringing(night)
    night.node.link_is_up = False
    night.telephone.fails = [LineError("the link is away")]
    night.command("stop", campaign)
    await night.tick()
    assert night.telephone.hung_up == []
    await night.link_comes_up()
    await night.settle_down()
    assert night.telephone.hung_up == [attempt]


async def test_a_hang_up_that_failed_by_a_link_that_never_fell_is_sent_again(a_night):
    night = a_night()
    campaign, attempt = await ringing(night)
    night.telephone.fails = [LineError("no answer in time")]
    word(night, campaign)
    await night.tick()
    await night.beat()
    assert night.telephone.hung_up == []
    await night.tick()
    assert night.telephone.hung_up == [attempt]


async def test_a_word_that_was_committed_unheard_ends_the_call(a_night):
    # The commit had seemed to fail: nobody told the loop, the call rang to its end.
    night = a_night()
    campaign, attempt = await ringing(night)
    word(night, campaign)
    whole = night.node.writer._ledger
    night.node.writer._ledger = Shaky(whole, lambda: "after")
    await night.tick()
    night.node.writer._ledger = whole
    assert (night.states(), night.telephone.hung_up) == (["acknowledged"], [])
    await night.tick()
    await night.beat()
    assert night.telephone.hung_up == [attempt]


async def test_a_word_reaches_the_call_though_the_count_of_the_day_fails(a_night):
    night = a_night()
    campaign, attempt = await ringing(night)
    night.pass_time(20 * 3600)
    for live in night.node.sessions.live.values():
        live.deadline = night.now + live.deadline.resolution
    word(night, campaign)
    fails = iter([None, "before"])
    whole = night.node.writer._ledger
    night.node.writer._ledger = Shaky(whole, lambda: next(fails, None))
    await night.tick()
    await night.beat()
    assert night.telephone.hung_up[0] == attempt
    assert night.attempts()[0].proof == "called_back"


@pytest.mark.parametrize("is_up", [False, True])
async def test_a_daemon_that_was_killed_after_the_word_ends_the_call(
    a_night, database, is_up
):
    night = a_night()
    campaign, attempt = await ringing(night)
    word(night, campaign)
    night.telephone.fails = [LineError("the daemon is killed")]
    await night.tick()
    await night.beat()
    night.telephone.living = [LiveCall(attempt, is_up=is_up, is_ringing=not is_up)]
    assert night.telephone.hung_up == []
    life = await killed_and_started_again(night, database, telephone=night.telephone)
    await life.settle_down()
    ended = night.telephone.wound_up if is_up else night.telephone.hung_up
    assert ended == [attempt]
    await life.node.finish_tasks(1.0)
    life.node.writer.close()


async def test_a_database_that_fails_at_the_healing_is_asked_again(a_night):
    night = a_night()
    campaign, attempt = await ringing(night)
    night.telephone.fails = [LineError("the link is away")]
    word(night, campaign)
    await night.tick()
    night.node.link_is_up = False
    await night.beat()
    whole = night.node.writer._ledger
    night.node.writer._ledger = Shaky(whole, lambda: "before")
    await night.link_comes_up()
    await night.settle_down()
    assert night.telephone.hung_up == []
    night.node.writer._ledger = whole
    await night.tick()
    assert night.telephone.hung_up == [attempt]


async def test_who_confirmed_in_the_call_hears_it_to_its_end(a_night):
    night = a_night()
    _, attempt = await ringing(night)
    night.presses(night.order_to(0))
    await night.beat()
    night.telephone.living = [LiveCall(attempt, is_up=True, is_ringing=False)]
    night.node.link_is_up = False
    await night.link_comes_up()
    await night.settle_down()
    assert (night.telephone.wound_up, night.telephone.hung_up) == ([], [])


async def test_a_home_whose_call_was_taken_back_by_a_stop_is_cancelled(a_night):
    # It was listed as exhausted, though it had tries left when the stop came.
    night = a_night()
    campaign = await night.launched()
    night.does_not_answer(night.order_to(0))
    await night.beat()
    night.pass_time(400)
    await night.tick()
    await night.beat()
    night.rings(night.order_to(0))
    night.command("stop", campaign)
    await night.tick()
    night.hangs_up(night.order_to(0))
    await night.beat()
    assert night.outcomes() == ["no_answer", "cancelled"]
    assert night.states() == ["cancelled"]
