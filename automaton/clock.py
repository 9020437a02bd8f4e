"""Time, handed in: nothing below the doors reads the machine's clock by itself."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where moments and durations come from."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...

    def wall(self) -> datetime:
        """Return what this machine says, for what its other programs tell."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never jump, for measuring."""
        ...

    def boottime(self) -> float:
        """Return seconds that never jump and go on while the machine sleeps."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)

    def wall(self) -> datetime:
        """Return the present moment in UTC."""
        return self.now()

    def monotonic(self) -> float:
        """Return the machine's monotonic seconds."""
        return time.monotonic()

    def boottime(self) -> float:
        """Return the machine's seconds since its start, its sleep included."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)


READINGS = 30
STEADY = timedelta(milliseconds=50)  # less is how long an answer took
JUMP = timedelta(seconds=1)


class SharedClock:
    """A clock that several machines read: its last readings, and our own seconds since.

    What this machine's own clock says of the hour does not matter.
    """

    def __init__(self, own: Clock | None = None) -> None:
        self._own = own or SystemClock()
        self._zero = self._own.now() - timedelta(seconds=self._own.boottime())
        self._readings: deque[tuple[float, datetime]] = deque(maxlen=READINGS)

    def now(self) -> datetime:
        """Return the present moment of the shared clock."""
        return self._zero + timedelta(seconds=self._own.boottime())

    def wall(self) -> datetime:
        """Return what this machine's own clock says."""
        return self._own.now()

    def monotonic(self) -> float:
        """Return this machine's monotonic seconds."""
        return self._own.monotonic()

    def boottime(self) -> float:
        """Return this machine's seconds since its start, its sleep included."""
        return self._own.boottime()

    def follow(self, told: datetime, asked: float, answered: float) -> None:
        """Take a reading that was asked for and answered at these seconds.

        The one that took least time counts; one that no delay explains is a jump.
        """
        zero = told - timedelta(seconds=(asked + answered) / 2)
        if abs(zero - self._zero) > JUMP + timedelta(seconds=answered - asked):
            self._readings.clear()
        self._readings.append((answered - asked, zero))
        _, best = min(self._readings)
        if abs(best - self._zero) >= STEADY:
            self._zero = best


@dataclass
class SettableClock:
    """A clock that stands still until it is moved; the tests' clock."""

    at: datetime
    seconds: float = field(default=0.0)
    slept: float = field(default=0.0)

    def now(self) -> datetime:
        """Return the moment it was set to."""
        return self.at

    def wall(self) -> datetime:
        """Return the moment it was set to."""
        return self.at

    def monotonic(self) -> float:
        """Return the seconds it was moved by."""
        return self.seconds

    def boottime(self) -> float:
        """Return the seconds it was moved by, and slept."""
        return self.seconds + self.slept

    def move(self, by: timedelta) -> None:
        """Move both readings forward."""
        self.at += by
        self.seconds += by.total_seconds()

    def sleep(self, by: timedelta) -> None:
        """Move what goes on in a machine that sleeps."""
        self.at += by
        self.slept += by.total_seconds()
