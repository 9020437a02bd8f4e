"""The whole life of a campaign once on the other database."""

import json

import pytest

from automaton.domain.campaign import CampaignState
from automaton.services.follow_ups import FollowUp, FollowUpWish, follow_up
from automaton.services.launches import dry_run, launch
from automaton.services.messages import MessageWish
from automaton.services.progress import progress
from automaton.services.reports import ReportFormat, pieces, report
from tests.services.campaigns.city import City, fill, play, random_script

HOMES = 120


@pytest.mark.postgres
def test_a_campaign_lives_on_postgresql(city_on_postgres: City) -> None:
    city = city_on_postgres
    fill(city, HOMES)
    city.on_duty()
    assert dry_run(city.office, city.create()).homes == HOMES
    assert launch(city.office, city.create(), "m.durand").asked.command_id
    campaign = city.started()
    assert progress(city.office, campaign).forecast is not None
    play(city, campaign, random_script(HOMES))
    told = progress(city.office, campaign)
    assert (told.finished, told.calls_a_minute, told.lines_in_use) == (HOMES, HOMES, 0)
    city.move(campaign, CampaignState.FINISHED)
    written = "".join(pieces(report(city.office, campaign), ReportFormat.JSON))
    figures = json.loads(written)["figures"]
    assert figures["acknowledged"] == told.acknowledged
    message = MessageWish({"fr": "L'alerte est finie."})
    wish = FollowUpWish(FollowUp.ALL_CLEAR, "m.durand", message)
    clear = follow_up(city.office, campaign, wish)
    assert dry_run(city.office, clear.id).homes == told.acknowledged
    found = city.office.desk.find(clear.id)
    assert city.office.desk.card(found).parent_id == campaign
