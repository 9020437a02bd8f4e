"""The database as backups and upgrades see it: one moment of all, and records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, inspect, select

from automaton.domain.audit import Head
from automaton.domain.campaign import CampaignState
from automaton.domain.collectivity import Act
from automaton.domain.message import variable_of
from automaton.ids import new_id
from automaton.settings import Settings
from automaton.store.chain import head_of, open_sealed
from automaton.store.engine import open_database, photographing, reading, writing
from automaton.store.people.journal import journalise
from automaton.store.revision import revision_of
from automaton.store.sheets import Sheet, sheets
from automaton.store.tables import (
    audit_heads,
    backups,
    campaigns,
    contacts,
    message_texts,
    recipients,
)

GOING_ON = (CampaignState.RUNNING, CampaignState.PAUSED)


@dataclass(frozen=True, slots=True)
class BackupRecord:
    """One archive at one place; `fault` says why it is not there or not whole."""

    taken_at: datetime
    name: str
    place: str
    size: int = 0
    sha256: str = ""
    verified_at: datetime | None = None
    fault: str = ""


class Photograph:
    """One moment of a database of any age, however long it is looked at."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tables = frozenset(inspect(connection).get_table_names())

    @property
    def revision(self) -> str:
        """The revision of its shape, nothing where it is empty."""
        found = revision_of(self._connection)
        return found or ""

    def sheets(self) -> Iterator[Sheet]:
        """Yield every table, those that others refer to first."""
        return sheets(self._connection)

    def audit_head(self, node: str) -> Head | None:
        """Return the last line of a node's audit, if it has a chain."""
        if audit_heads.name not in self._tables:
            return None
        return head_of(self._connection, node)

    def prompts(self) -> frozenset[str]:
        """Return the sounds that messages, code words and recipients speak of."""
        columns = (
            message_texts.c.prompt,
            message_texts.c.machine_prompt,
            contacts.c.codeword_prompt,
            recipients.c.codeword_prompt,
        )
        found = {
            prompt
            for column in columns
            if column.table.name in self._tables
            for prompt in self._connection.execute(select(column).distinct()).scalars()
        }
        return frozenset(prompt for prompt in found if prompt) | self._parts()

    def _parts(self) -> frozenset[str]:
        """Return the prompts between variables; a database may be older than those."""
        table = message_texts.name
        if table not in self._tables:
            return frozenset()
        columns = inspect(self._connection).get_columns(table)
        if message_texts.c.parts.name not in {column["name"] for column in columns}:
            return frozenset()
        lists = self._connection.execute(select(message_texts.c.parts)).scalars()
        parts = (part for parts in lists for part in parts or ())
        return frozenset(part for part in parts if variable_of(part) is None)

    def campaigns_going_on(self) -> list[str]:
        """Return the names of the campaigns that run or pause."""
        if "campaigns" not in self._tables:
            return []
        names = campaigns.c.name
        asked = select(names).where(campaigns.c.state.in_(GOING_ON)).order_by(names)
        return list(self._connection.execute(asked).scalars())


class SafetyBook:
    """The records of backups in one database: `SafetyBook(engine)`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def photograph(self) -> Iterator[Photograph]:
        """Give one moment of the database; it holds no writer up."""
        with photographing(self.engine) as connection:
            yield Photograph(connection)

    def note(self, record: BackupRecord) -> None:
        """Write down what became of one archive at one place."""
        row = {name: getattr(record, name) for name in BackupRecord.__slots__}
        with writing(self.engine) as connection:
            connection.execute(insert(backups), row | {"id": new_id()})

    def last_verified(self, place: str) -> BackupRecord | None:
        """Return the latest backup that was found whole at a place."""
        asked = (
            select(*(backups.c[name] for name in BackupRecord.__slots__))
            .where(backups.c.place == place, backups.c.verified_at.is_not(None))
            .order_by(backups.c.taken_at.desc())
            .limit(1)
        )
        with reading(self.engine) as connection:
            row = connection.execute(asked).first()
        return None if row is None else BackupRecord(*row)

    def last_at(self, places: Sequence[str]) -> Mapping[str, datetime | None]:
        """Return when each of these places got its latest whole backup."""
        last = {place: self.last_verified(place) for place in places}
        return {p: None if one is None else one.taken_at for p, one in last.items()}

    def verified(self, place: str) -> frozenset[str]:
        """Return the backups that were found whole at a place."""
        is_whole = (backups.c.place == place) & backups.c.verified_at.is_not(None)
        with reading(self.engine) as connection:
            if not inspect(connection).has_table(backups.name):
                return frozenset()
            found = connection.execute(select(backups.c.name).where(is_whole))
            return frozenset(found.scalars())

    def journalise(self, act: Act) -> Head:
        """Write one line into the audit."""
        return journalise(self.engine, act)


@contextmanager
def safety_book(settings: Settings, *, sealed: bool = True) -> Iterator[SafetyBook]:
    """Give the node's database; `sealed` where lines of the audit will be written."""
    url = settings.database_url
    engine = open_sealed(settings) if sealed else open_database(url)
    try:
        yield SafetyBook(engine)
    finally:
        engine.dispose()
