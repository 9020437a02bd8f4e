"""A duty list holds only numbers that a trunk may ring."""

from __future__ import annotations

import pytest

from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.errors import RequestError
from automaton.services.collectivities import find_collectivity
from automaton.services.duty import (
    NewDutyNumber,
    add_duty_number,
    remove_duty_number,
    undiallable_duty_numbers,
)
from automaton.settings import TrunkSettings
from automaton.store.people import SqlBook
from tests.services.register.town_hall import TownHall
from tests.store.commune import NOW, Commune

OPERATOR = TrunkSettings(
    name="operator", contact="127.0.0.1:5070", lines=4, short_numbers=("3620",)
)


@pytest.mark.parametrize(
    ("number", "error_id"),
    [
        ("+44 20 7946 0958", "trunk-prefix"),
        ("08 90 00 00 01", "trunk-prefix"),
        ("112", "emergency_number"),
        ("+33 112", "emergency_number"),
        ("0033 15", "emergency_number"),
        ("3621", "bad_number"),
    ],
)
def test_a_number_that_no_trunk_may_dial_is_refused(
    hall: TownHall, number: str, error_id: str
) -> None:
    new = NewDutyNumber(hall.collectivity, "Mairie", number, (OPERATOR,))
    with pytest.raises(RequestError) as refused:
        add_duty_number(hall.book, hall.clock, new, "Inès")
    assert refused.value.error_id == error_id
    assert hall.book.duty_list(hall.collectivity.id) == []


def test_an_extension_that_a_trunk_names_is_taken(hall: TownHall) -> None:
    new = NewDutyNumber(hall.collectivity, "Accueil", "36 20", (OPERATOR,))
    added = add_duty_number(hall.book, hall.clock, new, "Inès")
    assert added.e164 == "3620"
    assert undiallable_duty_numbers([added], [OPERATOR]) == ()
    elsewhere = OPERATOR.model_copy(update={"short_numbers": ()})
    assert undiallable_duty_numbers([added], [elsewhere]) == (added,)
    gone = remove_duty_number(hall.book, hall.clock, hall.collectivity, "36 20", "Inès")
    assert gone == added


def duty_of(hall: TownHall, *numbers: str) -> None:
    for index, number in enumerate(numbers):
        new = NewDutyNumber(hall.collectivity, f"Astreinte {index}", number)
        add_duty_number(hall.book, hall.clock, new, "Inès")


@pytest.mark.parametrize("state", ["scheduled", "running", "paused"])
def test_the_last_number_stays_while_an_alert_is_not_over(
    commune: Commune, state: str
) -> None:
    # The list was emptied while an alert ran: nobody was rung in trouble any more.
    book = SqlBook(commune.engine)
    owner = find_collectivity(book, commune.id)
    for name, number in (("Mairie", "0199000001"), ("Maire", "0199000002")):
        add_duty_number(book, commune.clock, NewDutyNumber(owner, name, number), "Inès")
    alert = commune.campaign(name="Crue", state=CampaignState(state))
    remove_duty_number(book, commune.clock, owner, "Mairie", "Inès")
    before = commune.rows("audit")
    with pytest.raises(RequestError, match=r"Maire is the last .* \(Crue\)") as refused:
        remove_duty_number(book, commune.clock, owner, "Maire", "Inès")
    assert refused.value.error_id == "duty-last"
    assert [one.name for one in book.duty_list(owner.id)] == ["Maire"]
    assert commune.rows("audit") == before
    commune.change("campaigns", alert, state=CampaignState.FINISHED)
    remove_duty_number(book, commune.clock, owner, "Maire", "Inès")
    assert book.duty_list(owner.id) == []


def test_the_last_number_stays_while_the_launch_of_an_alert_waits(
    commune: Commune,
) -> None:
    book = SqlBook(commune.engine)
    owner = find_collectivity(book, commune.id)
    new = NewDutyNumber(owner, "Maire", "0199000002")
    add_duty_number(book, commune.clock, new, "Inès")
    alert = commune.campaign(name="Crue", state=CampaignState.DRAFT)
    commune.add("commands", name="launch", campaign_id=alert, by="Inès", asked_at=NOW)
    with pytest.raises(RequestError, match="Crue"):
        remove_duty_number(book, commune.clock, owner, "Maire", "Inès")


@pytest.mark.parametrize("campaign_class", ["information", "welfare", "exercise"])
def test_what_is_no_alert_needs_no_duty_list(
    commune: Commune, campaign_class: str
) -> None:
    book = SqlBook(commune.engine)
    owner = find_collectivity(book, commune.id)
    new = NewDutyNumber(owner, "Maire", "0199000002")
    add_duty_number(book, commune.clock, new, "Inès")
    commune.campaign(campaign_class=CampaignClass(campaign_class))
    remove_duty_number(book, commune.clock, owner, "Maire", "Inès")
    assert book.duty_list(owner.id) == []


def test_a_duty_list_counts_from_one_again_after_a_removal(hall: TownHall) -> None:
    duty_of(hall, "0199000001", "0199000002", "0199000003")
    remove_duty_number(hall.book, hall.clock, hall.collectivity, "Astreinte 0", "Inès")
    left = hall.book.duty_list(hall.collectivity.id)
    assert [(one.rank, one.name) for one in left] == [
        (0, "Astreinte 1"),
        (1, "Astreinte 2"),
    ]
    new = NewDutyNumber(hall.collectivity, "Maire", "0199000004")
    assert add_duty_number(hall.book, hall.clock, new, "Inès").rank == 2
