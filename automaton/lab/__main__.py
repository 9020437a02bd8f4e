"""A town on an unpacked Asterisk tree, for developers: `python -m automaton.lab TREE`.

People use `automaton town up`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from automaton.lab.command import chosen_plan, town_up
from automaton.lab.installation import AsteriskPaths


def main() -> None:
    """Read the arguments and stay until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m automaton.lab")
    parser.add_argument("tree", type=Path, help="an unpacked Asterisk")
    parser.add_argument("--homes", type=int, default=300)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--mix", default="realistic")
    parser.add_argument("--script", type=Path)
    parser.add_argument("--run", type=Path)
    parser.add_argument("--register", type=Path)
    parser.add_argument("--port", type=int, default=0)
    told = parser.parse_args()
    town_up(
        AsteriskPaths.of_tree(told.tree),
        chosen_plan(told.homes, told.seed, told.mix, told.script),
        run=told.run,
        register=told.register,
        port=told.port,
    )


if __name__ == "__main__":
    main()
