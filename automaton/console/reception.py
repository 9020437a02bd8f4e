"""Whoever called one of our numbers is greeted in the name of whom the number is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from automaton.clock import Clock
from automaton.console.line import Line
from automaton.console.wire import Wire
from automaton.domain.collectivity import Collectivity
from automaton.domain.phone import to_e164
from automaton.errors import RequestError
from automaton.ports import Speaker
from automaton.services.collectivities import CollectivityBook, find_collectivity


@dataclass(frozen=True)
class House:
    """What a conversation works with. `owners`: whose a published number is, by name.

    Everything in it may be used by several threads at once.
    """

    book: CollectivityBook
    owners: Mapping[str, str]
    prompts: Path
    speaker: Speaker
    clock: Clock


@dataclass(frozen=True)
class Visit:
    """A call that came in: whom it called, and who calls (E.164) where that is told."""

    line: Line
    collectivity: Collectivity
    caller: str | None


class Reception:
    """Talks with whoever comes in, one thread each."""

    def __init__(self, house: House) -> None:
        self._house = house

    def talk(self, wire: Wire) -> None:
        """Carry one call through, from the greeting to the goodbye."""
        visit = self._visit(Line(wire, self._house.prompts, self._house.speaker))
        receive(visit)

    def _visit(self, line: Line) -> Visit:
        owner = find_collectivity(self._house.book, self._house.owners[line.called])
        line.language = owner.language
        return Visit(line, owner, _number(line.caller, owner.region))


def receive(visit: Visit) -> None:
    """Tell a caller what there is to be told."""
    line = visit.line
    line.say(line.text(visit.collectivity.name), "no-message")
    line.hang_up()


def _number(written: str | None, region: str) -> str | None:
    """Return a caller's number as we write numbers; None where it is no such number."""
    try:
        return None if written is None else to_e164(written, region)
    except RequestError:
        return None
