"""Who asked for no more information calls gets none, from whatever campaign runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from automaton.domain.campaign import CampaignClass
from automaton.domain.policy import CallPolicy
from tests.engine.night import OPERATOR, Night
from tests.store.commune import number

INFORMATION = CampaignClass.INFORMATION
SHARED, OTHER = number(1), number(2)


def home(night: Night, *numbers: str) -> str:
    """Add a home whose person agreed to information."""
    household = night.commune.home(*numbers)
    (person,) = night.commune.rows("contacts", household_id=household)
    agreed = {"at": night.now, "by": "Inès Carlier", "how": "guichet"}
    night.commune.add("consents", contact_id=person.id, action="given", **agreed)
    return household


async def opts_out(night: Night, *, at: str = SHARED) -> None:
    """Let the call to a number end with key 9."""
    order = next(o for o in reversed(night.telephone.orders) if o.dialled == at)
    night.picks_up(order)
    night.presses(order, "9")
    night.hangs_up(order)
    await night.beat()


async def hours_pass(night: Night, hours: int = 12) -> None:
    for _ in range(hours):
        night.pass_time(3600)
        for _ in range(2):
            await night.tick()
            await night.beat()


def rung(night: Night, campaign: str | None = None) -> list[str]:
    wanted = (o for o in night.telephone.orders if campaign in (None, o.campaign_id))
    return [order.dialled for order in wanted]


def state_of(night: Night, campaign: str, household: str) -> str:
    wanted = {"campaign_id": campaign, "household_id": household}
    (row,) = night.commune.rows("recipients", **wanted)
    return str(row.state.value)


async def test_nobody_is_rung_at_a_number_that_opted_out_meanwhile(a_night: Any):
    # The audience was frozen before: three more calls left within a minute, to the
    # other home of that number and for the other campaign.
    night = a_night(homes=0)
    homes = [home(night, SHARED), home(night, SHARED)]
    campaigns = [night.campaign(campaign_class=INFORMATION) for _ in range(2)]
    await night.tick()
    await night.beat()
    assert rung(night) == [SHARED]

    await opts_out(night)
    await hours_pass(night)

    assert rung(night) == [SHARED]
    states = {state_of(night, one, each) for one in campaigns for each in homes}
    assert states == {"refused"}
    assert [night.state_of(one) for one in campaigns] == ["finished"] * 2
    assert night.commune.rows("live_numbers") == []


async def test_a_home_goes_on_at_its_other_number(a_night: Any):
    night = a_night(homes=0)
    home(night, SHARED)
    both = home(night, SHARED, OTHER)
    campaign = night.campaign(campaign_class=INFORMATION)
    await night.tick()
    (recipient,) = night.commune.rows("recipients", household_id=both)
    (later,) = night.commune.rows("attempts", recipient_id=recipient.id)
    night.commune.change("attempts", later.id, due_at=night.now + timedelta(seconds=1))
    await night.beat()
    await opts_out(night)
    for _ in range(3):
        night.pass_time(5)
        await night.tick()
        await night.beat()
    assert rung(night) == [SHARED, OTHER]
    assert state_of(night, campaign, both) == "trying"


async def test_a_retry_at_a_number_that_opted_out_is_not_made(a_night: Any):
    night = a_night(homes=0)
    household = home(night, SHARED)
    first = await night.launched(campaign_class=INFORMATION)
    night.does_not_answer(night.order_to(1))
    await night.beat()
    second = await night.launched(campaign_class=INFORMATION)
    assert rung(night) == [SHARED] * 2

    await opts_out(night)
    await hours_pass(night)

    assert rung(night) == [SHARED] * 2
    assert state_of(night, first, household) == "refused"
    assert state_of(night, second, household) == "refused"
    assert night.state_of(first) == "finished"


@pytest.mark.parametrize(
    "other", [CampaignClass.ALERT, CampaignClass.EXERCISE, CampaignClass.WELFARE]
)
async def test_what_is_no_information_rings_who_opted_out(a_night: Any, other: Any):
    night = a_night(homes=0)
    home(night, SHARED)
    await night.launched(campaign_class=INFORMATION)
    running = await night.launched(campaign_class=other)
    assert rung(night, running) == []

    await opts_out(night)
    night.pass_time(5)
    await night.tick()
    await night.beat()

    assert rung(night, running) == [SHARED]


async def test_another_collectivity_is_not_bound(a_night: Any):
    night = a_night(homes=0)
    home(night, SHARED)
    elsewhere = {"id": "c2", "name": "Autreville"}
    night.commune.add("collectivities", **elsewhere)
    opted = {"e164": SHARED, "at": night.now, "how": "key"}
    night.commune.add("opt_outs", collectivity_id="c2", **opted)
    campaign = await night.launched(campaign_class=INFORMATION)
    assert rung(night, campaign) == [SHARED]


async def test_an_opt_out_from_the_journal_holds_for_what_was_planned(a_night: Any):
    night = a_night(homes=0)
    homes = [home(night, SHARED), home(night, SHARED)]
    campaign = await night.launched(campaign_class=INFORMATION)
    opted = {"collectivity_id": night.commune.id, "e164": SHARED, "at": night.now}
    night.commune.add("opt_outs", how="key", **opted)  # as recall and landing do
    night.does_not_answer(night.order_to(1))
    await hours_pass(night)
    assert rung(night) == [SHARED]
    states = {state_of(night, campaign, each) for each in homes}
    assert states == {"refused"}
    left = [row for row in night.attempts() if row.claimed_at is not None]
    assert len(left) == 1


async def test_a_call_that_was_not_made_is_no_try(a_night: Any):
    night = a_night(homes=0)
    home(night, SHARED, OTHER)
    campaign = night.campaign(campaign_class=INFORMATION)
    await night.tick()
    opted = {"collectivity_id": night.commune.id, "e164": SHARED, "at": night.now}
    night.commune.add("opt_outs", how="key", **opted)
    for _ in range(3):
        await night.beat()
    assert rung(night, campaign) == [OTHER]
    (withheld,) = [row for row in night.attempts() if row.e164 == SHARED]
    told = (withheld.outcome.value, withheld.claimed_at, withheld.node)
    assert told == ("opted_out", None, None)
    assert withheld.ended_at - night.now < timedelta(seconds=1)


async def test_withheld_calls_keep_no_line_from_the_next_home(a_night: Any) -> None:
    # Each one left the line idle until the next tick.
    night = a_night(homes=0, trunks=(replace(OPERATOR, lines=2, reserved_lines=1),))
    for index in range(1, 6):
        home(night, number(index))
    night.campaign(campaign_class=CampaignClass.INFORMATION, policy=CallPolicy(lines=1))
    await night.tick()
    for index in range(1, 5):
        told = {"e164": number(index), "at": night.now, "how": "key"}
        night.commune.add("opt_outs", collectivity_id=night.commune.id, **told)
    for _ in range(6):
        await night.beat()
    assert [order.dialled for order in night.telephone.orders] == [number(5)]
