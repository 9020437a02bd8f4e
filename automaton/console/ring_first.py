"""Key 5: an officer hears the call as residents hear it, on the own telephone."""

from __future__ import annotations

from datetime import timedelta

from automaton.console.desk import Desk
from automaton.services.drafts import Created
from automaton.services.first_calls import is_over, ring_first
from automaton.services.posted import own_telephones

FIRST = "5"
LOOK = timedelta(seconds=2)
SILENCE = "/silence/2"
HERE, REGISTERED = "1", "2"


def hear_first(desk: Desk, created: Created) -> None:
    """Ring the officer with the call of a draft, and tell when it is over.

    A key ends the wait, not the call. Whoever has one line alone hangs up: it rings.
    """
    line, office = desk.line, desk.house.office
    number = _telephone(desk)
    if number is None:
        line.say("first-nowhere")
        return
    errand = ring_first(office, created.id, desk.officer, number)
    line.say("first-rings", keys="")
    while not is_over(office, errand):
        if line.ask(SILENCE, wait=LOOK):
            return
    line.say("first-over")


def _telephone(desk: Desk) -> str | None:
    """Return where the officer wants to be rung, None where that cannot be."""
    found = own_telephones(desk.house.office, desk.officer, desk.caller)
    if (
        len(found) > 1
        and desk.choose("first-where", keys=HERE + REGISTERED) == REGISTERED
    ):
        return found[-1]
    return found[0] if found else None
