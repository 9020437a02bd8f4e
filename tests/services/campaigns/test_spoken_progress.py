"""What an officer hears of campaigns: whole sentences, in French and English."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.outcome import Outcome
from automaton.domain.put_off import PutOff
from automaton.domain.recipient import RecipientState
from automaton.services.launches import dry_run, launch
from automaton.services.obstacles import OBSTACLES
from automaton.services.progress import progress
from automaton.services.spoken_progress import (
    LANGUAGES,
    Teller,
    dry_run_told,
    how_it_goes,
    sentences,
    told,
)
from tests.services.campaigns.city import City, Told, play

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)  # 22:30 in Paris
WON = Told(Outcome.ACKNOWLEDGED, keys="1", state=RecipientState.ACKNOWLEDGED)
LOST = Told(Outcome.NO_ANSWER, state=RecipientState.EXHAUSTED)


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_sentence_is_in_both_languages_with_the_same_blanks() -> None:
    french, english = (sentences()[language] for language in LANGUAGES)
    assert {k: set(v) for k, v in french.items()} == {
        k: set(v) for k, v in english.items()
    }
    for kind, texts in french.items():
        for key, text in texts.items():
            assert blanks(text) == blanks(english[kind][key]), (kind, key)


def test_everything_that_forbids_a_launch_can_be_said() -> None:
    known = sentences()["fr"]["problem"]
    assert {text for _, text in OBSTACLES} <= known.keys()


@pytest.mark.parametrize(
    ("after", "french", "english"),
    [
        (timedelta(), "vers 22 h 30", "at about 22:30"),
        (timedelta(minutes=30), "vers 23 h", "at about 23:00"),
        (timedelta(hours=2), "demain vers 0 h 30", "tomorrow at about 0:30"),
        (
            timedelta(days=2),
            "le 24 novembre vers 22 h 30",
            "on 24 November at about 22:30",
        ),
    ],
)
def test_a_moment_is_said_by_the_hour_and_the_day(
    after: timedelta, french: str, english: str
) -> None:
    assert Teller("fr", PARIS, NOW).moment(NOW + after) == french
    assert Teller("en", PARIS, NOW).moment(NOW + after) == english
    assert Teller("fr", PARIS, NOW).moment(NOW, "at") == "à 22 h 30"


def test_where_nothing_goes_on_that_is_said(city: City) -> None:
    city.create()
    assert how_it_goes(city.office, city.commune.id, "fr") == (
        "Aucune campagne n'est en cours.",
    )
    assert how_it_goes(city.office, city.commune.id, "br") == (
        "Aucune campagne n'est en cours.",
    )


def test_a_running_campaign_is_told_in_figures(city: City) -> None:
    city.homes(4)
    campaign = city.started()
    busy = Told(Outcome.BUSY, state=RecipientState.WAITING)
    play(city, campaign, [WON, WON, LOST, busy])
    said = how_it_goes(city.office, city.commune.id, "fr")
    assert said[0] == "La campagne Crue de la Brume est en cours."
    assert "L'automate ne travaille pas" in said[1]
    assert said[2:5] == (
        "Sur 4 foyers, 2 ont confirmé.",
        "Un foyer est encore à joindre.",
        "Un foyer n'a pas été joint.",
    )
    assert said[-1].startswith("Fin prévue vers ")
    english = told(progress(city.office, campaign), "en")
    assert "Of 4 homes, 2 have confirmed." in english
    assert len(english) == len(said)


def test_who_is_registered_is_no_home(city: City) -> None:
    city.homes(2)
    look = progress(city.office, city.started())
    look = replace(look, campaign_class=CampaignClass.WELFARE, daemon_awake=True)
    said = told(look, "fr")
    assert "Sur 2 inscrits, aucun n'a confirmé." in said
    assert not [one for one in said if "ne travaille pas" in one]


def test_open_calls_for_help_are_told(city: City) -> None:
    city.homes(1)
    look = progress(city.office, city.started())
    assert "Une demande d'aide est ouverte." in told(replace(look, alarms_open=1), "fr")
    assert "2 calls for help are open." in told(replace(look, alarms_open=2), "en")


def test_several_campaigns_are_told_and_what_is_over_is_not(city: City) -> None:
    city.homes(2)
    over = city.started(name="Hier")
    city.move(over, CampaignState.FINISHED)
    city.move(city.started(name="Digue"), CampaignState.PAUSED)
    later = city.create(name="Soir")
    city.move(later, CampaignState.SCHEDULED)
    said = how_it_goes(city.office, city.commune.id, "fr")
    assert "La campagne Digue est en pause." in said
    assert "La campagne Soir est programmée." in said
    assert not [one for one in said if "Hier" in one]


def test_a_launch_that_waits_for_the_daemon_is_told(city: City) -> None:
    city.homes(2)
    city.on_duty()
    launch(city.office, city.create(), "m.durand")
    said = how_it_goes(city.office, city.commune.id, "en")
    assert said[0].endswith("is launched and is about to start.")


def test_what_is_still_counted_and_held_back_is_told(city: City) -> None:
    city.homes(2)
    look = progress(city.office, city.started())
    held = PutOff(2, look.at + timedelta(minutes=30))
    said = told(replace(look, planned=False, put_off=held), "fr")
    assert "Les foyers sont encore en train d'être comptés." in said
    assert [one for one in said if one.startswith("2 foyers attendent, leurs")]
    empty = replace(look, by_state={}, forecast=None)
    assert not [one for one in told(empty, "fr") if "confirmé" in one]


def test_a_dry_run_is_told_with_size_hour_and_forecast(city: City) -> None:
    city.homes(3)
    city.on_duty()
    dry = dry_run(city.office, city.create())
    said = dry_run_told(city.office, dry, "fr")
    assert said[:2] == ("3 foyers seraient appelés.", "Le premier appel part aussitôt.")
    assert said[2].startswith("La moitié aura confirmé vers ")
    assert said[-1].startswith("Fin prévue vers ")
    later = replace(dry, starts_at=city.commune.now + timedelta(minutes=90))
    assert "Le premier appel part " in dry_run_told(city.office, later, "fr")[1]
    assert "aussitôt" not in dry_run_told(city.office, later, "fr")[1]
    endless = replace(dry, forecast=replace(dry.forecast, ends_at=None))
    assert dry_run_told(city.office, endless, "en")[-1] == "The end cannot be foreseen."


def test_a_dry_run_that_cannot_start_says_why(city: City) -> None:
    dry = dry_run(city.office, city.create())
    assert dry_run_told(city.office, dry, "fr") == (
        "Personne ne serait appelé.",
        "La campagne Crue de la Brume ne peut pas démarrer.",
        "La liste des destinataires est vide.",
        "Il manque la liste d'astreinte.",
    )
    strange = replace(dry, problems=("Its trunk is blue.",))
    last = dry_run_told(city.office, strange, "en")[-1]
    assert last == "The screen of the automaton shows why."
