"""An exchange that takes so many calls a minute and refuses what comes beyond.

In: the rows `[[choke]]` of a mix or a script. Out: for each call that comes, whether
it finds a way. What runs full empties evenly: not the first calls of each minute pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

CHOKED = "choked"
"""What the log calls a call that found no way, whatever its number would do."""
STATUSES = (480, 503)


@dataclass(frozen=True, slots=True)
class Choke:
    """All numbers that begin with `prefix` share `calls_a_minute`.

    `burst`: seconds of such calls that may come at once; `status`: 503, or 480 with the
    cause 34; `retry_after`: seconds that the refusal names, 0 for none.
    """

    prefix: str
    calls_a_minute: float
    burst: float = 5.0
    retry_after: int = 5
    status: int = 503


class Gate:
    """A choke at work; seconds are monotonic."""

    def __init__(self, choke: Choke, now: float) -> None:
        self.choke = choke
        self._a_second = choke.calls_a_minute / 60
        self._most = max(1.0, self._a_second * choke.burst)
        self._room, self._at = self._most, now

    def has_room(self, number: str, now: float) -> bool:
        """Take a call in where there is room; tell whether it goes on."""
        if not number.startswith(self.choke.prefix):
            return True
        room = self._room + (now - self._at) * self._a_second
        self._room, self._at = min(self._most, room), now
        if self._room < 1.0:
            return False
        self._room -= 1.0
        return True


def chokes_from(rows: Iterable[Mapping[str, Any]]) -> tuple[Choke, ...]:
    """Return the chokes of a TOML table; ValueError says which word is wrong."""
    return tuple(_choke(row) for row in rows)


def _choke(row: Mapping[str, Any]) -> Choke:
    known = {key.name for key in fields(Choke)}
    for word in row:
        if word not in known:
            raise ValueError(f"[[choke]] knows no “{word}”, only {sorted(known)}")
    choke = Choke(**row)
    if not choke.prefix.startswith("+"):
        raise ValueError("[[choke]] wants a prefix like +3319900")
    if choke.calls_a_minute <= 0 or choke.status not in STATUSES:
        raise ValueError(
            f"[[choke]] wants calls_a_minute above 0, and a status of {STATUSES}"
        )
    return choke
