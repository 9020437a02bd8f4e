"""Who knocks at the console: Asterisk alone, never more than there is room for."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Event

import pytest

from automaton.console.door import Door
from automaton.console.wire import CallEndedError, Wire
from automaton.loopback import free_port

SECRET = "only-asterisk-knows"
ASTERISK = f"agi_network_script: {SECRET}\nagi_uniqueid: 1.1\n\n".encode()
SECONDS = 10


@contextmanager
def answering(talk: Callable[[Wire], None], most: int = 2) -> Iterator[int]:
    """Let somebody talk with those who knock; the port."""
    port = free_port(socket.SOCK_STREAM)
    door = Door(port, SECRET, most, talk)
    door.open()
    yield port
    door.close()
    door.close()  # a second time changes nothing


@contextmanager
def knocking(port: int, told: bytes) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as one:
        one.sendall(told)
        yield one


def heard(one: socket.socket) -> bytes:
    """Return all that is said until the other side closes."""
    said = b""
    while more := one.recv(4096):
        said += more
    return said


def hangs_up(wire: Wire) -> None:
    wire.hangup()


@pytest.mark.parametrize(
    "told",
    [b"agi_network_script: guessed\n\n", b"\n", b"no such thing\n", b"agi: 1\n" * 201],
)
def test_a_stranger_hears_nothing(told: bytes) -> None:
    with answering(hangs_up) as port, knocking(port, told) as one:
        assert heard(one) == b""


def test_who_says_nothing_and_goes_disturbs_nobody() -> None:
    with answering(hangs_up) as port:
        with knocking(port, b"agi_network"):
            pass
        with knocking(port, ASTERISK) as one:
            assert one.recv(64) == b"HANGUP\n"


def test_what_fails_in_one_call_reaches_no_other() -> None:
    def fails(wire: Wire) -> None:
        if wire.env["agi_uniqueid"] == "1.1":
            raise ValueError("a fault of ours")
        wire.hangup()

    with answering(fails) as port:
        with knocking(port, ASTERISK) as one:
            assert heard(one) == b""
        with knocking(port, ASTERISK.replace(b"1.1", b"1.2")) as one:
            assert one.recv(64) == b"HANGUP\n"


def test_more_callers_than_there_is_room_for_are_let_go_at_once() -> None:
    stay, came = Event(), Event()

    def stays(_: Wire) -> None:
        came.set()
        stay.wait(SECONDS)

    with answering(stays, most=1) as port, knocking(port, ASTERISK) as first:
        assert came.wait(SECONDS)
        with knocking(port, ASTERISK) as second:
            assert _is_let_go(second)
        stay.set()
        assert heard(first) == b""


def test_a_door_that_closes_ends_what_is_said() -> None:
    ended = Event()

    def waits(wire: Wire) -> None:
        try:
            wire.wait_for_digit(1000)
        except CallEndedError:
            ended.set()

    with ExitStack() as calls:
        with answering(waits) as port:
            one = calls.enter_context(knocking(port, ASTERISK))
            assert one.recv(64) == b"WAIT FOR DIGIT 1000\n"
        assert ended.wait(SECONDS)


@pytest.mark.parametrize(
    "answer",
    [
        b"HANGUP\n",
        b"200 result=-1\n",
        b"200 result=1 (hangup)\n",
        b"510 Invalid\n",
        b"nonsense\n",
        b"",
    ],
)
def test_whatever_ends_a_call_is_one_thing(answer: bytes) -> None:
    ended = Event()

    def asks(wire: Wire) -> None:
        try:
            wire.wait_for_digit(1000)
        except CallEndedError:
            ended.set()
            raise

    with answering(asks) as port, knocking(port, ASTERISK) as one:
        one.recv(64)
        one.sendall(answer)
        one.shutdown(socket.SHUT_WR)
        assert ended.wait(SECONDS)


def _is_let_go(one: socket.socket) -> bool:
    try:
        return one.recv(64) == b""
    except ConnectionResetError:
        return True
