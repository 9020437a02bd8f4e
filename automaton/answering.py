"""The daemon's ear for calls that come in: the telephone console, while it is open.

Nothing here may stop a call that goes out: a port that cannot be had is told in the
log, and the node goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from automaton import bootstrap
from automaton.asterisk.folder import Access
from automaton.asterisk.published import answering_lines
from automaton.clock import Clock
from automaton.console.door import Door
from automaton.console.house import House
from automaton.console.line import Voice
from automaton.console.reception import Reception
from automaton.services.office import open_office
from automaton.settings import Settings

log = structlog.get_logger(__name__)


@asynccontextmanager
async def answered(
    settings: Settings, access: Access, clock: Clock
) -> AsyncIterator[None]:
    """Let callers be answered meanwhile, where a number of ours is published."""
    owners = {n: owner for t in settings.sip_trunks for n, owner in t.dids.items()}
    if not owners or not access.console_port:
        yield
        return
    voice = Voice(
        settings.folders.prompts,
        bootstrap.speaker(settings),
        bootstrap.phrasebook(settings),
    )
    office = open_office(settings, clock)
    house = House(bootstrap.book(settings), office, owners, voice)
    most = answering_lines(settings.sip_trunks) + 1  # who listens to our own number
    talk = Reception(house).talk
    door = Door(access.console_port, access.console_secret, most, talk)
    try:
        door.open()
    except OSError as error:
        log.error("calls that come in are not answered", reason=str(error))
    try:
        yield
    finally:
        await asyncio.to_thread(door.close)
