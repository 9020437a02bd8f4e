"""A report tells what was expected of its campaign, and what came."""

import json
from datetime import timedelta

from automaton.domain.campaign import CampaignState
from automaton.domain.outcome import Outcome
from automaton.domain.recipient import RecipientState
from automaton.services.report_words import LANGUAGES, word_table
from automaton.services.reports import ReportFormat, pieces, report
from tests.services.campaigns.city import City, Told, play


def won(after: float) -> Told:
    return Told(
        Outcome.ACKNOWLEDGED, after, keys="1", state=RecipientState.ACKNOWLEDGED
    )


def played(city: City) -> str:
    """A campaign of ten homes: a key each 100 s, the last one 915 s after the start."""
    city.homes(10)
    campaign = city.started()
    play(city, campaign, [won(100 * n) for n in range(10)])
    return campaign


def foreseen(city: City, campaign: str, after: float, half: float) -> None:
    """Keep that so many seconds after the start half was expected then."""
    began = city.commune.now
    city.commune.add(
        "forecasts",
        campaign_id=campaign,
        made_at=began + timedelta(seconds=after),
        at_50=began + timedelta(seconds=half),
        acknowledged=0,
    )


def test_report_tells_what_was_expected_beside_what_came(city: City) -> None:
    campaign, began = played(city), city.commune.now
    for after, half in ((10, 300), (80, 400), (200, 450)):
        foreseen(city, campaign, after, half)
    city.move(campaign, CampaignState.FINISHED)
    told = report(city.office, campaign)
    half = told.expectations[0]
    assert half.came_at == began + timedelta(seconds=415)
    assert half.at_a_tenth == began + timedelta(seconds=400)
    figures = json.loads("".join(pieces(told, ReportFormat.JSON)))["figures"]
    assert figures["expected_and_come"]["50"]["late_at_a_tenth"] == 15
    assert figures["expected_and_come"]["50"]["late_at_launch"] is None


def test_what_was_expected_at_the_launch_is_told_too(city: City) -> None:
    campaign, began = played(city), city.commune.now
    expected = began + timedelta(seconds=300)
    milestones = {"50": expected.isoformat(), "80": None, "90": None}
    kept = {"milestones": milestones, "ends_at": None, "tries": 10}
    city.commune.change("campaigns", campaign, forecast=kept, launched_at=began)
    city.move(campaign, CampaignState.FINISHED)
    half, most, _ = report(city.office, campaign).expectations
    assert half.at_launch == expected
    assert half.error(half.at_launch) == timedelta(seconds=115)
    assert most.at_launch is None


def test_the_page_tells_it_in_both_languages(city: City) -> None:
    campaign = played(city)
    foreseen(city, campaign, 80, 400)
    city.move(campaign, CampaignState.FINISHED)
    told = report(city.office, campaign)
    for language in LANGUAGES:
        words = word_table()[language]
        page = "".join(pieces(told, ReportFormat.HTML, language))
        assert words["text"]["expected"] in page
        assert words["column"]["at_a_tenth"] in page
        assert "10:06:40 (+15 s)" in page


def test_nothing_is_held_against_anything_while_a_campaign_goes_on(city: City) -> None:
    told = report(city.office, played(city))
    assert told.expectations == ()
    words = word_table()["en"]["text"]["expected"]
    assert words not in "".join(pieces(told, ReportFormat.HTML, "en"))
