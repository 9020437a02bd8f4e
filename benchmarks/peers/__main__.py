"""`python -m benchmarks peers`: other ways to ring the same homes, beside ours."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from benchmarks import chamber
from benchmarks.peers import packages


def main(words: Sequence[str]) -> int:
    """Fetch what the peers need, then let everybody ring."""
    asked = arguments(words)
    if not chamber.is_inside():
        packages.fetch()
        return chamber.run_inside("benchmarks", ["peers", *words])
    from benchmarks.peers.contest import NAMES, ROUNDS, Contest  # noqa: PLC0415
    from benchmarks.peers.contest import main as measure  # noqa: PLC0415

    only = asked.only.split(",") if asked.only else NAMES
    rounds = asked.rounds.split(",") if asked.rounds else ROUNDS
    if unknown := {*only, *rounds} - {*NAMES, *ROUNDS}:
        sys.exit(f"Nobody knows {', '.join(sorted(unknown))}: {NAMES}, {ROUNDS}")
    return measure(Contest(asked.calls, asked.lines, only, rounds, asked.runs))


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser("python -m benchmarks peers", description=__doc__)
    parser.add_argument("--calls", type=int, default=2_000)
    parser.add_argument("--lines", type=int, default=200)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--only", help="contenders, with commas between them")
    parser.add_argument("--rounds", help="speed,words,cut,kill: some of them")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
