"""Ports that are written down now and bound later."""

import socket
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from automaton import loopback
from automaton.loopback import LOWEST, free_port, is_free

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


@pytest.mark.parametrize("kind", KINDS)
def test_what_another_process_chose_a_moment_ago_is_not_chosen(kind, monkeypatch):
    # Two towns that rose at once had the same port: one of them "did not come up".
    child = "import socket; from automaton.loopback import free_port\n"
    child += f"print(free_port(socket.{kind.name}), flush=True); input()"
    words = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", child], **words) as other:
        theirs = int(other.stdout.readline())
        monkeypatch.setattr(loopback, "_next", count(theirs - LOWEST))
        assert free_port(kind) > theirs
        other.stdin.close()
    monkeypatch.setattr(loopback, "_next", count(theirs - LOWEST))
    assert free_port(kind) == theirs
