"""`python -m benchmarks`: the calls; `store`, `import`, `parts`: single rooms."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

from benchmarks import chamber

ROOMS = {
    "store": "benchmarks.store_beat",
    "import": "benchmarks.import_contacts",
    "parts": "benchmarks.parts",
}


def main() -> int:
    """Measure what was asked for; 1 where a target was missed."""
    asked = arguments()
    if asked.what in ROOMS:
        return int(import_module(ROOMS[asked.what]).main(None) or 0)
    if not chamber.is_inside():
        return chamber.run_inside("benchmarks", sys.argv[1:])
    from benchmarks.calls import Order  # noqa: PLC0415 - not for --help
    from benchmarks.calls import main as measure  # noqa: PLC0415

    return measure(Order(asked.calls, asked.lines, asked.town, asked.profile))


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="?", default="calls", choices=["calls", *ROOMS])
    parser.add_argument("--calls", type=int, default=2_000)
    parser.add_argument("--lines", type=int, default=200)
    parser.add_argument("--town", type=int, default=19_000)
    parser.add_argument("--profile", type=Path, help="profile the daemon into FILE")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
