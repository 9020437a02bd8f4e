"""The checks of `automaton doctor` on who may launch by telephone."""

from __future__ import annotations

from collections.abc import Iterator

from automaton.cli.findings import Finder, Finding
from automaton.cli.rooms import is_absent, open_book
from automaton.cli.shell import Shell


def officers(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Tell who has officers, and where a large alert has nobody to approve it."""
    if is_absent(shell.settings.database_url):
        return
    calling, book = shell.settings.calling, open_book(shell)
    for owner in book.collectivities():
        count = len(book.officers(owner.id))
        if count == 1 and calling.second_officer_above:
            yield find.warn(
                "{name} has one: nobody can approve a launch for over {homes} homes",
                "add another one: automaton officer add",
                name=owner.name,
                homes=calling.second_officer_above,
            )
        elif count:
            yield find.ok(
                "{name}: {count:officer|officers}", name=owner.name, count=count
            )
