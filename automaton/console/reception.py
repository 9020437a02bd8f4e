"""Whoever called one of our numbers is greeted in the name of whom the number is."""

from __future__ import annotations

from collections.abc import Callable

from automaton.console.call_back import CallBack, OfficersAskedError
from automaton.console.house import House, Visit
from automaton.console.line import Line
from automaton.console.listening import listen
from automaton.console.officers_door import officers
from automaton.console.rung import talk_with_rung
from automaton.console.wire import Wire
from automaton.domain.call_in import AT_THE_DOOR, CameTo
from automaton.domain.phone import caller_number
from automaton.domain.readiness import LISTENING
from automaton.services.call_ins import Incoming
from automaton.services.collectivities import find_collectivity

Count = Callable[[CameTo], None]


class Reception:
    """Talks with whoever comes in, one thread each; `count` learns what it came to."""

    def __init__(self, house: House, count: Count = lambda _: None) -> None:
        self._house, self._count = house, count

    def talk(self, wire: Wire) -> None:
        """Carry one call through, from the greeting to the goodbye."""
        line = Line(wire, self._house.voice)
        if line.errand == LISTENING:
            return listen(self._house, line)
        if line.errand and line.errand != AT_THE_DOOR:
            talk_with_rung(self._house, line)
            line.say("goodbye")
        else:
            receive(self._visit(line), self._count)
        return line.hang_up()

    def _visit(self, line: Line) -> Visit:
        owner = find_collectivity(self._house.book, self._house.owners[line.called])
        line.language = owner.language
        caller = caller_number(line.caller, owner.region)
        return Visit(self._house, line, Incoming(owner, caller))


def receive(visit: Visit, count: Count) -> None:
    """Tell a caller what there is to be told, or open the officers' door.

    What it came to is written down however it ends.
    """
    desk = visit.house.call_ins
    talk = CallBack(visit, desk)
    try:
        try:
            _begin(talk)
        except OfficersAskedError:
            talk.comes_to(CameTo.OFFICER)
            visit.line.language = visit.collectivity.language
            officers(visit)
            visit.line.say("goodbye")
    finally:
        count(talk.came_to)
        desk.note(visit.call, talk.came_to)


def _begin(talk: CallBack) -> None:
    """Talk with a caller; who has asked for the officers' door hears nothing else."""
    if talk.visit.line.errand == AT_THE_DOOR:
        raise OfficersAskedError
    talk.talk()
