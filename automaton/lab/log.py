"""The town's own log: what passed on the wire, and what the residents heard and did.

In: the two files that the exchange and its Asterisk write. Out: `Event`s in order, and
JSON lines with millisecond timestamps.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_FACT = re.compile(r"TOWN (at=\S+ call=\S+ what=\S+.*)$")


@dataclass(frozen=True, slots=True)
class Event:
    """One fact.

    `what`: invite, ringing (180), progress (183), answered, refused, cancelled (by the
    caller, before any answer), heard, key, hangup. `seconds` of speech heard, in this
    utterance or, at the hangup, in all; `times` utterances so far; `who` hung up:
    resident or caller; `known` is false for a number nobody has.
    """

    at: datetime
    call: str
    number: str
    attempt: int
    what: str
    behaviour: str = ""
    sip: int | None = None
    retry_after: int | None = None
    seconds: float | None = None
    times: int | None = None
    key: str = ""
    who: str = ""
    known: bool = True

    def line(self) -> str:
        """Return the event as one JSON line, without what it does not tell."""
        told = {key: value for key, value in asdict(self).items() if _is_told(value)}
        told["at"] = self.at.isoformat(timespec="milliseconds")
        return json.dumps(told, ensure_ascii=False)


def _is_told(value: object) -> bool:
    """Tell whether a value says something; a number 1 does, though it equals True."""
    return value is not None and value is not True and value != ""


def read_log(run: Path) -> list[Event]:
    """Return every fact so far, oldest first."""
    wire = list(_wire(run / "wire.jsonl"))
    calls = {event.call: event for event in wire if event.what == "invite"}
    sound = [
        _sound_event(row, calls[row["call"]])
        for row in _facts(run / "log" / "facts")
        if row["call"] in calls
    ]
    return sorted(wire + sound, key=lambda event: event.at)


def write_log(events: Iterable[Event], path: Path) -> Path:
    """Write the events as JSON lines."""
    text = "".join(event.line() + "\n" for event in events)
    path.write_text(text, encoding="utf-8")
    return path


def load_log(path: Path) -> list[Event]:
    """Read what `write_log` wrote; OSError where there is no such file."""
    rows = map(json.loads, path.read_text("utf-8").splitlines())
    return [Event(**{**row, "at": datetime.fromisoformat(row["at"])}) for row in rows]


def _wire(path: Path) -> Iterator[Event]:
    for line in _whole_lines(path):
        row = json.loads(line)
        yield Event(**{**row, "at": _moment(row["at"])})


def _facts(path: Path) -> Iterator[dict[str, str]]:
    for line in _whole_lines(path):
        found = _FACT.search(line)
        if found:
            yield dict(pair.split("=", 1) for pair in found.group(1).split())


def _sound_event(row: dict[str, str], invite: Event) -> Event:
    numbers: dict[str, Any] = {}
    if "ms" in row:
        numbers["seconds"] = int(row["ms"]) / 1000
    if "times" in row:
        numbers["times"] = int(row["times"])
    return Event(
        at=_moment(float(row["at"])),
        call=invite.call,
        number=invite.number,
        attempt=invite.attempt,
        what=row["what"],
        key=row.get("key", ""),
        who=row.get("who", ""),
        **numbers,
    )


def _whole_lines(path: Path) -> Iterator[str]:
    """Yield the finished lines of a file that may still be written to."""
    if path.exists():
        text = path.read_text("utf-8", "replace")
        yield from text[: text.rfind("\n") + 1].splitlines()


def _moment(epoch: float) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)
