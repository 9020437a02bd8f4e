"""An officer at the telephone: a message recorded and a campaign launched."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from automaton import bootstrap
from automaton.asterisk import embedded
from automaton.asterisk.install import Installation
from automaton.domain.campaign import CampaignClass
from automaton.domain.collectivity import Collectivity
from automaton.domain.scenario import ScenarioWish
from automaton.loopback import free_port
from automaton.services.collectivities import find_collectivity
from automaton.services.duty import NewDutyNumber, add_duty_number, remove_duty_number
from automaton.services.officers import (
    NewOfficer,
    add_officer,
    find_officer,
    remove_officer,
)
from automaton.services.scenarios import ScenarioTold, add_scenario
from automaton.store.people import SqlBook
from tests.asterisk.ami import Ami
from tests.console.phones import Caller, Phones, decoded, holds, telephones
from tests.system.conftest import MakeStage
from tests.system.listener import Listener
from tests.system.stage import BY, DUTY, Stage, Trunk, home, number, on_duty, until

pytestmark = pytest.mark.asterisk

PUBLISHED = "+33199000100"
CODE, OTHER_CODE = "271943", "605172"
DENIS, ON_CALL = "+33199008110", "+33199008112"
ELSEWHERE, THEIRS = "0199000042", "0199008117"
DIDS = f'dids = {{ "{PUBLISHED}" = "Royan" }}'


@pytest.fixture
def ears() -> Iterator[Listener]:
    """Two residents, of whom every byte that they hear is kept; both press 1."""
    with Listener({number(1): 10.0, number(2): 10.0}) as far:
        yield far


def town_with(stage: MakeStage, ears: Listener, more: str = "") -> Stage:
    """A node with a town, residents who listen, and officers who have telephones."""
    script = home(1) + home(2) + on_duty(DUTY)
    theirs = f'prefixes = ["{DENIS[:-1]}"]'
    trunks = {
        "phones": Trunk(port=free_port(socket.SOCK_DGRAM), more=theirs),
        "town": Trunk(script, more=DIDS),
        "ears": Trunk(port=ears.port),
    }
    here = stage(trunks=trunks, more=more)
    entered(here)
    return here


def entered(here: Stage) -> str:
    """Enter the town, two officers and a scenario; return the id of the register."""
    register = here.commune()
    here.entered(register)
    book, clock = SqlBook(here.office.desk.engine), here.office.clock
    owner: Collectivity = find_collectivity(book)
    add_officer(book, clock, NewOfficer(owner, "12", "Claire Dumas", CODE), BY)
    second = NewOfficer(owner, "34", "Denis Roche", OTHER_CODE, DENIS)
    add_officer(book, clock, second, BY)
    wish = ScenarioWish(texts={"fr": "La rivière déborde."}, trunks=("ears",))
    told = ScenarioTold(7, "Crue", CampaignClass.ALERT, register, BY, wish=wish)
    add_scenario(here.office, book, told)
    return register


@asynccontextmanager
async def calling(here: Stage, installation: Installation) -> AsyncIterator[Phones]:
    """Telephones that call the node of a stage."""
    access = bootstrap.asterisk_folder(here.settings).access()
    assert access is not None
    root, port = here.folder / "far", here.trunks["phones"].port
    with telephones(installation, root, access.sip_port, port) as far:
        ami = await Ami.connect(far)
        yield Phones(ami, root / "heard")
        await ami.close()


async def come_in(
    here: Stage, phones: Phones, code: str = CODE, caller_id: str = ELSEWHERE
) -> Caller:
    """Call, and go through the officers' door."""
    caller = await phones.call(PUBLISHED, caller_id)
    await caller.hears(phrase(here, "no-message"))
    await caller.press("*")
    await caller.hears(phrase(here, "officer-number"))
    await caller.press("12#")
    await caller.hears(phrase(here, "officer-code"))
    await caller.press(f"{code}#")
    return caller


def at_the_door(here: Stage) -> list[str]:
    """Return what the audit tells of those who came to the officers' door."""
    with here.office.desk.engine.connect() as connection:
        told = connection.exec_driver_sql("SELECT action FROM audit ORDER BY id")
        actions = [str(action) for (action,) in told]
    outcomes = {"officer_entered", "officer_refused", "officer_turned_away"}
    return [action for action in actions if action in outcomes]


def phrase(here: Stage, name: str) -> Path:
    return here.prompts / "fr" / f"{name}.alaw"


