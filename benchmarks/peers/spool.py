"""The spool of Asterisk's call files: a file in it is a call, gone when it is over.

Asterisk (`pbx_spool`) rings each file as it comes and knows no number of lines: so many
files, so many calls. With `Archive: yes` a file whose call is over is moved to
`outgoing_done`, with its status as the last line: that is what a program that is
started again goes by. Keys are in the journal that the dialplan writes.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TURN_SECONDS = 0.02
JOURNAL = re.compile(r"^/automaton/\S+\s*: (.*?)\s*$", re.MULTILINE)
Write = Callable[[dict[str, Any], str, Path], None]
"""Puts the call file of a number into a spool: order, number, the file's path there."""


@dataclass(frozen=True)
class Spool:
    """The folders of one campaign's call files."""

    root: Path
    campaign: str

    def waiting(self, number: str) -> Path:
        """Return where the file of a number lies while its call is not over."""
        return self.root / "outgoing" / f"{self.campaign}-{number}.call"

    def over(self, number: str) -> Path:
        """Return where the file of a number lies afterwards."""
        return self.root / "outgoing_done" / self.waiting(number).name

    def is_new(self, number: str) -> bool:
        """Tell whether a number was never spooled."""
        return not self.waiting(number).exists() and not self.over(number).exists()

    @property
    def taken(self) -> int:
        """Return how many lines are taken."""
        return sum(1 for _ in (self.root / "outgoing").iterdir())


def ring(order: dict[str, Any], write: Write) -> None:
    """Keep as many files in the spool as there are lines, until nobody is left."""
    spool = Spool(Path(order["spool"]), order["campaign"])
    (spool.root / "tmp").mkdir(exist_ok=True)
    waiting = [number for number in order["numbers"] if spool.is_new(number)][::-1]
    until = time.monotonic() + order["seconds"]
    while (waiting or spool.taken) and time.monotonic() < until:
        for _ in range(min(len(waiting), order["lines"] - spool.taken)):
            number = waiting.pop()
            write(order, number, spool.waiting(number))
        time.sleep(TURN_SECONDS)


def told(order: dict[str, Any]) -> dict[str, Any]:
    """Return what the archive and the journal hold."""
    spool = Spool(Path(order["spool"]), order["campaign"])
    keys = dict(journalled(order["console"], order["campaign"]))
    outcomes = {}
    for number in order["numbers"]:
        if spool.over(number).exists():
            outcomes[number] = word(spool.over(number), number in keys)
    return {"keys": keys, "outcomes": outcomes}


def word(file: Path, has_key: bool) -> str:
    """Return how a call ended: the status tells an answer from all that is none."""
    if not file.read_text("utf-8").rstrip().endswith("Completed"):
        return "not_answered"
    return "acknowledged" if has_key else "answered_no_key"


def journalled(console: list[str], campaign: str) -> Iterable[tuple[str, str]]:
    """Yield the keys of a campaign, by number."""
    order = [*console, "database show automaton"]
    shown = subprocess.run(order, capture_output=True, text=True, check=True).stdout
    for entry in JOURNAL.findall(shown):
        _, _, of, recipient, key, _ = entry.split("|")
        if of == campaign:
            yield f"+{recipient}", key


def main(write: Write) -> None:
    """Read an order, ring, and write what is known."""
    order = json.load(sys.stdin)
    ring(order, write)
    print(json.dumps(told(order)))
