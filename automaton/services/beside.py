"""Counting a large town in a process of its own: calls live in this one.

Half a million homes take half a minute, in stretches of up to two seconds in which no
other thread of the process would run (measured).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Thread
from typing import TypeVar

import structlog

from automaton.clock import SettableClock
from automaton.errors import AutomatonError, LineError
from automaton.services.launches import DryRun, Launched, dry_run, look_ahead
from automaton.services.messages import Studio
from automaton.services.office import Office
from automaton.settings import Settings
from automaton.store.desk import CampaignDesk
from automaton.store.engine import open_database

log = structlog.get_logger(__name__)

MANY = 20_000  # people in a register; fewer are counted sooner here than elsewhere
GIVES_WAY = 10  # of nice
_spawn = get_context("spawn")
Asked = TypeVar("Asked")
Found = TypeVar("Found")


def dry_run_beside(office: Office, campaign_id: str, many: int = MANY) -> DryRun:
    """Tell what a launch would do, as `dry_run` does."""
    if office.desk.people_for(campaign_id) <= many:
        return dry_run(office, campaign_id)
    return _apart(dry_run, office, campaign_id)


def look_ahead_waiting(
    office: Office, launched: Launched, many: int = MANY
) -> Launched:
    """Count everybody for the forecast, as `look_ahead` does; it gives way to calls."""
    with suppress(LineError):
        if office.desk.people_for(launched.asked.campaign_id) > many:
            return _apart(look_ahead, office, launched)
    return look_ahead(office, launched)


def look_ahead_beside(office: Office, launched: Launched, many: int = MANY) -> None:
    """Count everybody for the forecast, as `look_ahead` does; many, meanwhile.

    It raises nothing: the launch stands.
    """
    try:
        are_few = office.desk.people_for(launched.asked.campaign_id) <= many
    except LineError as error:
        log.warning("nobody was counted for a forecast", why=str(error))
        return
    if are_few:
        look_ahead(office, launched)
    else:
        order = (look_ahead, office, launched)
        Thread(target=_apart, args=order, name="look ahead", daemon=True).start()


def _apart(work: Callable[[Office, Asked], Found], office: Office, of: Asked) -> Found:
    """Do it in a process that gives way to all others; here where that fails."""
    here, there = _spawn.Pipe(duplex=False)
    url = office.desk.engine.url.render_as_string(hide_password=False)
    order = (there, work, url, office.settings, office.clock.now(), of)
    try:
        process = _spawn.Process(target=_tell, args=order, daemon=True)
        process.start()
        there.close()
        with here:
            found: Found | AutomatonError = here.recv()
        process.join()
    except (OSError, EOFError) as error:
        log.warning("a town is counted in this process", why=repr(error))
        return work(office, of)
    if isinstance(found, AutomatonError):
        raise found
    return found


def _tell(
    to: Connection,
    work: Callable[[Office, Asked], Found],
    url: str,
    settings: Settings,
    now: datetime,
    of: Asked,
) -> None:
    """Do some work in this process, with an office as it was there; tell what came."""
    os.nice(GIVES_WAY)
    engine = open_database(url)
    clock = SettableClock(now)
    office = Office(CampaignDesk(engine), settings, clock, Studio(settings))
    try:
        to.send(work(office, of))
    except AutomatonError as error:
        to.send(error)
    finally:
        engine.dispose()
