"""What officers do at the telephone, step by step, and towns for it."""

from __future__ import annotations

from collections.abc import Iterator

from automaton.domain.officer import Officer
from tests.console.handset import Handset
from tests.console.townhall import CODE, TownHall
from tests.services.campaigns.city import City

FLOOD = {"fr": "La rivière déborde."}


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


def launched(hall: TownHall) -> Handset:
    one = hall.entered()
    asks_to_launch(one)
    one.types(CODE)
    one.hears("C'est parti")
    one.hears("officer-menu")
    return one
