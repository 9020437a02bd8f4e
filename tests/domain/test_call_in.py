"""What somebody who calls is told, and whom a key confirms."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from automaton.domain.call_in import (
    Behind,
    Confirmed,
    Current,
    Home,
    addressed,
    for_everybody,
    spoken_for,
)
from automaton.domain.campaign import CampaignClass, CampaignState, SpokenMessage

HERE, THERE = "rivemer", "hautbourg"


def current(id_: str, **more: Any) -> Current:
    usual: dict[str, Any] = {
        "collectivity_id": HERE,
        "campaign_class": CampaignClass.ALERT,
        "state": CampaignState.RUNNING,
        "started_at": datetime(2026, 1, 15, tzinfo=UTC),
        "messages": (SpokenMessage("fr", f"prompt-{id_}"), SpokenMessage("en", "en")),
    }
    return Current(id_, **(usual | more))


def home(id_: str, campaign: str = "flood", **more: Any) -> Home:
    return Home(id_, campaign, more.pop("whose", HERE), "fr", **more)


def whom(behind: Behind, *currents: Current) -> list[Confirmed | None]:
    return [notice.whom for notice in addressed(currents, behind, HERE)]


def test_the_one_home_behind_a_number_is_confirmed() -> None:
    behind = Behind((home("h1"),), frozenset({HERE}))
    assert whom(behind, current("flood")) == [Confirmed("flood", "h1")]


@pytest.mark.parametrize(
    "behind",
    [
        Behind((home("h1"), home("h2"))),
        Behind((home("h1", is_establishment=True),)),
        Behind((home("h1"),), frozenset({HERE}), has_establishment=True),
        Behind((home("h1"),), frozenset({HERE, THERE})),
        Behind((home("h1"), home("h2", "other", whose=THERE))),
    ],
    ids=["two homes", "a school", "a school too", "two registers", "two towns"],
)
def test_a_shared_number_informs_and_confirms_nobody(behind: Behind) -> None:
    (notice,) = addressed([current("flood")], behind, HERE)
    assert (notice.whom, notice.is_shared) == (None, True)
    assert spoken_for([current("flood")], behind) == ()


def test_each_message_is_told_once_in_the_order_of_the_list() -> None:
    behind = Behind((home("h1"), home("h2", "gale", was_rung=True)))
    found = addressed([current("gale"), current("flood")], behind, HERE)
    assert [notice.current.campaign_id for notice in found] == ["gale", "flood"]
    assert [notice.was_rung for notice in found] == [True, False]


def test_messages_of_others_are_not_told() -> None:
    behind = Behind((home("h1", "gale"), home("h2", "far", whose=THERE)))
    assert addressed([current("flood")], behind, HERE) == ()


def test_who_heard_of_the_danger_hears_the_all_clear_instead() -> None:
    over = current("over", parent_id="flood", follow_up="all_clear")
    behind = Behind((home("h1"), home("h1-again", "over")))
    (notice,) = addressed([over, current("flood")], behind, HERE)
    assert notice.current == over
    assert notice.whom == Confirmed("over", "h1-again")


def test_a_home_that_the_all_clear_does_not_ring_hears_it_all_the_same() -> None:
    over = current("over", parent_id="flood", follow_up="all_clear")
    (notice,) = addressed([over, current("flood")], Behind((home("h1"),)), HERE)
    assert (notice.current, notice.whom, notice.is_shared) == (over, None, False)


def test_the_last_of_several_corrections_is_told() -> None:
    last = current("last", parent_id="first", follow_up="correction")
    first = current("first", parent_id="flood", follow_up="correction")
    (notice,) = addressed([last, first, current("flood")], Behind((home("h1"),)), HERE)
    assert notice.current == last


def test_the_same_message_again_replaces_nothing() -> None:
    again = current("again", parent_id="flood", follow_up="again")
    told = for_everybody([again, current("flood")], "fr")
    assert [notice.current.campaign_id for notice in told] == ["again", "flood"]


def test_everybody_hears_alerts_and_exercises_that_go_on() -> None:
    currents = [
        current("exercise", campaign_class=CampaignClass.EXERCISE),
        current("paused", state=CampaignState.PAUSED),
        current("ended", state=CampaignState.FINISHED),
        current("welfare", campaign_class=CampaignClass.WELFARE),
        current("fair", campaign_class=CampaignClass.INFORMATION),
    ]
    told = for_everybody(currents, "en")
    assert [notice.current.campaign_id for notice in told] == ["exercise", "paused"]
    assert [notice.is_exercise for notice in told] == [True, False]
    assert {notice.message.language for notice in told} == {"en"}


def test_a_relative_never_speaks_for_somebody_whom_we_care_for() -> None:
    care = current("care", campaign_class=CampaignClass.WELFARE)
    behind = Behind((home("h1"), home("p1", "care")))
    found = spoken_for([care, current("flood")], behind)
    assert found == (Confirmed("flood", "h1"),)


def test_a_message_is_told_in_the_language_of_the_home_else_in_its_first() -> None:
    english = Behind((Home("h1", "flood", HERE, "en"),))
    breton = Behind((Home("h1", "flood", HERE, "br"),))
    (in_english,) = addressed([current("flood")], english, HERE)
    (in_first,) = addressed([current("flood")], breton, HERE)
    assert in_english.message.prompt == "en"
    assert in_first.message.prompt == "prompt-flood"


def test_a_number_is_known_by_a_register_or_by_a_call() -> None:
    assert Behind((home("h1"),)).is_known_to(HERE)
    assert Behind(owners=frozenset({HERE})).is_known_to(HERE)
    assert not Behind(owners=frozenset({THERE})).is_known_to(HERE)
