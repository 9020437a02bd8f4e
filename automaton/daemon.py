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
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import structlog
import uvloop
from structlog.typing import Processor

from automaton import bootstrap
from automaton.answering import answered
from automaton.asterisk.embedded import Running, answers, end, start, status
from automaton.asterisk.embedded import stop as stop_asterisk
from automaton.asterisk.folder import RunFolder
from automaton.asterisk.install import Installation
from automaton.clock import SystemClock
from automaton.domain.phone import without_numbers
from automaton.engine.node import Node, World
from automaton.engine.supervisor import Supervisor
from automaton.errors import (
    AutomatonError,
    ConfigurationError,
    LineError,
    NodeLostError,
    RequestError,
)
from automaton.ports import NoGauges
from automaton.private import make_private_folder
from automaton.settings import Settings
from automaton.tidying import tidied
from automaton.watching import gauges_for, watched

log = structlog.get_logger(__name__)

LOOK_AFTER_SECONDS = 1.0
LONGEST_LOOK_AFTER_SECONDS = 16.0
FROZEN_SECONDS = 45.0  # it may stand still for half a minute, on a bad disk, and go on
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
    `NodeLostError` where the node must begin again; its Asterisk goes on meanwhile.

    An embedded Asterisk that a daemon started ends with us, also where that daemon was
    killed; one that `automaton asterisk start` started is kept, and one whose calls we
    could not take up.
    `tied`: ours ends with us even after a kill, so that no call is left to adopt.
    """
    with only_one(settings.folders.data / "daemon.lock"), only_node(settings):
        bootstrap.render_phrases(settings)
        ends_with_us = not _bring_asterisk_up(settings, tied)

        def begun() -> None:
            nonlocal ends_with_us
            ends_with_us = True  # one whose calls we could not take up keeps them

        try:
            _collect_seldom()
            uvloop.run(_serve(settings, ready, stopping, begun))
        except NodeLostError:
            ends_with_us = False  # who has answered hears the end; we begin again
            raise
        finally:
            if ends_with_us:
                _end_our_asterisk(bootstrap.asterisk_folder(settings))


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Hold the node's lock; `RequestError` where another daemon holds it."""
    refusal = RequestError(
        f"A daemon already runs on {lock.parent}: stop it first.",
        error_id="daemon_already_runs",
    )
    make_private_folder(lock.parent)
    with _held(lock, refusal):
        yield


@contextmanager
def only_node(settings: Settings) -> Iterator[None]:
    """Hold the database where it serves one node; `RequestError` where another has it.

    Two daemons, each with folders of its own, would ring the same homes.
    """
    lock = bootstrap.node_lock(settings)
    if lock is None:
        yield
        return
    refusal = RequestError(
        "Another node uses this SQLite database, which serves one alone: let several"
        " nodes share a PostgreSQL (database.url).",
        error_id="sqlite-one-node",
    )
    make_private_folder(lock.parent)
    with _held(lock, refusal):
        yield


@contextmanager
def _held(lock: Path, refusal: RequestError) -> Iterator[None]:
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        told = f"{lock} cannot be written: {error.strerror}."
        raise LineError(told, error_id="lock-unwritable") from error
    with os.fdopen(descriptor, "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise refusal from error
        yield


def is_running(settings: Settings) -> bool:
    """Tell whether a daemon holds the lock of this node."""
    try:
        with only_one(settings.folders.data / "daemon.lock"):
            return False
    except RequestError:
        return True


def is_at_work(settings: Settings) -> bool:
    """Tell whether a daemon holds the SQLite database, which serves one alone."""
    try:
        with only_node(settings):
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


_FORMS: Mapping[str, Processor] = {
    "json": structlog.processors.JSONRenderer(default=str),
    "text": structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    ),
}


def speak_plainly(level: str, form: Literal["json", "text"] = "json") -> None:
    """Write the log on standard error, a fact a line: as JSON, or as text to read."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask_numbers,
            _FORMS[form],
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
    clock = bootstrap.clock_of(settings, SystemClock())
    gauges = gauges_for(settings)
    told = gauges or NoGauges()
    telephone = bootstrap.telephone(settings, reached, clock, told.answered)
    ledger = bootstrap.ledger(settings, clock)
    speaker, safe = bootstrap.speaker(settings), bootstrap.safe(settings, clock)
    world = World(
        ledger,
        telephone,
        speaker,
        clock,
        safe=safe,
        gauges=told,
        foreseer=bootstrap.foreseer(settings, clock),
        fleet=bootstrap.fleet(settings, clock, ledger.epoch),
        sounds=bootstrap.sounds(settings, clock),
    )
    supervisor = Supervisor(world, bootstrap.node_settings(settings))
    await supervisor.node.lease.begin()  # what follows may take longer than a lease
    bootstrap.finish_started_imports(settings, clock)
    stop = _stop_when_asked(lambda: stopping(supervisor.node.lines.in_use))
    async with (
        watched(settings, supervisor, gauges, clock),
        answered(settings, reached, clock, told.called_in),
    ):
        await telephone.open()
        async with asyncio.TaskGroup() as tasks:
            wakes = await _listen_for_wakes(settings.control_socket, supervisor)
            keeping = _keep_asterisk(settings, supervisor.node)
            keeper = tasks.create_task(keeping, name="keep asterisk")
            tidier = tasks.create_task(tidied(settings, clock), name="retention")
            ready()
            lost = await _run(supervisor, stop, begun)
            keeper.cancel()
            tidier.cancel()
            wakes.close()
            _free(settings.control_socket)
            await telephone.close()
    if lost is not None:
        raise lost
    bootstrap.note_end(settings, clock, ledger.epoch)


async def _run(
    supervisor: Supervisor, stop: asyncio.Event, begun: Ready
) -> NodeLostError | None:
    """Run the engine until it ends; return why it must begin again, if it must."""
    try:
        await supervisor.run(stop, begun)
    except NodeLostError as error:
        return error
    return None


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


async def _keep_asterisk(settings: Settings, node: Node) -> None:
    """Start an embedded Asterisk again that has died, on the same ports.

    One that stands still is ended: the orders in it must not ring when it wakes.
    """
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
            await asyncio.to_thread(_look_after, program, folder, node)
            wait = LOOK_AFTER_SECONDS
        except (AutomatonError, OSError, ValueError) as error:
            wait = min(2 * wait, LONGEST_LOOK_AFTER_SECONDS)
            log.error("Asterisk cannot be started", error=str(error), again_in=wait)


def _look_after(program: Installation, folder: RunFolder, node: Node) -> None:
    running = status(folder)
    if running is None:
        log.error("Asterisk has died; it is started again")
        start(program, folder, owned=True)
    elif _stands_still(running, node):
        log.error("Asterisk stands still; it is ended")
        end(running.pid, 0.0)


def _stands_still(running: Running, node: Node) -> bool:
    """Tell whether our own Asterisk greets nobody, and has not for long."""
    is_late = node.seconds_without_link() >= FROZEN_SECONDS
    return is_late and running.folder.owns(running.pid) and not answers(running.access)


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
