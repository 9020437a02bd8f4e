"""The shell: one verb per use case, for people and, with --json, for programs."""

from __future__ import annotations


def main() -> None:
    """Run one command line and end the process with its exit code.

    0 done · 1 the world outside failed · 2 the person's fault · 130 interrupted.
    """
    import sys

    from automaton.cli.door import run

    sys.exit(run(sys.argv[1:]))
