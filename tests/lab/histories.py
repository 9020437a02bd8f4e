"""Small histories written by hand: what the town lived, and a right record of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from automaton.lab.history import HistoryRules, Outage, check
from automaton.lab.log import Event

NUMBER, SECOND, OTHER = "+33199000001", "+33639980001", "+33199000002"
START = datetime(2030, 1, 15, 10, tzinfo=UTC)
_SERIALS = count(1)
CODES = {"busy": 486, "congestion": 503, "unallocated": 404, "rejected": 603}


def moment(seconds: float) -> datetime:
    """Return a moment of the history, in seconds from its start."""
    return START + timedelta(seconds=seconds)


@dataclass
class Lived:
    """One call: its facts as (seconds, what, the rest), and what it must be called."""

    at: float
    outcome: str
    facts: list[tuple[float, str, dict[str, Any]]]
    behaviour: str = "press_1"
    number: str = NUMBER
    call: str = field(default_factory=lambda: f"c{next(_SERIALS)}")

    @property
    def events(self) -> list[Event]:
        """Return what the town notes of it."""
        facts = [(self.at, "invite", {"behaviour": self.behaviour}), *self.facts]
        return [
            Event(moment(at), self.call, self.number, 1, what, **more)
            for at, what, more in facts
        ]

    @property
    def row(self) -> dict[str, Any]:
        """Return it as the report tells it."""
        found = {what: (at, more) for at, what, more in self.facts}
        keys = "".join(more.get("key", "") for _, _, more in self.facts)
        return {
            "number": self.number,
            "trunk": "town",
            "claimed_at": moment(self.at - 0.01).isoformat(),
            "rang_at": _iso(found, "ringing"),
            "answered_at": _iso(found, "answered"),
            "outcome": self.outcome,
            "sip": CODES.get(self.outcome),
            "keys": keys,
        }


def _iso(found: dict[str, Any], what: str) -> str | None:
    return moment(found[what][0]).isoformat() if what in found else None


def refused(at: float, outcome: str, **more: Any) -> Lived:
    """Return a call that got a code at once."""
    facts = [(at + 0.02, "refused", {"sip": CODES[outcome]})]
    return Lived(at, outcome, facts, behaviour="busy", **more)


def busy(at: float, **more: Any) -> Lived:
    """Return a call to an engaged line."""
    return refused(at, "busy", **more)


def rings(at: float, until: float | None = None, **more: Any) -> Lived:
    """Return a call that rings until it is given up, ten seconds by default."""
    end = at + 10 if until is None else until
    facts: list[Any] = [(at + 0.1, "ringing", {}), (end, "cancelled", {})]
    return Lived(at, "no_answer", facts, behaviour="rings_out", **more)


def confirmed(at: float, **more: Any) -> Lived:
    """Return a call whose 1, 7 s after its begin, is thanked from 8 s on."""
    facts: list[Any] = [
        (at + 0.1, "ringing", {}),
        (at + 2, "answered", {"sip": 200}),
        (at + 6, "heard", {"seconds": 3.0, "times": 1}),
        (at + 7, "key", {"key": "1"}),
        (at + 9, "heard", {"seconds": 1.0, "times": 2}),
        (at + 12, "hangup", {"who": "caller", "seconds": 4.0}),
    ]
    return Lived(at, "acknowledged", facts, **more)


def told(calls: Iterable[Lived], **more: Any) -> dict[str, Any]:
    """Return the right record of one home's calls; `more` changes it."""
    rows = list(calls)
    done = [c for c in rows if c.outcome == "acknowledged"]
    return {
        "name": "Marthe Aubrac",
        "state": "acknowledged" if done else "exhausted",
        "numbers": list(dict.fromkeys(call.number for call in rows)),
        "acknowledged_at": moment(done[0].at + 7.5).isoformat() if done else None,
        "attempts": [call.row for call in rows],
        **more,
    }


def log(calls: Iterable[Lived]) -> list[Event]:
    """Return the town's log of these calls, in order."""
    return sorted((e for c in calls for e in c.events), key=lambda event: event.at)


def broken(
    records: Iterable[dict[str, Any]],
    calls: Iterable[Lived],
    rules: HistoryRules | None = None,
    outages: Iterable[Outage] = (),
) -> list[str]:
    """Return which invariants are broken."""
    found = check(records, log(calls), rules, outages)
    return sorted({violation.invariant for violation in found})


def of_one_home(
    *calls: Lived,
    rules: HistoryRules | None = None,
    outages: Iterable[Outage] = (),
    **more: Any,
) -> list[str]:
    """Return which invariants are broken where all calls are to one home."""
    return broken([told(calls, **more)], calls, rules, outages)


def down(began: float, ended: float, what: str = "daemon") -> list[Outage]:
    """Return one outage, in seconds from the start."""
    return [Outage(moment(began), moment(ended), what)]
