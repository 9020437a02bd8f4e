"""The duty list is told: of a pause, of a lost trunk, of silence, of the end."""

from __future__ import annotations

import socket

import pytest

from automaton.lab.compare import calls_of
from automaton.loopback import free_port
from tests.system.conftest import MakeStage
from tests.system.stage import (
    DUTY,
    DUTY_TOO,
    Stage,
    Trunk,
    home,
    number,
    on_duty,
    until,
)

pytestmark = pytest.mark.asterisk

REFUSED = range(1, 15)


def taken(here: Stage, campaign: str) -> list[str]:
    """Return of what the duty list has taken charge, in order."""
    return [ring.reason for ring in here.report(campaign).duty if ring.taken]


def test_a_trunk_that_refuses_everything_pauses_until_calls_pass_again(
    stage: MakeStage,
) -> None:
    script = "".join(home(serial, "unallocated", "press_1") for serial in REFUSED)
    here = stage(script + on_duty(DUTY), more='[calling]\nsafeguard_pause = "5 s"\n')
    campaign = here.alerted()
    until(lambda: "safeguard" in (here.report(campaign).head.pause_reason or ""), 60)
    until(lambda: "safeguard_pause" in taken(here, campaign), 60)
    here.ended(campaign, 90)
    assert set(here.states(campaign).values()) == {"acknowledged"}
    until(lambda: "alert_ended" in taken(here, campaign), 60)
    assert taken(here, campaign) == ["trunk_lost", "safeguard_pause", "alert_ended"]
    assert len(here.happened("invite", *REFUSED)) == 2 * len(REFUSED)


def test_a_lost_trunk_is_told_by_another_which_takes_the_calls_over(
    stage: MakeStage,
) -> None:
    script = "".join(home(serial, "press_1") for serial in range(1, 8))
    here = stage(
        trunks={
            "lost": Trunk(port=free_port(socket.SOCK_DGRAM)),
            "town": Trunk(script + on_duty(DUTY)),
        }
    )
    campaign = here.alerted()
    here.ended(campaign, 90)
    until(lambda: "trunk_lost" in taken(here, campaign), 60)
    (told,) = [r for r in here.report(campaign).duty if r.reason == "trunk_lost"]
    assert told.trunk == "town"
    assert set(here.states(campaign).values()) == {"acknowledged"}


def test_a_campaign_of_which_no_call_leaves_is_told_once(stage: MakeStage) -> None:
    holds_the_line, waits = 1, 2
    script = home(holds_the_line, "rings_out") + home(waits, "press_1")
    here = stage(
        trunks={"town": Trunk(script + on_duty(DUTY), lines=2)},
        more='[calling]\nsilence_alarm = "5 s"\n',
    )
    campaigns = []
    for name, serial in (("Royan", holds_the_line), ("Saujon", waits)):
        register = here.commune(name)
        table = f"nom;adresse;téléphone\nAubrac;1 rue Basse;{number(serial)}\n"
        here.entered(register, table)
        campaigns.append(here.drafted(register, name, ring="2 min"))
        here.launch(campaigns[-1])
        if serial == holds_the_line:
            here.seen("ringing", serial)
    rings, silent = campaigns
    until(lambda: taken(here, silent), what="the duty list has taken charge")
    assert taken(here, silent) == ["no_call_for_20_s"]
    assert (here.state(silent), taken(here, rings)) == ("running", [])
    assert here.happened("invite", waits) == []


def test_the_list_is_rung_in_order_until_somebody_presses_1(stage: MakeStage) -> None:
    here = stage(
        home(1, "press_1")
        + on_duty(DUTY, attempts=["busy"])
        + on_duty(DUTY_TOO)
        + on_duty("+33199008003")
    )
    register = here.commune(duty=(DUTY, DUTY_TOO, "+33199008003"))
    here.entered(register)
    campaign = here.drafted(register)
    here.launch(campaign)
    here.ended(campaign)
    until(lambda: taken(here, campaign), 60)
    until(lambda: [e for e in here.happened("hangup") if e.number == DUTY_TOO])
    calls = calls_of(here.town.log())
    assert len(calls[DUTY]) == len(calls[DUTY_TOO]) == 1
    assert "+33199008003" not in calls
    (heard,) = calls[DUTY_TOO]
    assert heard.keys == "1"
    assert [ring.taken for ring in here.report(campaign).duty] == [False, True]
