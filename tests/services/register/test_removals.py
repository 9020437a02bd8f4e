"""A commune that is a slip goes, with all that is its own; its reports stay."""

from __future__ import annotations

import pytest

from automaton.domain.campaign import CampaignState
from automaton.domain.collectivity import Collectivity
from automaton.errors import RequestError
from automaton.services.collectivities import (
    NewCollectivity,
    add_collectivity,
    find_collectivity,
)
from automaton.services.duty import NewDutyNumber, add_duty_number
from automaton.services.removals import Belongings, remove_collectivity
from automaton.services.users import NewUser, add_user
from automaton.store.desk import CampaignDesk
from automaton.store.people import SqlBook
from tests.store.commune import NOW, Commune

NUMBER = "+33199000001"


def found(commune: Commune) -> Collectivity:
    return find_collectivity(SqlBook(commune.engine), commune.id)


def remove(commune: Commune) -> Belongings:
    book = SqlBook(commune.engine)
    return remove_collectivity(book, commune.clock, found(commune), "Inès")


def refused(commune: Commune) -> str:
    """Return why nothing is removed; nothing has changed then."""
    before, audit = found(commune), commune.rows("audit")
    with pytest.raises(RequestError) as refusal:
        remove(commune)
    assert (found(commune), commune.rows("audit")) == (before, audit)
    return refusal.value.error_id


def test_what_belongs_to_it_goes_with_it_and_is_told(commune: Commune) -> None:
    book, clock, owner = SqlBook(commune.engine), commune.clock, found(commune)
    add_user(book, clock, NewUser(owner.id, "ines", "Inès Roux"), "root")
    add_duty_number(book, clock, NewDutyNumber(owner, "Maire", NUMBER), "root")
    opted_out = {"e164": NUMBER, "at": NOW, "how": "key"}
    commune.add("opt_outs", collectivity_id=commune.id, **opted_out)
    gone = remove(commune)
    assert [one.name for one in gone.registers] == ["alerte"]
    assert [one.login for one in gone.users] == ["ines"]
    assert [one.e164 for one in gone.duty_list] == [NUMBER]
    assert list(book.collectivities()) == list(book.users(owner.id)) == []
    assert commune.rows("duty_entries") == commune.rows("opt_outs") == []
    line = commune.rows("audit")[-1]
    assert (line.action, line.subject_id) == ("collectivity_removed", owner.id)
    counts = {"registers": "1", "users": "1", "duty_entries": "1"}
    none = dict.fromkeys(("establishments", "officers", "scenarios"), "0")
    assert line.details == counts | none


def test_its_name_is_free_and_it_is_found_no_more(commune: Commune) -> None:
    book, owner = SqlBook(commune.engine), found(commune)
    remove(commune)
    again = add_collectivity(book, commune.clock, NewCollectivity(owner.name), "Inès")
    assert list(book.collectivities()) == [again]
    assert find_collectivity(book) == again
    with pytest.raises(RequestError, match="no such register"):
        book.collectivity_of(commune.register)
    with pytest.raises(RequestError, match="no such collectivity"):
        remove_collectivity(book, commune.clock, owner, "Inès")


def test_its_register_takes_no_campaign_any_more(commune: Commune) -> None:
    desk = CampaignDesk(commune.engine)
    assert desk.register("alerte").id == commune.register
    remove(commune)
    with pytest.raises(RequestError, match="There is no register « alerte »"):
        desk.register("alerte")
    with commune.ledger.transaction() as transaction:
        assert transaction.collectivities() == []


def test_the_report_of_a_campaign_that_is_over_stays(commune: Commune) -> None:
    over = commune.campaign(state=CampaignState.FINISHED)
    name = found(commune).name
    remove(commune)
    card = CampaignDesk(commune.engine).card(over)
    assert card.register.collectivity.name == f"{name} ({commune.id})"


def test_a_campaign_that_is_not_over_is_in_the_way(commune: Commune) -> None:
    commune.campaign(state=CampaignState.DRAFT)
    assert refused(commune) == "collectivity-campaigns"


def test_contacts_are_in_the_way_also_those_that_nobody_sees(commune: Commune) -> None:
    commune.person(NUMBER, removed_at=NOW)
    assert refused(commune) == "collectivity-contacts"


def test_an_import_that_goes_on_is_in_the_way(commune: Commune) -> None:
    row = {"file_name": "a.csv", "sha256": "", "at": NOW, "by": "k", "counts": {}}
    commune.add("imports", register_id=commune.register, state="staged", **row)
    assert refused(commune) == "collectivity-import"


def test_homes_and_schools_that_nobody_is_left_in_go_too(commune: Commune) -> None:
    register = {"register_id": commune.register}
    commune.add("households", city="Rivemer", **register)
    school = commune.add("establishments", name="École", **register)
    commune.add("contact_points", establishment_id=school, kind="sms", value=NUMBER)
    commune.add("groups", name="Bas-quartier", **register)
    commune.add("proposals", e164=NUMBER, kind="household", **register)
    gone = remove(commune)
    assert [(one.name, one.numbers) for one in gone.establishments] == [
        ("École", (NUMBER,))
    ]
    assert commune.rows("audit")[-1].details["establishments"] == "1"
    left = ("households", "establishments", "contact_points", "groups", "proposals")
    assert [commune.rows(table) for table in left] == [[]] * len(left)
