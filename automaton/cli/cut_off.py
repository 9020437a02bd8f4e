"""What a command that was killed left behind: taken away, and said."""

from __future__ import annotations

from automaton.cli.shell import Shell
from automaton.services.leftovers import kept_in_plain, take_away


def clear_up(shell: Shell) -> None:
    """Delete what was left behind; say what may not be finished."""
    for path in take_away(shell.settings):
        shell.note(
            "A restore was cut off here: what it had unpacked in {path} is deleted. "
            "Give the same restore again, it may not be whole.",
            path=path,
        )
    for path in kept_in_plain(shell.settings):
        shell.note(
            "A restore was cut off here, and what it had unpacked in {path} could not "
            "be deleted: it names people, delete it.",
            path=path,
        )
