"""A backup from before a removal does not bring a collectivity back."""

from __future__ import annotations

from automaton.services.collectivities import find_collectivity
from automaton.services.duty import NewDutyNumber, add_duty_number
from automaton.services.removals import remove_collectivity
from automaton.store.people import SqlBook
from tests.services.safety.conftest import MakeTown
from tests.store.commune import number


def test_what_was_removed_stays_removed_after_a_restore(node: MakeTown) -> None:
    town = node("one")
    commune, book = town.commune(), SqlBook(town.engine)
    owner = find_collectivity(book, commune.id)
    add_duty_number(book, town.clock, NewDutyNumber(owner, "Maire", number(0)), "Inès")
    before = town.file(town.backup())
    remove_collectivity(book, town.clock, owner, "Inès")
    town.restored(before)
    assert list(book.collectivities()) == []
    assert list(book.duty_list(owner.id)) == []
