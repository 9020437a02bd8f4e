"""Who comes in at the officers' door, and who does not."""

from __future__ import annotations

from datetime import timedelta

from tests.console.officers import left
from tests.console.townhall import (
    CODE,
    DENIS,
    OTHER_CODE,
    TownHall,
    at_the_door,
)


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


def test_who_comes_from_the_queue_is_at_the_door_and_hears_no_message(
    hall: TownHall,
) -> None:
    one = hall.from_the_queue()
    one.hears("officer-number")
    assert one.heard == ["officer-number"]
    one.types("12")
    one.hears("officer-code")
    one.types(CODE)
    one.hears("officer-menu")
    one.is_let_go()
    (call,) = hall.city.commune.rows("call_ins")
    assert call.came_to == "officer"


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
