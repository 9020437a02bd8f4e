"""A second officer agrees or refuses, or one launches alone."""

from __future__ import annotations

import pytest

from automaton.store.approvals import approvals_of
from tests.console.menus import (
    alone,
    asked,
    decides,
    large,
    officers,
    with_nobody_on_duty,
)
from tests.console.townhall import (
    CODE,
    OTHER_CODE,
    TownHall,
)
from tests.services.campaigns.conftest import city, empty_database

__all__ = ["city", "empty_database", "large"]


def test_a_second_officer_agrees_and_it_is_launched(large: TownHall) -> None:
    claire, denis, errand = asked(large)
    one = decides(large, denis, errand, "1")
    one.types(OTHER_CODE)
    one.hears("approval-given")
    one.is_let_go()
    claire.hears("C'est parti")
    claire.hangs_up()
    assert large.states() == ["running"]


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
