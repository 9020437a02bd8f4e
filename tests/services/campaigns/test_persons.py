"""Whom an officer's key 0 rings: those on duty, not the officer, by trunks that may."""

from __future__ import annotations

from dataclasses import replace

from automaton.domain.officer import Officer
from automaton.ids import new_id
from automaton.ports import Person
from automaton.services.persons import on_duty_for
from automaton.store.people import SqlBook
from tests.services.campaigns.city import CALLER, SOUTH, City

HIS, HERS, OTHERS = "+33261910007", "+33199000008", "+33639980009"
NORTHS, SOUTHS = ("north", 1, CALLER), ("south", 1, SOUTH)


def ways(city: City, officer: Officer, caller: str | None) -> list[tuple[Person, ...]]:
    return on_duty_for(city.office, SqlBook(city.engine), officer, caller)


def person(number: str, way: tuple[str, int, str]) -> Person:
    trunk, lines, shown = way
    return Person(trunk, number, lines, shown)


def test_each_telephone_on_duty_is_rung_by_every_trunk_that_may(city: City) -> None:
    for rank, e164 in enumerate((HIS, HERS, OTHERS)):
        entry = {"rank": rank, "name": f"Astreinte {rank}", "e164": e164}
        city.commune.add("duty_entries", collectivity_id=city.commune.id, **entry)
    claire = Officer(new_id(), city.commune.id, "12", "Claire")
    both = (person(HIS, NORTHS), person(HIS, SOUTHS))
    # No trunk here may dial a mobile.
    assert ways(city, claire, None) == [both, (person(HERS, NORTHS),), ()]
    assert ways(city, claire, HIS) == [(person(HERS, NORTHS),), ()]
    assert ways(city, replace(claire, phone=HERS), None) == [both, ()]
