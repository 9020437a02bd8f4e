"""What a caller's key concludes: what was played to that caller, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.services.follow_ups import FollowUp, FollowUpWish, follow_up
from automaton.services.messages import MessageWish
from tests.console.handset import Handset
from tests.console.townhall import TownHall, spoken
from tests.store.commune import number

HOME, NEIGHBOUR, STRANGER = number(0), number(1), "+33536490044"
GALE = MessageWish({"fr": "Le vent se lève. Restez chez vous."})
CALM = MessageWish({"fr": "La rivière a baissé. L'alerte est finie."})


def begun(hall: TownHall, **wish: object) -> str:
    """Launch a campaign, a second after the one before."""
    hall.city.commune.clock.move(timedelta(seconds=1))
    return hall.city.started(**wish)


def ended_by(hall: TownHall, campaign: str) -> str:
    """Launch the all-clear of a campaign."""
    hall.city.commune.clock.move(timedelta(seconds=1))
    wish = FollowUpWish(FollowUp.ALL_CLEAR, "m.durand", CALM)
    over = follow_up(hall.office, campaign, wish).id
    hall.city.move(over, CampaignState.RUNNING)
    hall.city.commune.plan(over)
    return over


def prompt(hall: TownHall, campaign: str) -> str:
    (text,) = hall.office.desk.card(campaign).message
    return str(text.prompt)


def words(hall: TownHall) -> list[tuple[str, str]]:
    """Return what has been confirmed: (campaign, proof)."""
    rows = hall.city.commune.rows("commands", name="acknowledge")
    return [(row.campaign_id, row.payload["proof"]) for row in rows]


def tried(hall: TownHall) -> None:
    """Let a home be one that was called."""
    (campaign,) = {row.id for row in hall.city.commune.rows("campaigns")}
    hall.city.commune.claim(campaign)


def names(hall: TownHall, e164: str, caller: str = STRANGER) -> Handset:
    """Call, and name a number, up to the question whether the person knows."""
    one = hall.called(caller)
    one.hears("menu-number")
    one.press("4")
    one.hears("ask-number")
    one.types(f"0{e164[3:]}")
    return one


# ---- The caller's own home


def test_a_key_before_the_message_has_begun_is_about_nothing(hall: TownHall) -> None:
    flood = begun(hall)
    tried(hall)
    one = hall.called(HOME)
    one.hears("again")
    assert "1" not in one.taken
    one.hears(prompt(hall, flood))
    one.press("1")
    one.hears("thanks-1")
    one.hangs_up()
    assert words(hall) == [(flood, "called_back")]


def test_a_message_whose_sound_is_not_there_confirms_nothing(hall: TownHall) -> None:
    flood = begun(hall)
    sound(hall, flood).unlink()
    one = hall.called(HOME)
    one.hears("not-now")
    one.is_let_go()
    assert "ask-1" not in one.heard
    assert words(hall) == []


def test_a_message_that_was_ended_while_another_was_told_is_not_told(
    hall: TownHall,
) -> None:
    flood, gale = begun(hall), begun(hall, message=GALE, name="Tempête")
    one = hall.called(HOME)
    one.hears(prompt(hall, gale))
    over = ended_by(hall, flood)
    one.press("1")
    one.hears(prompt(hall, over))
    one.press("#")
    one.hangs_up()
    assert prompt(hall, flood) not in one.heard
    assert words(hall) == [(gale, "called_back")]


def test_what_begins_during_a_call_is_told_in_it(hall: TownHall) -> None:
    flood = begun(hall)
    one = hall.called(HOME)
    one.hears(prompt(hall, flood))
    gale = begun(hall, message=GALE, name="Tempête")
    one.press("1")
    one.hears(prompt(hall, gale))
    one.hangs_up()
    assert words(hall) == [(flood, "called_back")]


def test_an_exercise_says_so_first_each_time_that_it_is_asked_for(
    hall: TownHall,
) -> None:
    fair = begun(hall, campaign_class=CampaignClass.EXERCISE, name="Essai")
    one = hall.called(HOME)
    one.hears(prompt(hall, fair))
    flood = begun(hall)
    one.press("2")
    one.hears(prompt(hall, flood))
    one.press("1")
    one.hears(prompt(hall, fair))
    one.hangs_up()
    assert one.heard[-2:] == ["exercise", prompt(hall, fair)]


def test_who_asks_again_and_again_goes_on_at_last(hall: TownHall) -> None:
    flood = begun(hall)
    one = hall.called(HOME)
    for _ in range(8):
        one.hears(prompt(hall, flood))
        one.press("2")
    one.hears("menu-number")
    one.hangs_up()
    assert one.heard.count(prompt(hall, flood)) == 8


# ---- Once there was an all-clear


@pytest.mark.parametrize("state", [CampaignState.EXPIRED, CampaignState.CANCELLED])
@pytest.mark.parametrize("caller", [HOME, STRANGER], ids=["a home", "a stranger"])
def test_no_alert_is_told_again_once_its_all_clear_is_over(
    hall: TownHall, state: CampaignState, caller: str
) -> None:
    flood = begun(hall)
    over = ended_by(hall, flood)
    hall.city.move(over, state)
    one = hall.called(caller)
    one.hears("no-message")
    one.hangs_up()
    assert prompt(hall, flood) not in one.heard


def test_while_an_alert_goes_on_nobody_hears_that_there_is_none(hall: TownHall) -> None:
    """Its correction, soon over, stood for it, and was not told either."""
    flood = begun(hall)
    wish = FollowUpWish(FollowUp.CORRECTION, "m.durand", GALE)
    fix = follow_up(hall.office, flood, wish).id
    hall.city.commune.clock.move(timedelta(seconds=1))
    hall.city.move(fix, CampaignState.RUNNING)
    hall.city.move(fix, CampaignState.FINISHED)
    one = hall.called(STRANGER)
    one.hears(prompt(hall, fix))
    one.hangs_up()
    assert "no-message" not in one.heard


def test_a_home_of_another_message_hears_of_the_alert_too(hall: TownHall) -> None:
    fair = begun(hall, campaign_class=CampaignClass.EXERCISE, name="Essai")
    rows = hall.city.commune.rows("recipients", campaign_id=fair)
    flood = hall.city.create(name="Crue", message=GALE)
    hall.city.commune.clock.move(timedelta(seconds=1))
    hall.city.move(flood, CampaignState.RUNNING)  # its audience is not frozen yet
    one = hall.called(HOME)
    one.hears(prompt(hall, flood))
    one.hears(prompt(hall, fair))
    one.hangs_up()
    assert rows


# ---- A relative's word


def test_a_relatives_word_is_about_what_was_told_alone(hall: TownHall) -> None:
    ended = begun(hall, message=CALM, name="Hier")
    hall.city.move(ended, CampaignState.FINISHED)
    flood = begun(hall)
    one = names(hall, HOME)
    one.hears("number-ask-1")
    gale = begun(hall, message=GALE, name="Tempête")
    one.press("1")
    one.hears("number-noted")
    one.hangs_up()
    assert words(hall) == [(flood, "relatives_word")]
    assert prompt(hall, gale) not in one.heard


def test_where_nothing_was_told_there_is_nothing_to_say_for_others(
    hall: TownHall,
) -> None:
    flood = begun(hall)
    one = hall.called(STRANGER)
    one.hears("menu-number")
    sound(hall, flood).unlink()
    one.press("4")
    one.hears("ask-number")
    one.types(f"0{HOME[3:]}")
    one.hears("not-now")
    one.is_let_go()
    assert "number-ask-1" not in one.heard
    assert words(hall) == []


def test_an_alert_that_ends_while_a_number_is_typed_is_over(hall: TownHall) -> None:
    flood = begun(hall)
    one = hall.called(STRANGER)
    one.hears("menu-number")
    hall.city.move(flood, CampaignState.CANCELLED)
    one.press("4")
    one.hears("ask-number")
    one.types(f"0{HOME[3:]}")
    one.hears("no-message")
    one.hangs_up()
    assert words(hall) == []


def test_the_star_does_not_make_a_word_uncounted(hall: TownHall) -> None:
    begun(hall)
    for _ in range(3):
        one = names(hall, HOME)
        one.hears("number-ask-1")
        one.press("1")
        one.hears("number-noted")
        one.hears("menu-register")
        one.press("*")
        one.hears("officer-number")
        one.hangs_up()
    one = hall.called(STRANGER)
    one.is_let_go()
    assert "menu-number" not in one.heard


def test_words_at_the_same_time_are_counted(hall: TownHall) -> None:
    begun(hall)
    for _ in range(2):
        one = names(hall, HOME)
        one.hears("number-ask-1")
        one.press("1")
        one.hears("number-noted")
        one.hangs_up()
    both = [names(hall, HOME), names(hall, NEIGHBOUR)]
    for one in both:
        one.hears("number-ask-1")
    for one, answer in zip(both, ["number-noted", "number-enough"], strict=True):
        one.press("1")
        one.hears(answer)
        one.hangs_up()
    assert len(words(hall)) == 3


# ---- A name that is left


def test_one_telephone_leaves_three_names_and_is_told_so(hall: TownHall) -> None:
    for last in ["name-left"] * 3 + ["names-enough"]:
        one = hall.called(STRANGER)
        one.hears("menu-register")
        one.press("5")
        if last == "name-left":
            one.says(spoken(3))
        one.hears(last)
        one.hangs_up()
    assert len(hall.city.commune.rows("recordings_left")) == 3
    one = hall.called("+33536490045")
    one.hears("menu-register")
    one.press("5")
    one.hears("leave-name")
    one.hangs_up()


def test_who_loses_the_last_place_while_speaking_is_told_so(hall: TownHall) -> None:
    many = [hall.called(STRANGER) for _ in range(2)]
    for _ in range(2):
        one = hall.called(STRANGER)
        one.hears("menu-register")
        one.press("5")
        one.says(spoken(3))
        one.hears("name-left")
        one.hangs_up()
    for one in many:
        one.hears("menu-register")
        one.press("5")
        one.hears("leave-name")
    for one, last in zip(many, ["name-left", "names-enough"], strict=True):
        one.says(spoken(3))
        one.hears(last)
        one.hangs_up()
    assert len(list(hall.settings.folders.recordings.iterdir())) == 3


def sound(hall: TownHall, campaign: str) -> Path:
    return hall.prompts / f"{prompt(hall, campaign)}.alaw"
