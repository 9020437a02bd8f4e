"""A commune is made ready by its name and its code."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from automaton.clock import SettableClock
from automaton.domain.collectivity import RegisterKind, Role
from automaton.errors import RequestError
from automaton.services.collectivities import (
    NewCollectivity,
    add_collectivity,
    find_collectivity,
)
from automaton.services.duty import NewDutyNumber, add_duty_number, remove_duty_number
from automaton.services.registers import NewRegister, add_register, find_register
from automaton.services.users import NewUser, add_user, remove_user
from automaton.store.people import SqlBook
from tests.services.register.town_hall import NOW, TownHall, file_of


def actions(hall: TownHall) -> list[str]:
    return [row.action for row in hall.rows("audit")]


@pytest.mark.parametrize(
    ("new", "region", "timezone"),
    [
        (NewCollectivity("A", insee="17306"), "FR", "Europe/Paris"),
        (NewCollectivity("A", insee="97209"), "MQ", "America/Martinique"),
        (NewCollectivity("A", postal_code="97600"), "YT", "Indian/Mayotte"),
        (NewCollectivity("A", region="be"), "BE", "Europe/Paris"),
        (NewCollectivity("A", timezone="Europe/London"), "FR", "Europe/London"),
    ],
)
def test_region_and_time_zone_follow_from_the_code(
    engine: Engine, new: NewCollectivity, region: str, timezone: str
) -> None:
    added = add_collectivity(SqlBook(engine), SettableClock(NOW), new, "root")

    assert (added.region, added.timezone) == (region, timezone)


def test_a_collectivity_begins_with_a_register_for_alerts(hall: TownHall) -> None:
    found = find_collectivity(hall.book)

    assert found == hall.collectivity
    (register,) = hall.book.registers(found.id)
    assert (register.name, register.kind) == ("alerte", RegisterKind.ALERT)
    assert actions(hall) == ["collectivity_added"]


def test_a_taken_name_is_refused(hall: TownHall) -> None:
    taken = NewCollectivity(hall.collectivity.name)

    with pytest.raises(RequestError) as refusal:
        add_collectivity(hall.book, hall.clock, taken, "root")

    assert refusal.value.error_id == "exists"
    assert len(hall.book.collectivities()) == 1


@pytest.mark.parametrize(
    ("new", "error_id"),
    [
        (NewCollectivity(" "), "bad_name"),
        (NewCollectivity("a" * 101), "bad_name"),
        (NewCollectivity("Bo\x07"), "bad_name"),
        (NewCollectivity("Bo\u202eyan"), "bad_name"),
        (NewCollectivity("B", timezone="Mars/Olympus"), "bad_timezone"),
        (NewCollectivity("B", timezone="/etc/passwd"), "bad_timezone"),
        (NewCollectivity("B", insee="abc"), "bad_insee"),
        (NewCollectivity("B", insee="1730"), "bad_insee"),
        (NewCollectivity("B", region="ZZ"), "bad_region"),
        (NewCollectivity("B", language="de"), "bad_language"),
    ],
)
def test_what_makes_no_collectivity_is_refused(
    hall: TownHall, new: NewCollectivity, error_id: str
) -> None:
    with pytest.raises(RequestError) as refusal:
        add_collectivity(hall.book, hall.clock, new, "root")

    assert refusal.value.error_id == error_id


def test_things_are_found_by_name_by_id_or_alone(hall: TownHall) -> None:
    home = hall.collectivity
    hall.take(file_of(3))

    assert find_collectivity(hall.book, home.name.upper()) == home
    assert find_collectivity(hall.book, home.id) == home
    assert find_register(hall.book, home.id, "ALERTE").contacts == 3
    with pytest.raises(RequestError, match="Royan"):
        find_collectivity(hall.book, "Atlantis")

    TownHall(hall.engine, name="Saint-Papier")
    with pytest.raises(RequestError, match="not exactly one"):
        find_collectivity(hall.book)


def test_a_commune_keeps_several_registers(hall: TownHall) -> None:
    new = NewRegister(hall.collectivity.id, "canicule", RegisterKind.CANICULE)

    added = add_register(hall.book, hall.clock, new, "Inès")

    assert find_register(hall.book, hall.collectivity.id, "canicule") == added
    with pytest.raises(RequestError, match="not exactly one"):
        find_register(hall.book, hall.collectivity.id)
    with pytest.raises(RequestError, match="There is a register « canicule »"):
        add_register(hall.book, hall.clock, new, "Inès")
    assert actions(hall)[1:] == ["register_added"]


def test_accounts_are_added_and_ended(hall: TownHall) -> None:
    new = NewUser(hall.collectivity.id, "Ines", "Inès Roux", Role.ADMINISTRATOR)

    added = add_user(hall.book, hall.clock, new, "root")

    assert list(hall.book.users(hall.collectivity.id)) == [added]
    with pytest.raises(RequestError, match="There is an account « ines »"):
        add_user(hall.book, hall.clock, new, "root")
    remove_user(hall.book, hall.clock, hall.collectivity.id, "INES", "root")
    assert list(hall.book.users(hall.collectivity.id)) == []
    with pytest.raises(RequestError, match="no user"):
        remove_user(hall.book, hall.clock, hall.collectivity.id, "ines", "root")
    assert actions(hall)[1:] == ["user_added", "user_removed"]


def test_an_account_that_was_ended_is_opened_again(hall: TownHall) -> None:
    # A login that was removed once was refused for ever: it "exists already".
    whose = hall.collectivity.id
    first = add_user(hall.book, hall.clock, NewUser(whose, "ines", "I. Roux"), "root")
    remove_user(hall.book, hall.clock, whose, "ines", "root")
    new = NewUser(whose, "ines", "Inès Roux", Role.READER)
    again = add_user(hall.book, hall.clock, new, "root")
    assert list(hall.book.users(whose)) == [again]
    assert (again.id, again.name, again.role) == (first.id, "Inès Roux", Role.READER)
    assert [row.subject_id for row in hall.rows("audit")[1:]] == [first.id] * 3


def test_the_duty_list_keeps_its_order(hall: TownHall) -> None:
    for name, number in [("Maire", "0639980001"), ("Adjoint", "+33 6 39 98 00 02")]:
        new = NewDutyNumber(hall.collectivity, name, number)
        add_duty_number(hall.book, hall.clock, new, "Inès")
    with pytest.raises(RequestError, match="on the duty list"):
        add_duty_number(hall.book, hall.clock, new, "Inès")

    entries = hall.book.duty_list(hall.collectivity.id)
    assert [(e.rank, e.name, e.e164) for e in entries] == [
        (0, "Maire", "+33639980001"),
        (1, "Adjoint", "+33639980002"),
    ]

    for asked in ("maire", "06 39 98 00 02"):
        remove_duty_number(hall.book, hall.clock, hall.collectivity, asked, "Inès")
    assert list(hall.book.duty_list(hall.collectivity.id)) == []
    with pytest.raises(RequestError, match="no duty entry"):
        remove_duty_number(hall.book, hall.clock, hall.collectivity, "maire", "Inès")
    told = str(hall.rows("audit"))
    assert "Maire" not in told
    assert "6399800" not in told  # four digits may stand in a hash


def test_a_name_that_stands_twice_on_the_duty_list_removes_nobody(
    hall: TownHall,
) -> None:
    for number in ("0639980001", "0639980002"):
        new = NewDutyNumber(hall.collectivity, "Mairie", number)
        add_duty_number(hall.book, hall.clock, new, "Inès")
    with pytest.raises(RequestError, match="stands 2 times"):
        remove_duty_number(hall.book, hall.clock, hall.collectivity, "mairie", "Inès")
    assert len(hall.book.duty_list(hall.collectivity.id)) == 2


def test_a_duty_number_must_be_one(hall: TownHall) -> None:
    new = NewDutyNumber(hall.collectivity, "Maire", "12")
    with pytest.raises(RequestError, match="not a telephone number"):
        add_duty_number(hall.book, hall.clock, new, "Inès")
