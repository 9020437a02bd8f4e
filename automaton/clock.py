"""Time, handed in: nothing below the doors reads the machine's clock by itself."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where moments and durations come from."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never jump, for measuring."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the machine's monotonic seconds."""
        return time.monotonic()


@dataclass
class SettableClock:
    """A clock that stands still until it is moved; the tests' clock."""

    at: datetime
    seconds: float = field(default=0.0)

    def now(self) -> datetime:
        """Return the moment it was set to."""
        return self.at

    def monotonic(self) -> float:
        """Return the seconds it was moved by."""
        return self.seconds

    def move(self, by: timedelta) -> None:
        """Move both readings forward."""
        self.at += by
        self.seconds += by.total_seconds()
