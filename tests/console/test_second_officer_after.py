"""A second officer has decided, or nobody has: who asked learns so, hung up or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from automaton.domain.campaign import CampaignClass
from tests.console.handset import Handset
from tests.console.officers import answering, officers, with_nobody_on_duty
from tests.console.test_second_officer import SMALL, alone, asked, decides
from tests.console.townhall import CODE, OTHER_CODE, TownHall
from tests.services.campaigns.city import City, obey, settings_in
from tests.services.campaigns.conftest import city, empty_database

__all__ = ["city", "empty_database"]

LATER = timedelta(minutes=6)


@pytest.fixture
def large(city: City) -> Iterator[TownHall]:
    """A town of three homes, which are too many for one officer alone."""
    city.use(settings_in(city.folder, **SMALL))
    yield from answering(city, 3)


def silent(hall: TownHall) -> Callable[[], None]:
    """Return what passes where no daemon looks at anything."""
    return lambda: hall.city.commune.clock.move(timedelta(seconds=2))


def refusing(hall: TownHall) -> Callable[[], None]:
    """Return a daemon that finds nobody on duty once a launch is asked for."""

    def look() -> None:
        if any(row.name == "launch" for row in hall.city.commune.rows("commands")):
            with_nobody_on_duty(hall)
            obey(hall.city)

    return look


def rung_again(hall: TownHall, name: str) -> Handset:
    """Return who asked, as she is rung for the errand of that name."""
    (errand,) = hall.errands(name)
    (claire,) = (one for one in officers(hall) if one.name == "Claire Dumas")
    return hall.rung(errand, claire)


def left_alone(hall: TownHall) -> Handset:
    """Return who asked and hung up, rung since nobody has decided; she comes in."""
    claire, *_ = asked(hall)
    claire.hangs_up()
    hall.city.commune.clock.move(LATER)
    one = rung_again(hall, "nobody_decided")
    one.hears("officer-code")
    one.types(CODE)
    one.hears("Campagne Crue")
    return one


# ---- It was agreed to: is it under way?


def test_both_hear_that_no_daemon_has_answered_yet(large: TownHall) -> None:
    claire, denis, errand = asked(large)
    one = decides(large, denis, errand, "1")
    claire.meanwhile = one.meanwhile = silent(large)
    one.types(OTHER_CODE)
    one.hears("launch-open")
    one.is_let_go()
    claire.hears("launch-unsure")
    claire.hears("officer-menu")
    claire.hangs_up()
    assert "approval-given" not in one.heard
    assert large.states() == ["running"]


def test_a_database_that_fails_meanwhile_does_not_end_the_wait(large: TownHall) -> None:
    # It was told as impossible, and the question stood open all the same.
    claire, denis, errand = asked(large)
    claire.meanwhile = lambda: None
    claire.hears("2")
    rename(large, "approvals", "lost")
    claire.lets_pass(3)
    rename(large, "lost", "approvals")
    one = decides(large, denis, errand, "2")
    one.types(OTHER_CODE)
    one.hears("approval-refused")
    one.is_let_go()
    claire.hears("Denis Roche a refusé")
    claire.hangs_up()


def rename(hall: TownHall, old: str, new: str) -> None:
    with hall.city.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {old} RENAME TO {new}")


def test_who_agreed_hears_that_the_daemon_refuses(large: TownHall) -> None:
    claire, denis, errand = asked(large)
    claire.hangs_up()
    one = decides(large, denis, errand, "1")
    one.meanwhile = refusing(large)
    one.types(OTHER_CODE)
    one.hears("C'est impossible. Refusé")
    one.is_let_go()
    assert large.states() == ["cancelled"]
    two = rung_again(large, "news")
    two.hears("n'a pas pu être lancée")
    two.hangs_up()


def test_who_asked_and_hung_up_is_rung_and_hears_that_it_is_launched(
    large: TownHall,
) -> None:
    claire, denis, errand = asked(large)
    claire.hangs_up()
    one = decides(large, denis, errand, "1")
    one.types(OTHER_CODE)
    one.hears("approval-given")
    one.is_let_go()
    assert large.errands("nobody_decided") == []
    two = rung_again(large, "news")
    two.hears("Denis Roche a donné son accord. La campagne Crue")
    two.hears("news-heard")
    two.press("1")
    two.is_let_go()
    assert large.errands("news") == []


def test_who_is_rung_before_the_daemon_answers_hears_that_it_is_on_record(
    large: TownHall,
) -> None:
    claire, denis, errand = asked(large)
    claire.hangs_up()
    one = decides(large, denis, errand, "1")
    one.meanwhile = silent(large)
    one.types(OTHER_CODE)
    one.hears("launch-open")
    one.is_let_go()
    two = rung_again(large, "news")
    two.meanwhile = silent(large)
    two.hears("est enregistré, sans réponse pour le moment")
    two.hangs_up()


def test_who_asked_and_hung_up_is_rung_and_hears_that_it_is_refused(
    large: TownHall,
) -> None:
    claire, denis, errand = asked(large)
    claire.hangs_up()
    one = decides(large, denis, errand, "2")
    one.types(OTHER_CODE)
    one.hears("approval-refused")
    one.is_let_go()
    two = rung_again(large, "news")
    two.hears("n'est pas lancée")
    two.hangs_up()


# ---- Nobody has decided


def test_who_asked_and_hung_up_is_rung_and_launches_alone(large: TownHall) -> None:
    one = left_alone(large)
    one.hears("alone-ask")
    one.press("1")
    one.hears("approval-code")
    one.types(CODE)
    one.hears("C'est parti")
    one.is_let_go()
    assert large.states() == ["running"]
    assert large.errands("nobody_decided") == []


def test_who_is_rung_and_gives_up_is_not_rung_again(large: TownHall) -> None:
    one = left_alone(large)
    one.hears("alone-ask")
    one.press("*")
    one.is_let_go()
    assert large.errands("nobody_decided") == []
    assert large.states() == ["draft"]


@pytest.mark.parametrize("how", ["hang-up", "wrong code"])
def test_who_is_rung_and_has_not_decided_is_rung_again(
    large: TownHall, how: str
) -> None:
    one = left_alone(large)
    one.hears("alone-ask")
    if how == "hang-up":
        one.hangs_up()
    else:
        one.press("1")
        one.hears("approval-code")
        one.types("999999")
        one.hears("officer-wrong")
        one.is_let_go()
    assert len(large.errands("nobody_decided")) == 1
    assert large.states() == ["draft"]


def test_whose_line_breaks_while_deciding_alone_is_rung(large: TownHall) -> None:
    alone(large).hangs_up()
    one = rung_again(large, "nobody_decided")
    one.hears("officer-code")
    one.hangs_up()


def test_who_is_rung_too_late_hears_that_another_has_decided(large: TownHall) -> None:
    claire, denis, errand = asked(large)
    claire.hangs_up()
    (late,) = large.errands("nobody_decided")
    one = decides(large, denis, errand, "2")
    one.types(OTHER_CODE)
    one.is_let_go()
    (claire_,) = (o for o in officers(large) if o.name == "Claire Dumas")
    two = large.rung(late, claire_)
    two.hears("officer-code")
    two.types(CODE)
    two.hears("approval-over")
    two.is_let_go()


# ---- Other classes: a second officer is asked, and nobody launches alone


@pytest.fixture
def exercising(large: TownHall) -> TownHall:
    """The same town, whose scenario is an exercise."""
    (row,) = large.city.commune.rows("scenarios")
    kind = {"campaign_class": CampaignClass.EXERCISE}
    large.city.commune.change("scenarios", row.id, **kind)
    return large


def test_a_large_exercise_needs_a_second_officer_too(exercising: TownHall) -> None:
    claire, denis, errand = asked(exercising)
    one = decides(exercising, denis, errand, "1")
    one.types(OTHER_CODE)
    one.hears("approval-given")
    one.is_let_go()
    claire.hears("C'est parti")
    claire.hangs_up()
    assert exercising.states() == ["running"]


def test_nobody_launches_an_exercise_alone_by_waiting(exercising: TownHall) -> None:
    claire, *_ = asked(exercising)
    exercising.city.commune.clock.move(LATER)
    claire.hears("approval-stays")
    claire.hears("officer-menu")
    claire.hangs_up()
    assert "alone-ask" not in claire.heard
    assert exercising.states() == ["draft"]


def test_who_is_rung_about_an_exercise_hears_that_nobody_has_decided(
    exercising: TownHall,
) -> None:
    one = left_alone(exercising)
    one.hears("approval-stays")
    one.is_let_go()
    assert exercising.errands("nobody_decided") == []
    assert exercising.states() == ["draft"]


# ---- It was decided while who asked heard that she may do so alone.


def test_who_gives_up_hears_that_another_has_agreed_meanwhile(large: TownHall) -> None:
    # She heard nothing of it, was not rung, and launched again to the same people.
    claire, denis, errand = asked(large)
    one = decides(large, denis, errand, "1")
    large.city.commune.clock.move(LATER)
    claire.hears("alone-ask")
    one.types(OTHER_CODE)
    one.hears("approval-given")
    one.is_let_go()
    claire.press("*")
    claire.hears("Crue")
    claire.hears("officer-menu")
    claire.hangs_up()
    assert "launch-unsure" not in claire.heard
    assert large.errands("news") == large.errands("nobody_decided") == []


def test_who_is_not_sure_what_became_of_it_is_rung(large: TownHall) -> None:
    claire, denis, errand = asked(large)
    one = decides(large, denis, errand, "1")
    claire.meanwhile = one.meanwhile = silent(large)
    one.types(OTHER_CODE)
    one.is_let_go()
    claire.hears("launch-unsure")
    claire.hangs_up()
    assert len(large.errands("news")) == 1
