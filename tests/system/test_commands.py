"""Stop, pause, resume, a person's word, SIGTERM: by the town's own clock."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta

import pytest

from automaton import bootstrap
from automaton.lab.compare import compare
from automaton.services import commands
from automaton.services.messages import MessageWish
from tests.system.conftest import MakeStage
from tests.system.stage import BY, DUTY, Stage, Trunk, home, number, on_duty, until

pytestmark = pytest.mark.asterisk

A_SECOND = timedelta(seconds=1)
WITHOUT_END = {
    "retry_every": "1 s",
    "tries_per_contact_point": 99,
    "tries_per_recipient": 99,
    "number_tries_in_two_hours": 99,
    "number_tries_in_a_day": 99,
    "ceilings_reason": "essai",
}
LONG = (
    "Alerte à la crue. La rivière monte vite. Montez à l'étage avec vos papiers, "
    "coupez le gaz, et attendez les secours."
)


def with_two_lines(script: str) -> dict[str, Trunk]:
    return {"town": Trunk(script + on_duty(DUTY), lines=3)}


def invites_after(here: Stage, moment: datetime) -> list[str]:
    """Return the numbers that were rung later than a second after a moment."""
    return [
        event.number
        for event in here.happened("invite")
        if event.at > moment + A_SECOND and event.number != DUTY
    ]


def is_said(here: Stage, prompt: str) -> bool:
    """Tell whether the node's Asterisk is playing a prompt at this moment."""
    return prompt in here.console("core show channels concise")


def test_stop_ends_ringing_calls_and_lets_answered_ones_end_their_sentence(
    stage: MakeStage,
) -> None:
    talks, rings, tried_every_second = 1, 2, 3
    here = stage(
        home(talks, "no_key")
        + home(rings, "rings_out")
        + home(tried_every_second, "busy")
        + on_duty(DUTY)
    )
    register = here.commune()
    here.entered(register)
    campaign = here.drafted(
        register,
        wish={"message": MessageWish(texts={"fr": LONG})},
        ring="60 s",
        **WITHOUT_END,
    )
    (message,) = here.office.desk.card(campaign).message
    here.launch(campaign)
    here.seen("ringing", rings)
    until(lambda: len(here.happened("refused", tried_every_second)) > 1)
    until(lambda: is_said(here, message.prompt), what="the message is being said")
    before = datetime.now(UTC)
    commands.stop(here.office, campaign, BY)
    (end,) = here.seen("hangup", talks)
    here.ended(campaign, state="cancelled")
    (cancelled,) = here.seen("cancelled", rings)
    assert cancelled.at - before <= A_SECOND
    assert end.who == "caller"
    (answered,) = here.happened("answered", talks)
    said_once = message.seconds + seconds_of(here, "goodbye")
    assert said_once - 0.2 <= (end.at - answered.at).total_seconds() <= said_once + 3
    until(lambda: set(here.states(campaign).values()) == {"cancelled"})
    assert invites_after(here, before) == []
    assert len(here.happened("invite", talks, rings)) == 2
    assert compare(here.records(campaign), here.town.log()) == []


def test_pause_holds_what_has_not_left_and_resume_lets_it_leave(
    stage: MakeStage,
) -> None:
    here = stage(
        trunks=with_two_lines("".join(home(i, "press_1") for i in (1, 2, 3, 4)))
    )
    campaign = here.alerted()
    first = until(lambda: answered_two(here))
    before = datetime.now(UTC)
    commands.pause(here.office, campaign, BY)
    until(lambda: len(here.happened("hangup")) == 2)
    until(lambda: list(here.states(campaign).values()).count("acknowledged") == 2)
    free_at = datetime.now(UTC)
    until(lambda: datetime.now(UTC) > free_at + A_SECOND)
    assert here.state(campaign) == "paused"
    assert {event.number for event in here.happened("invite")} == first
    resumed_at = datetime.now(UTC)
    commands.resume(here.office, campaign, BY)
    here.ended(campaign)
    assert set(here.states(campaign).values()) == {"acknowledged"}
    assert len(invites_after(here, before)) == 2
    later = [e for e in here.happened("invite", 1, 2, 3, 4) if e.number not in first]
    assert all(resumed_at <= e.at <= resumed_at + 2 * A_SECOND for e in later)
    assert here.town.compare(here.records(campaign)) == []


def answered_two(here: Stage) -> set[str]:
    found = {event.number for event in here.happened("answered")}
    return found if len(found) == 2 else set()


def test_a_persons_word_ends_the_call_that_rings(stage: MakeStage) -> None:
    rings, talks = 1, 2
    here = stage(home(rings, "rings_out") + home(talks, "no_key") + on_duty(DUTY))
    campaign = here.alerted(ring="60 s")
    here.seen("ringing", rings)
    here.seen("answered", talks)
    told = {r.numbers[0]: r.id for r in here.report(campaign).recipients}
    for serial in (rings, talks):
        before = datetime.now(UTC)
        asked = commands.acknowledge(here.office, campaign, told[number(serial)], BY)
        commands.wait_for_command(here.office, asked.command_id)
        if serial == rings:
            (cancelled,) = here.seen("cancelled", rings)
            assert cancelled.at - before <= A_SECOND
    here.seen("hangup", talks)
    here.ended(campaign)
    assert set(here.states(campaign).values()) == {"acknowledged"}
    assert len(here.happened("invite", rings, talks)) == 2
    assert {r.proof for r in here.report(campaign).recipients} == {"agents_word"}
    assert here.happened("key", rings, talks) == []


def test_sigterm_stops_in_stages_and_the_next_daemon_goes_on(
    stage: MakeStage,
) -> None:
    here = stage(
        trunks=with_two_lines("".join(home(i, ring=i) for i in (1, 2, 3, 4))),
        shutdown="50 s",
    )
    campaign = here.alerted(ring="20 s")
    until(lambda: len(here.happened("ringing")) == 2)
    until(lambda: here.happened("answered"))
    asterisk = here.asterisk()
    assert here.daemon is not None
    here.daemon.send_signal(signal.SIGTERM)
    before = datetime.now(UTC)
    until(lambda: "go on, for 50 s at most" in here.said(), 5)
    assert here.daemon.wait(60) == 0
    assert len(here.happened("key")) == len(here.happened("hangup")) == 2
    assert invites_after(here, before - A_SECOND) == []
    assert here.asterisk() == 0
    with pytest.raises(ProcessLookupError):
        os.kill(asterisk, 0)
    assert not bootstrap.asterisk_folder(here.settings).pid_file.exists()
    assert list(here.states(campaign).values()).count("acknowledged") == 2
    here.start()
    here.ended(campaign)
    assert set(here.states(campaign).values()) == {"acknowledged"}
    assert len(here.happened("invite", 1, 2, 3, 4)) == 4
    assert here.town.compare(here.records(campaign)) == []


def seconds_of(here: Stage, phrase: str) -> float:
    return (here.prompts / "fr" / f"{phrase}.alaw").stat().st_size / 8000
