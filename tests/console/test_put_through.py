"""Key 0: an officer and a person talk, by real calls and with real sound."""

from __future__ import annotations

from queue import Queue

import pytest

from automaton import bootstrap
from automaton.console.line import Line, Voice
from automaton.console.wire import CallEndedError, Wire
from automaton.ports import Person
from automaton.settings import Settings
from automaton.settings.model import FoldersSettings
from tests.console.conftest import LINES, PUBLISHED, Called
from tests.console.phones import Caller, Phones

pytestmark = pytest.mark.asterisk

PERSON = Person("town", "0199008001", LINES, "+33199009999")


def puts_through(called: Called, *persons: Person) -> Queue[str]:
    """Let a call be put through to each of them; return what it came to, as it does."""
    settings = Settings(folders=FoldersSettings(prompts=called.prompts))
    met: Queue[str] = Queue()
    book, speaker = bootstrap.phrasebook(settings), bootstrap.speaker(settings)

    def talk(wire: Wire) -> None:
        line = Line(wire, Voice(called.prompts, speaker, book))
        try:
            for person in persons:
                met.put(line.put_through(person))
            line.say("goodbye")
            line.hang_up()
        except CallEndedError:
            met.put("gone")
            raise

    called.talk = talk
    return met


async def rung(called: Called, phones: Phones) -> tuple[Caller, Caller]:
    """Return who called, and who was rung for it and has picked up."""
    officer = await phones.call(PUBLISHED)
    person = await phones.rings()
    await person.hears(called.phrase("person-ask"))
    return officer, person


async def test_who_takes_the_call_by_1_talks_and_then_it_goes_on(
    called: Called, phones: Phones
) -> None:
    met = puts_through(called, PERSON)
    officer, person = await rung(called, phones)
    await person.press("1")
    await person.say(called.phrase("exercise"))
    await officer.hears(called.phrase("exercise"))
    await officer.say(called.phrase("no-message"))
    await person.hears(called.phrase("no-message"))
    await person.hang_up()
    await officer.hears(called.phrase("goodbye"))
    await officer.goes_dead()
    assert met.get(timeout=10) == "ANSWER"


async def test_a_machine_does_not_take_the_call(called: Called, phones: Phones) -> None:
    met = puts_through(called, PERSON)
    officer, person = await rung(called, phones)
    await person.press("3")
    await person.hears(called.phrase("person-ask"))
    await person.press("5")
    await person.goes_dead()
    await officer.hears(called.phrase("goodbye"))
    assert met.get(timeout=10) == "BUSY"


async def test_who_hangs_up_while_being_asked_has_not_taken_the_call(
    called: Called, phones: Phones
) -> None:
    # Asterisk said ANSWER of them, and nobody else on duty was rung.
    met = puts_through(called, PERSON)
    officer, person = await rung(called, phones)
    await person.hang_up()
    await officer.hears(called.phrase("goodbye"))
    assert met.get(timeout=10) == "NOANSWER"


async def test_without_a_line_or_by_an_unknown_trunk_nobody_is_rung(
    called: Called, phones: Phones
) -> None:
    nowhere = Person("elsewhere", PERSON.dialled, LINES)
    met = puts_through(called, Person("town", PERSON.dialled, 0), nowhere)
    officer = await phones.call(PUBLISHED)
    await officer.hears(called.phrase("goodbye"))
    assert [met.get(timeout=10) for _ in range(2)] == ["", "CHANUNAVAIL"]


async def test_who_hangs_up_ends_both_calls_and_nobody_else_is_rung(
    called: Called, phones: Phones
) -> None:
    met = puts_through(called, PERSON, PERSON)
    officer, person = await rung(called, phones)
    await person.press("1")
    await person.say(called.phrase("exercise"))
    await officer.hears(called.phrase("exercise"))
    await officer.hang_up()
    await person.goes_dead()
    assert [met.get(timeout=10) for _ in range(2)] == ["", "gone"]
