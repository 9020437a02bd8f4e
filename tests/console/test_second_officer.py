"""A large alert by telephone: another officer is rung, or one launches alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from automaton.domain.officer import Officer
from automaton.services.approvals import alone_in
from automaton.store.approvals import approvals_of
from tests.console.handset import Handset
from tests.console.officers import (
    answering,
    asks_to_launch,
    officers,
    with_nobody_on_duty,
)
from tests.console.townhall import (
    CODE,
    DENIS,
    OTHER_CODE,
    TownHall,
)
from tests.services.campaigns.city import City, settings_in
from tests.services.campaigns.conftest import city, empty_database

__all__ = ["city", "empty_database"]


SMALL = {"calling": {"second_officer_above": 2}}


@pytest.fixture
def large(city: City) -> Iterator[TownHall]:
    """The same with three homes, which are too many for one officer alone."""
    city.use(settings_in(city.folder, **SMALL))
    yield from answering(city, 3)


def asked(hall: TownHall) -> tuple[Handset, Officer, int]:
    """Return who waits for a second officer, that officer, and the errand."""
    denis = hall.officer("34", "Denis Roche", OTHER_CODE, DENIS)
    claire = hall.entered()
    asks_to_launch(claire)
    claire.types(CODE)
    claire.hears("approval-asked")
    (errand,) = hall.errands("ring_officers")
    return claire, denis, errand


def decides(hall: TownHall, denis: Officer, errand: int, key: str) -> Handset:
    """Return the second officer, who has said yes or no and is asked for the code."""
    one = hall.rung(errand, denis)
    one.hears("officer-code")
    one.types(OTHER_CODE)
    one.hears("Claire Dumas veut lancer Crue")
    one.hears("approval-ask")
    one.press(key)
    one.hears("approval-code")
    return one


def test_a_second_officer_agrees_and_it_is_launched(large: TownHall) -> None:
    claire, denis, errand = asked(large)
    one = decides(large, denis, errand, "1")
    one.types(OTHER_CODE)
    one.hears("approval-given")
    one.is_let_go()
    claire.hears("C'est parti")
    claire.hears("officer-menu")
    claire.hangs_up()
    assert large.states() == ["running"]
    assert large.errands("news") == large.errands("nobody_decided") == []


def test_a_second_officer_refuses_and_it_is_over(large: TownHall) -> None:
    claire, denis, errand = asked(large)
    one = decides(large, denis, errand, "2")
    one.types(OTHER_CODE)
    one.hears("approval-refused")
    one.is_let_go()
    claire.hears("Denis Roche a refusé")
    claire.hears("officer-menu")
    claire.hangs_up()
    assert large.states() == ["cancelled"]
    assert large.errands("news") == large.errands("nobody_decided") == []


@pytest.mark.parametrize("leave", ["hang-up", "star"])
def test_who_asked_and_goes_leaves_the_question_open(
    large: TownHall, leave: str
) -> None:
    claire, denis, errand = asked(large)
    if leave == "star":
        claire.hears("2")
        claire.press("*")
        claire.hears("officer-menu")
    claire.hangs_up()
    assert large.states() == ["draft"]
    one = decides(large, denis, errand, "1")
    one.types(OTHER_CODE)
    one.hears("approval-given")
    one.is_let_go()
    assert large.states() == ["running"]


def test_a_second_officer_with_a_wrong_code_has_decided_nothing(
    large: TownHall,
) -> None:
    claire, denis, errand = asked(large)
    one = decides(large, denis, errand, "1")
    one.types("999999")
    one.hears("officer-wrong")
    one.is_let_go()
    claire.hangs_up()
    assert large.states() == ["draft"]


def test_who_is_rung_too_late_hears_that_it_is_decided(large: TownHall) -> None:
    test_a_second_officer_agrees_and_it_is_launched(large)
    (denis,) = (o for o in officers(large) if o.name == "Denis Roche")
    errand = large.city.commune.rows("commands", name="ring_officers")[0].id
    one = large.rung(errand, denis)
    one.hears("officer-code")
    one.types(OTHER_CODE)
    one.hears("approval-over")
    one.is_let_go()


def test_what_forbids_the_launch_meanwhile_is_told_to_who_agrees(
    large: TownHall,
) -> None:
    claire, denis, errand = asked(large)
    one = decides(large, denis, errand, "1")
    with_nobody_on_duty(large)
    one.types(OTHER_CODE)
    one.hears("C'est impossible. Aucune alerte")
    one.is_let_go()
    claire.hangs_up()
    assert large.states() == ["draft"]


def alone(hall: TownHall) -> Handset:
    """Return an officer who may launch alone, and is asked why."""
    claire, *_ = asked(hall)
    (campaign,) = hall.office.desk.cards()
    (approval,) = approvals_of(hall.city.engine, campaign.id)
    wait = alone_in(hall.office, approval)
    hall.city.commune.clock.move(wait + timedelta(seconds=1))
    claire.hears("alone-ask")
    return claire


def test_one_officer_launches_alone_with_a_reason(large: TownHall) -> None:
    claire = alone(large)
    claire.press("3")
    claire.hears("approval-code")
    claire.types(CODE)
    claire.hears("C'est parti")
    claire.hangs_up()
    assert large.states() == ["running"]
    (campaign,) = large.office.desk.cards()
    (approval,) = approvals_of(large.city.engine, campaign.id)
    assert approval.reason == "Sur ordre du maire ou du préfet."
    (denis,) = (o for o in officers(large) if o.name == "Denis Roche")
    (errand,) = large.errands("ring_officers")
    one = large.rung(errand, denis)
    one.hears("officer-code")
    one.types(OTHER_CODE)
    one.hears("Claire Dumas a lancé seul")
    one.is_let_go()


def test_alone_with_a_wrong_code_nothing_is_launched(large: TownHall) -> None:
    claire = alone(large)
    claire.press("1")
    claire.hears("approval-code")
    claire.types("999999")
    claire.hears("officer-wrong")
    claire.hears("officer-menu")
    claire.hangs_up()
    assert large.states() == ["draft"]


def test_who_gives_up_alone_is_not_rung_for_it(large: TownHall) -> None:
    claire = alone(large)
    claire.press("*")
    claire.hears("officer-menu")
    claire.hangs_up()
    assert large.errands("nobody_decided") == []
    assert large.states() == ["draft"]
