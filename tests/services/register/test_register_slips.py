"""A register is renamed, and removed where nothing ever hung on it."""

from __future__ import annotations

import pytest

from automaton.domain.campaign import CampaignState
from automaton.domain.collectivity import Register
from automaton.errors import RequestError
from automaton.services.registers import (
    NewRegister,
    add_register,
    find_register,
    remove_register,
    rename_register,
)
from automaton.store.people import SqlBook
from tests.store.commune import NOW, Commune


def found(commune: Commune) -> Register:
    return find_register(SqlBook(commune.engine), commune.id, commune.register)


def remove(commune: Commune) -> None:
    book = SqlBook(commune.engine)
    remove_register(book, commune.clock, found(commune), "Inès")


def test_a_register_has_another_name_for_the_same_contacts(commune: Commune) -> None:
    commune.home("+33199000001")
    book = SqlBook(commune.engine)
    now = rename_register(book, commune.clock, found(commune), " crues ", "Inès")
    assert (now.id, now.name, now.contacts) == (commune.register, "crues", 1)
    assert found(commune) == now
    assert [line.action for line in commune.rows("audit")] == ["register_renamed"]


def test_a_name_that_another_register_has_is_refused(commune: Commune) -> None:
    book, clock = SqlBook(commune.engine), commune.clock
    add_register(book, clock, NewRegister(commune.id, "canicule"), "Inès")
    with pytest.raises(RequestError, match="There is a register « canicule » already"):
        rename_register(book, clock, found(commune), "Canicule", "Inès")
    with pytest.raises(RequestError, match="There is a register « alerte » already"):
        add_register(book, clock, NewRegister(commune.id, "ALERTE"), "Inès")


def test_an_empty_register_goes_with_what_is_left_of_it(commune: Commune) -> None:
    register = {"register_id": commune.register}
    commune.add("households", city="Rivemer", **register)
    row = {"file_name": "a.csv", "sha256": "", "at": NOW, "by": "k", "counts": {}}
    commune.add("imports", state="published", **row, **register)
    remove(commune)
    left = ("registers", "households", "imports")
    assert [commune.rows(table) for table in left] == [[], [], []]
    assert [line.action for line in commune.rows("audit")] == ["register_removed"]


@pytest.mark.parametrize("hanging", ["campaigns", "contacts", "import"])
def test_a_register_on_which_something_hangs_stays(
    commune: Commune, hanging: str
) -> None:
    if hanging == "campaigns":
        commune.campaign(state=CampaignState.FINISHED)
    elif hanging == "contacts":
        commune.person("+33199000001")
    else:
        row = {"file_name": "a.csv", "sha256": "", "at": NOW, "by": "k", "counts": {}}
        commune.add("imports", state="staged", register_id=commune.register, **row)
    with pytest.raises(RequestError) as refused:
        remove(commune)
    assert refused.value.error_id == f"register-{hanging}"
    assert found(commune).name == "alerte"
    assert commune.rows("audit") == []
