"""A demonstration can ring nobody: what leads off this machine is refused."""

from __future__ import annotations

import pytest

from automaton.errors import ConfigurationError
from automaton.lab import refuse_unless_loopback
from automaton.lab.loopback import host_of


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.0.0.1:5060",
        "sip:127.0.0.1:5060",
        "sip:town@127.0.0.2:5070;transport=udp",
        "<sip:127.0.0.1:5060>",
        "localhost",
        "sip:localhost:5062",
        "::1",
        "sip:[::1]:5060",
        "",
    ],
)
def test_loopback_is_let_through(address):
    assert refuse_unless_loopback([address]) is None


@pytest.mark.parametrize(
    "address",
    [
        "192.0.2.1",
        "sip:192.0.2.1:5060",
        "sip:user@198.51.100.7;transport=tcp",
        "10.0.0.1:5060",
        "0.0.0.0",
        "2001:db8::1",
        "sip:[2001:db8::1]:5060",
        "sip:127.0.0.1@192.0.2.1",
        "sip:no-such-host.invalid",
    ],
)
def test_anything_else_is_refused(address):
    with pytest.raises(ConfigurationError, match="only beside trunks"):
        refuse_unless_loopback(["127.0.0.1", address])


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("sip:a@b.example:5060;lr", "b.example"),
        ("b.example:5060", "b.example"),
        ("sips:b.example?x=y", "b.example"),
    ],
)
def test_the_host_is_found_in_an_address(address, host):
    assert host_of(address) == host
