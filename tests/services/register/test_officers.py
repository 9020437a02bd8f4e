"""Officers are added, changed and removed, and their codes are kept as hashes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from time import process_time

import pytest

from automaton.domain.officer import Officer
from automaton.errors import RequestError
from automaton.services.hashing import hashed, is_code_of
from automaton.services.officers import (
    NewOfficer,
    add_officer,
    change_code,
    change_phone,
    find_officer,
    remove_officer,
    unlock,
)
from automaton.services.removals import remove_collectivity
from automaton.settings import TrunkSettings
from tests.services.register.town_hall import TownHall

CODE, OTHER = "739154", "482610"
PHONE = "+33639980001"
TRUNK = TrunkSettings(name="operator", contact="127.0.0.1:5070", lines=4)


def new(hall: TownHall, **changes: object) -> NewOfficer:
    whole = NewOfficer(hall.collectivity, "12", "Jeanne Marée", CODE, "06 39 98 00 01")
    return replace(whole, **changes)  # type: ignore[arg-type]


def added(hall: TownHall, **changes: object) -> Officer:
    return add_officer(hall.book, hall.clock, new(hall, **changes), "Inès")


def test_an_officer_is_kept_with_the_hash_of_a_code(hall: TownHall) -> None:
    officer = added(hall)
    assert hall.book.officers(hall.collectivity.id) == [officer]
    assert (officer.short_number, officer.phone, officer.language) == (
        "12",
        PHONE,
        "fr",
    )
    (row,) = hall.rows("officers")
    assert row.code.startswith("$argon2id$")
    assert is_code_of(CODE, row.code)
    assert not is_code_of(OTHER, row.code)


@pytest.mark.parametrize(
    ("changes", "error_id"),
    [
        ({"short_number": "012"}, "short-number"),
        ({"short_number": "12345"}, "short-number"),
        ({"code": "12345"}, "code-form"),
        ({"code": "sésame"}, "code-form"),
        ({"code": "777777"}, "code-trivial"),
        ({"code": "980001"}, "code-trivial"),
        ({"language": "br"}, "officer-language"),
        ({"name": " "}, "bad_name"),
        ({"phone": "99"}, "bad_number"),
        ({"phone": "112"}, "emergency_number"),
        ({"phone": "+44 20 7946 0958", "trunks": (TRUNK,)}, "trunk-prefix"),
    ],
)
def test_what_cannot_be_is_refused_without_the_code(
    hall: TownHall, changes: dict[str, object], error_id: str
) -> None:
    with pytest.raises(RequestError) as refused:
        added(hall, **changes)
    assert refused.value.error_id == error_id
    assert str(changes.get("code", CODE)) not in str(refused.value)
    assert hall.book.officers(hall.collectivity.id) == []


def test_neither_a_short_number_nor_a_name_is_given_twice(hall: TownHall) -> None:
    added(hall)
    for twice in ({"name": "Paul Marée"}, {"short_number": "13"}):
        with pytest.raises(RequestError) as refused:
            added(hall, phone="", **twice)
        assert refused.value.error_id == "exists"


def test_an_officer_is_found_by_short_number_name_and_id(hall: TownHall) -> None:
    officer = added(hall)
    for asked in ("12", "jeanne marée", officer.id):
        assert find_officer(hall.book, hall.collectivity.id, asked) == officer
    with pytest.raises(RequestError, match="12 Jeanne Marée"):
        find_officer(hall.book, hall.collectivity.id, "13")


def test_officers_are_listed_by_number(hall: TownHall) -> None:
    for number in ("100", "20", "3"):
        added(hall, short_number=number, name=f"N{number}", phone="")
    listed = hall.book.officers(hall.collectivity.id)
    assert [one.short_number for one in listed] == ["3", "20", "100"]


def test_another_code_and_another_telephone_take_the_place_of_the_old(
    hall: TownHall,
) -> None:
    officer = added(hall)
    change_code(hall.book, hall.clock, officer, OTHER, "Inès")
    (row,) = hall.rows("officers")
    assert is_code_of(OTHER, row.code)
    told = (hall.collectivity, officer, "06 39 98 00 02", (), "Inès")
    changed = change_phone(hall.book, hall.clock, *told)
    assert changed.phone == "+33639980002"
    without = (hall.collectivity, officer, "", (), "Inès")
    assert change_phone(hall.book, hall.clock, *without).phone is None
    assert hall.rows("officers")[0].phone is None


def test_a_removed_officer_frees_the_short_number(hall: TownHall) -> None:
    remove_officer(hall.book, hall.clock, added(hall), "Inès")
    assert hall.book.officers(hall.collectivity.id) == []
    assert added(hall, code=OTHER).short_number == "12"


def test_officers_go_with_their_collectivity(hall: TownHall) -> None:
    added(hall)
    remove_collectivity(hall.book, hall.clock, hall.collectivity, "Inès")
    assert hall.rows("officers") == []


def test_every_change_stands_in_the_audit_by_the_officers_id(hall: TownHall) -> None:
    officer = added(hall)
    change_code(hall.book, hall.clock, officer, OTHER, "Inès")
    unlock(hall.book, hall.clock, hall.collectivity, officer, "", "Inès")
    remove_officer(hall.book, hall.clock, officer, "Inès")
    told = [row for row in hall.rows("audit") if row.subject == "officer"]
    assert [row.action for row in told] == [
        "officer_added",
        "officer_code_changed",
        "officer_unlocked",
        "officer_removed",
    ]
    assert {row.subject_id for row in told} == {officer.id}


def test_whom_to_unlock_must_be_said(hall: TownHall) -> None:
    with pytest.raises(RequestError) as refused:
        unlock(hall.book, hall.clock, hall.collectivity, None, "", "Inès")
    assert refused.value.error_id == "unlock-whom"


def test_who_is_not_there_costs_the_same_work_as_who_is() -> None:
    kept = hashed(CODE)
    is_code_of(CODE, None)  # the hash that nobody has is made once
    spent = []
    for which in (kept, None):
        began = process_time()
        for _ in range(3):
            is_code_of(OTHER, which)
        spent.append(timedelta(seconds=process_time() - began))
    assert min(spent) > max(spent) / 2
    assert not is_code_of(CODE, "no hash at all")
