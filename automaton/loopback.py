"""Ports of 127.0.0.1 that stay free until they are bound.

The system hands ports out by itself: to outgoing packets, to every `bind` of port 0.
So a port that is written down now and bound later comes from below that range (RFC 6056
calls it ephemeral), and from below the voice ports. Processes that choose at the same
time tell each other by a name in the abstract namespace of unix(7): nothing of it stays
when they end.
"""

from __future__ import annotations

import itertools
import os
import secrets
import socket
from collections import deque

LOWEST, HIGHEST = 6200, 9999
ATTEMPTS = 400
KEPT = 64  # the latest choices of a process: older ones have long been bound
# One after the other from anywhere: what is bound later is handed out once.
_next = itertools.count(secrets.randbelow(HIGHEST - LOWEST + 1))
_chosen: deque[int] = deque()  # open descriptors


def free_port(kind: socket.SocketKind) -> int:
    """Return a port that nobody uses now; `kind` is SOCK_STREAM or SOCK_DGRAM.

    This process gets each port once, until all of them have had their turn; another
    one gets none of the 64 that were chosen last.

    Raises OSError where 400 of them are in use.
    """
    for _ in range(ATTEMPTS):
        port = LOWEST + next(_next) % (HIGHEST - LOWEST + 1)
        if is_free(port, kind) and _choose(port, kind):
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


def _choose(port: int, kind: socket.SocketKind) -> bool:
    """Tell other processes of a choice; False where one of them made it before."""
    choice = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        choice.bind(f"\0automaton-port-{kind.name}-{port}")
    except OSError:
        choice.close()
        return False
    _chosen.append(choice.detach())
    if len(_chosen) > KEPT:
        os.close(_chosen.popleft())
    return True
