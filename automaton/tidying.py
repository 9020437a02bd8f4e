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

START, AN_HOUR = 600.0, 3_600.0  # seconds
MOST_PUT_OFF = 23  # looks
Pause = Callable[[float], Awaitable[None]]


async def tidied(
    settings: Settings, clock: Clock, pause: Pause = asyncio.sleep
) -> None:
    """Delete what is due soon after the start and each hour, until cancelled."""
    await look_hourly(Tidier(settings, clock).look, pause)


class Tidier:
    """Looks for what is kept too long. Blocks: keep it off the loop."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._put_off = 0

    def look(self) -> Purged | None:
        """Return what was found amiss; None, with nothing done, while a campaign runs.

        One look a day is made all the same: campaigns may run for weeks.
        """
        office = open_office(self._settings, self._clock)
        try:
            if self._put_off < MOST_PUT_OFF and office.desk.is_any_running():
                self._put_off += 1
                return None
            found = Retention(office).look()
            self._put_off = 0
            return found
        finally:
            office.desk.engine.dispose()


async def look_hourly(
    look: Callable[[], Purged | None], pause: Pause = asyncio.sleep
) -> None:
    """Look each hour, off the loop; what fails is tried again by the next look.

    The start has other things to do, and a restart on the night no time for this.
    """
    told = Purged()
    await pause(START)
    while True:
        try:
            found = await asyncio.to_thread(look)
            told = told if found is None else _tell(found, told)
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
