"""What an officer does by telephone, word for word, and what a hang-up leaves."""

from __future__ import annotations

import pytest

from tests.console.officers import (
    FLOOD,
    asks_to_launch,
    launched,
    records,
    takes,
    with_nobody_on_duty,
    wordless,
)
from tests.console.townhall import (
    CODE,
    OTHER_CODE,
    TownHall,
    at_the_door,
    spoken,
)

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


def test_a_star_before_the_recording_goes_back_and_records_nothing(
    hall: TownHall,
) -> None:
    # It began the recording: the star was heard as any other key.
    one = hall.entered()
    one.press("1")
    one.hears("record-how")
    one.press("*")
    one.hears("officer-menu")
    one.hangs_up()
    assert takes(hall) == []


def test_a_star_while_the_recording_is_played_goes_back(hall: TownHall) -> None:
    one = hall.entered()
    one.press("1")
    one.says(spoken())
    one.hears("record-here")
    one.press("*")
    one.hears("officer-menu")
    one.hangs_up()
    assert "record-keep" not in one.heard
    assert takes(hall) == [False]


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


# ---- 3 and 4: how it goes, and what is done about it


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


# ---- 0: a person


def test_without_anybody_on_duty_key_0_says_that_nobody_is_there(
    hall: TownHall,
) -> None:
    with_nobody_on_duty(hall)
    one = hall.entered()
    one.hears("ask-0")
    one.press("0")
    one.hears("transfer-0")
    one.hears("nobody-0")
    one.hears("officer-menu")
    one.hangs_up()
