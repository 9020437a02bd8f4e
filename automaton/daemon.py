"""The daemon of one node: Asterisk at hand, the engine at work, until told to stop.

Comes in: SIGTERM or SIGINT, and wake-ups on the control socket. One daemon a node: a
second one says so and ends.
"""

from __future__ import annotations

import asyncio
import fcntl
import gc
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
import uvloop

from automaton import bootstrap
from automaton.asterisk.embedded import start, status
from automaton.asterisk.embedded import stop as stop_asterisk
from automaton.asterisk.folder import RunFolder
from automaton.clock import SystemClock
from automaton.domain.phone import without_numbers
from automaton.engine.node import World
from automaton.engine.supervisor import Supervisor
from automaton.errors import AutomatonError, ConfigurationError, RequestError
from automaton.private import make_private_folder
from automaton.settings import Settings

log = structlog.get_logger(__name__)

LOOK_AFTER_SECONDS = 1.0
LONGEST_LOOK_AFTER_SECONDS = 16.0
ANEW = "to use those of today: automaton asterisk stop, then start the daemon again"
Ready = Callable[[], None]
Stopping = Callable[[int], None]


def run(
    settings: Settings,
    ready: Ready = lambda: None,
    tied: bool = False,
    stopping: Stopping = lambda _: None,
) -> None:
    """Run the node in the foreground until SIGTERM or SIGINT; returns when stopped.

    `stopping` is told at once, when it is asked to stop, how many calls are going on.

    An embedded Asterisk that a daemon started ends with us, also where that daemon was
    killed; one that `automaton asterisk start` started is kept, and one whose calls we
    could not take up.
    `tied`: ours ends with us even after a kill, so that no call is left to adopt.
    """
    with only_one(settings.folders.data / "daemon.lock"):
        bootstrap.render_phrases(settings)
        ends_with_us = not _bring_asterisk_up(settings, tied)

        def begun() -> None:
            nonlocal ends_with_us
            ends_with_us = True  # one whose calls we could not take up keeps them

        try:
            _collect_seldom()
            uvloop.run(_serve(settings, ready, stopping, begun))
        finally:
            if ends_with_us:
                _end_our_asterisk(bootstrap.asterisk_folder(settings))


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Hold the node's lock; `RequestError` where another daemon holds it."""
    make_private_folder(lock.parent)
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RequestError(
                f"A daemon already runs on {lock.parent}: stop it first.",
                error_id="daemon_already_runs",
            ) from error
        yield


def is_running(settings: Settings) -> bool:
    """Tell whether a daemon holds the lock of this node."""
    try:
        with only_one(settings.folders.data / "daemon.lock"):
            return False
    except RequestError:
        return True


def mask_numbers(
    logger: object,  # noqa: ARG001 - what structlog calls
    method: str,  # noqa: ARG001
    told: MutableMapping[str, Any],
) -> MutableMapping[str, Any]:
    """Mask every telephone number of a log line, its traceback included."""
    return {
        key: value
        if value is None or isinstance(value, int | float)
        else without_numbers(str(value))
        for key, value in told.items()
    }


def speak_plainly(level: str) -> None:
    """Write the log as one JSON line a fact on standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask_numbers,
            structlog.processors.JSONRenderer(default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.PrintLoggerFactory(
            file=os.fdopen(2, "w", closefd=False)
        ),
    )


def _bring_asterisk_up(settings: Settings, tied: bool) -> bool:
    """Start the embedded Asterisk, unless it runs; True where it does."""
    if not settings.asterisk.embedded:
        return False
    folder = bootstrap.asterisk_folder(settings)
    was_running = status(folder) is not None
    bootstrap.start_asterisk(settings, tied, owned=True)
    if was_running and not bootstrap.is_asterisk_current(settings):
        log.warning("Asterisk still runs with other settings", advice=ANEW)
    return was_running


def _end_our_asterisk(folder: RunFolder) -> None:
    running = status(folder)
    if running is not None and folder.owns(running.pid):
        stop_asterisk(folder)


def _collect_seldom() -> None:
    """Look for cycles seldom: what a call leaves behind is freed by counting.

    The usual thresholds cost a quarter of the processor time of a call (seen).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


async def _serve(
    settings: Settings, ready: Ready, stopping: Stopping, begun: Ready
) -> None:
    """Open the links, run the engine, close the links."""
    reached = bootstrap.access(settings)
    if reached is None:
        raise ConfigurationError("Asterisk was never started on this node.")
    clock = SystemClock()
    telephone = bootstrap.telephone(settings, reached, clock)
    ledger = bootstrap.ledger(settings, clock)
    bootstrap.finish_started_imports(settings, clock)
    speaker, safe = bootstrap.speaker(settings), bootstrap.safe(settings, clock)
    world = World(ledger, telephone, speaker, clock, safe=safe)
    supervisor = Supervisor(world, bootstrap.node_settings(settings))
    stop = _stop_when_asked(lambda: stopping(supervisor.node.lines.in_use))
    await telephone.open()
    async with asyncio.TaskGroup() as tasks:
        wakes = await _listen_for_wakes(settings.control_socket, supervisor)
        keeper = tasks.create_task(_keep_asterisk(settings), name="keep asterisk")
        ready()
        await supervisor.run(stop, begun)
        keeper.cancel()
        wakes.close()
        _free(settings.control_socket)
        await telephone.close()


def _stop_when_asked(tell: Callable[[], None]) -> asyncio.Event:
    """Return what SIGTERM or SIGINT sets; the first of them is told."""
    stop = asyncio.Event()

    def asked() -> None:
        is_first = not stop.is_set()
        stop.set()
        if is_first:
            tell()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked)
    return stop


async def _keep_asterisk(settings: Settings) -> None:
    """Start an embedded Asterisk again that has died, on the same ports."""
    if not settings.asterisk.embedded:
        return
    folder, program = (
        bootstrap.asterisk_folder(settings),
        bootstrap.installation(settings),
    )
    wait = LOOK_AFTER_SECONDS
    while True:
        await asyncio.sleep(wait)
        try:
            if status(folder) is None:
                log.error("Asterisk has died; it is started again")
                await asyncio.to_thread(start, program, folder, owned=True)
            wait = LOOK_AFTER_SECONDS
        except (AutomatonError, OSError, ValueError) as error:
            wait = min(2 * wait, LONGEST_LOOK_AFTER_SECONDS)
            log.error("Asterisk cannot be started", error=str(error), again_in=wait)


class _Wakes(asyncio.DatagramProtocol):
    """Any datagram on the control socket means: look for commands now."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor

    def datagram_received(self, *_: object) -> None:
        """Wake the engine; what the datagram says does not matter."""
        self._supervisor.hurry()


async def _listen_for_wakes(
    path: Path, supervisor: Supervisor
) -> asyncio.DatagramTransport:
    _free(path)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    bound.setblocking(False)
    bound.bind(str(path))
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Wakes(supervisor), sock=bound
    )
    return transport


def _free(path: Path) -> None:
    path.unlink(missing_ok=True)
