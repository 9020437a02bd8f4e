"""Asterisk's call files, written by hand: made beside the spool and renamed into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks.peers import spool
from benchmarks.peers.record import variables


def write(order: dict[str, Any], number: str, path: Path) -> None:
    """Put the call file of a number into the spool."""
    draft = path.parent.parent / "tmp" / path.name
    draft.write_text(call_file(order, number), "utf-8")
    draft.rename(path)


def call_file(order: dict[str, Any], number: str) -> str:
    """Return a call file: one try, kept in the archive."""
    said = variables(order, str(uuid4()), number).items()
    lines = [
        f"Channel: {order['channel'].replace('NUMBER', number)}",
        f"CallerID: {order['caller_id']}",
        f"WaitTime: {order['ring_seconds']}",
        "MaxRetries: 0",
        "Codecs: alaw",
        f"Context: {order['context']}",
        "Extension: s",
        "Priority: 1",
        "Archive: yes",
        *(f"Set: {name}={value}" for name, value in said),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    spool.main(write)
