"""What names or lets hear somebody is deleted in time, and what is needed stays."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from automaton.domain.attempt import AttemptState
from automaton.domain.help import told, told_in_short
from automaton.domain.officer import Officer
from automaton.domain.take import Take
from automaton.services.call_ins import Incoming
from automaton.services.retention import Purged, Retention
from automaton.services.takes import begin_take, keep_take
from automaton.store.alarms import all_alarms
from automaton.store.engine import writing
from automaton.store.tables import tombstones
from tests.console.hall import HOME, OTHER, STRANGER, Hall
from tests.services.test_call_ins import hall

__all__ = ["hall"]

AN_HOUR, A_WEEK = timedelta(hours=1), timedelta(days=7)
LOUD = b"\x2a\xaa" * 12_000


@pytest.fixture(autouse=True)
def recordings(hall: Hall) -> None:
    hall.settings.folders.recordings.mkdir()


def look(hall: Hall) -> Purged:
    return Retention(hall.office).look()


def said(hall: Hall, text: str, ago: timedelta = timedelta()) -> Path:
    """Let a text be said some time ago; return its sound."""
    sound = hall.prompts / f"{hall.speaker.say(text, 'fr')}.alaw"
    at = (hall.commune.now - ago).timestamp()
    os.utime(sound, (at, at))
    return sound


def recording(hall: Hall, name: str) -> Path:
    path = hall.settings.folders.recordings / name
    path.write_bytes(LOUD)
    at = hall.commune.now.timestamp()
    os.utime(path, (at, at))
    return path


def left_by(hall: Hall, e164: str) -> Path:
    """Somebody leaves their name; return the sound."""
    (whose,) = hall.book.collectivities()
    place = hall.call_ins.place_for_recording()
    file = recording(hall, f"{place.name}.alaw")
    assert hall.call_ins.keep_recording(Incoming(whose, e164), place)
    return file


def taken(hall: Hall, *, kept: bool) -> tuple[Take, Path]:
    """An officer records a message."""
    officer = Officer("o1", hall.commune.id, "12", "Claire Dumas", None)
    folder = hall.settings.folders.recordings
    take = begin_take(hall.book, hall.commune.clock, folder, officer)
    file = recording(hall, take.file)
    if kept:
        keep_take(hall.book, hall.commune.clock, officer, take, timedelta(seconds=3))
    return take, file


def asks_for_help(hall: Hall, e164: str, **alarm: Any) -> list[Path]:
    """A home asks for help, and those on duty are told; return the sounds."""
    hall.commune.home(e164)
    campaign = hall.commune.campaign(started_at=hall.commune.now)
    hall.commune.plan(campaign)
    hall.commune.claim(campaign)
    (attempt,) = hall.commune.rows("attempts", e164=e164, campaign_id=campaign)
    pressed = {"state": AttemptState.ANSWERED, "keys": "3"}
    hall.commune.change("attempts", attempt.id, **pressed)
    row = {"collectivity_id": hall.commune.id, "campaign_id": campaign}
    row |= {"recipient_id": attempt.recipient_id, "attempt_id": attempt.id}
    hall.commune.add("alarms", opened_at=hall.commune.now, **row, **alarm)
    found = all_alarms(hall.engine, closed=True)
    (mine,) = (one for one in found if one.attempt_id == attempt.id)
    return [said(hall, words(mine, "fr")) for words in (told, told_in_short)]


def erased_at(hall: Hall, ago: timedelta) -> None:
    row = {"digest": "d", "at": hall.commune.now - ago, "key_id": "k"}
    with writing(hall.engine) as connection:
        connection.execute(insert(tombstones), row)


# What is said to one person.


def test_what_was_not_said_for_a_week_is_deleted(hall: Hall) -> None:
    old, new = said(hall, "Odile", A_WEEK + AN_HOUR), said(hall, "Inès", A_WEEK / 2)
    message = hall.prompts / f"{'0' * 32}.alaw"
    message.touch()
    os.utime(message, (0, 0))
    look(hall)
    assert (old.exists(), new.exists(), message.exists()) == (False, True, True)


def test_nothing_said_before_an_erasure_is_kept(hall: Hall) -> None:
    # The erasure was made on another node: this one does not know what it said of whom.
    erased_at(hall, 2 * AN_HOUR)
    before, after = said(hall, "Odile", 3 * AN_HOUR), said(hall, "Inès", 1.5 * AN_HOUR)
    look(hall)
    assert (before.exists(), after.exists()) == (False, True)


def test_what_a_call_may_still_play_is_not_deleted(hall: Hall) -> None:
    erased_at(hall, timedelta())
    sound = said(hall, "Odile", AN_HOUR / 2)
    look(hall)
    assert sound.exists()
    hall.commune.pass_time(hours=1)
    look(hall)
    assert not sound.exists()


# Agreed words.


def test_an_agreed_word_that_nobody_has_any_more_is_deleted(hall: Hall) -> None:
    words = {word: hall.office.studio.code_word(word, "fr", "fr") for word in "ab"}
    hall.commune.home(HOME, codeword="a", codeword_prompt=words["a"])
    files = [hall.prompts / f"{prompt}.alaw" for prompt in words.values()]
    look(hall)
    assert [file.exists() for file in files] == [True, True]
    hall.commune.pass_time(days=8)
    look(hall)
    assert [file.exists() for file in files] == [True, False]


def test_the_folder_is_looked_through_once(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each shelf listed all of it: half a million sounds twice an hour.
    hall.prompts.mkdir(exist_ok=True)
    listed, scandir = [], os.scandir

    def counted(path: Any) -> Any:
        listed.append(Path(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", counted)
    look(hall)
    assert listed.count(hall.prompts) == 1


def test_what_is_deleted_while_it_is_looked_through_hides_nothing(hall: Hall) -> None:
    hall.prompts.mkdir(exist_ok=True)
    sounds = [hall.prompts / f"said-{n:032x}.alaw" for n in range(2_000)]
    for sound in sounds:
        sound.touch()
        os.utime(sound, (0, 0))
    look(hall)
    assert not any(sound.exists() for sound in sounds)


# Calls for help.


def test_what_was_told_of_a_home_goes_once_its_call_for_help_is_taken(
    hall: Hall,
) -> None:
    # The daemon that told it was killed, or another one led after it.
    over = {"taken_at": hall.commune.now, "taken_name": "Astreinte"}
    sounds = asks_for_help(hall, HOME, **over)
    look(hall)
    assert all(sound.exists() for sound in sounds)
    hall.commune.pass_time(hours=1, seconds=1)
    look(hall)
    assert not any(sound.exists() for sound in sounds)


def test_what_is_still_told_stays_whoever_closed_the_same_before(hall: Hall) -> None:
    sounds = asks_for_help(hall, HOME, closed_at=hall.commune.now)
    (closed,) = hall.commune.rows("alarms")
    whose = ("collectivity_id", "campaign_id", "recipient_id")
    again = {name: getattr(closed, name) for name in whose} | {"attempt_id": "later"}
    hall.commune.pass_time(hours=2)
    hall.commune.add("alarms", opened_at=hall.commune.now, **again)
    look(hall)
    assert all(sound.exists() for sound in sounds)


# Recordings.


def test_what_callers_left_is_deleted_after_ninety_days(hall: Hall) -> None:
    file, message = left_by(hall, STRANGER), recording(hall, "mayor.wav")
    hall.commune.pass_time(days=89)
    assert look(hall) == Purged()
    assert file.exists()
    hall.commune.pass_time(days=2)
    look(hall)
    assert hall.commune.rows("recordings_left") == []
    assert sorted(message.parent.iterdir()) == [message]


def test_what_officers_recorded_is_deleted_after_ninety_days(hall: Hall) -> None:
    # It never was: rows and files of years lay there.
    files = [taken(hall, kept=kept)[1] for kept in (True, False)]
    hall.commune.pass_time(days=89)
    assert look(hall) == Purged()
    hall.commune.pass_time(days=2)
    look(hall)
    assert hall.commune.rows("takes") == []
    assert not any(file.exists() for file in files)


def test_what_expires_leaves_no_sound_behind_that_would_be_amiss(hall: Hall) -> None:
    # Rows went first and their sounds were then strangers: a warning for each day.
    files = [left_by(hall, STRANGER), taken(hall, kept=True)[1]]
    hall.commune.pass_time(days=91)
    assert look(hall) == Purged()
    assert not any(file.exists() for file in files)


def test_sounds_of_no_record_are_told_and_kept_as_long_as_any(hall: Hall) -> None:
    # A database of last week was put back: what residents had recorded since was
    # deleted by the first start.
    strangers = [recording(hall, "call-x.alaw"), recording(hall, "by-phone-x.alaw")]
    assert look(hall) == Purged()
    hall.commune.pass_time(hours=2)
    assert look(hall) == Purged(strangers=2)
    hall.commune.pass_time(days=89)
    assert look(hall) == Purged(strangers=2)
    assert all(file.exists() for file in strangers)
    hall.commune.pass_time(days=1)
    assert look(hall) == Purged()  # another node deleted the rows: nothing is amiss
    assert not any(file.exists() for file in strangers)


def test_sounds_of_no_record_from_before_an_erasure_are_deleted(hall: Hall) -> None:
    # Another node erased who speaks there; nobody knows any more which it is.
    strangers = [recording(hall, "call-x.alaw"), recording(hall, "by-phone-x.alaw")]
    mine = left_by(hall, STRANGER)
    hall.commune.pass_time(minutes=1)
    erased_at(hall, timedelta())
    assert look(hall) == Purged()
    assert all(file.exists() for file in strangers)  # somebody may speak still
    hall.commune.pass_time(hours=1)
    assert look(hall) == Purged()
    assert not any(file.exists() for file in strangers)
    assert mine.exists()


def test_records_without_a_sound_are_told(hall: Hall) -> None:
    for file in (left_by(hall, OTHER), taken(hall, kept=True)[1]):
        file.unlink()
    taken(hall, kept=False)[1].unlink()
    assert look(hall) == Purged(soundless=2)  # nothing was said of what broke off
