"""`python -m tests.faults`: bring faults about, judge what they left, keep the sums."""

from __future__ import annotations

import argparse
import json
import os
import pkgutil
import signal
import sys
import time
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib import import_module
from typing import Any

import tests.faults
from tests.faults import page
from tests.faults.fault import Fault, Observed
from tests.faults.lanes import LANES, Lanes
from tests.faults.results import Results

DEFAULT_KILLS = 200
BROKEN, UNDONE = 1, 3
"""How this ends where anything was broken, or else where not all is done yet."""
MINUTES = 50.0
NOT_A_FAMILY = {"__main__", "daemon"}


def main() -> int:
    """Do what was asked: 0, BROKEN where anything was, UNDONE where not all is done."""
    asked = arguments()
    signal.signal(signal.SIGTERM, _end)  # what was started is ended in its `with`
    faults = chosen(every_fault(), asked.only)
    results = Results()
    if asked.list:
        told_plan(faults, results, asked.kills)
        return 0
    if asked.run:
        (fault,) = chosen(faults, [asked.run])
        say(json.dumps(asdict(observed(fault, asked.seed or 1, asked.kills))))
        return 0
    lanes = Lanes(
        faults, results, asked.kills, time.monotonic() + 60 * asked.minutes, say
    )
    if asked.seed is not None:
        for fault in faults:
            runs = min(fault.wanted(asked.kills), fault.at_once)
            results.add(observed(fault, asked.seed, runs))
    elif not asked.table:
        lanes.work()
    page.write(every_fault(), results.by_fault)
    undone = {} if asked.seed is not None else lanes.undone()
    return verdict(results.by_fault.values(), undone)


def verdict(seen: Iterable[Observed], undone: Mapping[str, int]) -> int:
    """Say what is broken and what is left, and return how to end."""
    broken = [one for one in seen if not one.is_clean]
    for one in broken:
        say(f"BROKEN: {one.fault}: {'; '.join(one.notes)}")
    if undone:
        left = ", ".join(f"{name} ({runs})" for name, runs in undone.items())
        say(f"NOT DONE, runs left: {left}; the same command goes on from here")
    if broken:
        return BROKEN
    return UNDONE if undone else 0


def told_plan(faults: Sequence[Fault], results: Results, kills: int) -> None:
    """Say what is done, what is wanted, and what that takes."""
    lanes = Lanes(faults, results, kills, 0, say)
    for fault in faults:
        done, wanted = results.runs(fault.name), fault.wanted(kills)
        minutes = lanes.seconds_left(fault) / 60
        say(f"{fault.name:18} {done:4}/{wanted:<4} {minutes:4.1f} min  {fault.title}")
    say(f"left: about {lanes.minutes_left():.0f} min in {LANES} lanes")


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser("python -m tests.faults", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--seed", type=int, help="this seed, once, done already or not")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    parser.add_argument("--kills", type=int, default=kills_of_the_environment())
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--table", action="store_true")
    return parser.parse_args()


def kills_of_the_environment() -> int:
    """Return KILLS, or 200."""
    return int(os.environ.get("KILLS") or DEFAULT_KILLS)


def every_fault() -> list[Fault]:
    """Return the faults of all families, by the names of their files."""
    names = sorted(found.name for found in pkgutil.iter_modules(tests.faults.__path__))
    modules = [import_module(f"tests.faults.{n}") for n in names if _is_family(n)]
    return [fault for one in modules for fault in getattr(one, "FAULTS", ())]


def _is_family(name: str) -> bool:
    return name not in NOT_A_FAMILY and not name.startswith("test_")


def chosen(faults: Sequence[Fault], names: Sequence[str]) -> list[Fault]:
    """Return the faults of these names, all where there is none."""
    unknown = set(names) - {fault.name for fault in faults}
    if unknown:
        raise SystemExit(f"no fault {', '.join(sorted(unknown))}: see --list")
    return [fault for fault in faults if not names or fault.name in names]


def observed(fault: Fault, seed: int, runs: int) -> Observed:
    """Bring one fault about; what goes wrong with it is a broken invariant."""
    from tests.faults.ground import make_ground  # noqa: PLC0415 - not for --list

    say(f"{fault.name}, seed {seed}: {fault.title}")
    began = time.monotonic()
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(int(fault.most_seconds))
    try:
        seen = fault.judged(fault.run(make_ground(runs), seed))
    except Exception as error:  # noqa: BLE001 - the other faults are still to be seen
        traceback.print_exc()
        note = f"seed {seed}: {type(error).__name__} {str(error)[-300:]}"
        seen = Observed(fault.name, runs=1, invariants_broken=1, notes=(note,))
    finally:
        signal.alarm(0)
    say(f"    {seen}, {time.monotonic() - began:.0f} s")
    return seen


def _end(*_: Any) -> None:
    raise SystemExit("ended")


def _too_long(*_: Any) -> None:
    raise TimeoutError("the fault took too long")


def say(what: str) -> None:
    """Tell the terminal."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