async def test_a_message_is_recorded_and_launched_in_one_call(
    stage: MakeStage, installation: Installation, ears: Listener
) -> None:
    here = town_with(stage, ears)
    spoken = phrase(here, "exercise")  # any speech: what the officer says
    async with calling(here, installation) as phones:
        caller = await come_in(here, phones)
        await caller.hears(phrase(here, "officer-menu"))
        await caller.press("1")
        await caller.hears(here.prompts / "silence/beep.alaw")
        await caller.say(spoken)
        await caller.press("#")
        await caller.hears(phrase(here, "record-keep"))
        await caller.press("1")
        await caller.hears(phrase(here, "officer-menu"))
        await caller.press("2")
        await caller.hears(phrase(here, "launch-which"))
        await caller.press("7#")
        await caller.hears(phrase(here, "launch-message"))
        await caller.press("2")
        await caller.hears(phrase(here, "launch-code"), seconds=60)
        await caller.press(f"{CODE}#")
        (campaign,) = await asyncio.to_thread(until, here.office.desk.cards, 20)
        await asyncio.to_thread(here.ended, campaign.id)
        await caller.hang_up()
    heard = [decoded(bytes(call.sound)) for call in ears.calls]
    assert len(heard) == 2
    assert all(holds(sound, spoken) for sound in heard)
    assert here.states(campaign.id) == {"1": "acknowledged", "2": "acknowledged"}
    card = here.office.desk.card(campaign.id)  # it was a draft when it was found
    assert card.created_by == card.launched_by == "Claire Dumas"


async def test_a_wrong_code_opens_nothing_and_says_nothing(
    stage: MakeStage, installation: Installation, ears: Listener
) -> None:
    here = town_with(stage, ears)
    async with calling(here, installation) as phones:
        caller = await come_in(here, phones, "314159")
        await caller.hears(phrase(here, "officer-wrong"))
        await caller.hears(phrase(here, "officer-number"))
        await caller.press("12#")
        await caller.hears(phrase(here, "officer-code"))
        await caller.press(f"{CODE}#")
        await caller.hears(phrase(here, "officer-menu"))
        await caller.hang_up()
    folder = bootstrap.asterisk_folder(here.settings)
    kept = [*folder.log.rglob("*"), here.folder / "data"]
    for path in [*kept, *(here.folder / "data").glob("*.db*")]:
        if path.is_file():
            assert CODE.encode() not in path.read_bytes(), path
    assert CODE not in here.said()
    assert embedded.status(folder) is not None


async def test_a_second_officer_is_rung_and_agrees(
    stage: MakeStage, installation: Installation, ears: Listener
) -> None:
    here = town_with(stage, ears, "[calling]\nsecond_officer_above = 1\n")
    async with calling(here, installation) as phones:
        claire = await come_in(here, phones)
        await claire.hears(phrase(here, "officer-menu"))
        await claire.press("2")
        await claire.hears(phrase(here, "launch-which"))
        await claire.press("7#")
        await claire.hears(phrase(here, "launch-code"), seconds=60)
        await claire.press(f"{CODE}#")
        await claire.hears(phrase(here, "approval-asked"))
        denis = await phones.rings()
        await denis.hears(phrase(here, "officer-code"))
        await denis.press(f"{OTHER_CODE}#")
        await denis.hears(phrase(here, "approval-ask"), seconds=40)
        (campaign,) = here.office.desk.cards()
        assert here.state(campaign.id) == "draft"
        await denis.press("1")
        await denis.hears(phrase(here, "approval-code"))
        await denis.press(f"{OTHER_CODE}#")
        await denis.hears(phrase(here, "approval-given"))
        await asyncio.to_thread(here.ended, campaign.id)
        await claire.hang_up()
    (approval,) = here.report(campaign.id).approvals
    assert (approval.asked_by, approval.decided_by) == ("Claire Dumas", "Denis Roche")
    assert here.states(campaign.id) == {"1": "acknowledged", "2": "acknowledged"}


