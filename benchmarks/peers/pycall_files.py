"""Call files by pycall, which has no word for the codec and none for what follows."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

from pycall import Call, CallFile, Context

from benchmarks.peers import spool
from benchmarks.peers.record import variables


def write(order: dict[str, Any], number: str, path: Path) -> None:
    """Spool one call: one try, kept in the archive; drafted on the same file system."""
    call = Call(
        order["channel"].replace("NUMBER", number),
        callerid=order["caller_id"],
        variables=variables(order, str(uuid4()), number),
        wait_time=order["ring_seconds"],
        max_retries=0,
    )
    CallFile(
        call,
        Context(order["context"], "s", "1"),
        archive=True,
        filename=path.name,
        tempdir=str(path.parent.parent / "tmp"),
        spool_dir=str(path.parent),
    ).spool()


if __name__ == "__main__":
    spool.main(write)
