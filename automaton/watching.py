"""The daemon as those who watch it see it: `/metrics`, `/healthz`, `/readyz`.

Nothing here may stop a call: a place that cannot be had is told, and the node goes on.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus

import structlog

from automaton import __version__, bootstrap
from automaton.clock import Clock
from automaton.engine.show import figures_of_node
from automaton.engine.supervisor import Supervisor
from automaton.errors import AutomatonError, LineError
from automaton.gauges.asked import Asked
from automaton.gauges.endpoint import Answer, Endpoint
from automaton.gauges.lag import Lag
from automaton.gauges.prometheus import KIND, PrometheusGauges
from automaton.services.failing import last_whole
from automaton.settings import Settings
from automaton.store.alarms import oldest_open
from automaton.store.engine import open_database, reading
from automaton.store.queue import Queue, due_by_age
from automaton.store.readiness import proven_at
from automaton.store.revision import check_schema

log = structlog.get_logger(__name__)

STUCK = 10.0  # seconds; a write that lasts so long is not taken
LATE = 1.0  # seconds; a loop that wakes later than this serves nobody
WRITES_KEPT, QUEUE_KEPT, RARELY = 5.0, 5.0, 60.0
NO_ANSWER = "no answer in time"
UNKNOWN = (AutomatonError, OSError, RuntimeError)
JSON = "application/json"
ProvenAt = Mapping[str, datetime | None]


def gauges_for(settings: Settings) -> PrometheusGauges | None:
    """Return where the node's figures go, None where nobody may watch."""
    if settings.watch.address is None:
        return None
    return PrometheusGauges(
        settings.server.node,
        __version__,
        backup_is_expected=settings.backup.is_daily,
    )


def house_of(settings: Settings) -> str:
    """Return what tells a node's data folder from every other of this machine."""
    there = settings.folders.data.stat()
    return f"{there.st_dev:x}-{there.st_ino:x}"


@asynccontextmanager
async def watched(
    settings: Settings,
    supervisor: Supervisor,
    gauges: PrometheusGauges | None,
    clock: Clock,
) -> AsyncIterator[Pages | None]:
    """Let the node be watched meanwhile, where the settings want it."""
    address = settings.watch.address
    if gauges is None or address is None:
        yield None
        return
    pages = Pages(settings, supervisor, gauges, clock)
    endpoint = Endpoint(
        {
            "/metrics": pages.metrics,
            "/healthz": pages.healthz,
            "/readyz": pages.readyz,
        }
    )
    pulse = asyncio.create_task(pages.lag.run(), name="pulse")
    try:
        pages.place = await _open(endpoint, *address)
        yield pages
    finally:
        pulse.cancel()
        await endpoint.close()
        pages.close()


async def _open(endpoint: Endpoint, host: str, port: int) -> tuple[str, int] | None:
    """Return where the pages can be read now, None where that place cannot be had."""
    try:
        host, port = await endpoint.open(host, port)
    except OSError as error:
        log.warning(
            "nobody can watch: the place is taken or not ours",
            place=f"{host}:{port}",
            error=str(error),
            advice="write another one in watch.bind, or none",
        )
        return None
    log.info("watched", host=host, port=port)
    return host, port


