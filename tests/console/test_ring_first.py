"""Key 5: the officer hears the call first, and nothing is launched by that."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from automaton.services.posted import note_heard
from tests.console.handset import Handset
from tests.console.townhall import CODE, DENIS, OTHER_CODE, TownHall, spoken
from tests.services.campaigns.city import City
from tests.services.campaigns.conftest import city, empty_database

__all__ = ["city", "empty_database"]

HIDDEN = "anonymous"


@pytest.fixture
def hall(city: City) -> Iterator[TownHall]:
    """A town of two homes, an officer, a scenario, and a number that is answered."""
    city.homes(2)
    city.on_duty()
    hall = TownHall(city)
    hall.officer("12", "Claire Dumas", CODE)
    hall.scenario(texts={"fr": "La rivière déborde."})
    with hall.open():
        yield hall


def numbers(hall: TownHall) -> list[str]:
    rows = hall.city.commune.rows("commands", name="ring_first")
    return [row.payload["number"] for row in rows]


def is_over(hall: TownHall) -> None:
    """The chief has rung, and the call has ended."""
    (errand,) = hall.errands("ring_first")
    note_heard(hall.office, errand)


def wants_it_first(one: Handset) -> None:
    """Ask from the menu for the call of the scenario."""
    one.press("5")
    one.hears("launch-which")
    one.types("7")


def test_a_call_is_heard_and_its_end_is_told(hall: TownHall) -> None:
    one = hall.entered()
    wants_it_first(one)
    one.hears("first-rings")
    one.hears("2")
    is_over(hall)
    one.hears("first-over")
    one.hears("officer-menu")
    one.hangs_up()
    assert numbers(hall) == ["+33199000042"]
    assert hall.states() == ["cancelled"]
    assert "rung_first" in [row.action for row in hall.city.commune.rows("audit")]


@pytest.mark.parametrize("leave", ["star", "hang-up"])
def test_who_hangs_up_is_rung_all_the_same(hall: TownHall, leave: str) -> None:
    one = hall.entered()
    wants_it_first(one)
    one.hears("first-rings")
    if leave == "star":
        one.hears("2")
        one.press("*")
        one.hears("officer-menu")
    one.hangs_up()
    assert len(hall.errands("ring_first")) == 1
    assert hall.states() == ["cancelled"]


def test_it_is_offered_before_the_code_and_may_be_a_recording(hall: TownHall) -> None:
    one = hall.entered()
    one.press("1")
    one.says(spoken())
    one.hears("record-keep")
    one.press("1")
    one.hears("officer-menu")
    one.press("2")
    one.hears("launch-which")
    one.types("7")
    one.hears("launch-message")
    one.press("2")
    one.hears("launch-code")
    one.types("5")
    one.hears("first-rings")
    one.hears("2")
    is_over(hall)
    one.hears("first-over")
    one.hears("launch-code")
    one.types(CODE)
    one.hears("C'est parti")
    one.hangs_up()
    (errand,) = hall.city.commune.rows("commands", name="ring_first")
    (campaign,) = hall.office.desk.cards()
    assert errand.campaign_id == campaign.id
    assert campaign.message[0].recording
    assert hall.states() == ["running"]


@pytest.mark.parametrize(("key", "rung"), [("1", "+33199000042"), ("2", DENIS)])
def test_an_officer_with_two_telephones_says_which(
    hall: TownHall, key: str, rung: str
) -> None:
    (claire,) = hall.book.officers(hall.city.commune.id)
    hall.city.commune.change("officers", claire.id, phone=DENIS)
    one = hall.entered()
    wants_it_first(one)
    one.hears("first-where")
    one.press(key)
    one.hears("first-rings")
    one.hangs_up()
    assert numbers(hall) == [rung]


def test_a_star_there_rings_nobody(hall: TownHall) -> None:
    (claire,) = hall.book.officers(hall.city.commune.id)
    hall.city.commune.change("officers", claire.id, phone=DENIS)
    one = hall.entered()
    wants_it_first(one)
    one.hears("first-where")
    one.press("*")
    one.hears("officer-menu")
    one.hangs_up()
    assert numbers(hall) == []
    assert hall.states() == ["cancelled"]


def test_without_a_telephone_that_can_be_rung_it_is_said(hall: TownHall) -> None:
    hall.officer("34", "Denis Roche", OTHER_CODE)
    one = hall.entered(HIDDEN)
    wants_it_first(one)
    one.hears("first-nowhere")
    one.hears("officer-menu")
    one.hangs_up()
    assert numbers(hall) == []
