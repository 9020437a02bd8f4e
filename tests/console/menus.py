"""A town of officers for the tests of the console, and what they do at the keys."""

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
)
from tests.services.campaigns.city import City, settings_in

FLOOD = {"fr": "La rivière déborde."}
SMALL = {"calling": {"second_officer_above": 2}}


@pytest.fixture
def hall(city: City) -> Iterator[TownHall]:
    """A town of two homes, an officer, a scenario, and a number that is answered."""
    yield from answering(city, 2)


@pytest.fixture
def large(city: City) -> Iterator[TownHall]:
    """The same with three homes, which are too many for one officer alone."""
    city.use(settings_in(city.folder, **SMALL))
    yield from answering(city, 3)


def answering(city: City, homes: int) -> Iterator[TownHall]:
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


def alone(hall: TownHall) -> Handset:
    """Return an officer who may launch alone, and is asked why."""
    claire, *_ = asked(hall)
    (campaign,) = hall.office.desk.cards()
    (approval,) = approvals_of(hall.city.engine, campaign.id)
    wait = alone_in(hall.office, approval)
    hall.city.commune.clock.move(wait + timedelta(seconds=1))
    claire.hears("alone-ask")
    return claire


def launched(hall: TownHall) -> Handset:
    one = hall.entered()
    asks_to_launch(one)
    one.types(CODE)
    one.hears("C'est parti")
    one.hears("officer-menu")
    return one


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
