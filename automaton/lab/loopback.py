"""The guard that keeps a demonstration from ringing anybody."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from ipaddress import ip_address

from automaton.errors import ConfigurationError

_HOST = re.compile(r"(?:sips?:)?(?:[^@;>]*@)?(\[[^\]]+\]|[^:;>?,\s]+)")
REMEDY = (
    "Let it read empty settings: write AUTOMATON_CONFIG=$(mktemp) before the command."
)


def refuse_unless_loopback(addresses: Iterable[str]) -> None:
    """Raise ConfigurationError unless every address resolves to loopback alone.

    Takes contacts, registrars and proxies as settings write them: a host, `host:port`,
    or a SIP URI. What does not resolve is refused as well: it may resolve tomorrow.
    """
    for address in addresses:
        if not address.strip():
            continue
        elsewhere = [ip for ip in _resolved(address) if not ip_address(ip).is_loopback]
        if elsewhere:
            raise ConfigurationError(
                f"The trunk address {address} leads to {elsewhere[0]}, out of this "
                f"machine: the town starts only beside trunks on 127.0.0.1. {REMEDY}",
                error_id="town_not_on_loopback",
            )


def host_of(address: str) -> str:
    """Return the host of a SIP URI, of `host:port` or of a bare host."""
    text = address.strip().strip("<>").removeprefix('"')
    if text.count(":") > 1 and "[" not in text and "sip" not in text:
        return text
    match = _HOST.match(text)
    return match.group(1).strip("[]") if match else text


def _resolved(address: str) -> list[str]:
    """Return every IP address that the address may lead to."""
    try:
        found = socket.getaddrinfo(host_of(address), None)
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(
            f"The trunk address {address} cannot be resolved: the town starts only "
            f"beside trunks on 127.0.0.1. {REMEDY}",
            error_id="town_not_on_loopback",
        ) from error
    return [str(row[4][0]).split("%")[0] for row in found]
