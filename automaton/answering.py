"""The daemon's ear for calls that come in: the telephone console, while it is open.

Nothing here may stop a call that goes out: a port that cannot be had is told in the
log, and the node goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog

from automaton import bootstrap
from automaton.asterisk.call_in_journal import CallInJournal
from automaton.asterisk.folder import Access
from automaton.asterisk.published import OFFICERS, answering_lines
from automaton.clock import Clock
from automaton.console.door import Door
from automaton.console.house import House
from automaton.console.line import Voice
from automaton.console.reception import Reception
from automaton.errors import AutomatonError
from automaton.services.call_ins import CallIns
from automaton.services.office import open_office
from automaton.services.standby import Standby
from automaton.settings import Settings

log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0
LOOKS_A_READING = 6  # of Asterisk's journal
SPARE_THREADS = 4  # whose caller has just hung up


@asynccontextmanager
async def answered(
    settings: Settings,
    access: Access,
    clock: Clock,
    count: Callable[[str], None] = lambda _: None,
) -> AsyncIterator[None]:
    """Let callers be answered meanwhile, where a number of ours is published.

    `count` is told what each call came to.
    """
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
    book = bootstrap.book(settings)
    house = House(book, office, owners, voice, CallIns(office))
    talk = Reception(house, count=lambda what: count(what.value)).talk
    most = answering_lines(settings.sip_trunks) + OFFICERS + SPARE_THREADS
    door = Door(access.console_port, access.console_secret, most, talk)
    try:
        door.open()
    except OSError as error:
        log.error("calls that come in are not answered", reason=str(error))
    journal = CallInJournal(access, clock)
    watch = Watch(_standby(settings, house), journal, _a_while)
    try:
        async with _beside(watch):
            yield
    finally:
        await asyncio.to_thread(door.close)
        office.desk.engine.dispose()


def _standby(settings: Settings, house: House) -> Standby:
    """Return what Asterisk is left for the time without us."""
    return Standby(
        house.call_ins,
        house.book,
        house.owners,
        house.voice.prompts,
        settings.installation,
        settings.server.node,
        house.clock,
        bootstrap.sounds(settings, house.clock),
    )


async def _a_while() -> None:
    await asyncio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def _beside(watch: Watch) -> AsyncIterator[None]:
    """Let a watch run meanwhile."""
    task = asyncio.create_task(watch.run(), name="standby")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await watch.close()


class Watch:
    """Keeps what Asterisk says without us, and takes up what it was told."""

    def __init__(
        self,
        standby: Standby,
        journal: CallInJournal,
        pause: Callable[[], Awaitable[None]],
    ) -> None:
        self._standby, self._journal, self._pause = standby, journal, pause

    async def run(self) -> None:
        """Look every few seconds; what fails is tried again by the next look."""
        look = 0
        while True:
            await self._tried(asyncio.to_thread(self._standby.keep_public))
            if look % LOOKS_A_READING == 0:
                await self._tried(self._take_up())
            look += 1
            await self._pause()

    async def close(self) -> None:
        """Ask Asterisk no more."""
        await self._journal.close()

    async def _take_up(self) -> None:
        """Let the keys count that were pressed without us; then delete them."""
        keys = await self._journal.keys()
        if keys:
            done = await asyncio.to_thread(self._standby.take_up, keys)
            await self._journal.forget(done)

    async def _tried(self, work: Awaitable[None]) -> None:
        try:
            await work
        except (AutomatonError, OSError) as error:
            log.warning("standby is tried again", why=str(error))
        except Exception as error:
            log.exception("standby is tried again", error=error)
