"""What a command that was killed left behind: taken away, and said."""

from __future__ import annotations

from automaton.cli.shell import Shell
from automaton.services.leftovers import kept_in_plain, take_away
from automaton.services.upgrades import copies_in, trail_of

BEFORE_A_RESTORE = (
    "End it before you restore: automaton upgrade. It looks, and deletes what is left."
)
AFTER_A_RESTORE = (
    "End it as soon as no campaign runs or is paused: automaton upgrade. "
    "It looks, and deletes what is left."
)


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


def tell_upgrade(shell: Shell, what_to_do: str) -> None:
    """Say that an upgrade is not over, what it left, and what to do about it."""
    copies = copies_in(shell.settings)
    if copies:
        shell.note(
            "An upgrade was cut off here: {path} still holds the database as it was "
            "before it, whoever was erased since included. "
            "A restore leaves it as it is.",
            path=copies[0],
        )
    elif trail_of(shell.settings).exists():
        shell.note("An upgrade was cut off here and is not over.")
    else:
        return
    shell.note(what_to_do)
