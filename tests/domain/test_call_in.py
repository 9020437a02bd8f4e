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
    confirmed_by,
    for_everybody,
    told_to,
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
    assert confirmed_by(["flood"], behind, HERE) == ()


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


FOLLOWS = {"parent_id": "flood"}


def told_in_order(*currents: Current) -> list[str]:
    """Return what everybody hears, and a home of each message that is current."""
    everybody = [n.id for n in for_everybody(currents, "fr")]
    homes = [home(f"h-{c.campaign_id}", c.campaign_id) for c in currents]
    known = [h for h, c in zip(homes, currents, strict=True) if c.is_current]
    behind = Behind(tuple(known), frozenset({HERE}))
    assert [n.id for n in addressed(currents, behind, HERE)] == everybody
    return everybody


@pytest.mark.parametrize("state", [CampaignState.EXPIRED, CampaignState.CANCELLED])
def test_an_all_clear_that_is_over_never_lets_the_alert_be_told_again(
    state: CampaignState,
) -> None:
    over = current(
        "over", follow_up="all_clear", state=state, is_current=False, **FOLLOWS
    )
    assert told_in_order(over, current("flood")) == []


def test_an_all_clear_ends_all_that_the_alert_had_brought_about() -> None:
    again = {"parent_id": "bridge", "follow_up": "again"}
    tree = (
        current("over", follow_up="all_clear", **FOLLOWS),
        current("round", **again),
        current("bridge", follow_up="correction", **FOLLOWS),
        current("gone", follow_up="again", is_current=False, **FOLLOWS),
        current("flood"),
    )
    assert told_in_order(*tree) == ["over"]
    assert told_in_order(current("wind"), *tree[1:]) == ["wind", "round", "bridge"]


def test_what_begins_after_an_all_clear_is_told() -> None:
    after = current("after", follow_up="again", **FOLLOWS)
    over = current("over", follow_up="all_clear", is_current=False, **FOLLOWS)
    assert told_in_order(after, over, current("flood")) == ["after"]


@pytest.mark.parametrize(
    "state",
    [CampaignState.FINISHED, CampaignState.EXPIRED, CampaignState.CANCELLED],
)
def test_a_correction_is_told_for_as_long_as_what_it_corrects(
    state: CampaignState,
) -> None:
    """Its own calls are over long before those of the alert: nobody may hear then that
    there is none."""
    fix = current(
        "fix", follow_up="correction", state=state, is_current=False, **FOLLOWS
    )
    assert told_in_order(fix, current("flood")) == ["fix"]
    ended = current("flood", state=CampaignState.FINISHED)
    assert for_everybody([fix, ended], "fr") == ()
    (notice,) = addressed([fix, ended], Behind((home("h1"),)), HERE)
    assert (notice.id, notice.whom) == ("fix", None)


def test_a_correction_that_nobody_has_called_about_is_not_told_as_the_same() -> None:
    fix = current("fix", follow_up="correction", **FOLLOWS)
    behind = Behind((home("h1", was_rung=True), home("h2", "fix")))
    (notice,) = addressed([fix, current("flood")], behind, HERE)
    assert (notice.id, notice.was_rung) == ("fix", False)


def test_a_home_hears_its_own_and_what_everybody_may_hear() -> None:
    currents = [
        current("gale"),
        current("fair", campaign_class=CampaignClass.INFORMATION),
        current("care", campaign_class=CampaignClass.WELFARE),
        current("flood"),
    ]
    behind = Behind((home("h1"), home("h2", "fair")), frozenset({HERE}))
    told = told_to(currents, behind, HERE, "fr")
    whom = [(n.id, n.whom and n.whom.recipient_id) for n in told]
    assert whom == [("gale", None), ("fair", "h2"), ("flood", "h1")]


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


def test_a_word_is_about_what_was_told_alone() -> None:
    behind = Behind((home("h1"), home("h2", "gale"), home("p1", "care")))
    found = confirmed_by(["gale", "unknown"], behind, HERE)
    assert found == (Confirmed("gale", "h2"),)
    assert confirmed_by(["gale"], behind, THERE) == ()


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
