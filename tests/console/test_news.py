"""An officer who launched by telephone is rung and told how it goes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from automaton.domain.errand import News
from automaton.services.commands import stop
from automaton.services.posted import own_telephones, rings_at
from tests.console.townhall import CODE, DENIS, OTHER_CODE, TownHall
from tests.services.campaigns.city import City, obey
from tests.services.campaigns.conftest import city, empty_database

__all__ = ["city", "empty_database"]


@pytest.fixture
def hall(city: City) -> Iterator[TownHall]:
    """A town of two homes where an officer has launched an alert by telephone."""
    city.homes(2)
    city.on_duty()
    hall = TownHall(city)
    hall.scenario(texts={"fr": "La rivière déborde."})
    hall.officer("12", "Claire Dumas", CODE)
    with hall.open():
        one = hall.entered()
        one.press("2")
        one.hears("launch-which")
        one.types("7")
        one.hears("launch-code")
        one.types(CODE)
        one.hears("C'est parti")
        one.hangs_up()
        yield hall


def tell(hall: TownHall, news: str, by: str = "automaton") -> int:
    """Let something become of the campaign; return the errand."""
    (campaign,) = hall.office.desk.cards()
    obey(hall.city)
    with hall.city.commune.ledger.transaction() as transaction:
        transaction.tell_launcher(campaign.id, News(news), by)
    (errand,) = hall.errands("news")
    return errand


@pytest.mark.parametrize(
    ("news", "by", "words"),
    [
        ("most", "automaton", "Quatre-vingts pour cent"),
        ("ended", "automaton", "est terminée. 0 foyers sur 2 ont confirmé"),
        ("paused", "automaton", "est en pause : plus aucun appel"),
        ("paused", "Denis Roche", "Denis Roche a mis en pause"),
        ("stopped", "Denis Roche", "Denis Roche a arrêté la campagne Crue"),
    ],
)
def test_each_news_is_told_in_words_and_heard_by_a_key(
    hall: TownHall, news: str, by: str, words: str
) -> None:
    (claire,) = hall.book.officers(hall.city.commune.id)
    hall.city.commune.plan(hall.office.desk.cards()[0].id)
    errand = tell(hall, news, by)
    one = hall.rung(errand, claire)
    one.hears("Claire Dumas")
    one.hears(words)
    one.hears("news-heard")
    one.press("1")
    one.is_let_go()
    assert "officer-code" not in one.heard
    assert hall.errands("news") == []


def test_news_that_nobody_says_to_have_heard_stays(hall: TownHall) -> None:
    (claire,) = hall.book.officers(hall.city.commune.id)
    errand = tell(hall, "most")
    one = hall.rung(errand, claire)
    one.is_let_go()
    assert one.heard.count("news-heard") == 3
    assert hall.errands("news") == [errand]


def test_an_english_officer_is_told_in_english(hall: TownHall) -> None:
    (claire,) = hall.book.officers(hall.city.commune.id)
    hall.city.commune.change("officers", claire.id, language="en")
    one = hall.rung(tell(hall, "most"), claire)
    one.hears("Eighty percent of those who can be reached")
    one.hangs_up()
    assert len(hall.errands("news")) == 1


def test_a_stop_by_somebody_else_is_told_and_the_number_is_known(
    hall: TownHall,
) -> None:
    (campaign,) = hall.office.desk.cards()
    stop(hall.office, campaign.id, "m.durand")
    obey(hall.city)
    (row,) = hall.city.commune.rows("commands", name="news")
    assert row.payload["news"] == "stopped"
    assert row.payload["number"] == "+33199000042"


def test_only_a_number_that_a_trunk_may_dial_is_rung(hall: TownHall) -> None:
    denis = hall.officer("34", "Denis Roche", OTHER_CODE, DENIS)
    assert rings_at(hall.office, "+33639980012") is None
    assert rings_at(hall.office, None) is None
    assert own_telephones(hall.office, denis, None) == (DENIS,)
    assert own_telephones(hall.office, denis, DENIS) == (DENIS,)
    both = ("+33199000042", DENIS)
    assert own_telephones(hall.office, denis, both[0]) == both
