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
from collections.abc import Sequence
from dataclasses import asdict
from importlib import import_module
from typing import Any

import tests.faults
from tests.faults import page
from tests.faults.fault import Fault, Observed
from tests.faults.lanes import KILLS_A_RUN, Lanes
from tests.faults.results import Results

DEFAULT_KILLS = 200
MINUTES = 50.0
NOT_A_FAMILY = {"__main__", "daemon"}


def main() -> int:
    """Do what was asked; 1 where something was broken."""
    asked = arguments()
    signal.signal(signal.SIGTERM, _end)  # what was started is ended in its `with`
    faults = chosen(every_fault(), asked.only)
    results = Results()
    if asked.list:
        for fault in faults:
            done, wanted = results.runs(fault.name), fault.wanted(asked.kills)
            say(f"{fault.name:18} {done:4}/{wanted:<4} {fault.title}")
        return 0
    if asked.run:
        (fault,) = chosen(faults, [asked.run])
        say(json.dumps(asdict(observed(fault, asked.seed or 1, asked.kills))))
        return 0
    if asked.seed is not None:
        for fault in faults:
            kills = min(asked.kills, KILLS_A_RUN)
            results.add(observed(fault, asked.seed, kills))
    elif not asked.table:
        ends_at = time.monotonic() + 60 * asked.minutes
        Lanes(faults, results, asked.kills, ends_at, say).work()
    page.write(every_fault(), results.by_fault)
    clean = all(one.is_clean for one in results.by_fault.values())
    return 0 if clean else 1


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


def observed(fault: Fault, seed: int, kills: int) -> Observed:
    """Bring one fault about; what goes wrong with it is a broken invariant."""
    from tests.faults.ground import make_ground  # noqa: PLC0415 - not for --list

    say(f"{fault.name}, seed {seed}: {fault.title}")
    began = time.monotonic()
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(int(fault.most_seconds))
    try:
        seen = fault.run(make_ground(kills), seed)
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
