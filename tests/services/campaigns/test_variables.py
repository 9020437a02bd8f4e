"""Messages with variables: refused where one has no value, ready before they ring."""

from __future__ import annotations

from typing import Any

import pytest

from automaton.errors import RequestError
from automaton.services import variables
from automaton.services.campaigns import create
from automaton.services.launches import dry_run, launch, render_rest, start
from automaton.services.messages import MessageWish
from automaton.voices.cache import PromptId
from tests.services.campaigns.city import City, Hum
from tests.store.commune import number

TEXT = "Bonjour {name}. La rivière monte."
ASKS_FOR_ALL = "Bonjour {name}, {street}. Votre mot : {code_word}."


class Remembering(Hum):
    """A voice that knows what it was asked to say."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def render(self, text: str, language: str) -> Any:
        self.asked.append(text)
        return super().render(text, language)


@pytest.fixture
def voice(city: City) -> Remembering:
    voice = Remembering()
    city.office.studio._voices = lambda _language: [voice]
    city.office.studio._at_once = lambda _language: [voice]
    city.on_duty()
    return voice


def person(city: City, index: int, **named: str) -> None:
    city.commune.home(number(index), **named)


def draft(city: City, text: str = TEXT, **wish: Any) -> str:
    return create(city.office, city.wish(message=MessageWish({"fr": text}, **wish))).id


def test_the_words_around_variables_are_rendered_and_the_text_without_them(
    city: City, voice: Remembering
) -> None:
    (text,) = city.office.desk.card(draft(city)).message
    assert text.parts is not None
    words, name, rest = text.parts
    assert name == "{name}"
    assert {"Bonjour", "La rivière monte.", "Bonjour. La rivière monte."} <= set(
        voice.asked
    )
    assert text.prompt not in text.parts
    cache = city.office.studio.cache
    assert cache.path(PromptId(words)).is_file()
    assert city.office.studio.is_rendered(text)
    cache.forget(PromptId(rest))
    assert not city.office.studio.is_rendered(text)


def test_a_text_without_variables_has_no_parts(city: City, voice: Remembering) -> None:
    (text,) = city.office.desk.card(draft(city, "La rivière monte.")).message
    assert text.parts is None
    assert voice.asked.count("La rivière monte.") == 1


@pytest.mark.parametrize(
    ("texts", "machine", "why"),
    [
        ("Bonjour {nom}.", "", r"{nom} stands for nothing: there are {name}, {street}"),
        ("Bonjour {name", "", "{ stands for nothing"),
        ("{name} oui " * 13, "", "more than a dozen variables"),
        (TEXT, "Bonjour {name}.", "nothing personal"),
        (TEXT, "Bonjour {nom}.", "nothing personal"),
    ],
)
def test_strange_variables_are_refused_with_the_draft(
    city: City, texts: str, machine: str, why: str
) -> None:
    wish = MessageWish({"fr": texts}, machine_texts={"fr": machine} if machine else {})
    with pytest.raises(RequestError, match=why):
        create(city.office, city.wish(message=wish))


def test_a_launch_without_a_value_is_refused_by_row(
    city: City, voice: Remembering
) -> None:
    person(city, 1, codeword="mimosa")
    person(city, 2, first_name="Paul", last_name="Roy")
    campaign = draft(city, ASKS_FOR_ALL)
    refusal = (
        "{code_word} of the message has no value for Paul Roy: complete the register,"
        " or take it out of the text."
    )
    assert dry_run(city.office, campaign).problems == (refusal,)
    with pytest.raises(RequestError) as error:
        launch(city.office, campaign, "m.durand")
    assert (str(error.value), error.value.error_id) == (refusal, "launch")
    assert city.commune.rows("commands") == []


def test_whoever_lacks_a_value_is_named_ten_at_most(
    city: City, voice: Remembering
) -> None:
    for index in range(12):
        person(city, index, first_name="Roy", last_name=f"n° {index:02d}")
    (problem,) = dry_run(city.office, draft(city, ASKS_FOR_ALL)).problems
    assert problem.count("Roy") == 10
    assert "and 2 more: complete the register" in problem


def test_who_cannot_be_rung_needs_no_value(city: City, voice: Remembering) -> None:
    person(city, 1, codeword="mimosa")
    city.commune.home(first_name="Paul", last_name="Roy")  # without a number
    assert dry_run(city.office, draft(city, ASKS_FOR_ALL)).problems == ()


def test_the_first_are_ready_before_the_launch_and_the_rest_while_it_rings(
    city: City, voice: Remembering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(variables, "FIRST", 3)
    for index in range(7):
        person(city, index, first_name="Roy", last_name="abcdefg"[index])
    campaign = draft(city)
    voice.asked.clear()
    told: list[tuple[int, int]] = []
    with city.office.studio.telling(lambda done, of: told.append((done, of))):
        asked = start(city.office, campaign, "m.durand")
    assert len(voice.asked) == 3
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert asked.asked.campaign_id == campaign
    render_rest(city.office, campaign)
    assert sorted(voice.asked) == [f"Roy {letter}" for letter in "abcdefg"]


def test_a_value_is_said_in_the_language_of_who_hears_it(
    city: City, voice: Remembering
) -> None:
    for index, language in enumerate(("fr", "en", "de")):
        person(city, index, last_name=language, language=language)
    campaign = draft(city)
    card = city.office.desk.card(campaign)
    languages = dict(variables._texts(city.office, card))
    assert set(languages.values()) == {"fr"}  # the message speaks no other


def test_what_cannot_be_said_holds_nothing_back(city: City, voice: Remembering) -> None:
    person(city, 1, first_name="", last_name="…")
    campaign = draft(city)
    assert launch(city.office, campaign, "m.durand").trouble is None
