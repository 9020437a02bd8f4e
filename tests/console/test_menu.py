"""The officers' door, the menu, and the recording of a message."""

from __future__ import annotations

from datetime import timedelta

from tests.console.menus import (
    hall,
    left,
    records,
    takes,
)
from tests.console.townhall import (
    CODE,
    DENIS,
    OTHER_CODE,
    TownHall,
    at_the_door,
    spoken,
)
from tests.services.campaigns.conftest import city, empty_database

__all__ = ["city", "empty_database", "hall"]


def test_who_does_nothing_hears_that_there_is_no_message(hall: TownHall) -> None:
    one = hall.called()
    one.is_let_go()
    assert "no-message" in one.heard
    assert one.heard[-1] == "goodbye"


def test_a_number_that_is_none_is_as_good_as_withheld(hall: TownHall) -> None:
    for caller in ("anonymous", "00000000000000000"):
        hall.called(caller).is_let_go()


def test_three_wrong_codes_end_the_call(hall: TownHall) -> None:
    one = hall.called()
    one.hears("no-message")
    one.press_after("*")
    for _ in range(3):
        one.hears("officer-number")
        one.types("12")
        one.hears("officer-code")
        one.types("999999")
        one.hears("officer-wrong")
    one.is_let_go()
    assert one.heard[-2:] == ["officer-wrong", "goodbye"]


def test_a_locked_caller_is_sent_away_at_once(hall: TownHall) -> None:
    test_three_wrong_codes_end_the_call(hall)
    one = hall.called()
    at_the_door(one)
    one.types("12")
    one.hears("officer-code")
    one.types(CODE)
    one.is_let_go()
    assert one.heard[-2:] == ["officer-wrong", "goodbye"]


def test_a_lock_lasts_a_minute_and_shuts_nobody_else_out(hall: TownHall) -> None:
    test_three_wrong_codes_end_the_call(hall)
    mayor = hall.entered("+33199000077")
    assert mayor.waited == 4.0
    mayor.hangs_up()
    hall.city.commune.clock.move(timedelta(seconds=59))
    one = hall.called()
    at_the_door(one)
    one.types("12")
    one.hears("officer-code")
    one.types(CODE)
    one.hears("officer-wrong")
    one.is_let_go()
    hall.city.commune.clock.move(timedelta(seconds=1))
    hall.entered().hangs_up()


def test_an_officers_own_telephone_is_rung_back(hall: TownHall) -> None:
    denis = hall.officer("34", "Denis Roche", OTHER_CODE, DENIS)
    one = hall.called(DENIS)
    at_the_door(one)
    for _ in range(3):
        one.types("34")
        one.hears("officer-code")
        one.types("999999")
        one.hears("officer-wrong")
    one.hears("officer-ring-back")
    one.press("1")
    one.hears("officer-rung-back")
    one.is_let_go()
    (errand,) = hall.errands("ring_back")
    rung = hall.rung(errand, denis)
    rung.hears("Denis Roche")
    rung.hears("officer-code")
    rung.types(OTHER_CODE)
    rung.hears("officer-menu")
    rung.press("*")
    rung.is_let_go()


def test_nobody_is_rung_back_who_does_not_want_it(hall: TownHall) -> None:
    hall.officer("34", "Denis Roche", OTHER_CODE, DENIS)
    one = hall.called(DENIS)
    at_the_door(one)
    for _ in range(3):
        one.types("34")
        one.hears("officer-code")
        one.types("999999")
        one.hears("officer-wrong")
    one.hears("officer-ring-back")
    one.is_let_go()
    assert hall.errands("ring_back") == []


def test_who_was_rung_and_does_not_know_the_code_is_let_go(hall: TownHall) -> None:
    denis = hall.officer("34", "Denis Roche", OTHER_CODE, DENIS)
    errand = left(hall, "ring_back", officer=denis.id)
    one = hall.rung(errand, denis)
    for _ in range(3):
        one.hears("officer-code")
        one.types("999999")
        one.hears("officer-wrong")
    one.is_let_go()


def test_the_menu_ends_where_nobody_answers_any_more(hall: TownHall) -> None:
    one = hall.entered()
    one.is_let_go()
    assert one.heard.count("officer-menu") == 3


def test_a_key_that_is_none_of_the_menu_is_told_so(hall: TownHall) -> None:
    one = hall.entered()
    one.press("8")
    one.hears("not-a-choice")
    one.hears("officer-menu")
    one.press("*")
    one.is_let_go()


def test_an_english_officer_hears_english(hall: TownHall) -> None:
    hall.officer("56", "Ines Ward", OTHER_CODE, language="en")
    one = hall.called()
    at_the_door(one)
    one.types("56")
    one.hears("officer-code")
    one.types(OTHER_CODE)
    one.hears("officer-menu")
    one.press("2")
    one.hears("launch-which")
    one.types("99")
    one.hears("There is no scenario 99")
    one.hangs_up()


def test_a_recording_is_kept_or_made_again(hall: TownHall) -> None:
    one = hall.entered()
    records(one, spoken())
    one.press("2")
    one.says(spoken())
    one.hears("record-keep")
    one.press("1")
    one.hears("record-kept")
    one.hears("officer-menu")
    one.hangs_up()
    assert takes(hall) == [False, True]


def test_what_is_too_loud_is_said_to_be_so(hall: TownHall) -> None:
    one = hall.entered()
    one.press("1")
    one.says(spoken(loudness=3.0))
    one.hears("record-harsh")
    one.hears("record-keep")
    one.press("*")
    one.hears("officer-menu")
    one.hangs_up()
    assert takes(hall) == [False]


def test_who_says_nothing_five_times_is_at_the_menu_again(hall: TownHall) -> None:
    one = hall.entered()
    one.press("1")
    one.hears("officer-menu")
    assert one.heard.count("record-nothing") == 5
    one.hangs_up()


def test_a_recording_that_breaks_off_is_offered_in_the_next_call(
    hall: TownHall,
) -> None:
    one = hall.entered()
    one.press("1")
    one.hears("record-how")
    one.hangs_up(spoken())
    assert takes(hall) == [False]
    one = hall.entered()
    one.press("2")
    one.hears("launch-which")
    one.types("7")
    one.hears("launch-message")
    one.press("2")
    one.hears("launch-code")
    one.types(CODE)
    one.hears("C'est parti")
    one.hangs_up()
    assert hall.states() == ["running"]
