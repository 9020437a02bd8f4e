"""What a loop of Python knows of its homes, in a file: it outlives the loop.

None of the libraries keeps anything. This is the least that a careful user adds: one
line of JSON a fact, so that a loop that is started again leaves out the homes that are
over. What happened while the loop was away is in no line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

CAUSES = {
    "1": "unallocated",
    "17": "busy",
    "18": "no_answer",
    "19": "no_answer",
    "20": "unreachable",
    "21": "rejected",
    "34": "congestion",
    "38": "congestion",
    "42": "congestion",
}
"""What Hangup's `Cause` means by Q.850, in the words of the outcomes."""


class Record:
    """Keys and outcomes by number."""

    def __init__(self, path: Path) -> None:
        self.keys: dict[str, str] = {}
        self.outcomes: dict[str, str] = {}
        if path.exists():
            for line in path.read_text("utf-8").splitlines():
                with suppress(ValueError):  # torn when the loop was killed
                    self._take(*json.loads(line))
        self._path = path

    def note(self, what: str, number: str, value: str) -> None:
        """Keep a `key` or an `outcome`."""
        self._take(what, number, value)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([what, number, value]) + "\n")

    def close(self, number: str, answered: bool, cause: str) -> None:
        """Keep how a call ended: by its key, else its answer, else its cause."""
        word = CAUSES.get(cause, "failed")
        if number in self.keys:
            word = "acknowledged"
        elif answered:
            word = "answered_no_key"
        self.note("outcome", number, word)

    def waiting(self, numbers: Iterable[str]) -> list[str]:
        """Return who is still to be rung, the last one first."""
        over = self.outcomes.keys() | self.keys.keys()
        return [number for number in numbers if number not in over][::-1]

    def told(self) -> dict[str, Any]:
        """Return what a peer writes at its end."""
        return {"keys": self.keys, "outcomes": self.outcomes}

    def _take(self, what: str, number: str, value: str) -> None:
        (self.keys if what == "key" else self.outcomes)[number] = value


def variables(order: dict[str, Any], attempt: str, number: str) -> dict[str, str]:
    """Return what the dialplan is told in a call."""
    return {
        **order["variables"],
        "AUT_ATTEMPT": attempt,
        "AUT_CAMPAIGN": order["campaign"],
        "AUT_RECIPIENT": number.lstrip("+"),
    }


def originate(order: dict[str, Any], attempt: str, number: str) -> dict[str, Any]:
    """Return the manager interface's order for a call, as its documents describe it."""
    said = variables(order, attempt, number).items()
    return {
        "Action": "Originate",
        "ActionID": attempt,
        "ChannelId": attempt,
        "Channel": order["channel"].replace("NUMBER", number),
        "Context": order["context"],
        "Exten": "s",
        "Priority": "1",
        "CallerID": order["caller_id"],
        "Timeout": str(1000 * order["ring_seconds"]),
        "Codecs": "alaw",
        "EarlyMedia": "false",
        "Async": "true",
        "Variable": [f"{name}={value}" for name, value in said],
    }


def committed(attempt: str, seq: str) -> dict[str, str]:
    """Return the order that lets the dialplan thank for a key."""
    return {
        "Action": "Setvar",
        "Channel": attempt,
        "Variable": "AUT_COMMITTED",
        "Value": seq,
    }
