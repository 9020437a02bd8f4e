"""The main job, fact by fact: a call leaves, a key is pressed, nobody is rung twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.dialling import AllowList
from automaton.domain.events import HungUp
from automaton.domain.policy import CallPolicy
from automaton.domain.trunk import Trunk
from automaton.errors import LineError
from tests.engine.night import LONGEST, OPERATOR
from tests.store.commune import number


async def test_a_key_is_committed_before_the_person_is_thanked(a_night):
    night = a_night()
    await night.launched()
    order = night.order_to(0)
    night.rings(order)
    night.picks_up(order)
    night.presses(order)
    assert night.telephone.confirmed == []
    await night.beat()
    assert night.states() == ["acknowledged"]
    assert night.telephone.confirmed == [(order.attempt_id, 1)]


async def test_an_acknowledged_home_is_never_rung_again(a_night):
    night = a_night()
    campaign = await night.launched()
    order = night.order_to(0)
    night.picks_up(order)
    night.presses(order)
    night.hangs_up(order)
    await night.beat()
    night.pass_time(86_400)
    await night.tick()
    await night.beat()
    assert len(night.telephone.orders) == 1
    assert night.state_of(campaign) == "finished"


async def test_intent_is_committed_before_the_order_leaves(a_night):
    night = a_night()
    seen = []

    async def place(order):
        seen.append([(row.state.value, row.trunk) for row in night.attempts()])

    night.telephone.place = place
    await night.launched()
    assert seen == [[("claimed", "operator")]]


async def test_lines_hold_and_one_is_kept_back(a_night):
    night = a_night(homes=9)
    await night.launched()
    await night.beat()
    assert len(night.telephone.orders) == 3
    night.hangs_up(night.telephone.orders[0])
    await night.beat()
    assert len(night.telephone.orders) == 4


async def test_a_campaign_keeps_to_its_own_lines(a_night):
    night = a_night(homes=5)
    await night.launched(CallPolicy(lines=2))
    await night.beat()
    assert len(night.telephone.orders) == 2


async def test_calls_a_second_hold(a_night):
    slow = replace(OPERATOR, lines=50, calls_per_second=2.0)
    night = a_night(homes=9, trunks=(slow,))
    await night.launched()
    left = [len(night.telephone.orders)]
    for _ in range(4):
        night.pass_time(0.5)
        await night.beat()
        left.append(len(night.telephone.orders))
    assert left == [1, 2, 3, 4, 5]


async def test_a_home_that_does_not_answer_is_tried_again_after_five_minutes(a_night):
    night = a_night()
    await night.launched()
    night.does_not_answer(night.order_to(0))
    await night.beat()
    assert (night.states(), night.outcomes()) == (["waiting"], ["no_answer", None])
    night.pass_time(299)
    await night.beat()
    assert len(night.telephone.orders) == 1
    night.pass_time(2)
    await night.beat()
    assert len(night.telephone.orders) == 2


async def test_the_hangup_may_come_before_the_verdict(a_night):
    night = a_night()
    await night.launched()
    night.does_not_answer(night.order_to(0))
    await night.beat()
    assert night.outcomes()[0] == "no_answer"
    assert night.node.lines.in_use == 0


async def test_a_verdict_that_never_comes_is_not_waited_for(a_night):
    night = a_night()
    await night.launched()
    order = night.order_to(0)
    night.take(HungUp(order.attempt_id, night.now, 486, 17))
    await night.beat()
    assert night.states() == ["trying"]
    night.pass_time(1.5)
    await night.beat()
    assert (night.states(), night.outcomes()[0]) == (["waiting"], "busy")


async def test_the_second_call_says_that_we_called_before(a_night):
    night = a_night()
    await night.launched()
    first = night.order_to(0)
    night.picks_up(first)
    night.hangs_up(first)
    await night.beat()
    night.pass_time(601)
    await night.beat()
    assert (first.again, night.order_to(0).again) == (False, True)


async def test_an_order_that_never_left_spends_nothing(a_night):
    night = a_night()
    night.telephone.fails = [LineError("no link")]
    await night.launched()
    await night.beat()
    assert night.outcomes() == ["local_failure", None]
    night.pass_time(31)
    await night.beat()
    assert len(night.telephone.orders) == 1


async def test_an_order_that_may_have_left_goes_into_quarantine(a_night):
    night = a_night()
    night.telephone.fails = [LineError("cut", may_have_left=True)]
    await night.launched()
    await night.beat()
    assert night.states() == ["quarantined"]
    night.pass_time(200)
    await night.beat()
    assert night.telephone.orders == []


async def test_a_quarantine_ends_as_unknown_and_the_home_is_tried_again(a_night):
    night = a_night()
    night.telephone.fails = [LineError("cut", may_have_left=True)]
    await night.launched()
    await night.beat()
    night.pass_time(LONGEST + 1)
    await night.tick()
    await night.beat()
    assert night.outcomes() == ["unknown", None]
    night.pass_time(301)
    await night.beat()
    assert len(night.telephone.orders) == 1


async def test_one_number_is_never_called_twice_at_once(a_night):
    night = a_night()
    night.commune.home(number(0))
    await night.launched()
    await night.beat()
    assert len(night.telephone.orders) == 1
    night.presses(night.order_to(0))
    night.hangs_up(night.order_to(0))
    await night.beat()
    night.pass_time(3)
    await night.tick()
    await night.beat()
    assert len(night.telephone.orders) == 2
    assert sorted(night.states()) == ["acknowledged", "trying"]


async def test_a_late_key_wins_over_an_end_that_is_on_record(a_night):
    night = a_night()
    await night.launched()
    order = night.order_to(0)
    night.picks_up(order)
    night.hangs_up(order)
    await night.beat()
    assert night.outcomes()[0] == "answered_no_key"
    night.presses(order)
    await night.beat()
    assert night.states() == ["acknowledged"]
    assert night.outcomes() == ["acknowledged", "cancelled"]


async def test_an_acknowledgement_from_elsewhere_hangs_up_what_still_rings(a_night):
    night = a_night()
    campaign = await night.launched()
    order = night.order_to(0)
    night.rings(order)
    await night.beat()
    (recipient,) = night.recipients()
    night.command("acknowledge", campaign, recipient=recipient.id, proof="called_back")
    await night.tick()
    await night.beat()
    assert night.telephone.hung_up == [order.attempt_id]
    (recipient,) = night.recipients()
    assert (recipient.state.value, recipient.proof) == ("acknowledged", "called_back")
    night.fails(order, 487, 16)
    await night.beat()
    assert night.outcomes() == ["cancelled"]


async def test_a_persons_word_also_closes_what_is_only_planned(a_night):
    night = a_night()
    campaign = await night.launched()
    night.does_not_answer(night.order_to(0))
    await night.beat()
    (recipient,) = night.recipients()
    night.command("acknowledge", campaign, recipient=recipient.id)
    await night.tick()
    await night.beat()
    night.pass_time(1000)
    await night.beat()
    assert night.states() == ["acknowledged"]
    assert len(night.telephone.orders) == 1


async def test_an_attempt_whose_hangup_is_missed_is_ended_by_its_deadline(a_night):
    night = a_night()
    await night.launched()
    night.picks_up(night.order_to(0))
    await night.beat()
    night.pass_time(LONGEST + 1)
    await night.tick()
    await night.tick()
    await night.beat()
    assert night.node.lines.in_use == 0
    assert night.outcomes()[0] == "answered_no_key"


async def test_an_exercise_says_so_and_information_offers_to_opt_out(a_night):
    night = a_night(homes=1)
    await night.launched(campaign_class=CampaignClass.EXERCISE)
    assert night.order_to(0).exercise
    assert night.order_to(0).keys == "12"


async def test_the_other_trunk_carries_what_one_must_not(a_night):
    abroad = Trunk("abroad", 3, allowed=AllowList(("+44",)))
    night = a_night(trunks=(abroad, OPERATOR))
    await night.launched()
    assert night.order_to(0).trunk == "operator"


async def test_a_number_that_its_trunk_cannot_carry_now_goes_back_unspent(a_night):
    full = Trunk("full", 2, allowed=AllowList(("+331",)))
    abroad = Trunk("abroad", 3, allowed=AllowList(("+44",)))
    night = a_night(homes=2, trunks=(abroad, full))
    await night.launched()
    assert [order.trunk for order in night.telephone.orders] == ["full"]
    assert sorted(row.state.value for row in night.attempts()) == ["claimed", "planned"]


async def test_a_first_number_that_no_trunk_may_dial_leaves_the_second_one(a_night):
    # It was claimed and given back for ever, and the second number never rang.
    night = a_night(homes=0, trunks=(replace(OPERATOR, allowed=AllowList(("+33",))),))
    night.commune.home("+262262000001", number(1))
    await night.launched()
    assert night.telephone.orders == []
    await night.beat()
    await night.beat()
    assert [order.dialled for order in night.telephone.orders] == [number(1)]


async def test_another_trunk_is_only_one_that_the_campaign_may_use(a_night):
    # A 404 was "confirmed" at once by the very trunk that had said it.
    night = a_night(trunks=(OPERATOR, Trunk("other", 4)))
    await night.launched(CallPolicy(trunks=("operator",)))
    night.fails(night.order_to(0), 404, 1)
    await night.beat()
    await night.beat()
    assert len(night.telephone.orders) == 1


async def test_a_key_that_comes_between_the_end_and_its_commit_is_kept(a_night):
    # The ended attempt overwrote what the late fact had written beside it.
    night = a_night()
    await night.launched()
    order = night.order_to(0)
    night.picks_up(order)
    await night.beat()
    night.hangs_up(order)
    night.presses(order)
    await night.beat()
    assert (night.states(), night.outcomes()) == (["acknowledged"], ["acknowledged"])


async def test_an_order_that_cannot_be_built_frees_its_line(a_night):
    night = a_night()
    night.telephone.fails = [ValueError("no such prompt")]
    await night.launched()
    await night.beat()
    assert (night.node.lines.in_use, night.outcomes()[0]) == (0, "local_failure")


async def test_an_order_that_may_have_left_keeps_its_line_until_it_is_over(a_night):
    night = a_night(homes=4)
    night.telephone.fails = [LineError("late", may_have_left=True)] * 3
    await night.launched()
    await night.beat()
    await night.beat()
    assert (night.telephone.orders, night.node.lines.in_use) == ([], 3)


async def test_campaigns_of_one_class_share_the_lines(a_night):
    night = a_night(homes=9, trunks=(replace(OPERATOR, lines=5),))
    first, second = night.campaign(), night.campaign()
    for _ in range(9):  # one may ask for homes that the other calls: a look is lost
        await night.tick()
        await night.beat()
    assert {order.campaign_id for order in night.telephone.orders} == {first, second}


async def test_a_scheduled_campaign_waits_for_its_hour(a_night):
    night = a_night()
    later = night.now + timedelta(hours=1)
    campaign = await night.launched(state=CampaignState.SCHEDULED, starts_at=later)
    assert night.telephone.orders == []
    night.pass_time(3601)
    await night.tick()
    await night.beat()
    assert (night.state_of(campaign), len(night.telephone.orders)) == ("running", 1)
