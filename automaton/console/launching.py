"""Key 2: a scenario is launched by its number, with its message or a recorded one."""

from __future__ import annotations

from pathlib import Path

from automaton.console.approving import wait_for_second
from automaton.console.desk import BACK, BackError, Desk
from automaton.console.fates import UnknownError, give_up, ordered, tell_launch
from automaton.console.ring_first import FIRST, hear_first
from automaton.console.wire import CallEndedError
from automaton.domain.approval import Approval
from automaton.domain.officer import LONGEST_CODE
from automaton.domain.scenario import Scenario
from automaton.errors import AutomatonError, RequestError
from automaton.services.approvals import launch_by_telephone
from automaton.services.beside import dry_run_beside
from automaton.services.drafts import Created
from automaton.services.launches import DryRun, Launched
from automaton.services.posted import rings_at
from automaton.services.scenarios import draft_of, find_scenario
from automaton.services.spoken_progress import dry_run_told
from automaton.services.takes import latest_take

LONGEST_NUMBER = 4
ITS_OWN, RECORDED = "1", "2"


def launch_scenario(desk: Desk) -> None:
    """Ask which scenario and which message, tell what would be, and launch it.

    What is given up on the way, also by a hang-up, leaves no campaign that waits. A
    question to a second officer stays open without who asked it.
    """
    scenario, created = _draft(desk)
    launch_draft(desk, created, scenario.spoken_name)


def hear_scenario(desk: Desk) -> None:
    """Ask which scenario and which message, and let the officer hear the call."""
    _, created = _draft(desk)
    try:
        hear_first(desk, created)
    finally:
        give_up(desk, created.id)


def launch_draft(desk: Desk, created: Created, name: str) -> None:
    """Tell what a draft would do, take the code, and launch it; `name` is spoken."""
    try:
        done = desk.line.sentence("launch-done", name=name)
        asked = _confirmed(desk, created)
    except UnknownError:  # it may be launched: nothing is given up
        raise
    except (BackError, CallEndedError, AutomatonError):
        give_up(desk, created.id)
        raise
    if isinstance(asked, Approval):
        wait_for_second(desk, asked, done)
    else:
        tell_launch(desk, asked, done)


def _draft(desk: Desk) -> tuple[Scenario, Created]:
    """Make a draft of the scenario that is asked for, with the message wanted."""
    scenario = _scenario(desk)
    recording = _recording(desk, scenario)
    by = desk.officer.name
    return scenario, draft_of(desk.house.office, scenario, by, recording)


def _scenario(desk: Desk) -> Scenario:
    """Return the scenario whose number is typed, its name spoken."""
    number = desk.number("launch-which", LONGEST_NUMBER)
    try:
        found = find_scenario(desk.house.book, desk.collectivity.id, number)
    except RequestError:
        desk.line.say(desk.line.sentence("launch-unknown", number=number))
        raise BackError from None
    told = {"number": number, "name": found.spoken_name}
    desk.line.say(desk.line.sentence("launch-scenario", **told))
    return found


def _recording(desk: Desk, scenario: Scenario) -> Path | None:
    """Return the recording that shall be its message, None for its own message."""
    house = desk.house
    take = latest_take(house.book, house.clock, house.recordings, desk.officer)
    has_own = bool(scenario.wish.texts or scenario.wish.recordings)
    if take is None:
        if has_own:
            return None
        desk.line.say("launch-no-message")
        raise BackError
    if has_own and desk.choose("launch-message", keys=ITS_OWN + RECORDED) == ITS_OWN:
        return None
    return house.recordings / take.file


def _confirmed(desk: Desk, created: Created) -> Launched | Approval:
    """Play and tell what would be, take the code, and launch, or ask for a second."""
    office, line = desk.house.office, desk.line
    told = dry_run_beside(office, created.id)
    for problem in told.problems:
        raise RequestError(problem, error_id="launch")
    _tell(desk, created, told)
    while (code := desk.number("launch-code", LONGEST_CODE)) == FIRST:
        hear_first(desk, created)
    if not desk.is_mine(code):
        line.say("officer-wrong")
        raise BackError
    number = rings_at(office, desk.caller)
    return ordered(
        desk, lambda: launch_by_telephone(office, told, desk.officer, number)
    )


def _tell(desk: Desk, created: Created, told: DryRun) -> None:
    """Play what residents will hear; say how many would be rung, and until when.

    Digits wait until it is said: the first one of a code would end it, and be lost.
    """
    line, spoken = desk.line, created.message[0]
    outlook = dry_run_told(desk.house.office, told, line.language)
    words = ("launch-here", f"/{spoken.prompt}", *map(line.text, outlook))
    if line.say(*words, keys=BACK) == BACK:
        raise BackError
