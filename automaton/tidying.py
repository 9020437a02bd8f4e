"""The daemon deletes in time what it holds of people; nothing here stops a call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from automaton.clock import Clock
from automaton.errors import AutomatonError
from automaton.services.office import open_office
from automaton.services.retention import Purged, Retention
from automaton.settings import Settings

log = structlog.get_logger(__name__)

AN_HOUR = 3_600.0
Pause = Callable[[float], Awaitable[None]]


async def tidied(settings: Settings, clock: Clock) -> None:
    """Delete what is due at the start and each hour, until cancelled."""

    def look() -> Purged:
        office = open_office(settings, clock)
        try:
            return Retention(office).look()
        finally:
            office.desk.engine.dispose()

    await look_hourly(look)


async def look_hourly(look: Callable[[], Purged], pause: Pause = asyncio.sleep) -> None:
    """Look each hour, off the loop; what fails is tried again by the next look."""
    told = Purged()
    while True:
        try:
            told = _tell(await asyncio.to_thread(look), told)
        except (AutomatonError, OSError) as error:
            log.warning("what is kept too long is deleted later", why=str(error))
        except Exception as error:
            log.exception("what is kept too long is deleted later", error=error)
        await pause(AN_HOUR)


def _tell(found: Purged, told: Purged) -> Purged:
    """Log what is amiss, each state once; return what was found."""
    if found.strangers and found.strangers != told.strangers:
        log.warning("recordings of no record are here", count=found.strangers)
    if found.soundless and found.soundless != told.soundless:
        log.warning("recordings lack their sound here", count=found.soundless)
    return found
