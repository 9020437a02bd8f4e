"""A town hall whose number is called: real database, real console, no Asterisk."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Semaphore

import numpy as np
import soundfile

from automaton.console.door import Door
from automaton.console.house import House
from automaton.console.line import Voice
from automaton.console.reception import Reception
from automaton.console.wire import Wire
from automaton.domain.call_in import AT_THE_DOOR
from automaton.domain.campaign import CampaignClass
from automaton.domain.officer import Officer
from automaton.domain.scenario import ScenarioWish
from automaton.loopback import free_port
from automaton.services.call_ins import CallIns
from automaton.services.collectivities import find_collectivity
from automaton.services.officers import NewOfficer, add_officer
from automaton.services.scenarios import ScenarioTold, add_scenario
from automaton.store.people import SqlBook
from automaton.voices.phrasebook import Phrasebook
from tests.console.handset import Handset, Speech
from tests.services.campaigns.city import City, obey

PUBLISHED = "+33199000100"
CALLER = "+33199000042"
SECRET = "only-asterisk-knows"
CODE, OTHER_CODE = "271943", "605172"
DENIS = "+33199008110"
BY = "admin"
LINES = 3


def spoken(seconds: float = 2.0, loudness: float = 0.3) -> bytes:
    """Return a hum as Asterisk records it."""
    moments = np.arange(int(8000 * seconds)) / 8000
    samples = np.clip(loudness * np.sin(2764.6 * moments), -1, 1).astype(np.float32)
    kept = io.BytesIO()
    soundfile.write(kept, samples, 8000, format="RAW", subtype="ALAW")
    return kept.getvalue()


@dataclass
class TownHall:
    """A city whose number is answered; `calls` tells when a conversation is over."""

    city: City
    secret: str = SECRET
    over: Semaphore = field(default_factory=lambda: Semaphore(0))
    handsets: list[Handset] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.book = SqlBook(self.city.engine)
        self.settings, self.office = self.city.settings, self.city.office
        self.prompts = self.settings.folders.prompts
        self.speech = Speech(self.prompts)
        self.port = free_port(socket.SOCK_STREAM)
        phrases = Phrasebook()
        for language in phrases.languages:
            (self.prompts / language).mkdir(parents=True, exist_ok=True)
            for name in phrases.fixed(language):
                (self.prompts / language / f"{name}.alaw").touch()
        (self.prompts / "silence").mkdir()
        for name in ("2", "beep"):
            (self.prompts / "silence" / f"{name}.alaw").touch()
        owners = {PUBLISHED: find_collectivity(self.book).name}
        voice = Voice(self.prompts, self.speech, phrases)
        house = House(self.book, self.office, owners, voice, CallIns(self.office))
        self.reception = Reception(house)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Answer calls meanwhile."""
        door = Door(self.port, self.secret, LINES, self._talk)
        door.open()
        yield
        door.close()
        for one in self.handsets:
            one.connection.close()

    def _talk(self, wire: Wire) -> None:
        try:
            self.reception.talk(wire)
        finally:
            self.over.release()

    def officer(
        self, short: str, name: str, code: str, phone: str = "", language: str = "fr"
    ) -> Officer:
        owner = find_collectivity(self.book)
        new = NewOfficer(owner, short, name, code, phone, language)
        return add_officer(self.book, self.city.commune.clock, new, BY)

    def scenario(self, number: int = 7, **wish: object) -> None:
        told = ScenarioTold(
            number,
            "Crue",
            CampaignClass.ALERT,
            "alerte",
            BY,
            wish=ScenarioWish(**wish),  # type: ignore[arg-type]
        )
        add_scenario(self.office, self.book, told)

    def called(self, caller: str = CALLER) -> Handset:
        """Return the handset of somebody who calls the published number."""
        return self._begun(callerid=caller, arg_1=PUBLISHED)

    def from_the_queue(self) -> Handset:
        """Return the handset of somebody who pressed the star while waiting."""
        return self._begun(callerid=CALLER, arg_1=PUBLISHED, arg_2=AT_THE_DOOR)

    def rung(self, errand: int, officer: Officer) -> Handset:
        """Return the handset of an officer whom we have rung."""
        told = {"arg_1": "", "arg_2": str(errand), "arg_3": officer.id}
        return self._begun(callerid="unknown", **told)

    def entered(self, caller: str = CALLER, short: str = "12") -> Handset:
        """Return the handset of an officer who has come in, at the menu."""
        one = self.called(caller)
        at_the_door(one)
        one.types(short)
        one.hears("officer-code")
        one.types(CODE)
        one.hears("officer-menu")
        return one

    def states(self) -> list[str]:
        """Return where all campaigns stand, once all commands are obeyed."""
        obey(self.city)
        return [str(row.state) for row in self.city.commune.rows("campaigns")]

    def errands(self, name: str) -> list[int]:
        """Return the errands of a name that nobody has done."""
        rows = self.city.commune.rows("commands", name=name)
        return [row.id for row in rows if row.finished_at is None]

    def _begun(self, **told: str) -> Handset:
        connection = socket.create_connection(("127.0.0.1", self.port))
        one = Handset(connection, self.speech, lambda: obey(self.city), self.over)
        self.handsets.append(one)
        one.begin(SECRET, **told)
        return one


def at_the_door(one: Handset) -> None:
    """Go through the greeting to the officers' door."""
    one.hears("call-greeting")
    one.press("*")
    one.hears("officer-number")
