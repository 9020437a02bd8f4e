"""Ports that are written down now and bound later."""

import socket
from pathlib import Path

import pytest

from automaton.loopback import free_port, is_free

HANDED_OUT = Path("/proc/sys/net/ipv4/ip_local_port_range")
KINDS = [socket.SOCK_STREAM, socket.SOCK_DGRAM]


@pytest.mark.parametrize("kind", KINDS)
def test_a_chosen_port_is_one_that_the_system_hands_to_nobody(kind):
    # A port that the system had chosen was taken by a call between its choice and its
    # use: "Address already in use", once in some hundred starts.
    lowest = int(HANDED_OUT.read_text(encoding="ascii").split()[0])
    assert all(1024 < free_port(kind) < lowest for _ in range(50))


@pytest.mark.parametrize("kind", KINDS)
def test_a_port_in_use_is_not_free(kind):
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert not is_free(port, kind)
    assert is_free(port, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_no_port_is_chosen_twice(kind):
    # Of fourteen trunks that were bound later two had the same port, once in forty
    # times: one rang nobody, the other one all homes of both.
    chosen = [free_port(kind) for _ in range(400)]
    assert len(set(chosen)) == len(chosen)
