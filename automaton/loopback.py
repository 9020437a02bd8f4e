"""Ports of 127.0.0.1 that stay free until they are bound.

The system hands ports out by itself: to outgoing packets, to every `bind` of port 0.
So a port that is written down now and bound later comes from below that range (RFC 6056
calls it ephemeral), and from below the voice ports.
"""

from __future__ import annotations

import itertools
import secrets
import socket

LOWEST, HIGHEST = 6200, 9999
ATTEMPTS = 400
# One after the other from anywhere: what is bound later is handed out once.
_next = itertools.count(secrets.randbelow(HIGHEST - LOWEST + 1))


def free_port(kind: socket.SocketKind) -> int:
    """Return a port that nobody uses now; `kind` is SOCK_STREAM or SOCK_DGRAM.

    This process gets each port once, until all of them have had their turn.

    Raises OSError where 400 of them are in use.
    """
    for _ in range(ATTEMPTS):
        port = LOWEST + next(_next) % (HIGHEST - LOWEST + 1)
        if is_free(port, kind):
            return port
    raise OSError(f"no port between {LOWEST} and {HIGHEST} is free on 127.0.0.1")


def is_free(port: int, kind: socket.SocketKind) -> bool:
    """Tell whether a port of 127.0.0.1 can be bound at this moment."""
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
