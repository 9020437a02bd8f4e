"""A town hall behind a published number: its database, its messages, its reception."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from automaton import bootstrap
from automaton.clock import SettableClock
from automaton.console.house import House
from automaton.console.line import Voice
from automaton.console.reception import Reception
from automaton.console.wire import Wire
from automaton.domain.call_in import CameTo
from automaton.services.call_ins import CallIns
from automaton.services.collectivities import find_collectivity
from automaton.services.messages import Studio
from automaton.services.office import Office
from automaton.services.officers import NewOfficer, add_officer
from automaton.services.standby import Standby
from automaton.settings import Settings
from automaton.settings.call_ins import CallInSettings
from automaton.settings.model import FoldersSettings
from automaton.store.desk import CampaignDesk
from automaton.store.people import SqlBook
from tests.store.commune import Commune

NAME = "Rivemer"
HOME, OTHER, STRANGER = "+33199000042", "+33261910043", "+33536490044"


def written(e164: str) -> str:
    """Return a number as French networks tell it."""
    return f"0{e164[3:]}"


@dataclass
class Hall:
    """One commune whose number is called; `came_to` is what calls came to."""

    engine: Engine
    prompts: Path
    data: Path
    did: str
    more: dict[str, Any] = field(default_factory=dict)
    came_to: list[CameTo] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.commune = Commune(self.engine, SettableClock(datetime.now(UTC)))
        self.commune.change("collectivities", self.commune.id, name=NAME)
        self.settings = Settings(
            folders=FoldersSettings(data=self.data, prompts=self.prompts),
            call_ins=CallInSettings.model_validate(self.more),
        )
        self.speaker = bootstrap.speaker(self.settings)
        studio = Studio(self.settings)
        desk = CampaignDesk(self.engine)
        self.office = Office(desk, self.settings, self.commune.clock, studio)
        self.call_ins = CallIns(self.office)
        self.book = SqlBook(self.engine)
        self.owners = {self.did: NAME}

    @property
    def talk(self) -> Callable[[Wire], None]:
        """What talks with whoever comes in."""
        phrases = bootstrap.phrasebook(self.settings)
        voice = Voice(self.prompts, self.speaker, phrases)
        house = House(self.book, self.office, self.owners, voice, self.call_ins)
        return Reception(house, self.came_to.append).talk

    @property
    def standby(self) -> Standby:
        """What the daemon leaves Asterisk for the time without it."""
        return Standby(
            self.call_ins,
            self.book,
            self.owners,
            self.prompts,
            "automaton",
            "main",
            self.commune.clock,
        )

    def campaign(self, text: str, *, claimed: bool = False, **values: Any) -> Path:
        """Launch a message to everybody in the register; return its sound."""
        prompt = self.speaker.say(text, "fr")
        campaign = self.commune.campaign(started_at=self.commune.now, **values)
        (row,) = self.commune.rows("campaigns", id=campaign)
        (spoken,) = self.commune.rows("message_texts", message_id=row.message_id)
        self.commune.change("message_texts", spoken.id, prompt=prompt)
        self.commune.plan(campaign)
        if claimed:
            self.commune.claim(campaign)
        self.commune.clock.move(timedelta(seconds=1))
        return self.prompts / f"{prompt}.alaw"

    def officer(self, short: str, code: str) -> None:
        """Let somebody come in at the officers' door."""
        owner = find_collectivity(self.book)
        new = NewOfficer(owner, short, "Claire Dumas", code, "", "fr")
        add_officer(self.book, self.commune.clock, new, "admin")

    def forget_public(self) -> None:
        """Leave Asterisk nothing to tell by itself."""
        for file in self.prompts.glob(f"public/{self.did.removeprefix('+')}*"):
            file.unlink()

    def words(self) -> list[tuple[str, str]]:
        """Return whose words wait for the daemon: (recipient, proof)."""
        rows = self.commune.rows("commands", name="acknowledge")
        return [(row.payload["recipient"], row.payload["proof"]) for row in rows]

    def recipient(self, e164: str) -> str:
        """Return the one recipient that has a number."""
        (found,) = (
            row.id
            for row in self.commune.rows("recipients")
            if e164 in {point[1] for point in row.points}
        )
        return str(found)
