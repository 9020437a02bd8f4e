"""The officers' door: a short number and a code, three times at most.

What is typed goes to the use case and nowhere else. A refusal says the same whatever
was wrong, and both answers come after the same wait.
"""

from __future__ import annotations

from automaton.console.desk import Desk
from automaton.console.house import Visit
from automaton.console.menu import serve
from automaton.domain.officer import (
    LONGEST_CODE,
    TRIES_A_CALL,
    Entered,
    Knock,
    Officer,
    Refused,
)
from automaton.services.officers_door import ask_ring_back, enter

LONGEST_SHORT_NUMBER = 4


def officers(visit: Visit) -> None:
    """Let an officer in, and serve until the call ends; return where nobody came in."""
    may_ring_back = False
    for _ in range(TRIES_A_CALL):
        answer = _typed(visit)
        if isinstance(answer, Entered):
            serve(_desk_of(visit, answer.officer))
            return
        visit.line.say("officer-wrong", keys="")
        may_ring_back = answer.may_ring_back
        if answer.is_last:
            break
    if may_ring_back:
        _offer_to_ring_back(visit)


def _typed(visit: Visit) -> Entered | Refused:
    """Take a number and a code, and return what comes of them after their wait."""
    line, house = visit.line, visit.house
    number = line.digits("officer-number", LONGEST_SHORT_NUMBER)
    code = line.digits("officer-code", LONGEST_CODE)
    knock = Knock(visit.collectivity.id, visit.caller, number, code)
    answer = enter(house.book, house.clock, knock)
    line.pause(answer.wait)
    return answer


def _offer_to_ring_back(visit: Visit) -> None:
    """Ring the officer's own telephone, where the caller asks for it."""
    house = visit.house
    if visit.line.ask("officer-ring-back", keys="1") != "1":
        return
    owner = visit.collectivity.id
    if ask_ring_back(house.book, house.clock, owner, visit.caller):
        visit.line.say("officer-rung-back")


def _desk_of(visit: Visit, officer: Officer) -> Desk:
    visit.line.language = officer.language
    return Desk(visit.house, visit.line, visit.collectivity, officer, visit.caller)
