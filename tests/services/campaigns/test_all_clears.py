"""Whoever launches something after the all-clear of an alert is told so, and may."""

import pytest

from automaton.domain.campaign import CampaignState
from automaton.services.follow_ups import FollowUp, FollowUpWish, follow_up
from automaton.services.launches import dry_run, launch, warnings
from automaton.services.messages import MessageWish
from tests.services.campaigns.city import City, obey

AFTER = "The all-clear « Fin » was launched before: this one is told after it."


def after(city: City, parent: str, kind: FollowUp, name: str = "Fin") -> str:
    wish = FollowUpWish(kind, "m.durand", MessageWish({"fr": "C'est fini."}), name)
    return follow_up(city.office, parent, wish).id


@pytest.fixture
def alert(city: City) -> str:
    """An alert that runs, with a call under way."""
    city.homes(3)
    city.on_duty()
    campaign = city.started()
    city.commune.claim(campaign, limit=2)
    return campaign


@pytest.mark.parametrize("kind", [FollowUp.CORRECTION, FollowUp.ALL_CLEAR])
@pytest.mark.parametrize("is_daemon_up", [True, False])
def test_what_is_launched_after_an_all_clear_is_warned_of(
    city: City, alert: str, kind: FollowUp, is_daemon_up: bool
) -> None:
    # A second all-clear, and a correction after the first one, ran without a word.
    clear, late = after(city, alert, FollowUp.ALL_CLEAR), after(city, alert, kind, "x")
    assert dry_run(city.office, late).warnings == ()
    assert dry_run(city.office, clear).warnings == ()
    launch(city.office, clear, "m.durand")
    if is_daemon_up:
        obey(city)
    told = dry_run(city.office, late)
    assert (told.warnings, told.problems) == ((AFTER,), ())
    launch(city.office, late, "m.durand")  # the danger may be back
    obey(city)
    assert city.office.desk.state(late) is CampaignState.RUNNING


def test_a_new_round_of_an_all_clear_needs_no_warning(city: City, alert: str) -> None:
    clear = after(city, alert, FollowUp.ALL_CLEAR)
    launch(city.office, clear, "m.durand")
    obey(city)
    city.move(clear, CampaignState.FINISHED)
    assert warnings(city.office, after(city, clear, FollowUp.AGAIN, "encore")) == ()
    again = after(city, alert, FollowUp.AGAIN, "alerte encore")
    assert warnings(city.office, again) == (AFTER,)


def test_an_all_clear_that_was_given_up_warns_of_nothing(
    city: City, alert: str
) -> None:
    given_up = after(city, alert, FollowUp.ALL_CLEAR)
    city.move(given_up, CampaignState.SCHEDULED)
    city.move(given_up, CampaignState.CANCELLED)
    late = after(city, alert, FollowUp.CORRECTION, "x")
    assert warnings(city.office, late) == ()
    assert warnings(city.office, alert) == ()