async def test_a_call_is_heard_first_and_the_end_is_told(
    stage: MakeStage, installation: Installation, ears: Listener
) -> None:
    here = town_with(stage, ears)
    async with calling(here, installation) as phones:
        caller = await come_in(here, phones, caller_id=THEIRS)
        await caller.hears(phrase(here, "officer-menu"))
        await caller.press("2")
        await caller.hears(phrase(here, "launch-which"))
        await caller.press("7#")
        await caller.hears(phrase(here, "launch-code"), seconds=60)
        await caller.press("5#")
        own = await phones.rings()
        (campaign,) = here.office.desk.cards()
        message = here.prompts / f"{campaign.message[0].prompt}.alaw"
        await own.hears(message)
        await own.hears(phrase(here, "ask-1"), seconds=40)
        await own.press("1")
        await own.hears(phrase(here, "thanks-1"))
        await own.goes_dead()
        assert here.state(campaign.id) == "draft"
        await caller.hears(phrase(here, "first-over"))
        await caller.hears(phrase(here, "launch-code"))
        await caller.press(f"{CODE}#")
        await asyncio.to_thread(here.ended, campaign.id)
        await caller.hang_up()
        assert here.states(campaign.id) == {"1": "acknowledged", "2": "acknowledged"}
        own = await phones.rings()
        await own.hears(phrase(here, "news-heard"), seconds=40)
        await own.press("1")
        await own.goes_dead()
    assert len(ears.calls) == 2


async def test_key_0_reaches_who_is_on_duty_and_takes_the_call(
    stage: MakeStage, installation: Installation, ears: Listener
) -> None:
    here = town_with(stage, ears)
    book, clock = SqlBook(here.office.desk.engine), here.office.clock
    owner = find_collectivity(book)
    add_duty_number(book, clock, NewDutyNumber(owner, "Astreinte", ON_CALL), BY)
    remove_duty_number(book, clock, owner, DUTY, BY)
    async with calling(here, installation) as phones:
        caller = await come_in(here, phones)
        await caller.hears(phrase(here, "officer-menu"))
        await caller.hears(phrase(here, "ask-0"))
        await caller.press("0")
        person = await phones.rings()
        await person.hears(phrase(here, "person-ask"))
        await person.press("1")
        await person.say(phrase(here, "exercise"))
        await caller.hears(phrase(here, "exercise"))
        await person.hang_up()
        await caller.hears(phrase(here, "officer-menu"))
        await caller.hang_up()


async def test_who_hung_up_is_rung_and_launches_alone(
    stage: MakeStage, installation: Installation, ears: Listener
) -> None:
    more = '[calling]\nsecond_officer_above = 1\nsecond_officer_wait = "10 s"\n'
    here = town_with(stage, ears, more)
    book, clock = SqlBook(here.office.desk.engine), here.office.clock
    denis = find_officer(book, find_collectivity(book).id, "34")
    remove_officer(book, clock, denis, BY)
    async with calling(here, installation) as phones:
        claire = await come_in(here, phones, caller_id=THEIRS)
        await claire.hears(phrase(here, "officer-menu"))
        await claire.press("2")
        await claire.hears(phrase(here, "launch-which"))
        await claire.press("7#")
        await claire.hears(phrase(here, "launch-code"), seconds=60)
        await claire.press(f"{CODE}#")
        await claire.hears(phrase(here, "approval-asked"))
        await claire.hang_up()
        rung = await phones.rings(90)
        await rung.hears(phrase(here, "officer-code"))
        await rung.press(f"{CODE}#")
        await rung.hears(phrase(here, "alone-ask"), seconds=40)
        await rung.press("1")
        await rung.hears(phrase(here, "approval-code"))
        await rung.press(f"{CODE}#")
        (campaign,) = here.office.desk.cards()
        await asyncio.to_thread(here.ended, campaign.id)
    (approval,) = here.report(campaign.id).approvals
    assert (approval.decision, approval.decided_by) == ("alone", "Claire Dumas")


async def test_guessing_is_locked_out_and_the_mayor_still_gets_in(
    stage: MakeStage, installation: Installation, ears: Listener
) -> None:
    here = town_with(stage, ears)
    async with calling(here, installation) as phones:
        guesser = await come_in(here, phones, "314159")
        for wrong in ("314160", "314161"):
            await guesser.hears(phrase(here, "officer-wrong"))
            await guesser.hears(phrase(here, "officer-number"))
            await guesser.press("12#")
            await guesser.hears(phrase(here, "officer-code"))
            await guesser.press(f"{wrong}#")
        await guesser.hears(phrase(here, "officer-wrong"))
        await guesser.goes_dead()
        guesser = await come_in(here, phones, CODE)
        await guesser.hears(phrase(here, "officer-wrong"))
        await guesser.goes_dead()
        mayor = await come_in(here, phones, CODE, THEIRS)
        await mayor.hears(phrase(here, "officer-menu"))
        await mayor.hang_up()
    assert at_the_door(here) == [
        "officer_refused",
        "officer_refused",
        "officer_refused",
        "officer_turned_away",
        "officer_entered",
    ]
