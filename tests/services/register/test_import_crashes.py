"""A crash, a failure or a rival in the middle of an import leaves nothing half done."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from automaton.domain.roll import (
    Addition,
    Enrolment,
)
from automaton.errors import LineError, RequestError
from automaton.importers.csv import read
from automaton.services.imports import CHUNK, finish_imports, import_contacts
from automaton.store.people import SqlBook
from tests.services.register.town_hall import TownHall, file_of

KILLED = """
import os, signal, sys
from automaton.clock import SystemClock
from automaton.services.imports import import_contacts
from automaton.services.previews import ImportRequest
from automaton.store.engine import open_database
from automaton.store.people import SqlBook

class Dying(SqlBook):
    chunks = 2
    def stage(self, *args):
        if not self.chunks:
            os.kill(os.getpid(), signal.SIGKILL)
        self.chunks -= 1
        super().stage(*args)

url, register, text = sys.argv[1:]
request = ImportRequest(register, "x.csv", text.encode(), "somebody")
import_contacts(Dying(open_database(url)), SystemClock(), request)
"""


class Breaking(SqlBook):
    """A real book whose disk is full after some chunks; it recovers afterwards."""

    chunks = 2

    def stage(
        self, import_id: str, additions: Sequence[Addition], enrolment: Enrolment
    ) -> None:
        if self.chunks == 0:
            raise LineError("The disk is full.")
        self.chunks -= 1
        super().stage(import_id, additions, enrolment)


def test_a_failure_in_the_middle_leaves_nothing(hall: TownHall) -> None:
    request = hall.request(file_of(CHUNK * 3))

    with pytest.raises(LineError):
        import_contacts(Breaking(hall.engine), hall.clock, request, read)

    assert set(hall.everything().values()) == {0}


def test_a_row_source_that_fails_writes_nothing(hall: TownHall) -> None:
    def failing(content: bytes, home: Any) -> Any:
        raise OSError("the network drive is gone")

    request = hall.request("")
    with pytest.raises(OSError, match="network drive"):
        import_contacts(hall.book, hall.clock, request, failing)

    assert set(hall.everything().values()) == {0}


class Killed(SqlBook):
    """A book whose process is gone: what it began is never cleared away."""

    def publish(self, *_: Any) -> None:
        raise KeyboardInterrupt

    def discard(self, *_: Any) -> int:
        return 0


def test_what_a_dead_process_staged_is_never_seen_and_is_swept_later(
    hall: TownHall,
) -> None:
    hall.take("nom;tel\nA;0261919999\n")
    with pytest.raises(KeyboardInterrupt):
        import_contacts(
            Killed(hall.engine), hall.clock, hall.request(file_of(300)), read
        )
    assert hall.count("contacts") == 301

    assert [person.name for person in hall.contacts()] == ["A"]
    finish_imports(hall.book, hall.clock)
    assert hall.count("contacts") == 301  # it may still be at work
    hall.clock.move(timedelta(hours=2))
    finish_imports(hall.book, hall.clock)

    assert hall.count("contacts") == 1
    assert hall.count("households") == 1
    assert len(hall.take(file_of(300)).preview.plan.additions) == 300


KILLED = """
import os, signal, sys
from automaton.clock import SystemClock
from automaton.services.imports import import_contacts
from automaton.services.previews import ImportRequest
from automaton.store.engine import open_database
from automaton.store.people import SqlBook

class Dying(SqlBook):
    chunks = 2
    def stage(self, *args):
        if not self.chunks:
            os.kill(os.getpid(), signal.SIGKILL)
        self.chunks -= 1
        super().stage(*args)

url, register, text = sys.argv[1:]
request = ImportRequest(register, "x.csv", text.encode(), "somebody")
import_contacts(Dying(open_database(url)), SystemClock(), request)
"""


def test_kill_minus_nine_in_the_middle_shows_nothing(hall: TownHall, url: str) -> None:
    text = file_of(CHUNK * 3)

    command = [sys.executable, "-c", KILLED, url, hall.register, text]
    done = subprocess.run(command, check=False, timeout=60)

    assert done.returncode == -signal.SIGKILL
    assert hall.count("contacts") == CHUNK * 2
    assert hall.contacts() == ()
    assert hall.take(text).preview.added == CHUNK * 3
    assert len({one.id for one in hall.snapshot().contacts}) == CHUNK * 3


class Stopped(SqlBook):
    """A book whose process dies between the flag and the changes."""

    def apply_changes(self, *_: Any) -> int:
        raise KeyboardInterrupt


def test_changes_are_completed_after_a_crash_behind_the_flag(hall: TownHall) -> None:
    hall.take(file_of(200))
    changed = file_of(200).replace("rue du Port", "rue Neuve")
    with pytest.raises(KeyboardInterrupt):
        import_contacts(Stopped(hall.engine), hall.clock, hall.request(changed), read)

    finish_imports(hall.book, hall.clock)

    streets = {one.card.address.street[-9:] for one in hall.snapshot().contacts}
    assert streets == {"rue Neuve"}
    assert hall.count("import_changes") == 0


class Overtaken(SqlBook):
    """A book into which somebody else imports while we stage."""

    hall: TownHall

    def publish(self, *args: Any) -> None:
        self.hall.take(file_of(1, first=50))
        super().publish(*args)


def test_an_import_that_was_overtaken_is_refused_and_leaves_nothing(
    hall: TownHall,
) -> None:
    book = Overtaken(hall.engine)
    book.hall = hall

    with pytest.raises(RequestError, match="meanwhile") as refusal:
        import_contacts(book, hall.clock, hall.request(file_of(60)), read)

    assert refusal.value.error_id == "register_moved_on"
    assert len(hall.contacts()) == 1
