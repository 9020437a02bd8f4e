"""A duty list holds only numbers that a trunk may ring."""

from __future__ import annotations

import pytest

from automaton.errors import RequestError
from automaton.services.duty import (
    NewDutyNumber,
    add_duty_number,
    remove_duty_number,
    undiallable_duty_numbers,
)
from automaton.settings import TrunkSettings
from tests.services.register.town_hall import TownHall

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
