"""An officer whom we have rung: let in by the code, then told what it is about."""

from __future__ import annotations

from dataclasses import replace

from automaton.console.approving import approve, decide_alone, hear_of_alone
from automaton.console.desk import BackError, Desk
from automaton.console.house import House
from automaton.console.line import Line
from automaton.console.menu import serve
from automaton.console.news import tell_news
from automaton.domain.errand import NEWS, NOBODY_DECIDED, RING_BACK, Why
from automaton.domain.officer import LONGEST_CODE, TRIES_A_CALL, Entered, Knock
from automaton.errors import AutomatonError
from automaton.services.collectivities import find_collectivity
from automaton.services.errands import RungFor, rung_for
from automaton.services.officers_door import enter


def talk_with_rung(house: House, line: Line) -> None:
    """Ask for the code, say what it is about, and do what the officer decides.

    Who is only told how it goes needs no code.
    """
    about = rung_for(house.office, house.book, line.errand, line.rung)
    line.language = about.officer.language
    if about.errand == NEWS:
        tell_news(house, line, about)
        return
    desk = _let_in(house, line, about)
    if desk is None:
        return
    try:
        _talk(desk, about)
    except BackError:
        return
    except AutomatonError as error:
        desk.refuse(error)


def _talk(desk: Desk, about: RungFor) -> None:
    """Do what the officer was rung for."""
    if about.errand == RING_BACK:
        serve(desk)
    elif about.errand == NOBODY_DECIDED:
        decide_alone(desk, about.approval)
    elif about.why == Why.APPROVAL:
        approve(desk, about.approval)
    else:
        hear_of_alone(desk, about.approval)


def _let_in(house: House, line: Line, about: RungFor) -> Desk | None:
    """Return the officer's desk; None where the code was wrong too often."""
    officer = about.officer
    owner = find_collectivity(house.book, officer.collectivity_id)
    line.say(line.sentence("officer-rung", name=officer.name))
    knock = Knock(owner.id, officer.phone, officer.short_number, "", is_rung_back=True)
    for _ in range(TRIES_A_CALL):
        code = line.digits("officer-code", LONGEST_CODE)
        answer = enter(house.book, house.clock, replace(knock, code=code))
        line.pause(answer.wait)
        if isinstance(answer, Entered):
            return Desk(house, line, owner, officer, officer.phone, is_rung_back=True)
        line.say("officer-wrong", keys="")
        if answer.is_last:
            break
    return None
