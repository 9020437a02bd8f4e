"""What a process costs, as the kernel counts it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """CPU seconds of all threads so far, and the most memory that was ever held."""

    cpu_seconds: float
    peak_mb: float


def usage_of(pid: int) -> Usage:
    """Return the usage of a process that lives."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return Usage((int(fields[11]) + int(fields[12])) / TICK, _peak_mb(pid))


def sync_ms(folder: Path, times: int = 21) -> float:
    """Return the median milliseconds that a durable write takes here."""
    taken = []
    with (folder / "sync").open("wb") as file:
        for _ in range(times):
            file.write(b"x" * 4096)
            file.flush()
            begun = time.perf_counter()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - begun)
    return sorted(taken)[times // 2] * 1e3


def _peak_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0
