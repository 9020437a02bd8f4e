"""What the verbs reach the house by: its books in the database, and who is asking."""

from __future__ import annotations

import getpass
import os
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

from automaton.cli.shell import Shell
from automaton.clock import SystemClock
from automaton.domain.collectivity import Act, Collectivity, Register
from automaton.services.collectivities import find_collectivity
from automaton.services.office import Office, open_office
from automaton.services.registers import find_register
from automaton.settings import Settings
from automaton.store.chain import open_sealed
from automaton.store.people import SqlBook
from automaton.store.people.journal import journalise
from automaton.store.revision import check_schema

SQLITE = "sqlite:///"


def who() -> str:
    """Return whose name goes into the audit: $AUTOMATON_USER, else the account."""
    return os.environ.get("AUTOMATON_USER") or getpass.getuser()


def open_book(shell: Shell) -> SqlBook:
    """Return the register's book; the first use makes the database."""
    make_on_first_use(shell.settings)
    engine = open_sealed(shell.settings)
    shell.closing.callback(engine.dispose)
    check_schema(engine)
    return SqlBook(engine)


def office_of(shell: Shell) -> Office:
    """Return the office for campaigns; the first use makes the database."""
    make_on_first_use(shell.settings)
    office = open_office(shell.settings)
    shell.closing.callback(office.desk.engine.dispose)
    return office


def note_act(
    shell: Shell, act: tuple[str, str, str], *details: tuple[str, str]
) -> None:
    """Write into the audit what a verb does without a service: (action, subject, id).

    A detail that is no id and no count, such as a number, becomes a keyed hash.
    """
    told = Act(who(), SystemClock().now(), *act, details=details)
    journalise(office_of(shell).desk.engine, told)


def zone_of(shell: Shell, owner: Collectivity) -> ZoneInfo:
    """Return the time zone of a collectivity, else that of the settings."""
    return ZoneInfo(owner.timezone or shell.settings.calling.timezone)


def make_on_first_use(settings: Settings) -> None:
    """Make the tables where there is no SQLite file yet; nothing else is changed."""
    url = settings.database_url
    if is_absent(url):
        import_module("automaton.store.schema").upgrade(url)  # alembic: 170 ms


def is_absent(url: str) -> bool:
    """Tell whether the address is of a SQLite file that is not there yet."""
    return url.startswith(SQLITE) and not Path(url.removeprefix(SQLITE)).exists()


def register_in(
    book: SqlBook, collectivity: str, register: str
) -> tuple[Collectivity, Register]:
    """Return a collectivity and a register of it, each named unless it is the one."""
    owner = find_collectivity(book, collectivity)
    return owner, find_register(book, owner.id, register)
