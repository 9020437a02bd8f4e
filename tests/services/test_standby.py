"""What Asterisk needs for the time without the daemon, and the keys of that time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from automaton.domain.call_in import CameTo
from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.ports import CallInKey
from automaton.services.standby import public_campaign, public_sound
from tests.console.hall import HOME, STRANGER, Hall
from tests.services.halls import DID, FLOOD, hall

__all__ = ["hall"]


def told_alone(hall: Hall) -> Path | None:
    """Return the sound that Asterisk plays, found as the dialplan finds it."""
    campaign = public_campaign(hall.prompts, DID)
    sounds = set(campaign.parent.glob("*.alaw"))
    if not campaign.exists():
        assert not sounds
        return None
    found = public_sound(hall.prompts, DID, campaign.read_text())
    assert sounds == {found}
    return found


def test_the_last_public_message_is_where_asterisk_finds_it(hall: Hall) -> None:
    sound = hall.campaign(FLOOD)
    hall.standby.keep_public()
    file = told_alone(hall)
    assert file is not None
    assert file.read_bytes() == sound.read_bytes()
    until = hall.commune.now + timedelta(days=1)
    assert file.stat().st_mtime == pytest.approx(until.timestamp(), abs=1)
    before = file.stat().st_ino
    hall.standby.keep_public()
    assert file.stat().st_ino == before


def test_an_exercise_is_told_first_there_too(hall: Hall) -> None:
    phrase = hall.prompts / "fr/exercise.alaw"
    phrase.parent.mkdir(parents=True)
    phrase.write_bytes(b"exercise")
    sound = hall.campaign(FLOOD, campaign_class=CampaignClass.EXERCISE)
    hall.standby.keep_public()
    file = told_alone(hall)
    assert file is not None
    assert file.read_bytes() == b"exercise" + sound.read_bytes()


def test_what_expires_is_told_no_longer_than_that(hall: Hall) -> None:
    expires = hall.commune.now + timedelta(hours=2)
    hall.campaign(FLOOD, expires_at=expires)
    hall.standby.keep_public()
    file = told_alone(hall)
    assert file is not None
    assert file.stat().st_mtime == pytest.approx(expires.timestamp(), abs=1)


def test_the_newer_message_takes_the_place_of_the_older(hall: Hall) -> None:
    hall.campaign(FLOOD)
    hall.standby.keep_public()
    before = told_alone(hall)
    sound = hall.campaign("Le vent se lève.")
    hall.standby.keep_public()
    after = told_alone(hall)
    assert after is not None
    assert after != before
    assert after.read_bytes() == sound.read_bytes()


def test_a_message_that_is_not_on_this_node_is_fetched_or_left_out(
    hall: Hall,
) -> None:
    sound = hall.campaign(FLOOD)
    hall.standby.keep_public()
    kept = sound.read_bytes()
    sound.unlink()
    hall.standby.keep_public()
    assert told_alone(hall) is None

    class Others:
        def has(self, prompt: str) -> bool:
            return False

        def bring(self, prompts: Sequence[str]) -> frozenset[str]:
            assert list(prompts) == [sound.stem]
            sound.write_bytes(kept)
            return frozenset()

    replace(hall.standby, sounds=Others()).keep_public()
    file = told_alone(hall)
    assert file is not None
    assert file.read_bytes() == kept


def test_a_number_of_nobody_is_left_alone(hall: Hall) -> None:
    hall.campaign(FLOOD)
    replace(hall.standby, owners={DID: "Nulle part"}).keep_public()
    assert told_alone(hall) is None


def key(hall: Hall, **more: object) -> CallInKey:
    usual = {
        "channel": "1700000000.12",
        "seq": 1,
        "installation": "automaton",
        "did": DID,
        "caller": HOME.removeprefix("+"),
        "key": "1",
        "at": hall.commune.now,
    }
    return CallInKey(**(usual | more))  # type: ignore[arg-type]


def newest(hall: Hall) -> str:
    """Return the campaign that began last."""
    return str(max(hall.commune.rows("campaigns"), key=lambda one: one.started_at).id)


def told_of(hall: Hall) -> list[str]:
    """Return the campaigns that words are about."""
    rows = hall.commune.rows("commands", name="acknowledge")
    return [row.campaign_id for row in rows]


def test_a_journalled_key_confirms_what_was_played_and_nothing_else(
    hall: Hall,
) -> None:
    hall.commune.home(HOME)
    hall.campaign(FLOOD)
    played = newest(hall)
    hall.campaign("Le vent se lève.")
    pressed = key(hall, campaign=played)
    hall.commune.clock.move(timedelta(minutes=5))
    assert hall.standby.take_up([pressed]) == [pressed]
    assert told_of(hall) == [played]
    (call,) = hall.commune.rows("call_ins")
    assert (call.came_to, call.at) == (CameTo.CALLED_BACK, pressed.at)


@pytest.mark.parametrize("state", [CampaignState.EXPIRED, CampaignState.CANCELLED])
def test_a_journalled_key_counts_though_its_campaign_is_over(
    hall: Hall, state: CampaignState
) -> None:
    hall.commune.home(HOME)
    hall.campaign(FLOOD)
    pressed = key(hall, campaign=newest(hall))
    over = {"state": state, "finished_at": hall.commune.now}
    hall.commune.change("campaigns", pressed.campaign, **over)
    hall.standby.take_up([pressed])
    assert told_of(hall) == [pressed.campaign]


def test_a_journalled_key_counts_though_the_alert_was_ended_meanwhile(
    hall: Hall,
) -> None:
    hall.commune.home(HOME)
    hall.campaign(FLOOD)
    pressed = key(hall, campaign=newest(hall))
    over = {"parent_id": pressed.campaign, "follow_up": "all_clear"}
    hall.campaign("La rivière a baissé.", **over)
    hall.standby.take_up([pressed])
    assert told_of(hall) == [pressed.campaign]


def test_a_key_that_cannot_be_deleted_is_taken_up_once(hall: Hall) -> None:
    hall.commune.home(HOME)
    hall.campaign(FLOOD)
    pressed = key(hall, campaign=newest(hall))
    for _ in range(3):
        assert hall.standby.take_up([pressed]) == [pressed]
    assert len(hall.commune.rows("call_ins")) == 1
    assert len(hall.words()) == 1
    another = replace(pressed, channel="1700000000.13")
    hall.standby.take_up([another])
    assert len(hall.commune.rows("call_ins")) == 2


def test_a_channel_of_the_same_name_on_another_node_is_another_call(
    hall: Hall,
) -> None:
    hall.standby.take_up([key(hall)])
    replace(hall.standby, node="second").take_up([key(hall)])
    first, second = hall.commune.rows("call_ins")
    assert first.e164 == second.e164 == HOME


def test_a_key_of_an_older_dialplan_confirms_nobody(hall: Hall) -> None:
    hall.commune.home(HOME)
    hall.campaign(FLOOD)
    pressed = key(hall)
    assert hall.standby.take_up([pressed]) == [pressed]
    assert hall.words() == []
    (call,) = hall.commune.rows("call_ins")
    assert call.came_to is CameTo.INFORMED


def test_a_key_of_a_strangers_call_confirms_nobody(hall: Hall) -> None:
    hall.commune.home(HOME)
    hall.campaign(FLOOD)
    pressed = key(hall, caller=STRANGER, campaign=newest(hall))
    assert hall.standby.take_up([pressed]) == [pressed]
    assert hall.words() == []
    (call,) = hall.commune.rows("call_ins")
    assert call.came_to is CameTo.INFORMED


@pytest.mark.parametrize("more", [{"key": "9"}, {"caller": "3117"}])
def test_what_means_nothing_is_only_forgotten(hall: Hall, more: dict[str, str]) -> None:
    hall.commune.home(HOME)
    hall.campaign(FLOOD)
    pressed = key(hall, campaign=newest(hall), **more)
    assert hall.standby.take_up([pressed]) == [pressed]
    assert hall.words() == []


@pytest.mark.parametrize("more", [{"installation": "other"}, {"did": "+33199000199"}])
def test_keys_of_others_and_at_a_number_of_nobody_stay_where_they_are(
    hall: Hall, more: dict[str, str]
) -> None:
    assert hall.standby.take_up([key(hall, **more)]) == []
