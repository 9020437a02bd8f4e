"""What a fault has left, judged: records against the town's log, and how soon again."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from automaton.lab.history import HistoryRules, Outage, TrunkRules, check, verdicts
from tests.faults.fault import Observed
from tests.faults.ground import FaultStage

NOT_THE_NEXT_LIFE = 0.3
"""Seconds in which no daemon that has just been started can have rung anybody."""
READY_AT = re.compile(r"The node is ready; at ([0-9.]+)")
LINK_UP = re.compile(r'"event": "ami_up".*"timestamp": "([^"]+)"')
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
TOLD = 8
EXACT, SLACK = 4.0, 1.25
"""Up to so many calls a second are judged as they are, more with that factor."""


@dataclass(frozen=True, slots=True)
class Life:
    """One life of the daemon, in seconds since 1970."""

    begun_at: float
    ready_at: float | None
    ended_at: float


class Recovery(NamedTuple):
    """Seconds from a start to the next INVITE, or to the end of a life without one."""

    seconds: float
    has_rung: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """How a history is judged beyond the defaults.

    `real` turns a moment on record into one of the town's clock.
    """

    rules: dict[str, Any] = field(default_factory=dict)
    outages: tuple[Outage, ...] = ()
    real: Callable[[str], str] | None = None


def judged(
    here: FaultStage, name: str, *campaigns: str, how: Judged | None = None
) -> Observed:
    """Return what the checker of histories finds; `runs` is 1."""
    how = how or Judged()
    records = [row for one in campaigns for row in here.records(one)]
    records = [_by_the_towns_clock(row, how.real) for row in records]
    logs = {trunk: town.log() for trunk, town in here.towns.items()}
    broken = check(
        records, logs, _rules(here, how.rules), [*daemon_outages(here), *how.outages]
    )
    here.is_broken = here.is_broken or bool(broken)
    by = verdicts(broken)
    told = [f"{v.invariant} {v.number}: {v.text}" for v in broken[:TOLD]]
    return Observed(
        name,
        runs=1,
        calls=sum(event.what == "invite" for log in logs.values() for event in log),
        invariants_broken=len(broken),
        keys_lost=len(by["I3"]),
        rung_twice=len(by["I1"]) + len(by["I2"]),
        notes=tuple(told),
    )


def _by_the_towns_clock(row: dict[str, Any], real: Any) -> dict[str, Any]:
    """Return a record with every moment in it turned by `real`."""
    if real is None:
        return row
    turned: dict[str, Any] = {
        key: real(value) if _is_moment(value) else value for key, value in row.items()
    }
    attempts = row.get("attempts", ())
    turned["attempts"] = [_by_the_towns_clock(one, real) for one in attempts]
    return turned


def _is_moment(value: Any) -> bool:
    return isinstance(value, str) and bool(MOMENT.match(value))


def next_invite(here: FaultStage, after: float) -> float:
    """Return when the town was rung next, in seconds since 1970; 0: not yet."""
    moments = (event.at.timestamp() for event in here.happened("invite"))
    return next((at for at in moments if at > after), 0.0)


def links_up(said: str) -> list[float]:
    """Return when the daemon's links to Asterisk came up, in seconds since 1970."""
    return [datetime.fromisoformat(at).timestamp() for at in LINK_UP.findall(said)]


def lives(here: FaultStage) -> list[Life]:
    """Return the daemon's lives so far, the last one until now."""
    readies = [float(at) for at in READY_AT.findall(here.said())]
    ends = [*here.ended_at, *[time.time()] * len(here.begun_at)]
    return [
        Life(begun, next((at for at in readies if begun <= at <= end), None), end)
        for begun, end in zip(here.begun_at, ends, strict=False)
    ]


def recoveries(here: FaultStage) -> list[Recovery]:
    """Return how soon each daemon that was started again rang the town.

    Somebody must have been due all the time.
    """
    invites = [event.at.timestamp() for event in here.happened("invite")]
    return [recovery(life, invites) for life in lives(here)[1:]]


def recovery(life: Life, invites: Sequence[float]) -> Recovery:
    """Return how soon a life rang somebody.

    One that ended before took at least as long as it lasted: no slow life is left out.
    """
    begun = life.begun_at + NOT_THE_NEXT_LIFE
    rung = next((at for at in invites if begun < at <= life.ended_at), None)
    return Recovery((rung or life.ended_at) - life.begun_at, rung is not None)


def daemon_outages(here: FaultStage) -> Iterator[Outage]:
    """Yield the spans in which no daemon was ready."""
    lived = lives(here)
    down_since = None
    for life in lived:
        if down_since is not None and life.ready_at is not None:
            yield Outage(moment(down_since), moment(life.ready_at))
            down_since = None
        down_since = down_since or life.ended_at


def moment(seconds: float) -> datetime:
    """Return seconds since 1970 as a moment."""
    return datetime.fromtimestamp(seconds, UTC)


def span(began: float, ended: float, what: str) -> Outage:
    """Return an outage from seconds since 1970."""
    return Outage(moment(began), moment(ended), what)


def _rules(here: FaultStage, more: dict[str, Any]) -> HistoryRules:
    trunks = {
        name: TrunkRules(trunk.lines, pace(trunk.more))
        for name, trunk in here.trunks.items()
    }
    homes = [one for town in here.towns.values() for one in town.oracle()]
    duty = frozenset(n for town in here.towns.values() for n in town.duty_numbers())
    told: dict[str, Any] = {"trunks": trunks, "others": duty, "expectations": homes}
    return HistoryRules(**told | more)


def pace(more: str) -> float | None:
    """Return the calls a second by which a trunk of these settings is judged.

    A call may be late on its way where the machine is busy with two faults. What makes
    that too many is one that is late by more than the time between two calls, so that
    short times have some slack; a burst breaks them all the same.
    """
    found = re.search(r"calls_per_second\s*=\s*([0-9.]+)", more)
    if found is None:
        return None
    cap = float(found[1])
    return cap if cap <= EXACT else cap * SLACK


def median(seconds: Iterable[float]) -> float:
    """Return the middle one."""
    ordered = sorted(seconds)
    return ordered[len(ordered) // 2] if ordered else 0.0
