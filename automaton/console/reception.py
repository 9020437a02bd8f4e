"""Whoever called one of our numbers is greeted in the name of whom the number is."""

from __future__ import annotations

from automaton.console.house import House, Visit
from automaton.console.line import Line
from automaton.console.listening import listen
from automaton.console.officers_door import officers
from automaton.console.rung import talk_with_rung
from automaton.console.wire import Wire
from automaton.domain.phone import to_e164
from automaton.domain.readiness import LISTENING
from automaton.errors import RequestError
from automaton.services.collectivities import find_collectivity


class Reception:
    """Talks with whoever comes in, one thread each."""

    def __init__(self, house: House) -> None:
        self._house = house

    def talk(self, wire: Wire) -> None:
        """Carry one call through, from the greeting to the goodbye."""
        line = Line(wire, self._house.voice)
        if line.errand == LISTENING:
            return listen(self._house, line)
        if line.errand:
            talk_with_rung(self._house, line)
        else:
            receive(self._visit(line))
        line.say("goodbye")
        return line.hang_up()

    def _visit(self, line: Line) -> Visit:
        owner = find_collectivity(self._house.book, self._house.owners[line.called])
        line.language = owner.language
        caller = _number(line.caller, owner.region)
        return Visit(self._house, line, owner, caller)


def receive(visit: Visit) -> None:
    """Tell a caller what there is to be told; a star leads to the officers' door."""
    line = visit.line
    if line.ask("no-message") == "*":
        officers(visit)


def _number(written: str | None, region: str) -> str | None:
    """Return a caller's number as we write numbers; None where it is no such number."""
    try:
        return None if written is None else to_e164(written, region)
    except RequestError:
        return None
