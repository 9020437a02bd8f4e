"""`python -m benchmarks [ROOM] [WORDS]`: without a room those of `make bench`.

`all` measures every room in full and draws docs/performance.md. `--runs N` (also before
a room's own words) asks for medians of so many runs. Every room tells its own words:
`python -m benchmarks ROOM -h`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

from benchmarks import chamber


@dataclass(frozen=True)
class Room:
    """Something that is measured, by the `main` of a module.

    `short`: its words in `make bench`, None where it is not part of it; `full`: its
    words in `all`. One with `runs` takes `--runs`.
    """

    about: str
    module: str = ""
    short: str | None = None
    full: str = ""
    in_chamber: bool = True
    runs: bool = True
    is_measured: bool = True


ROOMS = {
    "calls": Room(
        "lines, CPU and memory on fixed calls, beside a bare loop",
        short="--lines 200 --span 70",
        full="--lines 50 200 500 --span 250",
    ),
    "mix": Room("lines in a town of all kinds", short="--span 90", full="--span 250"),
    "starts": Room("starts a second, beside a bare loop", short="--steps 150 180 220"),
    "crowd": Room("1,000 and 1,500 calls at once", short="--calls 1000 --kinds quiet"),
    "fair": Room("50 recipients beside 19,000"),
    "urgent": Room("an alert while other calls hold all lines"),
    "choke": Room("an exchange that chokes", in_chamber=False, runs=False),
    "fleet": Room(
        "one node, three, and three of which one is killed",
        module="fleet.__main__",
        in_chamber=False,
    ),
    "forecast": Room(
        "how wrong the forecast is, in simulated time", in_chamber=False, runs=False
    ),
    "region": Room(
        "nodes, collectivities and one PostgreSQL, in simulated time",
        module="region.__main__",
        in_chamber=False,
        runs=False,
    ),
    "big": Room(
        "500,000 recipients, 3.5 million attempts, reports",
        module="big.room",
        in_chamber=False,
        runs=False,
    ),
    "peers": Room(
        "other programs and the daemon", in_chamber=False, module="peers.__main__"
    ),
    "greetings": Room(
        "who is taken for a machine, beside Asterisk's own AMD",
        module="greetings.room",
        in_chamber=False,
        runs=False,
    ),
    "import": Room(
        "contacts coming in", module="import_contacts", in_chamber=False, runs=False
    ),
    "store": Room(
        "what the store alone costs", module="store_beat", in_chamber=False, runs=False
    ),
    "parts": Room("what single parts cost", in_chamber=False, runs=False),
    "names": Room("19,000 names become sounds", in_chamber=False, runs=False),
    "voices": Room(
        "every voice: time, memory, size, level, and a WAV of each",
        in_chamber=False,
        runs=False,
    ),
    "page": Room(
        "docs/performance.md anew", in_chamber=False, runs=False, is_measured=False
    ),
}


def main(words: Sequence[str]) -> int:
    """Measure what was asked for; 1 where a target was missed."""
    if words and words[0] in ROOMS:
        return enter(words[0], words[1:])
    parser = argparse.ArgumentParser(
        "python -m benchmarks",
        description=__doc__,
        epilog="; ".join(f"{name}: {room.about}" for name, room in ROOMS.items()),
    )
    parser.add_argument(
        "what", nargs="?", default="short", choices=["short", "all", *ROOMS]
    )
    parser.add_argument("--runs", type=int, default=1)
    asked = parser.parse_args(words)
    if asked.what in ROOMS:
        return enter(asked.what, ["--runs", str(asked.runs)])
    return several(asked.what, asked.runs)


def enter(name: str, words: Sequence[str]) -> int:
    """Measure one room, in a network of its own where it rings."""
    room = ROOMS[name]
    if room.in_chamber and not chamber.is_inside():
        return chamber.run_inside("benchmarks", [name, *words])
    module = import_module(f"benchmarks.{room.module or name}")
    return int(module.main(words) or 0)


def several(what: str, runs: int) -> int:
    """Measure room after room, each in a process of its own; 1 where one failed."""
    failed = 0
    for name, room in ROOMS.items():
        words = room.full if what == "all" else room.short
        if words is None or not room.is_measured:
            continue
        order = [sys.executable, "-m", "benchmarks", name, *words.split()]
        order += ["--runs", str(runs)] if room.runs else []
        failed |= subprocess.run(order, check=False).returncode != 0
    if what == "all":
        enter("page", [])
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
