"""The shell: one verb per use case, for people and, with --json, for programs."""

from automaton.cli.door import main

__all__ = ["main"]
