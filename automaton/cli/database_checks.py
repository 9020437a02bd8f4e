"""The doctor's look at what the database stands on: disk, standbys, clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from automaton.cli.findings import Finder, Finding
from automaton.store.engine import sqlite_file
from automaton.store.surroundings import MOUNTS, Server, network_disk_under

FARTHEST = timedelta(seconds=2)


def foundations(
    url: str, server: Server | None, find: Finder, mounts: Path = MOUNTS
) -> Iterator[Finding]:
    """Tell what the database stands on, where that may lose or double something."""
    file = sqlite_file(url)
    if file is not None and (kind := network_disk_under(file, mounts)):
        yield find.warn(
            "it lies on a network disk ({kind}), whose locks may be granted twice",
            "put it on a disk of this machine",
            kind=kind,
        )
    if server is not None:
        yield from standbys(server, find)
        yield from clocks(server, find)


def standbys(server: Server, find: Finder) -> Iterator[Finding]:
    """Tell whether a failover may lose what was committed."""
    if server.standbys and server.is_waited_for:
        yield find.ok("a standby has all that is committed")
    elif server.standbys:
        yield find.fail(
            "it has {count:standby|standbys}, and no commit waits for any: after a "
            "failover homes may be rung again",
            "set synchronous_standby_names; Patroni: synchronous_mode (docs/nodes.md)",
            count=server.standbys,
        )


def clocks(server: Server, find: Finder) -> Iterator[Finding]:
    """Tell whether the server's clock and ours agree."""
    if abs(server.ahead) > FARTHEST:
        yield find.warn(
            "its clock and ours are {seconds} s apart",
            "run a time service on both machines (systemd-timesyncd, chrony)",
            seconds=round(abs(server.ahead).total_seconds()),
        )
