"""What an officer does by telephone, word for word, and what a hang-up leaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from automaton.domain.officer import Officer
from automaton.services.approvals import alone_in
from automaton.store.approvals import approvals_of
from tests.console.handset import Handset
from tests.console.townhall import (
    CODE,
    DENIS,
    OTHER_CODE,
    TownHall,
    at_the_door,
    spoken,
)
from tests.services.campaigns.city import City, settings_in
from tests.services.campaigns.conftest import city, empty_database

__all__ = ["city", "empty_database"]

FLOOD = {"fr": "La rivière déborde."}
SMALL = {"calling": {"second_officer_above": 2}}


@pytest.fixture
def hall(city: City) -> Iterator[TownHall]:
    """A town of two homes, an officer, a scenario, and a number that is answered."""
    yield from _answering(city, 2)


@pytest.fixture
def large(city: City) -> Iterator[TownHall]:
    """The same with three homes, which are too many for one officer alone."""
    city.use(settings_in(city.folder, **SMALL))
    yield from _answering(city, 3)


def _answering(city: City, homes: int) -> Iterator[TownHall]:
    city.homes(homes)
    city.on_duty()
    hall = TownHall(city)
    hall.officer("12", "Claire Dumas", CODE)
    hall.scenario(texts=FLOOD)
    with hall.open():
        yield hall


def records(one: Handset, sound: bytes) -> None:
    """Record a message from the menu, up to the question whether it is kept."""
    one.press("1")
    one.says(sound)
    one.hears("record-keep")


def asks_to_launch(one: Handset, number: str = "7") -> None:
    """Ask for a scenario from the menu, up to the code."""
    one.press("2")
    one.hears("launch-which")
    one.types(number)
    one.hears("launch-code")


def takes(hall: TownHall) -> list[bool]:
    """Return of each recording whether it is kept."""
    return [row.kept_at is not None for row in hall.city.commune.rows("takes")]


# ---- the door


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


# ---- 1: recording


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


# ---- 2: launching


def test_a_scenario_is_launched_with_its_own_message(hall: TownHall) -> None:
    one = hall.entered()
    asks_to_launch(one)
    one.types(CODE)
    one.hears("C'est parti")
    one.hears("officer-menu")
    one.press("3")
    one.hears("est en cours")
    one.hangs_up()
    assert hall.states() == ["running"]


def test_with_a_recording_the_scenarios_own_message_can_be_chosen(
    hall: TownHall,
) -> None:
    one = hall.entered()
    records(one, spoken())
    one.press("1")
    one.hears("officer-menu")
    one.press("2")
    one.hears("launch-which")
    one.types("7")
    one.hears("launch-message")
    one.press("1")
    one.hears("launch-code")
    one.types(CODE)
    one.hears("C'est parti")
    one.hangs_up()


def test_a_scenario_without_a_message_wants_a_recording(hall: TownHall) -> None:
    hall.scenario(8, texts=FLOOD)
    wordless(hall, 8)
    one = hall.entered()
    one.press("2")
    one.hears("launch-which")
    one.types("8")
    one.hears("launch-no-message")
    one.hears("officer-menu")
    records(one, spoken())
    one.press("1")
    one.hears("officer-menu")
    asks_to_launch(one, "8")
    one.types(CODE)
    one.hears("C'est parti")
    one.hangs_up()


def test_an_unknown_scenario_launches_nothing(hall: TownHall) -> None:
    one = hall.entered()
    one.press("2")
    one.hears("launch-which")
    one.types("99")
    one.hears("Il n'y a pas de scénario 99")
    one.hears("officer-menu")
    one.hangs_up()
    assert hall.states() == []


@pytest.mark.parametrize("last", ["launch-which", "Scénario 7", "launch-here"])
def test_who_hangs_up_before_the_code_has_launched_nothing(
    hall: TownHall, last: str
) -> None:
    one = hall.entered()
    one.press("2")
    one.hears("launch-which")
    if last != "launch-which":
        one.types("7")
        one.hears(last)
    one.hangs_up()
    assert set(hall.states()) <= {"cancelled"}


def test_who_hangs_up_at_the_code_leaves_a_cancelled_draft(hall: TownHall) -> None:
    one = hall.entered()
    asks_to_launch(one)
    one.hangs_up()
    assert hall.states() == ["cancelled"]


@pytest.mark.parametrize("typed", ["", "27*"])
def test_a_star_at_the_code_leaves_a_cancelled_draft(
    hall: TownHall, typed: str
) -> None:
    one = hall.entered()
    asks_to_launch(one)
    one.types(typed)
    one.hears("officer-menu")
    one.hangs_up()
    assert hall.states() == ["cancelled"]


def test_a_wrong_code_launches_nothing(hall: TownHall) -> None:
    one = hall.entered()
    asks_to_launch(one)
    one.types("999999")
    one.hears("officer-wrong")
    one.hears("officer-menu")
    one.hangs_up()
    assert hall.states() == ["cancelled"]


def test_what_forbids_a_launch_is_said_in_french(hall: TownHall) -> None:
    with_nobody_on_duty(hall)
    one = hall.entered()
    one.press("2")
    one.hears("launch-which")
    one.types("7")
    one.hears("C'est impossible. Aucune alerte")
    one.hears("officer-menu")
    one.hangs_up()
    assert hall.states() == ["cancelled"]


def test_what_forbids_a_launch_is_said_in_english(hall: TownHall) -> None:
    with_nobody_on_duty(hall)
    hall.officer("56", "Ines Ward", OTHER_CODE, language="en")
    one = hall.called()
    at_the_door(one)
    one.types("56")
    one.hears("officer-code")
    one.types(OTHER_CODE)
    one.hears("officer-menu")
    one.press("2")
    one.hears("launch-which")
    one.types("7")
    one.hears("No alert starts without a duty list")
    one.hangs_up()


# ---- 2: the second officer


def asked(hall: TownHall) -> tuple[Handset, Officer, int]:
    """Return who waits for a second officer, that officer, and the errand."""
    denis = hall.officer("34", "Denis Roche", OTHER_CODE, DENIS)
    claire = hall.entered()
    asks_to_launch(claire)
    claire.types(CODE)
    claire.hears("approval-asked")
    (errand,) = hall.errands("ring_officers")
    return claire, denis, errand


def decides(hall: TownHall, denis: Officer, errand: int, key: str) -> Handset:
    """Return the second officer, who has said yes or no and is asked for the code."""
    one = hall.rung(errand, denis)
    one.hears("officer-code")
    one.types(OTHER_CODE)
    one.hears("Claire Dumas veut lancer Crue")
    one.hears("approval-ask")
    one.press(key)
    one.hears("approval-code")
    return one


def test_a_second_officer_agrees_and_it_is_launched(large: TownHall) -> None:
    claire, denis, errand = asked(large)
    one = decides(large, denis, errand, "1")
    one.types(OTHER_CODE)
    one.hears("approval-given")
    one.is_let_go()
    claire.hears("C'est parti")
    claire.hangs_up()
    assert large.states() == ["running"]


def test_a_second_officer_refuses_and_it_is_over(large: TownHall) -> None:
    claire, denis, errand = asked(large)
    one = decides(large, denis, errand, "2")
    one.types(OTHER_CODE)
    one.hears("approval-refused")
    one.is_let_go()
    claire.hears("Denis Roche a refusé")
    claire.hears("officer-menu")
    claire.hangs_up()
    assert large.states() == ["cancelled"]


@pytest.mark.parametrize("leave", ["hang-up", "star"])
def test_who_asked_and_goes_leaves_the_question_open(
    large: TownHall, leave: str
) -> None:
    claire, denis, errand = asked(large)
    if leave == "star":
        claire.hears("2")
        claire.press("*")
        claire.hears("officer-menu")
    claire.hangs_up()
    assert large.states() == ["draft"]
    one = decides(large, denis, errand, "1")
    one.types(OTHER_CODE)
    one.hears("approval-given")
    one.is_let_go()
    assert large.states() == ["running"]


def test_a_second_officer_with_a_wrong_code_has_decided_nothing(
    large: TownHall,
) -> None:
    claire, denis, errand = asked(large)
    one = decides(large, denis, errand, "1")
    one.types("999999")
    one.hears("officer-wrong")
    one.is_let_go()
    claire.hangs_up()
    assert large.states() == ["draft"]


def test_who_is_rung_too_late_hears_that_it_is_decided(large: TownHall) -> None:
    test_a_second_officer_agrees_and_it_is_launched(large)
    (denis,) = (o for o in officers(large) if o.name == "Denis Roche")
    errand = large.city.commune.rows("commands", name="ring_officers")[0].id
    one = large.rung(errand, denis)
    one.hears("officer-code")
    one.types(OTHER_CODE)
    one.hears("approval-over")
    one.is_let_go()


def test_what_forbids_the_launch_meanwhile_is_told_to_who_agrees(
    large: TownHall,
) -> None:
    claire, denis, errand = asked(large)
    one = decides(large, denis, errand, "1")
    with_nobody_on_duty(large)
    one.types(OTHER_CODE)
    one.hears("C'est impossible. Aucune alerte")
    one.is_let_go()
    claire.hangs_up()
    assert large.states() == ["draft"]


def alone(hall: TownHall) -> Handset:
    """Return an officer who may launch alone, and is asked why."""
    claire, *_ = asked(hall)
    (campaign,) = hall.office.desk.cards()
    (approval,) = approvals_of(hall.city.engine, campaign.id)
    wait = alone_in(hall.office, approval)
    hall.city.commune.clock.move(wait + timedelta(seconds=1))
    claire.hears("alone-ask")
    return claire


def test_one_officer_launches_alone_with_a_reason(large: TownHall) -> None:
    claire = alone(large)
    claire.press("3")
    claire.hears("approval-code")
    claire.types(CODE)
    claire.hears("C'est parti")
    claire.hangs_up()
    assert large.states() == ["running"]
    (campaign,) = large.office.desk.cards()
    (approval,) = approvals_of(large.city.engine, campaign.id)
    assert approval.reason == "Sur ordre du maire ou du préfet."
    (denis,) = (o for o in officers(large) if o.name == "Denis Roche")
    (errand,) = large.errands("ring_officers")
    one = large.rung(errand, denis)
    one.hears("officer-code")
    one.types(OTHER_CODE)
    one.hears("Claire Dumas a lancé seul")
    one.is_let_go()


def test_alone_with_a_wrong_code_nothing_is_launched(large: TownHall) -> None:
    claire = alone(large)
    claire.press("1")
    claire.hears("approval-code")
    claire.types("999999")
    claire.hears("officer-wrong")
    claire.hears("officer-menu")
    claire.hangs_up()
    assert large.states() == ["draft"]


# ---- 3 and 4: how it goes, and what is done about it


def launched(hall: TownHall) -> Handset:
    one = hall.entered()
    asks_to_launch(one)
    one.types(CODE)
    one.hears("C'est parti")
    one.hears("officer-menu")
    return one


def test_with_nothing_going_on_there_is_nothing_to_stop(hall: TownHall) -> None:
    one = hall.entered()
    one.press("3")
    one.hears("Aucune campagne")
    one.hears("officer-menu")
    one.press("4")
    one.hears("progress-none")
    one.hears("officer-menu")
    one.hangs_up()


def test_a_key_ends_the_telling(hall: TownHall) -> None:
    one = launched(hall)
    one.press("3")
    one.hears("est en cours")
    one.press("*")
    one.hears("officer-menu")
    one.hangs_up()


def test_a_campaign_is_paused_resumed_and_stopped(hall: TownHall) -> None:
    one = launched(hall)
    for key, asked_for, state in [
        ("1", "move-running", "paused"),
        ("1", "move-paused", "running"),
    ]:
        one.press("4")
        one.hears(asked_for)
        one.press(key)
        one.hears("move-done")
        one.hears("officer-menu")
        assert hall.states() == [state]
    one.press("4")
    one.hears("move-running")
    one.press("2")
    one.hears("move-sure")
    one.press("1")
    one.hears("move-done")
    one.hangs_up()
    assert hall.states() == ["cancelled"]


@pytest.mark.parametrize("leave", ["star", "hang-up"])
def test_a_stop_that_is_not_confirmed_stops_nothing(hall: TownHall, leave: str) -> None:
    one = launched(hall)
    one.press("4")
    one.hears("move-running")
    one.press("2")
    one.hears("move-sure")
    if leave == "star":
        one.press("*")
        one.hears("officer-menu")
    one.hangs_up()
    assert hall.states() == ["running"]


def test_a_campaign_can_be_passed_by(hall: TownHall) -> None:
    one = launched(hall)
    one.press("4")
    one.hears("move-running")
    one.press("#")
    one.hears("officer-menu")
    one.hangs_up()
    assert hall.states() == ["running"]


# ---- what the tests do at the town hall


def left(hall: TownHall, name: str, **payload: str) -> int:
    """Leave an errand; return its id."""
    told = {"collectivity": hall.city.commune.id, **payload}
    row = {"name": name, "by": "Claire Dumas", "payload": told}
    hall.city.commune.add("commands", asked_at=hall.city.commune.now, **row)
    return int(hall.city.commune.rows("commands")[-1].id)


def officers(hall: TownHall) -> list[Officer]:
    return list(hall.book.officers(hall.city.commune.id))


def with_nobody_on_duty(hall: TownHall) -> None:
    with hall.city.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM duty_entries")


def wordless(hall: TownHall, number: int) -> None:
    """Take the message from a scenario, as one is that is meant for recordings."""
    rows = hall.city.commune.rows("scenarios", number=number)
    wish = dict(rows[0].wish) | {"texts": {}, "recordings": {}}
    hall.city.commune.change("scenarios", rows[0].id, wish=wish)
