"""Processes that the tests start: they end with us, however we end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path


def tied(order: Sequence[str | Path], by: str = "KILL") -> list[str]:
    """Return a command whose process gets this signal when our thread ends."""
    words = [os.fspath(word) for word in order]
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", by, *words] if setpriv else words


def started(
    order: Sequence[str | Path],
    log: Path,
    *,
    by: str = "KILL",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own; what it says is added to a log."""
    with log.open("ab") as file:
        return subprocess.Popen(
            tied(order, by),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            cwd=cwd,
            env=env,
            start_new_session=True,
        )


def end(process: subprocess.Popen[bytes], seconds: int) -> None:
    """Ask a process to end, each second again; kill it with its group in the end.

    One that has just started may sleep through a first signal.
    """
    for _ in range(seconds):
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(1)
            return
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
