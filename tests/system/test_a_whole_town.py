"""A mixed town is rung whole, and the town itself judges what is on record."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from automaton.lab.history import HistoryRules, TrunkRules, check
from tests.system.conftest import MakeStage
from tests.system.stage import DUTY, DUTY_TOO, Stage, home, on_duty, until

pytestmark = pytest.mark.asterisk

TOWN = "".join(
    (
        home(1, "press_1"),
        home(2, "listens_twice"),
        home(3, "wrong_key_first"),
        home(4, "no_key"),
        home(5, "hangs_up", think=1.5),
        home(6, "machine"),
        home(7, "rings_out"),
        home(8, "busy", "press_1"),
        home(9, "rejects"),
        home(10, "unallocated"),
        home(11, "announcement"),
        home(12, "congested", "press_1", retry_after=3),
        home(13, "rings_out", second={"number": "+33639980013"}),
        on_duty(DUTY, DUTY_TOO),
    )
)


def test_what_is_on_record_is_what_the_town_did(stage: MakeStage) -> None:
    here = stage(TOWN)
    campaign = here.alerted(message_repeats=2, tries_per_contact_point=2)
    here.ended(campaign, 100)
    until(lambda: any(one.taken for one in here.report(campaign).duty), 60, "duty")
    assert here.town.compare(here.records(campaign), tries=2) == []
    assert broken_by(here, here.records(campaign)) == set()
    assert len(thanked(here)) == 6
    forgotten = [{**one, "state": "exhausted"} for one in here.records(campaign)]
    assert {"I3", "I8"} <= broken_by(here, forgotten)
    told = here.report(campaign)
    assert Counter(told.by_state) == Counter(r.state for r in told.recipients)
    assert sum(told.by_state.values()) == 13
    assert sum(told.by_outcome.values()) == len(told.attempts)
    assert len(told.attempts) == len(
        [e for e in here.happened("invite") if e.number not in (DUTY, DUTY_TOO)]
    )
    assert told.acknowledged == 6
    assert told.peak_lines <= 19


def broken_by(here: Stage, records: list[dict[str, Any]]) -> set[str]:
    rules = HistoryRules(
        any_trunk=TrunkRules(lines=20),
        tries=2,
        expectations=here.town.oracle(2),
        others=frozenset(here.town.duty_numbers()),
    )
    return {found.invariant for found in check(records, here.town.log(), rules)}


def thanked(here: Stage) -> set[str]:
    """Return the homes where something was heard after the last key."""
    last = {e.call: e.at for e in here.happened("key")}
    heard = [e for e in here.happened("heard") if e.at > last.get(e.call, e.at)]
    return {e.number for e in heard} - set(here.town.duty_numbers())
