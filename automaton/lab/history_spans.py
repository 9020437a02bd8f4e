"""The spans in which something was down, ready to be asked a hundred thousand times."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta

from automaton.lab.history_rules import Outage


class Spans:
    """Outages in their order; those that overlap are one span."""

    def __init__(self, outages: Iterable[Outage]) -> None:
        rows = sorted(outages, key=lambda outage: outage.began_at)
        self._kills = [outage.began_at for outage in rows if outage.kills_calls]
        self._begins: list[datetime] = []
        self._ends: list[datetime] = []
        for outage in rows:
            if self._ends and outage.began_at <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], outage.ended_at)
            else:
                self._begins.append(outage.began_at)
                self._ends.append(outage.ended_at)

    def touch(self, began_at: datetime, ended_at: datetime) -> bool:
        """Tell whether something was down at any moment of a span."""
        last = bisect_right(self._begins, ended_at) - 1
        return last >= 0 and self._ends[last] >= began_at

    def after(self, moment: datetime, span: timedelta) -> datetime:
        """Return when as much time has gone by in which nothing was down."""
        end = moment + span
        for index in range(bisect_left(self._ends, moment), len(self._ends)):
            if self._begins[index] > end:
                break
            end += self._ends[index] - max(moment, self._begins[index])
        return end

    def death_of(self, began_at: datetime) -> datetime | None:
        """Return when a call died with its Asterisk, None where it did not."""
        index = bisect_left(self._kills, began_at)
        return self._kills[index] if index < len(self._kills) else None
