"""What was erased is in no file of either database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from automaton.services.duty import NewDutyNumber, add_duty_number
from automaton.services.register import erase_contact
from automaton.services.removals import remove_collectivity
from automaton.services.users import NewUser, add_user, remove_user
from tests.services.register.town_hall import TownHall, file_of

REGISTER = (
    file_of(60)
    + "Fontbrune;2 rue du Port;0639989712\n"
    + "".join(f"Autre{i};{i} rue du Port;0536490{i:03d}\n" for i in range(60))
)
SOUGHT = (b"Fontbrune", b"fontbrune", b"639989712")


def files_of(hall: TownHall) -> Iterator[Path]:
    """Yield the files of the database; PostgreSQL's own log of writes is not ours."""
    url = hall.engine.url
    if hall.engine.dialect.name == "sqlite":
        yield from Path(str(url.database)).parent.iterdir()
        return
    with hall.engine.connect() as connection:
        connection.exec_driver_sql("CHECKPOINT")
        place = connection.exec_driver_sql("SHOW data_directory").scalar_one()
    yield from (p for p in (Path(place) / "base").rglob("*") if p.is_file())


def traces(hall: TownHall) -> list[str]:
    return [
        f"{path.name}: {word!r}"
        for path in files_of(hall)
        for word in SOUGHT
        if word in path.read_bytes()
    ]


def test_an_erased_person_is_in_no_byte_of_the_database(hall: TownHall) -> None:
    hall.take(REGISTER)
    (person,) = hall.contacts("fontbrune")
    with hall.engine.begin() as connection:  # PostgreSQL keeps samples of each column
        connection.exec_driver_sql("ANALYZE")
    assert traces(hall)
    erase_contact(hall.book, hall.clock, person.id, "Inès")
    assert traces(hall) == []
    assert len(hall.contacts()) == 50


def test_what_went_with_a_collectivity_is_in_no_byte_either(hall: TownHall) -> None:
    owner, book, clock = hall.collectivity, hall.book, hall.clock
    for login in ("odile", "ines"):
        name = f"Fontbrune {login}"
        add_user(book, clock, NewUser(owner.id, login, name), "root")
    remove_user(book, clock, owner.id, "ines", "root")
    number = NewDutyNumber(owner, "Fontbrune", "+33639989712")
    add_duty_number(book, clock, number, "root")
    assert traces(hall)
    remove_collectivity(book, clock, owner, "root")
    book.sweep()
    assert traces(hall) == []
