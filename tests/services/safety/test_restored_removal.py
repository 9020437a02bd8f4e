"""A backup from before a removal does not bring a collectivity back."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from automaton.services.collectivities import find_collectivity
from automaton.services.duty import NewDutyNumber, add_duty_number
from automaton.services.removals import remove_collectivity
from automaton.store.engine import writing
from automaton.store.people import SqlBook
from automaton.store.tables import tombstones
from tests.services.safety.conftest import MakeTown
from tests.services.safety.safe_town import SafeTown
from tests.services.safety.test_erased_again import traces
from tests.store.commune import NOW, Commune, number

PARTS = (
    *("contacts", "contact_points", "consents", "households", "establishments"),
    *("groups", "group_members", "proposals", "opt_outs", "duty_entries"),
)
NAME = "Taillefer"


def inhabited(town: SafeTown) -> Commune:
    """Return a commune that has something in each table of its own."""
    commune, book = town.commune(), SqlBook(town.engine)
    owner = find_collectivity(book, commune.id)
    add_duty_number(book, town.clock, NewDutyNumber(owner, "Maire", number(0)), "Inès")
    register = {"register_id": commune.register}
    school = commune.add("establishments", name=f"École {NAME}", **register)
    commune.add("contact_points", establishment_id=school, kind="sms", value=number(1))
    commune.home(number(2), last_name=NAME, codeword_prompt="p7")
    person = commune.person(number(3), last_name=NAME, establishment_id=school)
    consent = {"at": NOW, "by": "k", "how": "form", "action": "given"}
    commune.add("consents", contact_id=person, text="oui", **consent)
    group = commune.add("groups", name="Bas-quartier", **register)
    commune.add("group_members", group_id=group, contact_id=person)
    commune.add("proposals", e164=number(2), kind="household", **register)
    opted_out = {"e164": number(4), "at": NOW, "how": "key"}
    commune.add("opt_outs", collectivity_id=commune.id, **opted_out)
    return commune


def left(commune: Commune) -> set[str]:
    """Return the tables in which anything of a commune is left."""
    return {table for table in PARTS if commune.rows(table)}


@pytest.mark.parametrize("are_known", [True, False])
def test_what_was_removed_stays_removed_after_a_restore(
    node: MakeTown, are_known: bool
) -> None:
    # Without tombstones, or without their key, the people would be back alone.
    town = node("one")
    commune, book = inhabited(town), SqlBook(town.engine)
    assert left(commune) == set(PARTS)
    before = town.file(town.backup())
    for row in commune.rows("contacts"):
        town.erase(row.id)
    owner = find_collectivity(book, commune.id)
    remove_collectivity(book, town.clock, owner, "Inès")
    if not are_known:
        with writing(town.engine) as connection:
            connection.execute(delete(tombstones))
    landed = town.restored(before).landed
    assert (landed.erased, landed.prompts) == (2, ("p7",))
    assert list(book.collectivities()) == []
    assert left(commune) == set()
    assert list(traces(town.settings.folders.data, NAME, number(4))) == []


def test_what_is_deleted_again_is_swept_where_nobody_is_erased(node: MakeTown) -> None:
    town = node("one")
    commune, book = town.commune(), SqlBook(town.engine)
    commune.add("establishments", name=f"École {NAME}", register_id=commune.register)
    before = town.file(town.backup())
    owner = find_collectivity(book, commune.id)
    remove_collectivity(book, town.clock, owner, "Inès")
    assert town.restored(before).landed.erased == 0
    assert commune.rows("establishments") == []
    assert list(traces(town.settings.folders.data, NAME)) == []


def test_a_collectivity_that_is_there_keeps_what_comes_back(node: MakeTown) -> None:
    town = node("one")
    commune, book = inhabited(town), SqlBook(town.engine)
    other = town.commune()
    before = town.file(town.backup())
    remove_collectivity(book, town.clock, find_collectivity(book, other.id), "Inès")
    town.restored(before)
    assert [one.id for one in book.collectivities()] == [commune.id]
    assert left(commune) == set(PARTS)
