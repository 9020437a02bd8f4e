"""The standard tools that do the work: found, run, and what they say when they fail."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from automaton.errors import ConfigurationError

PACKAGES = {"age": "age", "ssh-keygen": "openssh-client", "sftp": "openssh-client"}
LONGEST_ANSWER = 400


def tool(name: str) -> str:
    """Return where a tool is; `ConfigurationError` says which package brings it."""
    found = shutil.which(name)
    if found is None:
        package = PACKAGES[name]
        raise ConfigurationError(
            f"{name} is not installed: run sudo apt-get install {package}.",
            error_id="backup-tool",
        )
    return found


def run(
    order: Sequence[str | Path],
    stdin: IO[bytes] | None = None,
    seconds: float = 3600,
    lines: bool = False,
) -> tuple[bool, str]:
    """Run a tool to its end; return whether it was content, and what it said.

    `lines`: all of it, line by line.
    """
    done = subprocess.run(
        [str(word) for word in order],
        stdin=subprocess.DEVNULL if stdin is None else stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=seconds,
        check=False,
    )
    said = done.stdout.decode("utf-8", "replace") if lines else told(done.stdout)
    return done.returncode == 0, said


def told(output: bytes) -> str:
    """Return what a tool said as one line."""
    lines = output.decode("utf-8", "replace").split("\n")
    return " ".join(line.strip() for line in lines if line.strip())[:LONGEST_ANSWER]
