"""Copies of SIP packets in, the Retry-After of a number out."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from automaton.asterisk import whispers as room
from automaton.asterisk.whispers import Whispers
from automaton.loopback import free_port

NUMBER = "+33199000001"


def copy_of(start: str, *headers: str, number: str = NUMBER) -> bytes:
    """Return a packet as Asterisk copies it, its own few bytes before it."""
    lines = (
        start,
        "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1",
        "From: <sip:+33199009999@127.0.0.1>;tag=a",
        f'To: "Somebody" <sip:{number}@127.0.0.1>;tag=b',
        *headers,
    )
    text = "\r\n".join([*lines, "", ""])
    return b"HEP3\x02\x10\x00\x00\x00\x0f\x01" + text.encode()


@pytest.fixture
def whispers() -> Iterator[Whispers]:
    port = free_port(socket.SOCK_DGRAM)
    found = Whispers(port)
    found.open()
    yield found
    found.close()


def told(whispers: Whispers, *packets: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asterisk:
        for packet in packets:
            asterisk.sendto(packet, ("127.0.0.1", whispers._port))


def test_a_number_that_is_refused_is_told_how_long_to_wait(whispers):
    told(whispers, copy_of("SIP/2.0 503 Service Unavailable", "Retry-After: 7"))
    assert whispers.of(NUMBER) == 7
    assert whispers.of(NUMBER) is None


def test_each_number_has_its_own_wait(whispers):
    other = copy_of("SIP/2.0 480 Gone", "retry-after : 120 (soon)", number="0199000002")
    told(whispers, copy_of("SIP/2.0 503 Full", "Retry-After: 7"), other)
    assert whispers.of("0199000002") == 120
    assert whispers.of(NUMBER) == 7


@pytest.mark.parametrize(
    "packet",
    [
        copy_of(f"INVITE sip:{NUMBER}@127.0.0.1 SIP/2.0", "Retry-After: 7"),
        copy_of("SIP/2.0 200 OK", "Retry-After: 7"),
        copy_of("SIP/2.0 404 Not Found", "Retry-After: 7"),
        copy_of("SIP/2.0 503 Full"),
        copy_of("SIP/2.0 503 Full", "Retry-After: soon"),
        copy_of("SIP/2.0 503 Full", "X-Retry-After: 7"),
        b"SIP/2.0 503 Full\r\nRetry-After: 7\r\n\r\n",
        b"\xff\x00SIP/2.0 503 ",
        b"",
    ],
)
def test_what_asks_for_no_wait_is_passed_over(whispers, packet):
    told(whispers, packet)
    assert whispers.of(NUMBER) is None


def test_what_nobody_asks_for_is_forgotten(whispers, monkeypatch):
    whispers.hear(copy_of("SIP/2.0 503 Full", "Retry-After: 7"))
    monkeypatch.setattr(room, "KEPT_SECONDS", -1.0)
    assert whispers.of(NUMBER) is None


def test_a_port_that_is_taken_costs_the_wait_and_nothing_else(whispers):
    second = Whispers(whispers._port)
    with capture_logs() as said:
        second.open()
    assert [line["event"] for line in said] == ["retry_after_unheard"]
    assert second.of(NUMBER) is None
    second.close()
