"""Who calls us, by which trunk: each call holds a line of it until it is over.

Comes in: the dialplan's word that such a call begins, its hang-up, and after a gap
those that live. Asterisk ends each after 15 min: of an older one the end was missed.
"""

from __future__ import annotations

from collections.abc import Mapping

from automaton.clock import Clock
from automaton.domain.events import CallEvent, CameIn, HungUp
from automaton.engine.lines.hold import Lines

LONGEST = 16 * 60.0  # seconds


class Callers:
    """The calls that came in (loop's thread); each is known by its channel's id."""

    def __init__(self, lines: Lines, clock: Clock) -> None:
        self._lines, self._clock = lines, clock
        self._since: dict[str, float] = {}

    def take(self, event: CallEvent) -> bool:
        """Take an event of such a call; False where it is of another one."""
        if isinstance(event, CameIn):
            self._begin(event.attempt_id, event.trunk)
            return True
        if isinstance(event, HungUp) and event.attempt_id in self._since:
            self._end(event.attempt_id)
            return True
        return event.attempt_id in self._since

    def only(self, living: Mapping[str, str]) -> None:
        """Let those that live, each with its trunk, hold their lines, and no other."""
        for call in self._since.keys() - living.keys():
            self._end(call)
        for call, trunk in living.items():
            self._begin(call, trunk)

    def forget(self) -> None:
        """Free the lines of calls whose end was missed."""
        now = self._clock.monotonic()
        for call in [call for call, at in self._since.items() if now - at > LONGEST]:
            self._end(call)

    def _begin(self, call: str, trunk: str) -> None:
        if call not in self._since:
            self._since[call] = self._clock.monotonic()
            self._lines.take(trunk, call, duty=True)

    def _end(self, call: str) -> None:
        del self._since[call]
        self._lines.release(call)
