"""The database of a node, and its place among the nodes that share it."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from automaton import __version__
from automaton.bootstrap.terms import terms_of_trunks
from automaton.clock import Clock, SharedClock
from automaton.domain.collectivity import Act
from automaton.errors import LineError, RequestError
from automaton.ports import Fleet
from automaton.services.forecasts import Foresees
from automaton.services.imports import finish_imports
from automaton.services.office import open_office
from automaton.settings import Settings
from automaton.store.chain import append, open_sealed, seal_file, sealed
from automaton.store.checkpoints import Checkpoints
from automaton.store.engine import bounded, open_database, sqlite_file, writing
from automaton.store.entry import Entrant, enter
from automaton.store.fleet import Holder, SqlFleet, instance_in
from automaton.store.ledger import SqlLedger
from automaton.store.living import clock_of_the_database, living
from automaton.store.notes import begin_node, end_node, take_over_all
from automaton.store.people import SqlBook
from automaton.store.reserve import Reserve
from automaton.store.schema import prepare
from automaton.store.sounds import SharedSounds
from automaton.store.tenure import Tenure
from automaton.voices.cache import write_whole

MEBIBYTE = 1024 * 1024
LEFT_OPEN = timedelta(seconds=5)  # less than a lease: the fence must not wait


def ledger(settings: Settings, clock: Clock) -> SqlLedger:
    """Return the database as the engine sees it, its schema up to date.

    The node enters itself with a new epoch: a start is told apart from the one before.
    """
    url, name = settings.database_url, settings.server.node
    prepare(url)
    engine = sealed(bounded(open_database(url), LEFT_OPEN), seal_file(settings))
    tenure = None
    if isinstance(clock, SharedClock):
        tenure = enter(engine, _entrant(settings, clock), clock)
    with writing(engine) as connection:
        if tenure is None:
            take_over_all(connection, name)
            epoch = begin_node(connection, name, os.getpid(), clock.now())
        else:
            epoch = tenure.epoch
        append(connection, _start(settings, clock.now(), epoch))
    kept = reserve(settings)
    kept.keep()
    aside = None if sqlite_file(url) is None else Checkpoints(engine, clock)
    return SqlLedger(engine, clock, epoch, kept, tenure, aside)


def note_end(settings: Settings, clock: Clock, epoch: int) -> None:
    """Note that the only node of a database was stopped; one of several says so itself.

    A database that takes nothing now keeps nobody from ending.
    """
    if node_lock(settings) is None:
        return
    engine = bounded(open_database(settings.database_url), LEFT_OPEN)
    try:
        with suppress(LineError), writing(engine) as connection:
            end_node(connection, settings.server.node, epoch, clock.now())
    finally:
        engine.dispose()


def node_lock(settings: Settings) -> Path | None:
    """Return what the only node of a database holds; None where it may have several."""
    file = sqlite_file(settings.database_url)
    return None if file is None else file.with_name(f"{file.name}.node")


def refuse_living(settings: Settings) -> None:
    """Raise `RequestError` while another node of the database is at work."""
    if node_lock(settings) is not None:
        return
    engine = open_database(settings.database_url)
    try:
        others = living(engine, settings.server.node)
    finally:
        engine.dispose()
    if others:
        raise RequestError(
            f"Other nodes of this database are at work ({', '.join(others)}): stop"
            " them first.",
            error_id="nodes-at-work",
        )


def clock_of(settings: Settings, own: Clock) -> Clock:
    """Return the clock to go by: the server's, where several nodes may share it."""
    is_alone = sqlite_file(settings.database_url) is not None
    return own if is_alone else SharedClock(own)


def fleet(settings: Settings, clock: Clock, epoch: int) -> Fleet | None:
    """Return our place among the nodes of the database; None where we are alone."""
    if not isinstance(clock, SharedClock):
        return None
    lease = settings.server.lease
    engine = bounded(open_database(settings.database_url), LEFT_OPEN, lease / 4)
    return SqlFleet(engine, Tenure(settings.server.node, epoch), lease)


def sounds(settings: Settings, clock: Clock) -> SharedSounds | None:
    """Return what brings prompts from node to node; None where we are alone."""
    if not isinstance(clock, SharedClock):
        return None
    engine, folder = open_database(settings.database_url), settings.folders.prompts
    return SharedSounds(engine, folder, write_whole, clock.now)


def _entrant(settings: Settings, clock: SharedClock) -> Entrant:
    """Return who we are among the nodes; the clock follows what the server says."""

    def now(connection: Any) -> datetime:
        asked = clock.boottime()
        told = clock_of_the_database(connection)
        clock.follow(told, asked, clock.boottime())
        return told

    holder = Holder(
        instance_in(settings.folders.data),
        socket.gethostname(),
        __version__,
        terms_of_trunks(settings),
        settings.server.lease,
    )
    return Entrant(settings.server.node, os.getpid(), holder, now)


def reserve(settings: Settings) -> Reserve:
    """Return the room that is kept beside the database, or in the data folder."""
    file = sqlite_file(settings.database_url)
    folder = settings.folders.data if file is None else file.parent
    return Reserve(folder / "reserve", settings.database.reserve * MEBIBYTE)


def _start(settings: Settings, now: datetime, epoch: int) -> Act:
    """Return a start as the audit tells it: other settings, another keyed hash."""
    details = (("epoch", str(epoch)), ("settings", settings.model_dump_json()))
    node = settings.server.node
    return Act("automaton", now, "daemon_started", "node", node, details=details)


def finish_started_imports(settings: Settings, clock: Clock) -> None:
    """Lay what a killed import had published over the contacts it had not reached."""
    finish_imports(SqlBook(open_database(settings.database_url)), clock)


def book(settings: Settings) -> SqlBook:
    """Return the people and what belongs to them, for use cases."""
    return SqlBook(open_sealed(settings))


def foreseer(settings: Settings, clock: Clock) -> Foresees:
    """Return who works forecasts out for the engine, on connections of its own."""
    return Foresees(open_office(settings, clock))
