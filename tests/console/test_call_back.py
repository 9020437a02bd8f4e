"""Who calls back hears what was said to their home: real calls, sound and keys."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from automaton.asterisk.call_in_journal import CallInJournal
from automaton.asterisk.install import Installation
from automaton.clock import SystemClock
from automaton.domain.call_in import CameTo
from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.services.standby import public_file
from tests.console.conftest import Called, Ground, node, opened
from tests.console.hall import HOME, OTHER, STRANGER, Hall, written
from tests.console.phones import Caller, Phones, alike_at, beginning_of, decoded

pytestmark = pytest.mark.asterisk

DID, DIALLED = "+33199000150", "0199000150"
FLOOD = "La rivière monte. Allez à l'étage."
GALE = "Le vent se lève. Restez chez vous."
MakeHall = Callable[..., Hall]


@pytest.fixture(scope="module")
def answering(
    installation: Installation, prompts: Path, ground: Ground
) -> Iterator[Called]:
    """A node whose number is called in this file."""
    with node(installation, prompts, ground, DID) as called:
        yield called


@pytest.fixture
def hall(
    answering: Called, engine: Engine, prompts: Path, tmp_path: Path
) -> Iterator[MakeHall]:
    """Open a town hall behind the number."""
    with opened(answering):

        def make(**more: Any) -> Hall:
            made = Hall(engine, prompts, tmp_path, DID, **more)
            answering.talk = made.talk
            return made

        yield make
    public_file(prompts, DID).unlink(missing_ok=True)


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
    return alike_at(caller.heard(), beginning_of(sound)) is None


async def noted(hall: Hall, what: CameTo) -> None:
    """Wait until a call was written down, and as what."""
    deadline = time.monotonic() + 10
    while not (rows := hall.commune.rows("call_ins")):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    assert [row.came_to for row in rows] == [what]
    assert hall.came_to == [what]


async def test_a_home_that_was_called_hears_its_message_and_confirms(
    hall: MakeHall, call: Any, answering: Called
) -> None:
    town = hall()
    town.commune.home(HOME, OTHER)
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
    hall: MakeHall, call: Any, answering: Called
) -> None:
    town = hall()
    town.commune.home(HOME)
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
    hall: MakeHall, call: Any, answering: Called
) -> None:
    town = hall()
    town.commune.home(HOME, language="en")
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


async def test_a_quiet_day_says_so(
    hall: MakeHall, call: Any, answering: Called
) -> None:
    town = hall()
    town.commune.home(HOME)
    caller = await call(HOME)
    await caller.hears(said(answering, "no-message"))
    await caller.hang_up()
    await noted(town, CameTo.NO_MESSAGE)


async def test_a_number_of_two_homes_is_informed_and_confirms_nobody(
    hall: MakeHall, call: Any, answering: Called
) -> None:
    town = hall()
    town.commune.home(HOME)
    town.commune.home(HOME, OTHER)
    flood = town.campaign(FLOOD, claimed=True)
    caller = await call(HOME)
    await caller.hears(flood)
    await caller.hears(said(answering, "shared-number"))
    await caller.press("1")
    await caller.hears(said(answering, "wrong-key"))
    assert town.words() == []


async def test_a_stranger_hears_the_alert_and_no_welfare_call(
    hall: MakeHall, call: Any, answering: Called
) -> None:
    town = hall()
    town.commune.home(HOME)
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


async def test_a_daughter_names_the_number_that_was_called(
    hall: MakeHall, call: Any, answering: Called
) -> None:
    town = hall()
    town.commune.home(HOME)
    flood = town.campaign(FLOOD)
    caller = await call(STRANGER)
    await caller.hears(flood)
    await caller.press("#")
    await caller.hears(said(answering, "menu-number"))
    await caller.press("4")
    await caller.hears(said(answering, "ask-number"))
    await caller.press(f"{written(HOME)}#")
    await caller.hears(flood)
    await caller.hears(said(answering, "number-ask-1"))
    await caller.press("1")
    await caller.hears(said(answering, "number-noted"))
    assert town.words() == [(town.recipient(HOME), "relatives_word")]
    await caller.hang_up()
    await noted(town, CameTo.RELATIVES_WORD)


async def test_whoever_names_a_number_learns_nothing_of_it(
    hall: MakeHall, call: Any, answering: Called
) -> None:
    town = hall()
    town.commune.home(HOME)
    flood = town.campaign(FLOOD)
    caller = await call(STRANGER)
    await caller.hears(flood)
    await caller.press("#")
    await caller.hears(said(answering, "menu-number"))
    await caller.press("4")
    await caller.hears(said(answering, "ask-number"))
    await caller.press("12#")
    await caller.hears(said(answering, "wrong-number"))
    await caller.hears(said(answering, "ask-number"))
    await caller.press(f"{written(OTHER)}#")
    await caller.hears(flood)
    await caller.hears(said(answering, "number-ask-1"))
    await caller.press("1")
    await caller.hears(said(answering, "number-noted"))
    assert town.words() == []


async def test_a_stranger_leaves_a_name_for_the_agents_to_check(
    hall: MakeHall, call: Any, answering: Called
) -> None:
    town = hall()
    caller = await call(STRANGER)
    await caller.hears(said(answering, "menu-register"))
    await caller.press("5")
    await caller.hears(said(answering, "leave-name"))
    await asyncio.sleep(6)  # what is said to the caller lasts so long
    await caller.say(said(answering, "exercise"))
    await caller.press("#")
    await caller.hears(said(answering, "name-left"))
    (left,) = town.commune.rows("recordings_left")
    assert left.e164 == STRANGER
    file = town.settings.folders.recordings / left.file
    assert file.stat().st_mode & 0o777 == 0o600
    wanted = beginning_of(said(answering, "exercise"))
    assert alike_at(decoded(file.read_bytes()), wanted) is not None
    await caller.hang_up()
    await noted(town, CameTo.WORD_LEFT)


async def test_silence_is_no_name(hall: MakeHall, call: Any, answering: Called) -> None:
    town = hall()
    caller = await call(STRANGER)
    await caller.hears(said(answering, "menu-register"))
    await caller.press("5")
    await caller.hears(said(answering, "leave-name"))
    await asyncio.sleep(8)
    await caller.press("#")
    await caller.hears(said(answering, "nothing-heard"))
    assert town.commune.rows("recordings_left") == []
    assert list(town.settings.folders.recordings.iterdir()) == []


async def test_information_is_ended_by_nine_pressed_twice(
    hall: MakeHall, call: Any, answering: Called
) -> None:
    town = hall()
    town.commune.home(HOME)
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
    hall: MakeHall, call: Any, answering: Called
) -> None:
    town = hall()
    town.commune.home(HOME)
    town.campaign(FLOOD)
    caller = await call(HOME)
    await caller.hears(said(answering, "call-greeting"))
    await caller.press("*")
    await caller.hears(said(answering, "officer-number"))
    await caller.hang_up()
    await noted(town, CameTo.OFFICER)


async def test_without_the_daemon_asterisk_tells_the_alert_and_keeps_the_key(
    hall: MakeHall, call: Any, answering: Called
) -> None:
    town = hall()
    town.commune.home(HOME)
    flood = town.campaign(FLOOD)
    town.standby.keep_public()
    answering.talk = lambda _: None
    caller = await call(HOME)
    await caller.hears(flood)
    await caller.hears(said(answering, "ask-1"))
    await caller.press("1")
    await caller.hears(said(answering, "thanks-1"))
    await caller.goes_dead()
    assert town.words() == []
    journal = CallInJournal(answering.access, SystemClock())
    (key,) = await journal.keys()
    assert (key.did, key.caller, key.key) == (DID, written(HOME), "1")
    assert town.standby.take_up([key]) == [key]
    assert town.words() == [(town.recipient(HOME), "called_back")]
    await journal.forget([key])
    assert await journal.keys() == []
    await journal.close()


async def test_what_is_over_is_not_told_without_the_daemon(
    hall: MakeHall, call: Any, answering: Called
) -> None:
    town = hall()
    town.commune.home(HOME)
    town.campaign(FLOOD)
    town.standby.keep_public()
    (campaign,) = town.commune.rows("campaigns")
    ended = {"state": CampaignState.FINISHED, "finished_at": town.commune.now}
    town.commune.change("campaigns", campaign.id, **ended)
    town.standby.keep_public()
    answering.talk = lambda _: None
    caller = await call(HOME)
    await caller.hears(said(answering, "not-now"))
    await caller.goes_dead()
