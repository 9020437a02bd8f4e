"""`python -m benchmarks big [launch|history|reports] [--few]`: how the cost grows.

Figures are kept like those of the other rooms; those of `--few` are only shown. Nothing
else runs meanwhile, or the times mean nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

from benchmarks.big import history, launching, reports
from benchmarks.figures import Figures, keep, missed, table
from tests.store.cluster import postgres_binaries

FEW = 60_000


def figures_of(part: str, *, few: bool = False) -> Figures:
    """Return the figures of `launch`, `history` or `reports`; `few`: a small trial."""
    return {f"big_{name}": value for name, value in PARTS[part](few).items()}


def main(arguments: Sequence[str]) -> int:
    """Measure, keep and show part after part; 1 where a target was missed."""
    parser = argparse.ArgumentParser("python -m benchmarks big", description=__doc__)
    parser.add_argument("part", nargs="?", choices=[*PARTS])
    parser.add_argument("--few", action="store_true", help="a small trial")
    asked = parser.parse_args(arguments)
    failed = False
    for part in [asked.part] if asked.part else PARTS:
        found = figures_of(part, few=asked.few)
        print(f"{part}\n{table(found)}", flush=True)
        if not asked.few:
            print(f"written to {keep(found)}", flush=True)
        failed |= bool(missed(found))
    return int(failed)


def _launch(few: bool) -> Mapping[str, float]:
    town = launching.measured(launching.TOWN)
    region = launching.measured(FEW if few else launching.REGION)
    return _named("town", town) | _named("region", region)


def _history(few: bool) -> Mapping[str, float]:
    many = history.MANY // 10 if few else history.MANY
    found = history.measured("sqlite", many)
    if postgres_binaries() is not None:
        found |= history.measured("postgresql", many)
    return found


def _reports(few: bool) -> Mapping[str, float]:
    return reports.measured(FEW if few else reports.REGION)


PARTS: dict[str, Callable[[bool], Mapping[str, float]]] = {
    "launch": _launch,
    "history": _history,
    "reports": _reports,
}


def _named(size: str, figures: Mapping[str, float]) -> dict[str, float]:
    return {f"{size}_{name}": value for name, value in figures.items()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