class Pages:
    """The three pages of one node, and the place where they can be read."""

    place: tuple[str, int] | None = None

    def __init__(
        self,
        settings: Settings,
        supervisor: Supervisor,
        gauges: PrometheusGauges,
        clock: Clock,
    ) -> None:
        self._settings, self._supervisor = settings, supervisor
        self._gauges = gauges
        self._house = house_of(settings)
        self._engine = open_database(settings.database_url)
        self.lag = Lag(clock, gauges.lagged)
        self._queue = Asked(partial(asyncio.to_thread, self._due), clock, QUEUE_KEPT)
        self._alarms = Asked(
            partial(asyncio.to_thread, self._open_alarms), clock, QUEUE_KEPT
        )
        self._backups = Asked(
            partial(asyncio.to_thread, self._last_backups), clock, RARELY
        )
        self._proofs = Asked(
            partial(asyncio.to_thread, self._last_proven), clock, RARELY
        )
        self._writes = Asked(self._write, clock, WRITES_KEPT)
        self._schema = Asked(
            partial(asyncio.to_thread, check_schema, self._engine), clock, RARELY
        )

    async def metrics(self) -> Answer:
        """Return every figure, in the text that Prometheus reads."""
        supervisor = self._supervisor
        is_stuck = supervisor.node.writer.lasts >= STUCK
        fails = supervisor.patience.for_the_database or is_stuck
        try:
            await self._show_queue()
            self._gauges.show_alarms(*await self._alarms.answer())
        except UNKNOWN as error:
            self._gauges.hide_queue()
            fails = fails or isinstance(error, LineError)  # nothing waits to be written
        node = figures_of_node(supervisor.node, database_fails=fails)
        self._gauges.show_node(node, self.lag.worst)
        with suppress(*UNKNOWN):
            self._gauges.show_backups(await self._backups.answer())
            self._gauges.show_proofs(*await self._proofs.answer())
        return Answer(self._gauges.page(), kind=KIND)

    async def _show_queue(self) -> None:
        """Show what is due, of all nodes; of several the one that leads counts it."""
        if not self._supervisor.node.lease.leads:
            return self._gauges.hide_queue()
        queue = await self._queue.answer()
        self._gauges.show_queue(queue.waited, queue.oldest)
        return None

    async def healthz(self) -> Answer:
        """Tell whether the process lives: it wakes when it should."""
        late = self.lag.now
        found = {"alive": late < LATE, "loop_lag_seconds": round(late, 4)}
        return _told(found | {"house": self._house}, is_good=late < LATE)

    async def readyz(self) -> Answer:
        """Tell whether a call would leave now, and what keeps it."""
        supervisor = self._supervisor
        database, schema = await asyncio.gather(
            self._fault(self._writes), self._fault(self._schema)
        )
        if supervisor.patience.for_the_database:
            database = database or "what was written last was not taken"
        node = supervisor.node
        faults = {
            "database": database,
            "schema": schema,
            "asterisk": "" if node.link_is_up else "out of reach",
            "daemon": "" if node.dialling else "it was asked to stop",
            "lease": "" if node.lease.is_valid else "it is over",
        }
        return _told(
            {"ready": not any(faults.values())}
            | {name: fault or "ok" for name, fault in faults.items()},
            is_good=not any(faults.values()),
        )

    def close(self) -> None:
        """Ask nobody any more."""
        for one in (
            self._queue,
            self._alarms,
            self._backups,
            self._proofs,
            self._writes,
            self._schema,
        ):
            one.close()
        self._engine.dispose()

    async def _fault(self, asked: Asked[None]) -> str:
        """Return what ails a source, nothing where it is well."""
        try:
            await asked.answer()
        except TimeoutError:
            return NO_ANSWER
        except AutomatonError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, no call would leave
            return type(error).__name__
        return ""

    async def _write(self) -> None:
        """Write on the writer's own thread: in turn, so that nobody waits for us."""
        await self._supervisor.node.writer.run(lambda t: t.write_nothing())

    def _due(self) -> Queue:
        with reading(self._engine) as connection:
            return due_by_age(connection, self._supervisor.node.world.clock.now())

    def _open_alarms(self) -> tuple[int, int, timedelta]:
        """Count open calls for help, taken and not; and how old the first is."""
        with reading(self._engine) as connection:
            count, untaken, since = oldest_open(connection)
        now = self._supervisor.node.world.clock.now()
        return count - untaken, untaken, max(now - (since or now), timedelta())

    def _last_proven(self) -> tuple[ProvenAt, ProvenAt]:
        """Return when trunks and officers were proven last, where that is wanted.

        An officer is told of by id: figures hold no name.
        """
        if not self._settings.readiness.monthly:
            return {}, {}
        trunks = bootstrap.trunks(self._settings)
        numbers = bootstrap.own_numbers(self._settings)
        with reading(self._engine) as connection:
            return proven_at(connection, trunks, numbers)

    def _last_backups(self) -> Mapping[str, datetime | None]:
        found = last_whole(self._settings) if self._settings.backup.is_daily else {}
        return {_kind_of(place): at for place, at in found.items()}


def _kind_of(place: str) -> str:
    """Return what a place is, without its path or whose account it is."""
    return "sftp" if place.startswith("sftp://") else "folder"


def _told(found: Mapping[str, object], *, is_good: bool) -> Answer:
    status = HTTPStatus.OK if is_good else HTTPStatus.SERVICE_UNAVAILABLE
    return Answer((json.dumps(found) + "\n").encode(), status, JSON)
