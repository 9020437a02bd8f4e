"""What may be done for somebody who calls, and for the time without the daemon."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from automaton.domain.call_in import CameTo, Confirmed
from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.ports import CallInKey
from automaton.services.call_ins import CallIns, offers_opt_out
from automaton.services.standby import public_file
from automaton.store.audit_key import SealFile
from automaton.store.chain import sealed
from automaton.store.engine import open_database
from automaton.store.schema import upgrade
from automaton.voices.voice import LINE_RATE
from tests.console.hall import HOME, OTHER, STRANGER, Hall

DID = "+33199000100"
FLOOD = "La rivière monte."
LOUD, QUIET = b"\x2a\xaa", b"\xd5\xd5"


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    url = f"sqlite:///{tmp_path / 'town.sqlite3'}"
    upgrade(url)
    engine: Engine = sealed(
        open_database(url), SealFile("main", tmp_path / "audit.key")
    )
    yield Hall(engine, tmp_path / "prompts", tmp_path, DID)
    engine.dispose()


def owner(hall: Hall):
    (found,) = hall.book.collectivities()
    return found


def for_caller(hall: Hall, e164: str | None):
    return hall.call_ins.for_caller(owner(hall), e164)


# Who may what.


def test_a_withheld_number_is_a_stranger_who_speaks_for_nobody(hall: Hall) -> None:
    hall.commune.home(HOME)
    hall.campaign(FLOOD)
    told = for_caller(hall, None)
    assert len(told.notices) == 1
    assert not told.may_speak_for_others
    assert not told.may_opt_out
    assert told.may_leave_name


def test_one_telephone_speaks_for_three_others_a_day(hall: Hall) -> None:
    hall.campaign(FLOOD)
    for _ in range(3):
        assert for_caller(hall, STRANGER).may_speak_for_others
        hall.call_ins.note(owner(hall), STRANGER, CameTo.RELATIVES_WORD)
    assert not for_caller(hall, STRANGER).may_speak_for_others
    assert for_caller(hall, OTHER).may_speak_for_others
    hall.commune.clock.move(timedelta(days=1, seconds=1))
    assert for_caller(hall, STRANGER).may_speak_for_others


def test_on_a_quiet_day_nobody_speaks_for_others(hall: Hall) -> None:
    hall.commune.home(HOME)
    assert not for_caller(hall, STRANGER).may_speak_for_others


def test_who_is_registered_may_opt_out_and_leaves_no_name(hall: Hall) -> None:
    hall.commune.home(HOME)
    told = for_caller(hall, HOME)
    assert told.may_opt_out
    assert not told.may_leave_name


def test_a_shared_number_does_not_opt_out_for_others(hall: Hall) -> None:
    school = hall.commune.add(
        "establishments", register_id=hall.commune.register, name="École", city="R"
    )
    hall.commune.add(
        "contact_points", establishment_id=school, kind="landline", value=HOME
    )
    assert not for_caller(hall, HOME).may_opt_out


def test_nobody_leaves_a_name_where_too_many_wait(hall: Hall) -> None:
    none = hall.settings.call_ins.model_copy(update={"most_recordings": 0})
    crowded = hall.settings.model_copy(update={"call_ins": none})
    desk = CallIns(replace(hall.office, settings=crowded))
    assert not desk.for_caller(owner(hall), STRANGER).may_leave_name


def test_information_alone_is_ended_by_nine(hall: Hall) -> None:
    hall.commune.home(HOME)
    (person,) = hall.commune.rows("contacts")
    agreed = {"by": "agent", "how": "form", "action": "given", "at": hall.commune.now}
    hall.commune.add("consents", contact_id=person.id, **agreed)
    hall.campaign(FLOOD, campaign_class=CampaignClass.INFORMATION)
    hall.campaign(FLOOD)
    offered = [offers_opt_out(notice) for notice in for_caller(hall, HOME).notices]
    assert offered == [False, True]


def test_a_key_is_a_word_for_the_daemon(hall: Hall) -> None:
    hall.commune.home(HOME)
    hall.campaign(FLOOD)
    (notice,) = for_caller(hall, HOME).notices
    assert isinstance(notice.whom, Confirmed)
    hall.call_ins.called_back(notice.whom)
    assert hall.words() == [(hall.recipient(HOME), "called_back")]


def test_what_ended_is_told_to_the_home_for_a_day_and_to_no_stranger(
    hall: Hall,
) -> None:
    hall.commune.home(HOME)
    ended = {"state": CampaignState.FINISHED, "finished_at": hall.commune.now}
    hall.campaign(FLOOD, **ended)
    assert len(for_caller(hall, HOME).notices) == 1
    assert for_caller(hall, STRANGER).notices == ()
    hall.commune.clock.move(timedelta(days=1, seconds=1))
    assert for_caller(hall, HOME).notices == ()


# What is left.


def spoken(hall: Hall, seconds: float, sound: bytes = LOUD) -> Path:
    """Put a recording where the telephone would; return its place."""
    place = hall.call_ins.place_for_recording()
    content = (sound * LINE_RATE * 3)[: int(seconds * LINE_RATE)]
    place.with_name(f"{place.name}.alaw").write_bytes(content)
    return place


def files(hall: Hall) -> Sequence[Path]:
    return sorted(hall.settings.folders.recordings.iterdir())


def test_what_somebody_said_is_kept_with_a_line_in_the_audit(hall: Hall) -> None:
    assert hall.call_ins.keep_recording(owner(hall), STRANGER, spoken(hall, 3))
    (left,) = hall.commune.rows("recordings_left")
    assert (left.e164, left.seconds) == (STRANGER, 3.0)
    assert [file.name for file in files(hall)] == [left.file]
    (line,) = hall.commune.rows("audit", action="recording_left")
    assert line.subject_id == left.id


@pytest.mark.parametrize(("seconds", "sound"), [(1, LOUD), (5, QUIET)])
def test_a_breath_and_a_silence_are_not_kept(
    hall: Hall, seconds: float, sound: bytes
) -> None:
    place = spoken(hall, seconds, sound)
    assert not hall.call_ins.keep_recording(owner(hall), STRANGER, place)
    assert files(hall) == []


def test_who_hung_up_at_once_has_left_nothing(hall: Hall) -> None:
    place = hall.call_ins.place_for_recording()
    assert not hall.call_ins.keep_recording(owner(hall), STRANGER, place)


def test_old_recordings_are_deleted_with_sounds_of_nobody(hall: Hall) -> None:
    hall.call_ins.keep_recording(owner(hall), STRANGER, spoken(hall, 3))
    orphan = spoken(hall, 3)
    message = hall.settings.folders.recordings / "mayor.wav"
    message.write_bytes(b"kept")
    hall.call_ins.purge()
    assert len(files(hall)) == 3
    hall.commune.clock.move(timedelta(days=2))
    hall.call_ins.purge()
    assert not orphan.with_name(f"{orphan.name}.alaw").exists()
    assert len(files(hall)) == 2
    hall.commune.clock.move(timedelta(days=90))
    hall.call_ins.purge()
    assert files(hall) == [message]
    assert hall.commune.rows("recordings_left") == []


# Without the daemon.


def test_the_last_public_message_is_where_asterisk_finds_it(hall: Hall) -> None:
    sound = hall.campaign(FLOOD)
    hall.standby.keep_public()
    file = public_file(hall.prompts, DID)
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
    told = public_file(hall.prompts, DID).read_bytes()
    assert told == b"exercise" + sound.read_bytes()


def test_what_expires_is_told_no_longer_than_that(hall: Hall) -> None:
    expires = hall.commune.now + timedelta(hours=2)
    hall.campaign(FLOOD, expires_at=expires)
    hall.standby.keep_public()
    file = public_file(hall.prompts, DID)
    assert file.stat().st_mtime == pytest.approx(expires.timestamp(), abs=1)


def test_a_message_that_is_not_on_this_node_is_fetched_or_left_out(
    hall: Hall,
) -> None:
    sound = hall.campaign(FLOOD)
    hall.standby.keep_public()
    kept = sound.read_bytes()
    sound.unlink()
    hall.standby.keep_public()
    file = public_file(hall.prompts, DID)
    assert not file.exists()

    class Others:
        def has(self, prompt: str) -> bool:
            return False

        def bring(self, prompts: Sequence[str]) -> frozenset[str]:
            assert list(prompts) == [sound.stem]
            sound.write_bytes(kept)
            return frozenset()

    replace(hall.standby, sounds=Others()).keep_public()
    assert file.read_bytes() == kept


def test_a_number_of_nobody_is_left_alone(hall: Hall) -> None:
    hall.campaign(FLOOD)
    replace(hall.standby, owners={DID: "Nulle part"}).keep_public()
    assert not public_file(hall.prompts, DID).exists()


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


def test_a_journalled_key_confirms_what_was_told_then(hall: Hall) -> None:
    hall.commune.home(HOME)
    hall.campaign(FLOOD, campaign_class=CampaignClass.INFORMATION)
    hall.campaign(FLOOD)
    pressed = key(hall)
    hall.commune.clock.move(timedelta(minutes=5))
    hall.campaign(FLOOD)
    assert hall.standby.take_up([pressed]) == [pressed]
    ((recipient, proof),) = hall.words()
    (home,) = hall.commune.rows("recipients", id=recipient)
    (campaign,) = hall.commune.rows("campaigns", id=home.campaign_id)
    assert campaign.campaign_class is CampaignClass.ALERT
    assert campaign.started_at < pressed.at
    assert proof == "called_back"
    (call,) = hall.commune.rows("call_ins")
    assert (call.came_to, call.at) == (CameTo.CALLED_BACK, pressed.at)


def test_a_key_of_a_strangers_call_confirms_nobody(hall: Hall) -> None:
    hall.commune.home(HOME)
    hall.campaign(FLOOD)
    pressed = key(hall, caller=STRANGER)
    assert hall.standby.take_up([pressed]) == [pressed]
    assert hall.words() == []
    (call,) = hall.commune.rows("call_ins")
    assert call.came_to is CameTo.INFORMED


@pytest.mark.parametrize(
    "more", [{"did": "+33199000199"}, {"key": "9"}, {"caller": "3117"}]
)
def test_what_means_nothing_is_only_forgotten(hall: Hall, more: dict[str, str]) -> None:
    hall.commune.home(HOME)
    hall.campaign(FLOOD)
    pressed = key(hall, **more)
    assert hall.standby.take_up([pressed]) == [pressed]
    assert hall.words() == []


def test_keys_of_another_installation_stay_where_they_are(hall: Hall) -> None:
    assert hall.standby.take_up([key(hall, installation="other")]) == []
