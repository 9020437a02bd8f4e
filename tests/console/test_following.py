"""A correction or the all-clear is recorded and sent by telephone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from automaton.domain.campaign import CampaignState
from automaton.domain.outcome import Outcome
from automaton.domain.recipient import RecipientState
from automaton.store.drafts import CampaignCard
from tests.console.handset import Handset
from tests.console.townhall import CODE, TownHall, spoken
from tests.services.campaigns.city import City, Told, play
from tests.services.campaigns.conftest import city, empty_database

__all__ = ["city", "empty_database"]

REACHED = Told(Outcome.ACKNOWLEDGED, keys="1", state=RecipientState.ACKNOWLEDGED)
MISSED = Told(Outcome.NO_ANSWER)
OPEN = Told(Outcome.NO_ANSWER, state=RecipientState.WAITING)


@pytest.fixture
def hall(city: City) -> Iterator[TownHall]:
    """A town of three homes, of which an alert that goes on has reached one."""
    city.homes(3)
    city.on_duty()
    hall = TownHall(city)
    hall.officer("12", "Claire Dumas", CODE)
    alert = city.started()
    play(city, alert, [REACHED, MISSED, OPEN])
    with hall.open():
        yield hall


def answers(hall: TownHall, words: str = "move-running") -> Handset:
    """Return an officer who is asked what shall be done about the alert."""
    one = hall.entered()
    one.press("4")
    one.hears("Campagne Crue")
    one.hears(words)
    return one


def says(one: Handset) -> None:
    """Record a message and keep it."""
    one.says(spoken())
    one.hears("record-keep")
    one.press("1")
    one.hears("record-kept")


def following(hall: TownHall) -> CampaignCard:
    """Return the campaign that follows the alert."""
    (card,) = (c for c in hall.office.desk.cards() if c.parent_id is not None)
    return card


def test_a_correction_goes_to_those_who_were_reached(hall: TownHall) -> None:
    one = answers(hall)
    one.press("3")
    says(one)
    one.hears("launch-here")
    one.hears("Un foyer serait appelé")
    one.hears("launch-code")
    one.types(CODE)
    one.hears("C'est parti. une correction de notre message")
    one.hears("officer-menu")
    one.hangs_up()
    card = following(hall)
    assert (card.follow_up, card.launched_by) == ("correction", "Claire Dumas")
    assert hall.states() == ["running", "running"]


def test_the_all_clear_ends_the_alert(hall: TownHall) -> None:
    one = answers(hall)
    one.press("4")
    says(one)
    one.hears("launch-code")
    one.types(CODE)
    one.hears("C'est parti. la fin de l'alerte")
    one.hangs_up()
    assert following(hall).follow_up == "all_clear"
    assert hall.states() == ["cancelled", "running"]


@pytest.mark.parametrize("leave", ["star", "hang-up", "wrong code"])
def test_a_correction_that_is_given_up_is_a_cancelled_draft(
    hall: TownHall, leave: str
) -> None:
    one = answers(hall)
    one.press("3")
    says(one)
    one.hears("launch-code")
    if leave != "hang-up":
        one.types("*" if leave == "star" else "999999")
        one.hears("officer-menu")
    one.hangs_up()
    assert hall.states() == ["running", "cancelled"]


def test_what_was_just_recorded_can_be_sent_or_made_anew(hall: TownHall) -> None:
    one = hall.entered()
    one.press("1")
    says(one)
    one.hears("officer-menu")
    one.press("4")
    one.hears("move-running")
    one.press("3")
    one.hears("follow-message")
    one.press("2")
    says(one)
    one.hears("launch-code")
    one.types("*")
    one.hears("officer-menu")
    one.press("4")
    one.hears("move-running")
    one.press("4")
    one.hears("follow-message")
    one.press("1")
    one.hears("launch-code")
    one.hangs_up()
    assert [row.kept_at is not None for row in hall.city.commune.rows("takes")] == [
        True,
        True,
    ]
    assert hall.states() == ["running", "cancelled", "cancelled"]


def test_who_records_nothing_sends_nothing(hall: TownHall) -> None:
    one = answers(hall)
    one.press("3")
    one.hears("record-nothing")
    one.hears("officer-menu")
    one.hangs_up()
    assert hall.states() == ["running"]


def test_an_alert_that_is_over_can_be_followed_for_a_day(hall: TownHall) -> None:
    (alert,) = hall.office.desk.cards()
    hall.city.commune.change("campaigns", alert.id, state=CampaignState.FINISHED)
    hall.city.commune.change(
        "campaigns",
        alert.id,
        started_at=hall.city.commune.now,
        finished_at=hall.city.commune.now,
    )
    one = answers(hall, "move-over")
    one.press("4")
    says(one)
    one.hears("launch-code")
    one.types(CODE)
    one.hears("C'est parti")
    one.hangs_up()
    assert hall.states() == ["finished", "running"]


def test_what_ended_long_ago_is_not_offered(hall: TownHall) -> None:
    (alert,) = hall.office.desk.cards()
    ended = hall.city.commune.now - timedelta(days=2)
    hall.city.commune.change("campaigns", alert.id, state=CampaignState.FINISHED)
    hall.city.commune.change("campaigns", alert.id, started_at=ended, finished_at=ended)
    one = hall.entered()
    one.press("4")
    one.hears("progress-none")
    one.hangs_up()
