"""The people who keep a register, as the tests see them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, func, select, update

from automaton.clock import SettableClock
from automaton.domain.contact import Origin
from automaton.domain.roll import (
    ContactPage,
    ContactSummary,
    KnownContact,
    Proposal,
    Snapshot,
)
from automaton.importers.csv import read
from automaton.services.collectivities import NewCollectivity, add_collectivity
from automaton.services.imports import ImportResult, import_contacts
from automaton.services.previews import ImportRequest, Preview, preview_import
from automaton.services.proposals import OpenProposal, list_proposals
from automaton.services.register import list_contacts, search_for
from automaton.services.registers import find_register
from automaton.store import tables
from automaton.store.engine import reading, writing
from automaton.store.people import SqlBook

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)


@dataclass
class TownHall:
    """An invented commune with its first register."""

    engine: Engine
    clock: SettableClock = field(default_factory=lambda: SettableClock(NOW))
    name: str = "Royan-sur-Papier"
    insee: str = "17306"

    def __post_init__(self) -> None:
        self.book = SqlBook(self.engine)
        new = NewCollectivity(self.name, insee=self.insee)
        self.collectivity = add_collectivity(self.book, self.clock, new, "Inès")
        self.register = find_register(self.book, self.collectivity.id).id

    def request(self, text: str, **more: Any) -> ImportRequest:
        content = text.encode()
        return ImportRequest(self.register, "habitants.csv", content, "Inès", **more)

    def preview(self, text: str) -> Preview:
        return preview_import(self.book, self.request(text), read)

    def take(self, text: str, origin: Origin = Origin.DIRECTORY) -> ImportResult:
        request = self.request(text, origin=origin)
        return import_contacts(self.book, self.clock, request, read)

    def contacts(self, asked: str = "") -> tuple[ContactSummary, ...]:
        return self.page(asked).contacts

    def page(self, asked: str = "", after: str = "", size: int = 50) -> ContactPage:
        search = search_for(self.register, asked, after, size)
        return list_contacts(self.book, self.clock, search, "Inès")

    def snapshot(self) -> Snapshot:
        return self.book.snapshot(self.register)

    def known(self) -> dict[str, KnownContact]:
        return {one.card.name: one for one in self.snapshot().contacts}

    def proposals(self) -> list[OpenProposal]:
        return list_proposals(self.book, self.register)

    def every_proposal(self) -> tuple[Proposal, ...]:
        return self.snapshot().proposals

    def count(self, table: str) -> int:
        target = tables.metadata.tables[table]
        with reading(self.engine) as connection:
            asked = select(func.count()).select_from(target)
            return connection.execute(asked).scalar_one()

    def rows(self, table: str) -> list[Any]:
        target = tables.metadata.tables[table]
        with reading(self.engine) as connection:
            asked = select(target).order_by(*target.primary_key.columns)
            return list(connection.execute(asked))

    def set(self, table: str, **values: Any) -> None:
        """Set columns of every row of a table."""
        with writing(self.engine) as connection:
            target = tables.metadata.tables[table]
            connection.execute(update(target).values(values))

    def everything(self) -> dict[str, int]:
        """Return how many rows there are of all that an import can write."""
        names = (
            "imports",
            "import_changes",
            "contacts",
            "contact_points",
            "households",
            "consents",
            "proposals",
            "group_members",
        )
        return {name: self.count(name) for name in names}


def file_of(people: int, first: int = 0) -> str:
    """Return a file of people who share nothing."""
    lines = [
        f"Nom{i};{i} rue du Port;0261{910000 + i}" for i in range(first, first + people)
    ]
    return "\n".join(["nom;rue;tel", *lines]) + "\n"
