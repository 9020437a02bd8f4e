"""What conversations work with, and one call that came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from automaton.clock import Clock
from automaton.console.line import Line, Voice
from automaton.domain.collectivity import Collectivity
from automaton.services.call_ins import CallIns, Incoming
from automaton.services.collectivities import CollectivityBook
from automaton.services.office import Office
from automaton.services.officers import OfficerBook
from automaton.services.officers_door import DoorBook
from automaton.services.persons import PersonBook
from automaton.services.scenarios import ScenarioBook
from automaton.services.takes import TakeBook


class ConsoleBook(
    CollectivityBook,
    OfficerBook,
    DoorBook,
    PersonBook,
    ScenarioBook,
    TakeBook,
    Protocol,
):
    """What the console's use cases need of the store."""


@dataclass(frozen=True)
class House:
    """What a conversation works with. `owners`: whose a published number is, by name.

    `recordings` is the folder of what people have said. Everything in it may be used by
    several threads at once.
    """

    book: ConsoleBook
    office: Office
    owners: Mapping[str, str]
    voice: Voice
    call_ins: CallIns

    @property
    def clock(self) -> Clock:
        """The time."""
        return self.office.clock

    @property
    def recordings(self) -> Path:
        """The folder of what people have said."""
        return self.office.settings.folders.recordings


@dataclass(frozen=True)
class Visit:
    """A call that came in, in the house that it came to."""

    house: House
    line: Line
    call: Incoming

    @property
    def collectivity(self) -> Collectivity:
        """Whose number was called."""
        return self.call.whose

    @property
    def caller(self) -> str | None:
        """Who calls, in E.164; None where that is not told."""
        return self.call.e164
