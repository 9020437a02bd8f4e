"""A resident presses 3: the duty list is rung by real calls until one takes it."""

from __future__ import annotations

import json

import pytest

from automaton.domain.help import HelpAlarm
from automaton.lab.compare import calls_of
from automaton.services.calls_for_help import calls_for_help, close_alarm
from automaton.services.report_json import json_pieces
from tests.system.conftest import MakeStage
from tests.system.stage import DUTY, DUTY_TOO, Stage, home, on_duty, until

pytestmark = pytest.mark.asterisk

HELP = {"wish": {"help_key": True}}
# Each test has a home of its own: what is said of it to those on duty is deleted once
# that is over, and all tests share the folder of prompts.


def taken(here: Stage) -> HelpAlarm | None:
    """Return the call for help once somebody took it."""
    return next((one for one in calls_for_help(here.office) if one.taken_at), None)


def test_the_second_on_duty_takes_it_and_it_is_listed_until_it_is_closed(
    stage: MakeStage,
) -> None:
    town = home(1, "press_3") + home(2, "rings_out", "press_1")
    here = stage(town + on_duty(DUTY, attempts=["hangs_up"]) + on_duty(DUTY_TOO))
    register = here.commune(duty=(DUTY, DUTY_TOO))
    here.entered(register)
    campaign = here.drafted(register, ring="40 s", **HELP)
    here.launch(campaign)
    alarm = until(lambda: taken(here), 150, "the second takes the call for help")
    assert (alarm.taken_name, alarm.number[-4:]) == ("Astreinte 2", "0001")
    here.ended(campaign)
    calls = calls_of(here.town.log())
    assert calls[DUTY][0].keys == ""
    assert calls[DUTY_TOO][0].keys == "1"
    told = json.loads("".join(json_pieces(here.report(campaign))))
    (open_one,) = told["alarms"]
    assert (open_one["state"], open_one["is_open"]) == ("taken", True)
    rings = [r for r in told["duty_calls"] if r["reason"] == "help_asked"]
    assert [(r["number"], r["taken"]) for r in rings] == [
        (DUTY, False),
        (DUTY_TOO, True),
    ]
    assert here.states(campaign) == {"1": "acknowledged", "2": "acknowledged"}
    assert here.town.compare(here.records(campaign)) == []
    close_alarm(here.office, alarm.id, "ines", "Vue chez elle, tout va bien.")
    assert calls_for_help(here.office) == []
    told = json.loads("".join(json_pieces(here.report(campaign))))
    assert told["alarms"][0]["note"] == "Vue chez elle, tout va bien."


def test_a_call_for_help_outlives_the_daemon(stage: MakeStage) -> None:
    # The key is pressed while the daemon is dead: its journal alone knows of it.
    here = stage(home(11, "press_3", ring=4) + on_duty(DUTY))
    register = here.commune()
    here.entered(register)
    campaign = here.drafted(register, ring="20 s", **HELP)
    here.launch(campaign)
    here.seen("ringing", 11)
    here.kill()
    here.seen("key", 11)
    here.seen("hangup", 11)
    assert calls_for_help(here.office) == []
    here.start()
    alarm = until(lambda: taken(here), 60, "the journal is read, the list is rung")
    assert alarm.taken_name == "Astreinte 1"
    assert here.states(campaign) == {"11": "acknowledged"}
    (pressed,) = here.happened("key", 11)
    assert abs((alarm.opened_at - pressed.at).total_seconds()) < 2


def test_it_is_rung_on_by_the_daemon_that_comes_after_a_kill(stage: MakeStage) -> None:
    here = stage(home(12, "press_3") + on_duty(DUTY, attempts=["rings_out", "press_1"]))
    register = here.commune()
    here.entered(register)
    campaign = here.drafted(register, **HELP)
    here.launch(campaign)
    until(lambda: [e for e in here.happened("ringing") if e.number == DUTY], 60)
    here.kill()
    assert [one.taken_at for one in calls_for_help(here.office)] == [None]
    here.start()
    until(lambda: taken(here), 120, "the next daemon rings on")
    _, second = [e for e in here.happened("ringing") if e.number == DUTY]
    over = [e for e in here.happened("cancelled") if e.number == DUTY]
    assert [one.at < second.at for one in over] == [True]  # never two calls at once
    assert here.states(campaign) == {"12": "acknowledged"}
