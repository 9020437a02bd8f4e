"""Ctrl-C waits for the end of a transaction, whichever thread it meets."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from threading import Event, Thread

import pytest

from automaton.cli.unbroken import ctrl_c_later


@pytest.fixture
def drawing() -> Iterator[Thread]:
    """A thread that was there before, as the one that draws a progress bar."""
    done = Event()
    thread = Thread(target=done.wait)
    thread.start()
    yield thread
    done.set()
    thread.join()


@pytest.fixture
def taken() -> Iterator[socket.socket]:
    """What can be read from once a signal has been taken."""
    told, tells = socket.socketpair()
    tells.setblocking(False)
    told.settimeout(10)
    before = signal.set_wakeup_fd(tells.fileno())
    with told, tells:
        yield told
        signal.set_wakeup_fd(before)


def test_ctrl_c_strikes_at_the_end_though_another_thread_takes_it(
    drawing: Thread, taken: socket.socket
) -> None:
    # The main thread alone was deaf; with a progress bar on a terminal the other
    # thread took the signal, and the transaction was cut off in the middle.
    steps = []

    def work() -> None:
        with ctrl_c_later():
            steps.append("begun")
            signal.pthread_kill(drawing.ident or 0, signal.SIGINT)
            taken.recv(1)
            steps.append("committed")
        steps.append("the next one")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert steps == ["begun", "committed"]


def test_ctrl_c_strikes_once_however_often_it_is_pressed_within() -> None:
    steps = []

    def work() -> None:
        with ctrl_c_later(), ctrl_c_later():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            steps.append("committed")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert steps == ["committed"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_nothing_strikes_where_nobody_pressed_it() -> None:
    with ctrl_c_later():
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_strikes_also_where_the_work_failed() -> None:
    def work() -> None:
        with ctrl_c_later():
            signal.raise_signal(signal.SIGINT)
            message = "the disk is full"
            raise OSError(message)

    with pytest.raises(KeyboardInterrupt) as struck:
        work()
    assert isinstance(struck.value.__context__, OSError)
