"""A campaign may name the person whom key 0 rings."""

from __future__ import annotations

import pytest

from automaton.domain.campaign import CampaignClass
from automaton.errors import RequestError
from automaton.services.follow_ups import FollowUp, FollowUpWish, follow_up
from automaton.services.launches import dry_run
from tests.services.campaigns.city import City, settings_in


def test_a_campaign_names_the_person_whom_key_0_rings(city: City) -> None:
    campaign = city.create(transfer="02 61 91 00 09")
    assert city.office.desk.card(campaign).policy.transfer == "+33261910009"


@pytest.mark.parametrize(
    ("written", "why"),
    [("06 39 98 00 09", "No trunk may dial"), ("rien", "not a telephone number")],
)
def test_a_person_whom_no_trunk_may_ring_is_refused(
    city: City, written: str, why: str
) -> None:
    with pytest.raises(RequestError, match=why):
        city.create(transfer=written)


def test_a_new_round_offers_the_same_person(city: City) -> None:
    city.homes(1)
    campaign = city.started(transfer="02 61 91 00 09")
    wish = FollowUpWish(FollowUp.AGAIN, "ines")
    city.commune.change("campaigns", campaign, state="finished")
    again = follow_up(city.office, campaign, wish).id
    assert city.office.desk.card(again).policy.transfer == "+33261910009"


def test_no_launch_offers_a_person_whom_no_trunk_may_ring_any_more(city: City) -> None:
    city.homes(1)
    exercise = CampaignClass.EXERCISE
    campaign = city.create(transfer="02 61 91 00 09", campaign_class=exercise)
    why = "No trunk may dial the person of its key 0"
    assert not any("key 0" in one for one in dry_run(city.office, campaign).problems)
    trunk = {"contact": "127.0.0.1:5099", "lines": 5, "prefixes": ["+331"]}
    city.use(settings_in(city.folder, trunk={"north": trunk}))
    assert any(why in one for one in dry_run(city.office, campaign).problems)


def test_key_0_needs_a_line_when_it_is_wished_and_stops_no_alert_later(
    city: City,
) -> None:
    city.homes(1)
    exercise = CampaignClass.EXERCISE
    campaign = city.create(transfer="02 61 91 00 09", campaign_class=exercise)
    trunk = {"contact": "127.0.0.1:5099", "lines": 2, "prefixes": ["+332"]}
    city.use(settings_in(city.folder, trunk={"north": trunk}))
    with pytest.raises(RequestError, match="No trunk has a line for key 0"):
        city.create(transfer="02 61 91 00 09", campaign_class=exercise)
    assert not any("key 0" in one for one in dry_run(city.office, campaign).problems)
