"""What goes on is told, paused, resumed and stopped by telephone."""

from __future__ import annotations

import pytest

from tests.console.menus import (
    hall,
    launched,
)
from tests.console.townhall import (
    TownHall,
)
from tests.services.campaigns.conftest import city, empty_database

__all__ = ["city", "empty_database", "hall"]


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
