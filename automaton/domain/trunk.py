"""A SIP connection to an operator, as far as the engine must know it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from automaton.domain.dialling import AllowList
from automaton.domain.phone import written_for


@dataclass(frozen=True, slots=True)
class Trunk:
    """`lines` simultaneous calls, `reserved_lines` of them kept back for duty calls.

    `calls_per_second` None means that the operator named no cap. `rings` is false where
    another channel than voice carries it: no duty call goes that way. `calls_per_day`
    and `minutes_per_day` None: nothing but its lines limits a day. `is_called`: a
    number of ours is on it.
    """

    name: str
    lines: int
    reserved_lines: int = 1
    calls_per_second: float | None = None
    allowed: AllowList = field(default_factory=AllowList)
    caller_ids: tuple[str, ...] = ()
    number_format: str = "e164"
    rings: bool = True
    identity_format: str = "e164"
    calls_per_day: int | None = None
    minutes_per_day: int | None = None
    is_called: bool = False

    @property
    def campaign_lines(self) -> int:
        """Return the lines that campaigns may use."""
        return max(0, self.lines - self.reserved_lines)

    @property
    def talks(self) -> int:
        """Return how many persons key 0 may ring at once."""
        return most_talks(self.lines, self.reserved_lines, is_called=self.is_called)

    def terms(self, zone: str) -> str:
        """Return what all nodes that have it must agree on, as settings say it."""
        told = {
            "lines": self.lines,
            "reserved_lines": self.reserved_lines,
            "calls_per_second": self.calls_per_second,
            "calls_per_day": self.calls_per_day,
            "minutes_per_day": self.minutes_per_day,
            "calling.timezone": zone,
        }
        known = {name: value for name, value in told.items() if value is not None}
        return ", ".join(f"{name} = {value}" for name, value in known.items())

    def may_dial(self, number: str) -> bool:
        """Tell whether this trunk may ring the number."""
        return self.allowed.names(number)

    def shows(self, chosen: str | None = None) -> str | None:
        """Return the number that a call shows, as the trunk writes it.

        That is the one `chosen`, else its first; None where it has none.
        """
        number = chosen or next(iter(self.caller_ids), None)
        return number and written_for(number, self.identity_format)


def most_callers(lines: int, reserved: int) -> int:
    """Return how many callers a trunk may hold at once, those who wait among them.

    Fewer than half of its lines, unless more are kept back: calls go out by the others.
    """
    return max(1, reserved, (lines - 1) // 2)


def most_turned_away(lines: int) -> int:
    """Return how many more may be told at once that no line of a trunk is free.

    Officers come in from there, so a trunk of three lines has room for one.
    """
    return min(2, max(lines // 4, int(lines > 2)))


def most_talks(lines: int, reserved: int, *, is_called: bool) -> int:
    """Return how many persons key 0 may ring at once by a trunk, on lines kept back.

    Such a talk holds the line of the home as well, for as long. With those who call us
    talks leave one line, which soon falls free for a call for help.
    """
    callers = (
        most_callers(lines, reserved) + most_turned_away(lines) if is_called else 0
    )
    return max(0, min(reserved, max(1, reserved - 1), (lines - 1 - callers) // 2))


@dataclass(frozen=True, slots=True)
class Spent:
    """What campaigns have used of a trunk in a day; `talked`: from answer to end."""

    calls: int = 0
    talked: timedelta = timedelta()


def carrier(
    e164: str,
    trunks: Sequence[Trunk],
    free: Mapping[str, int],
    avoid: str | None = None,
) -> Trunk | None:
    """Return the first trunk with a free line that may dial the number.

    `avoid` is taken only where no other trunk can carry the call.
    """
    able = [t for t in trunks if free.get(t.name, 0) > 0 and t.may_dial(e164)]
    return next((t for t in able if t.name != avoid), able[0] if able else None)
