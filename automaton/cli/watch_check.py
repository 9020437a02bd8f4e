"""The doctor's check of who may watch the daemon, and whether they can."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address

from automaton.cli.findings import Finder, Finding
from automaton.cli.shell import Shell
from automaton.daemon import is_running
from automaton.watching import house_of

PATIENCE = 2.0  # seconds


def watching(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Tell who may watch the daemon, and whether it can be watched now."""
    chosen = shell.settings.watch
    if chosen.address is None:
        yield find.ok("nobody: watch.bind is empty")
        return
    if not chosen.is_private:
        yield find.warn(
            "whoever reaches {place} reads its figures, without a password",
            "name an address that only your Prometheus reaches, or 127.0.0.1",
            place=chosen.bind,
        )
    if not is_running(shell.settings) or not chosen.address[1]:
        yield find.ok("at {place} while the daemon runs", place=chosen.bind)
        return
    found = who_answers(*chosen.address)
    if found == house_of(shell.settings):
        yield find.ok("at {place}: it answers", place=chosen.bind)
    elif found is not None:
        yield find.warn(
            "another daemon answers at {place}, nobody watches this one",
            "choose another port in watch.bind, then start again",
            place=chosen.bind,
        )
    else:
        yield find.warn(
            "nobody answers at {place}",
            "another program has that port: choose one in watch.bind, then start again",
            place=chosen.bind,
        )


def who_answers(host: str, port: int) -> str | None:
    """Return which daemon answers there, well or ill; None where none does."""
    if ip_address(host).is_unspecified:
        host = "127.0.0.1"
    try:
        with closing(HTTPConnection(host, port, timeout=PATIENCE)) as link:
            link.request("GET", "/healthz")
            told = json.loads(link.getresponse().read(1024))
    except (OSError, HTTPException, ValueError):
        return None
    is_ours = isinstance(told, dict) and "alive" in told
    return str(told.get("house")) if is_ours else None
