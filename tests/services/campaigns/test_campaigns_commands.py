"""Pause, resume, stop and a person's word: commands that the daemon obeys."""

from datetime import timedelta

import pytest

from automaton.domain.campaign import CampaignState
from automaton.domain.proof import Proof
from automaton.errors import RequestError
from automaton.services.commands import (
    acknowledge,
    pause,
    resume,
    stop,
    wait_for_command,
    wait_for_end,
)
from tests.services.campaigns.city import City, obey


def test_pause_resume_and_stop_are_obeyed(city: City) -> None:
    city.homes(1)
    campaign = city.started()
    pause(city.office, campaign, "m.durand", "orage")
    obey(city)
    card = city.office.desk.card(campaign)
    assert (card.state, card.pause_reason) == (CampaignState.PAUSED, "orage")
    resume(city.office, campaign, "m.durand")
    obey(city)
    asked = stop(city.office, campaign, "m.durand", "fausse alerte")
    obey(city)
    assert wait_for_command(city.office, asked.command_id).finished_at is not None
    state = wait_for_end(city.office, campaign, sleep=lambda _seconds: None)
    assert state is CampaignState.CANCELLED


def test_a_pause_that_waits_for_the_daemon_can_be_taken_back(city: City) -> None:
    # "running cannot resume" was the answer, and the alert paused once the daemon was
    # back.
    city.homes(1)
    campaign = city.started()
    pause(city.office, campaign, "m.durand", "orage")
    resume(city.office, campaign, "s.loison")
    with pytest.raises(RequestError, match="running cannot resume"):
        resume(city.office, campaign, "s.loison")
    pause(city.office, campaign, "m.durand")
    resume(city.office, campaign, "s.loison")
    obey(city)
    card = city.office.desk.card(campaign)
    assert (card.state, card.pause_reason) == (CampaignState.RUNNING, None)
    assert [row.refusal for row in city.commune.rows("commands")] == [None] * 4


def test_a_campaign_that_was_stopped_meanwhile_is_not_resumed(city: City) -> None:
    city.homes(1)
    campaign = city.started()
    pause(city.office, campaign, "m.durand")
    city.move(campaign, CampaignState.CANCELLED)
    with pytest.raises(RequestError, match="cancelled cannot resume"):
        resume(city.office, campaign, "m.durand")


@pytest.mark.parametrize("verb", [pause, resume])
def test_a_move_that_makes_no_sense_is_refused(city: City, verb: object) -> None:
    campaign = city.create()
    with pytest.raises(RequestError, match="A campaign that is draft cannot"):
        verb(city.office, campaign, "m.durand")  # type: ignore[operator]
    assert city.commune.rows("commands") == []


def test_what_the_daemon_refuses_is_told(city: City) -> None:
    city.homes(1)
    campaign = city.started()
    pause(city.office, campaign, "m.durand")
    obey(city)
    first = resume(city.office, campaign, "m.durand")
    second = resume(city.office, campaign, "s.loison")
    obey(city)
    wait_for_command(city.office, first.command_id)
    with pytest.raises(RequestError, match="running cannot resume"):
        wait_for_command(city.office, second.command_id)


def test_waiting_ends_with_the_time_that_was_given(city: City) -> None:
    city.homes(1)
    campaign = city.started()
    asked = pause(city.office, campaign, "m.durand")
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        city.commune.pass_time(seconds=seconds)

    fate = wait_for_command(city.office, asked.command_id, timedelta(seconds=1), sleep)
    assert fate.taken_at is None
    state = wait_for_end(city.office, campaign, timedelta(seconds=2), sleep)
    assert state is CampaignState.RUNNING
    assert sum(slept) == pytest.approx(3, abs=0.6)


def test_an_agents_word_becomes_a_command_about_one_recipient(city: City) -> None:
    city.homes(2)
    campaign = city.started()
    recipient = city.cases(campaign)[0].recipient.id
    acknowledge(city.office, campaign, recipient, "s.loison")
    (command,) = city.commune.rows("commands")
    assert command.payload == {"recipient": recipient, "proof": "agents_word"}
    with pytest.raises(RequestError, match="no recipient"):
        acknowledge(city.office, campaign, "absent", "s.loison")
    with pytest.raises(RequestError, match="nobody's word"):
        acknowledge(city.office, campaign, recipient, "s.loison", Proof.KEY)
