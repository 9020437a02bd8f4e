"""An agreed word is rendered with the campaign and travels with each call."""

from dataclasses import replace

from automaton.domain.trunk import Trunk
from automaton.engine.lines.claim import Taken, order_of
from automaton.services.campaigns import create
from automaton.services.launches import launch
from automaton.voices.cache import PromptId
from tests.services.campaigns.city import City
from tests.store.commune import number

TRUNK = Trunk("north", 4)


def prompts(city: City) -> dict[str, str | None]:
    rows = city.commune.rows("contacts")
    return {row.codeword: row.codeword_prompt for row in rows}


def test_a_call_says_the_agreed_word(city: City) -> None:
    city.commune.home(number(1), codeword="mimosa")
    city.commune.home(number(2))
    campaign = city.started()
    spoken = prompts(city)["mimosa"]
    assert spoken is not None
    assert city.office.studio.cache.path(PromptId(spoken)).is_file()
    orders = [
        order_of(
            Taken(claim, TRUNK, replace(claim.attempt, trunk="north")),
            city.office.desk.campaign(campaign),
        )
        for claim in city.commune.claim(campaign, limit=2)
    ]
    assert {order.codeword for order in orders} == {spoken, None}


def test_one_content_is_rendered_once_and_each_language_by_itself(city: City) -> None:
    for index, language in enumerate(("fr", "fr", "en", "de")):
        city.commune.home(number(index), codeword="tulipe", language=language)
    city.create()
    rows = city.commune.rows("contacts")
    by_language = {row.language: row.codeword_prompt for row in rows}
    assert None not in by_language.values()
    assert by_language["de"] == by_language["fr"] != by_language["en"]


def test_a_word_that_came_after_the_draft_is_rendered_at_the_launch(
    city: City,
) -> None:
    city.on_duty()
    campaign = city.create()
    city.commune.home(number(1), codeword="pivoine")
    launch(city.office, campaign, "m.durand")
    assert prompts(city)["pivoine"] is not None


def test_a_word_that_cannot_be_said_holds_nothing_back(city: City) -> None:
    city.commune.home(number(1), codeword="mimosa")
    city.commune.home(number(2), codeword="m" * 7000)
    made = create(city.office, city.wish())
    assert "1 code words cannot be said: the calls leave them out." in made.notices
    assert prompts(city)["mimosa"] is not None
