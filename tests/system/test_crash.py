"""The daemon or Asterisk dies in the middle: nobody who acknowledged is rung again."""

from __future__ import annotations

import os
import signal

import pytest

from automaton import bootstrap
from tests.system.conftest import MakeStage
from tests.system.stage import DUTY, home, on_duty, until

pytestmark = pytest.mark.asterisk


def test_calls_that_live_are_adopted_by_the_next_daemon(stage: MakeStage) -> None:
    here = stage(
        home(1, "press_1")
        + home(2, "press_1", ring=18)
        + home(3, "third_time")
        + on_duty(DUTY)
    )
    campaign = here.alerted(ring="60 s", key_wait="3 s")
    here.seen("ringing", 2)
    here.seen("key", 1)
    here.seen("answered", 3)
    asterisk = here.asterisk()
    here.kill()
    assert here.asterisk() == asterisk
    here.start()
    here.ended(campaign)
    assert here.asterisk() == asterisk
    assert set(here.states(campaign).values()) == {"acknowledged"}
    assert len(here.happened("invite", 1, 2, 3)) == 3
    assert here.town.compare(here.records(campaign)) == []
    here.ask_to_stop()  # Asterisk is another daemon's child, and ends all the same
    assert here.asterisk() == 0


def test_what_happens_while_the_daemon_is_dead_is_found_or_waited_for(
    stage: MakeStage,
) -> None:
    pressed_before, presses_meanwhile, hangs_up_meanwhile = 1, 2, 3
    here = stage(
        home(pressed_before, "press_1")
        + home(presses_meanwhile, "press_1", ring=12)
        + home(hangs_up_meanwhile, "hangs_up", "press_1", ring=12)
        + on_duty(DUTY)
    )
    campaign = here.alerted(ring="20 s", talk="12 s")
    here.seen("ringing", presses_meanwhile, hangs_up_meanwhile)
    until(lambda: here.states(campaign)["1"] == "acknowledged")
    here.kill()
    assert not here.happened("answered", presses_meanwhile, hangs_up_meanwhile)
    here.seen("hangup", pressed_before, presses_meanwhile, hangs_up_meanwhile)
    here.start()
    until(
        lambda: (
            here.states(campaign)
            == {"1": "acknowledged", "2": "acknowledged", "3": "quarantined"}
        ),
        5,
        "the journal is read, the rest waits",
    )
    here.ended(campaign, 90)
    assert set(here.states(campaign).values()) == {"acknowledged"}
    rung = [len(here.happened("invite", serial)) for serial in (1, 2, 3)]
    assert rung == [1, 1, 2]


def test_asterisk_dies_and_is_started_again_on_the_same_ports(
    stage: MakeStage,
) -> None:
    pressed, talks, rings = 1, 2, 3
    here = stage(
        home(pressed, "press_1")
        + home(talks, "no_key", "press_1")
        + home(rings, "rings_out", "press_1")
        + home(4, "rings_out", "press_1")
        + on_duty(DUTY)
    )
    campaign = here.alerted(ring="60 s")
    here.seen("answered", talks)
    here.seen("ringing", rings, 4)
    until(lambda: here.states(campaign)["1"] == "acknowledged")
    reached, dead = bootstrap.access(here.settings), here.asterisk()
    os.kill(dead, signal.SIGKILL)
    until(lambda: here.asterisk() not in (0, dead), 20, "Asterisk is started again")
    assert bootstrap.access(here.settings) == reached
    here.ended(campaign, 90)
    assert set(here.states(campaign).values()) == {"acknowledged"}
    assert len(here.happened("invite", pressed)) == 1
    assert len(here.happened("invite", talks, rings, 4)) == 6
    told = here.report(campaign)
    outcomes = sorted(a.outcome.value for a in told.attempts if a.outcome)
    assert outcomes == ["acknowledged"] * 4 + ["answered_no_key"] + ["unknown"] * 2
