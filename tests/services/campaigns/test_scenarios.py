"""Scenarios: prepared by day, made into a draft by a telephone at night."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.collectivity import Register, RegisterKind
from automaton.domain.scenario import Scenario, ScenarioWish
from automaton.errors import RequestError
from automaton.services.launches import dry_run
from automaton.services.registers import find_register, remove_register
from automaton.services.scenarios import (
    Kept,
    ScenarioTold,
    add_scenario,
    as_told,
    change_scenario,
    draft_of,
    find_scenario,
    remove_scenario,
)
from automaton.store.people import SqlBook
from automaton.voices.cache import BREATH, PromptId
from automaton.voices.voice import LINE_RATE
from tests.services.campaigns.city import City

TEXT = "La rivière monte. Allez à l'étage."


def book_of(city: City) -> SqlBook:
    return SqlBook(city.engine)


def told(**changes: object) -> ScenarioTold:
    wish = ScenarioWish(texts={"fr": TEXT})
    whole = ScenarioTold(
        number=7,
        name="Crue de la Brume",
        campaign_class=CampaignClass.ALERT,
        register="alerte",
        by="m.durand",
        spoken_name="une crue de la Brume",
        wish=wish,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def added(city: City, **changes: object) -> Kept:
    return add_scenario(city.office, book_of(city), told(**changes))


def owner_of(city: City) -> str:
    return str(city.commune.rows("collectivities")[0].name)


def wav(city: City, seconds: float = 2.0, hertz: float = 300.0) -> Path:
    path = city.folder / f"{hertz:.0f}.wav"
    moments = np.arange(int(seconds * LINE_RATE)) / LINE_RATE
    tone = 0.4 * np.sin(2 * np.pi * hertz * moments)
    soundfile.write(path, tone.astype(np.float32), LINE_RATE)
    return path


def test_a_scenario_is_kept_with_everything_that_was_said(city: City) -> None:
    group = city.commune.add(
        "groups", register_id=city.commune.register, name="Quais", kind="group"
    )
    wish = ScenarioWish(
        texts={"fr": TEXT, "en": "The river rises."},
        subject="une crue",
        groups=("Quais",),
        lines=9,
        attempts=2,
        weight=3,
        trunks=("north",),
        caller_id="01 99 00 00 01",
        policy='ring = "20 s"\n',
        help_key=True,
        accept_machine=True,
    )
    made = added(city, wish=wish).scenario
    assert book_of(city).scenarios(city.commune.id) == [made]
    assert made.wish == replace(wish, groups=(group,))
    assert city.commune.rows("audit")[-1].action == "scenario_added"
    assert city.commune.rows("campaigns") == []


def test_a_draft_of_a_scenario_is_a_campaign_like_any_other(city: City) -> None:
    city.homes(3)
    city.on_duty()
    wish = ScenarioWish(
        texts={"fr": TEXT}, lines=9, policy='ring = "20 s"\n', help_key=True
    )
    scenario = added(city, wish=wish).scenario
    made = draft_of(city.office, scenario, "Jeanne Marée")
    card = city.office.desk.card(made.id)
    assert card.state is CampaignState.DRAFT
    assert card.created_by == "Jeanne Marée"
    assert (card.policy.lines, card.policy.help_key) == (9, True)
    assert card.policy.ring.total_seconds() == 20
    assert card.campaign_class is CampaignClass.ALERT
    assert dry_run(city.office, made.id).problems == ()
    assert card.name.startswith("Crue de la Brume (20")
    assert draft_of(city.office, scenario, "x").id != made.id
    names = {one.name for one in city.office.desk.cards()}
    assert len(names) == 2


def test_what_is_said_begins_with_who_calls(city: City) -> None:
    scenario = added(city).scenario
    (text,) = draft_of(city.office, scenario, "Jeanne").message
    opening = f"Bonjour. Ici {owner_of(city)}, pour une crue de la Brume. "
    assert text.text == opening + TEXT


def test_a_text_that_says_who_calls_is_left_as_it_is(city: City) -> None:
    said = f"Bonjour, ici {owner_of(city)}. {TEXT}"
    scenario = added(city, wish=ScenarioWish(texts={"fr": said})).scenario
    (text,) = draft_of(city.office, scenario, "Jeanne").message
    assert text.text == said


def test_a_recording_just_made_follows_the_voice_that_says_who_calls(
    city: City,
) -> None:
    wish = ScenarioWish(texts={"fr": TEXT, "en": "The river rises."})
    scenario = added(city, wish=wish).scenario
    recording = wav(city)
    made = draft_of(city.office, scenario, "Jeanne", recording)
    (text,) = made.message  # of nobody's other text is anything heard
    assert (text.language, text.text) == ("fr", "")
    cache = city.office.studio.cache
    heard = cache.path(PromptId(text.prompt)).read_bytes()
    own = cache.path(cache.render_recording(recording)).read_bytes()
    assert heard.endswith(BREATH + own)
    assert len(heard) > len(BREATH + own) + LINE_RATE  # more than a second before
    assert text.seconds == pytest.approx(len(heard) / LINE_RATE)
    assert text.recording is not None
    assert (city.settings.folders.recordings / text.recording).is_file()
    assert city.office.studio.is_rendered(text)


def test_a_recording_of_a_scenario_is_kept_when_its_file_is_gone(city: City) -> None:
    file = wav(city)
    empty = ScenarioWish()
    scenario = added(city, wish=empty, recordings={"fr": file}).scenario
    file.unlink()
    first = draft_of(city.office, scenario, "Jeanne").message
    assert first[0].recording == scenario.wish.recordings["fr"]
    again = draft_of(city.office, scenario, "Jeanne").message
    assert again[0].prompt == first[0].prompt


def test_a_renamed_collectivity_is_said_by_its_new_name(city: City) -> None:
    scenario = added(city).scenario
    city.commune.change("collectivities", city.commune.id, name="Port-Nouveau")
    (text,) = draft_of(city.office, scenario, "Jeanne").message
    assert text.text.startswith("Bonjour. Ici Port-Nouveau, pour")


def test_a_scenario_is_changed_and_keeps_the_rest(city: City) -> None:
    scenario = added(city).scenario
    wish = replace(scenario.wish, lines=4)
    other = replace(as_told(scenario, "p.petit"), number=8, wish=wish)
    changed = change_scenario(city.office, book_of(city), scenario, other).scenario
    assert (changed.id, changed.number, changed.wish.lines) == (scenario.id, 8, 4)
    assert changed.wish.texts == scenario.wish.texts
    assert find_scenario(book_of(city), city.commune.id, "8") == changed
    assert city.commune.rows("audit")[-1].action == "scenario_changed"


def test_a_scenario_is_found_and_removed(city: City) -> None:
    scenario = added(city).scenario
    book = book_of(city)
    for asked in ("7", "crue de la brume", scenario.id):
        assert find_scenario(book, city.commune.id, asked) == scenario
    with pytest.raises(RequestError, match="7 Crue de la Brume"):
        find_scenario(book, city.commune.id, "9")
    made = draft_of(city.office, scenario, "Jeanne")
    remove_scenario(city.office, book, scenario, "m.durand")
    assert book.scenarios(city.commune.id) == []
    assert city.office.desk.card(made.id).state is CampaignState.DRAFT


@pytest.mark.parametrize(
    ("changes", "error_id"),
    [
        ({"number": 0}, "scenario-number"),
        ({"number": 10_000}, "scenario-number"),
        ({"name": " "}, "campaign-name"),
        ({"register": "nowhere"}, "register-unknown"),
        ({"wish": ScenarioWish()}, "message"),
        ({"wish": ScenarioWish({"fr": "x"}, groups=("Quais",))}, "group-unknown"),
        ({"wish": ScenarioWish({"fr": "x"}, policy="ring = ")}, "policy"),
        ({"wish": ScenarioWish({"fr": "x"}, policy="x = 1")}, "policy"),
        ({"wish": ScenarioWish({"fr": "x"}, lines=0)}, "campaign-count"),
    ],
)
def test_what_cannot_be_is_refused_by_day(
    city: City, changes: dict[str, object], error_id: str
) -> None:
    with pytest.raises(RequestError) as refused:
        added(city, **changes)
    assert refused.value.error_id == error_id
    assert book_of(city).scenarios(city.commune.id) == []


def test_a_number_is_given_once(city: City) -> None:
    scenario = added(city).scenario
    with pytest.raises(RequestError) as refused:
        added(city, name="Autre")
    assert refused.value.error_id == "exists"
    other = added(city, number=8, name="Autre").scenario
    clash = replace(as_told(other, "x"), number=7)
    with pytest.raises(RequestError) as refused:
        change_scenario(city.office, book_of(city), other, clash)
    assert refused.value.error_id == "exists"
    assert book_of(city).scenarios(city.commune.id) == [scenario, other]


def test_a_register_with_a_scenario_stays(city: City) -> None:
    scenario = added(city).scenario
    book = book_of(city)
    register: Register = find_register(book, city.commune.id, "alerte")
    assert register.kind is RegisterKind.ALERT
    with pytest.raises(RequestError) as refused:
        remove_register(book, city.commune.clock, register, "m.durand")
    assert refused.value.error_id == "register-scenarios"
    remove_scenario(city.office, book, scenario, "m.durand")
    remove_register(book, city.commune.clock, register, "m.durand")


@pytest.mark.postgres
def test_a_scenario_lives_on_postgresql(city_on_postgres: City) -> None:
    city = city_on_postgres
    scenario: Scenario = added(city).scenario
    assert book_of(city).scenarios(city.commune.id) == [scenario]
    made = draft_of(city.office, scenario, "Jeanne", wav(city))
    assert city.office.desk.card(made.id).message == made.message
    with pytest.raises(RequestError):
        added(city)
