"""Made-up input, deeper than in `make test`: AMI, CSV, settings, states.

Each run takes other examples: the seed is hypothesis's own.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests.faults.fault import Fault, Observed
from tests.faults.ground import Ground
from tests.faults.results import ROOT

DEPTH = 15
SEARCHES = (
    "tests/ami/test_fuzz.py",
    "tests/importers/test_fuzz.py",
    "tests/settings/test_fuzz.py",
    "tests/domain/test_any_order.py",
    "tests/engine/test_any_beats.py",
)


def search(ground: Ground, seed: int) -> Observed:
    """Run every search at some depth; what fails is told with its example."""
    order = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    order += [f"--hypothesis-seed={seed}", *SEARCHES]
    told = subprocess.run(
        order,
        cwd=ROOT,
        env={**os.environ, "FUZZ_DEPTH": str(DEPTH)},
        capture_output=True,
        text=True,
        check=False,
    )
    failed = [line for line in told.stdout.splitlines() if line.startswith("FAILED")]
    if told.returncode:
        ground.say(told.stdout[-4000:])
    broken = len(failed) or int(told.returncode != 0)
    return Observed("fuzz", runs=1, invariants_broken=broken, notes=tuple(failed))


FAULTS = (
    Fault(
        "fuzz",
        f"made-up AMI, CSV, settings and states, {DEPTH} times as many as in tests",
        search,
        2,
        seconds=120,
    ),
)
