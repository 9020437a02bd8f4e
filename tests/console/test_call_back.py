"""Who calls back hears what was said to their home: real calls, sound and keys."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Engine

from automaton.asterisk.call_in_journal import CallInJournal
from automaton.asterisk.install import Installation
from automaton.clock import SystemClock
from automaton.domain.call_in import CameTo
from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.services.standby import public_sound
from tests.console.conftest import Called, Ground, node, opened
from tests.console.hall import HOME, OTHER, STRANGER, Hall, written
from tests.console.phones import Caller, Phones, decoded, holds, is_recorded, was_heard

pytestmark = pytest.mark.asterisk

DID, DIALLED = "+33199000150", "0199000150"
FLOOD = "La rivière monte. Allez à l'étage."
GALE = "Le vent se lève. Restez chez vous."


@pytest.fixture(scope="module")
def answering(
    installation: Installation, prompts: Path, ground: Ground
) -> Iterator[Called]:
    """A node whose number is called in this file."""
    with node(installation, prompts, ground, DID) as called:
        yield called


@pytest.fixture
def town(
    answering: Called, engine: Engine, prompts: Path, tmp_path: Path
) -> Iterator[Hall]:
    """A town hall behind the number, which has the number of one home."""
    hall = Hall(engine, prompts, tmp_path, DID)
    hall.commune.home(HOME)
    answering.talk = hall.talk
    with opened(answering):
        yield hall
    hall.forget_public()


@pytest.fixture
def call(phones: Phones, answering: Called) -> Callable[[str], Any]:
    """Call the number from another one."""

    async def calling(e164: str) -> Caller:
        port = answering.access.sip_port
        return await phones.call(DIALLED, written(e164), port)

    return calling


def said(answering: Called, name: str) -> Path:
    return answering.phrase(name)


def hears_not(caller: Caller, sound: Path) -> bool:
    return not was_heard(caller.heard(), sound)


async def noted(town: Hall, what: CameTo) -> None:
    """Wait until a call was written down, and as what."""
    deadline = time.monotonic() + 10
    while not (town.came_to and (rows := town.commune.rows("call_ins"))):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    assert [row.came_to for row in rows] == [what]
    assert town.came_to == [what]


async def test_a_home_that_was_called_hears_its_message_and_confirms(
    town: Hall, call: Any, answering: Called
) -> None:
    flood = town.campaign(FLOOD, claimed=True)
    caller = await call(HOME)
    await caller.hears(said(answering, "call-greeting"))
    await caller.hears(said(answering, "again"))
    await caller.hears(flood)
    await caller.hears(said(answering, "ask-1"))
    await caller.press("1")
    await caller.hears(said(answering, "thanks-1"))
    assert town.words() == [(town.recipient(HOME), "called_back")]
    await caller.hang_up()
    await noted(town, CameTo.CALLED_BACK)


async def test_the_newest_message_comes_first_and_an_exercise_says_so_first(
    town: Hall, call: Any, answering: Called
) -> None:
    flood = town.campaign(FLOOD)
    gale = town.campaign(GALE, claimed=True, campaign_class=CampaignClass.EXERCISE)
    caller = await call(HOME)
    await caller.hears(said(answering, "exercise"))
    await caller.hears(said(answering, "again"))
    await caller.hears(gale)
    await caller.press("2")
    await caller.hears(gale)
    await caller.press("1")
    await caller.hears(flood)
    await caller.press("1")
    await caller.hears(said(answering, "thanks-1"))
    assert [proof for _, proof in town.words()] == ["called_back"] * 2


async def test_a_home_is_told_in_its_language(
    town: Hall, call: Any, answering: Called
) -> None:
    (person,) = town.commune.rows("contacts")
    town.commune.change("contacts", person.id, language="en")
    town.campaign(FLOOD, claimed=True)
    (text,) = town.commune.rows("message_texts")
    english = town.speaker.say("The river is rising. Go upstairs.", "en")
    told = {"message_id": text.message_id, "language": "en", "prompt": english}
    town.commune.add("message_texts", told)
    caller = await call(HOME)
    await caller.hears(answering.phrase("again", "en"))
    await caller.hears(answering.prompts / f"{english}.alaw")
    await caller.press("1")
    await caller.hears(answering.phrase("thanks-1", "en"))
    await caller.hears(said(answering, "menu-number"))


async def test_a_quiet_day_says_so(town: Hall, call: Any, answering: Called) -> None:
    caller = await call(HOME)
    await caller.hears(said(answering, "no-message"))
    await caller.hang_up()
    await noted(town, CameTo.NO_MESSAGE)


async def test_a_number_of_two_homes_is_informed_and_confirms_nobody(
    town: Hall, call: Any, answering: Called
) -> None:
    town.commune.home(HOME, OTHER)
    flood = town.campaign(FLOOD, claimed=True)
    caller = await call(HOME)
    await caller.hears(flood)
    await caller.hears(said(answering, "shared-number"))
    await caller.press("1")
    await caller.hears(said(answering, "wrong-key"))
    assert town.words() == []


async def test_a_stranger_hears_the_alert_and_no_welfare_call(
    town: Hall, call: Any, answering: Called
) -> None:
    flood = town.campaign(FLOOD)
    care = town.campaign(
        "Il fait chaud. Buvez de l'eau.", campaign_class=CampaignClass.WELFARE
    )
    caller = await call(STRANGER)
    await caller.hears(flood)
    await caller.hears(said(answering, "ask-2"))
    await caller.press("1")
    await caller.hears(said(answering, "wrong-key"))
    assert town.words() == []
    assert hears_not(caller, care)
    assert hears_not(caller, said(answering, "again"))


async def asks_for_a_number(
    call: Any, answering: Called, town: Hall
) -> tuple[Caller, Path]:
    """Hear an alert as a stranger, and ask to name the number that was called."""
    flood = town.campaign(FLOOD)
    caller: Caller = await call(STRANGER)
    await caller.hears(flood)
    await caller.press("#")
    await caller.hears(said(answering, "menu-number"))
    await caller.press("4")
    await caller.hears(said(answering, "ask-number"))
    return caller, flood


async def test_a_daughter_names_the_number_that_was_called(
    town: Hall, call: Any, answering: Called
) -> None:
    caller, flood = await asks_for_a_number(call, answering, town)
    await caller.press(f"{written(HOME)}#")
    await caller.hears(flood)
    await caller.hears(said(answering, "number-ask-1"))
    await caller.press("1")
    await caller.hears(said(answering, "number-noted"))
    assert town.words() == [(town.recipient(HOME), "relatives_word")]
    await caller.hang_up()
    await noted(town, CameTo.RELATIVES_WORD)


async def test_whoever_names_a_number_learns_nothing_of_it(
    town: Hall, call: Any, answering: Called
) -> None:
    caller, flood = await asks_for_a_number(call, answering, town)
    await caller.press("12#")
    await caller.hears(said(answering, "wrong-number"))
    await caller.hears(said(answering, "ask-number"))
    await caller.press(f"{written(OTHER)}#")
    await caller.hears(flood)
    await caller.hears(said(answering, "number-ask-1"))
    await caller.press("1")
    await caller.hears(said(answering, "number-noted"))
    assert town.words() == []


async def asks_to_leave_a_name(call: Any, answering: Called) -> Caller:
    caller: Caller = await call(STRANGER)
    await caller.hears(said(answering, "menu-register"))
    await caller.press("5")
    await caller.hears(said(answering, "leave-name"))
    return caller


async def test_a_stranger_leaves_a_name_for_the_agents_to_check(
    town: Hall, call: Any, answering: Called
) -> None:
    caller = await asks_to_leave_a_name(call, answering)
    await is_recorded(town.settings.folders.recordings)
    await caller.say(said(answering, "exercise"))
    await caller.press("#")
    await caller.hears(said(answering, "name-left"))
    (left,) = town.commune.rows("recordings_left")
    assert left.e164 == STRANGER
    file = town.settings.folders.recordings / left.file
    assert file.stat().st_mode & 0o777 == 0o600
    assert holds(decoded(file.read_bytes()), said(answering, "exercise"))
    await caller.hang_up()
    await noted(town, CameTo.WORD_LEFT)


async def test_silence_is_no_name(town: Hall, call: Any, answering: Called) -> None:
    caller = await asks_to_leave_a_name(call, answering)
    await is_recorded(town.settings.folders.recordings)
    await caller.press("#")
    await caller.hears(said(answering, "nothing-heard"))
    assert town.commune.rows("recordings_left") == []
    assert list(town.settings.folders.recordings.iterdir()) == []


async def test_information_is_ended_by_nine_pressed_twice(
    town: Hall, call: Any, answering: Called
) -> None:
    caller = await call(HOME)
    await caller.hears(said(answering, "ask-9"))
    await caller.press("9")
    await caller.hears(said(answering, "sure-9"))
    assert town.commune.rows("opt_outs") == []
    await caller.press("9")
    await caller.hears(said(answering, "thanks-9"))
    (row,) = town.commune.rows("opt_outs")
    assert (row.e164, row.how) == (HOME, "call_back")
    await caller.hang_up()
    await noted(town, CameTo.OPTED_OUT)


async def test_the_star_leads_to_the_officers_at_any_moment(
    town: Hall, call: Any, answering: Called
) -> None:
    town.campaign(FLOOD)
    caller = await call(HOME)
    await caller.hears(said(answering, "call-greeting"))
    await caller.press("*")
    await caller.hears(said(answering, "officer-number"))
    await caller.hang_up()
    await noted(town, CameTo.OFFICER)


# ---- Without the daemon


@pytest.fixture
def alone(answering: Called, town: Hall) -> Hall:
    """The same, where the daemon gives every call up."""
    answering.talk = lambda _: None
    return town


@pytest_asyncio.fixture
async def journal(answering: Called) -> AsyncIterator[CallInJournal]:
    """What Asterisk has journalled; it is empty afterwards."""
    found = CallInJournal(answering.access, SystemClock())
    yield found
    await found.forget(await found.keys())
    await found.close()


def newest(town: Hall) -> str:
    """Return the campaign that began last."""
    return str(max(town.commune.rows("campaigns"), key=lambda one: one.started_at).id)


async def test_without_the_daemon_asterisk_tells_the_alert_and_keeps_the_key(
    alone: Hall, call: Any, answering: Called, journal: CallInJournal
) -> None:
    flood = alone.campaign(FLOOD)
    alone.standby.keep_public()
    caller = await call(HOME)
    await caller.hears(flood)
    await caller.hears(said(answering, "ask-1"))
    await caller.press("1")
    await caller.hears(said(answering, "thanks-1"))
    await caller.goes_dead()
    assert alone.words() == []
    (key,) = await journal.keys()
    assert (key.did, key.caller, key.key) == (DID, written(HOME), "1")
    assert alone.standby.take_up([key]) == [key]
    assert alone.words() == [(alone.recipient(HOME), "called_back")]
    await journal.forget([key])
    assert await journal.keys() == []


async def test_a_key_is_about_the_message_that_was_played_though_another_came(
    alone: Hall, call: Any, answering: Called, journal: CallInJournal
) -> None:
    flood, played = alone.campaign(FLOOD), newest(alone)
    alone.standby.keep_public()
    caller = await call(HOME)
    await caller.hears(flood)
    alone.campaign(GALE)
    alone.standby.keep_public()
    await caller.press("1")
    await caller.hears(said(answering, "thanks-1"))
    await caller.goes_dead()
    (key,) = await journal.keys()
    assert key.campaign == played
    alone.standby.take_up([key])
    (word,) = alone.commune.rows("commands", name="acknowledge")
    assert word.campaign_id == played


async def test_a_message_that_does_not_sound_is_not_asked_about(
    alone: Hall, call: Any, answering: Called
) -> None:
    alone.campaign(FLOOD)
    alone.standby.keep_public()
    sound = public_sound(alone.prompts, DID, newest(alone))
    sound.unlink()
    sound.mkdir()  # it has a size and a time, and nobody can play it
    os.utime(sound, (time.time() + 60,) * 2)
    caller = await call(HOME)
    await caller.hears(said(answering, "not-now"))
    await caller.goes_dead()
    assert hears_not(caller, said(answering, "ask-1"))
    sound.rmdir()


async def test_what_is_over_is_not_told_without_the_daemon(
    alone: Hall, call: Any, answering: Called
) -> None:
    alone.campaign(FLOOD)
    alone.standby.keep_public()
    ended = {"state": CampaignState.FINISHED, "finished_at": alone.commune.now}
    alone.commune.change("campaigns", newest(alone), **ended)
    alone.standby.keep_public()
    caller = await call(HOME)
    await caller.hears(said(answering, "not-now"))
    await caller.goes_dead()
