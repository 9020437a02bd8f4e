"""What may be done for somebody who calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from automaton.domain.call_in import CameTo, Confirmed
from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.services.call_ins import CallIns, Incoming, offers_opt_out
from automaton.voices.voice import LINE_RATE
from tests.console.hall import HOME, OTHER, STRANGER, Hall
from tests.services.halls import FLOOD, hall, owner

__all__ = ["hall"]

LOUD, QUIET = b"\x2a\xaa", b"\xd5\xd5"


def for_caller(hall: Hall, e164: str | None):
    return hall.call_ins.for_caller(owner(hall), e164)


def calling(hall: Hall, e164: str | None = STRANGER) -> Incoming:
    return Incoming(owner(hall), e164)


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
        hall.call_ins.note(calling(hall), CameTo.RELATIVES_WORD)
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


def crowded(hall: Hall, **more: int) -> CallIns:
    """Return the use cases where less may wait."""
    few = hall.settings.call_ins.model_copy(update=more)
    settings = hall.settings.model_copy(update={"call_ins": few})
    return CallIns(replace(hall.office, settings=settings))


def test_nobody_leaves_a_name_where_none_is_taken(hall: Hall) -> None:
    desk = crowded(hall, most_recordings=0)
    assert not desk.for_caller(owner(hall), STRANGER).may_leave_name


def test_no_telephone_takes_the_place_of_others(hall: Hall) -> None:
    desk = crowded(hall, most_recordings=5)
    for kept in (True, True, True, False):
        assert desk.has_room_for(calling(hall)) is kept
        assert desk.keep_recording(calling(hall), spoken(hall, 3)) is kept
    assert desk.has_room_for(calling(hall, OTHER))
    assert len(files(hall)) == 3


def test_callers_who_show_no_number_share_a_tenth(hall: Hall) -> None:
    desk = crowded(hall, most_recordings=20)
    for kept in (True, True, False):
        assert desk.has_room_for(calling(hall, None)) is kept
        assert desk.keep_recording(calling(hall, None), spoken(hall, 3)) is kept
    assert desk.has_room_for(calling(hall))


def test_what_was_dealt_with_makes_room(hall: Hall) -> None:
    desk = crowded(hall, recordings_a_caller=1)
    assert desk.keep_recording(calling(hall), spoken(hall, 3))
    assert not desk.has_room_for(calling(hall))
    (left,) = hall.commune.rows("recordings_left")
    hall.commune.change("recordings_left", left.id, done_at=hall.commune.now)
    assert desk.has_room_for(calling(hall))


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
    assert hall.call_ins.keep_recording(calling(hall), spoken(hall, 3))
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
    assert not hall.call_ins.keep_recording(calling(hall), place)
    assert files(hall) == []


def test_who_hung_up_at_once_has_left_nothing(hall: Hall) -> None:
    place = hall.call_ins.place_for_recording()
    assert not hall.call_ins.keep_recording(calling(hall), place)
