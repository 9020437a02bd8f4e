"""Nothing is added to a collectivity that somebody removed meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from automaton.domain.collectivity import (
    Act,
    Collectivity,
    DutyEntry,
    Register,
    RegisterKind,
    Role,
    User,
)
from automaton.domain.roll import Enrolment
from automaton.errors import RequestError
from automaton.services.collectivities import find_collectivity
from automaton.services.removals import remove_collectivity
from automaton.store.people import SqlBook
from tests.store.commune import NOW, Commune

NUMBER = "+33199000001"
ACT = Act("Inès", NOW, "added", "something", "x1")
Add = Callable[[SqlBook, str], object]


def add_user(book: SqlBook, whose: str) -> object:
    return book.add_user(User("u1", whose, "ines", "Inès Roux", Role.OPERATOR), ACT)


def add_register(book: SqlBook, whose: str) -> object:
    return book.add_register(Register("r1", whose, "canicule", RegisterKind.ALERT), ACT)


def add_duty_entry(book: SqlBook, whose: str) -> object:
    return book.add_duty_entry(DutyEntry("d1", whose, 0, "Maire", NUMBER), ACT)


@pytest.mark.parametrize("add", [add_user, add_register, add_duty_entry])
def test_nothing_is_added_to_what_was_removed_meanwhile(
    commune: Commune, add: Add
) -> None:
    book = SqlBook(commune.engine)
    seen: Collectivity = find_collectivity(book, commune.id)
    remove_collectivity(book, commune.clock, seen, "Inès")
    audit = commune.rows("audit")
    with pytest.raises(RequestError, match="no such collectivity"):
        add(book, seen.id)
    assert commune.rows("users") == commune.rows("duty_entries") == []
    assert [one.name for one in commune.rows("registers")] == ["alerte"]
    assert commune.rows("audit") == audit


def test_no_import_begins_in_what_was_removed_meanwhile(commune: Commune) -> None:
    book = SqlBook(commune.engine)
    seen = find_collectivity(book, commune.id)
    remove_collectivity(book, commune.clock, seen, "Inès")
    enrolment = Enrolment(at=NOW, by="Inès", file_name="a.csv")
    with pytest.raises(RequestError, match="no such register"):
        book.begin_import("i1", commune.register, "0", enrolment)
    assert commune.rows("imports") == []
