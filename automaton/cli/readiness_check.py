"""The check of `automaton doctor` on what was proven end to end, and when."""

from __future__ import annotations

from collections.abc import Iterator

from automaton.cli.findings import Finder, Finding
from automaton.cli.readiness import is_old, standings_of
from automaton.cli.rooms import is_absent
from automaton.cli.shell import Shell
from automaton.domain.readiness import Kind
from automaton.services.office import open_office
from automaton.services.readiness import Standing

RUN = "run: automaton readiness run, or see: automaton readiness show"
PEOPLE = {
    Kind.OFFICER: "the officer {name}",
    Kind.DUTY: "{name} on the duty list of {owner}",
}


def readiness(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Tell when each trunk, officer and number on duty was last proven end to end."""
    if is_absent(shell.settings.database_url):
        return
    office = open_office(shell.settings)
    shell.closing.callback(office.desk.engine.dispose)
    found = standings_of(shell, office)
    for name in dict.fromkeys(one.way.trunk for one in found):
        ways = [one for one in found if one.way.trunk == name]
        subject = shell.words("the trunk {name}", name=name)
        yield _told(shell, find, subject, ways)
    people = [one for one in found if one.way.phone.kind in PEOPLE]
    for number in dict.fromkeys(one.way.phone.e164 for one in people):
        ways = [one for one in people if one.way.phone.e164 == number]
        phone = ways[0].way.phone
        whose = PEOPLE[phone.kind]
        subject = shell.words(whose, name=phone.name, owner=phone.owner)
        yield _told(shell, find, subject, ways)
    if found and not shell.settings.readiness.monthly:
        yield find.warn("nobody is rung every month", "set readiness.monthly = true")


def _told(shell: Shell, find: Finder, subject: str, ways: list[Standing]) -> Finding:
    """Return when something was proven last, by whatever of its ways."""
    at = max((one.proven_at for one in ways if one.proven_at), default=None)
    if at is None:
        return find.warn("{subject} was never proven end to end", RUN, subject=subject)
    told = {"subject": subject, "at": shell.cell(at)}
    if is_old(at):
        return find.warn("{subject} was last proven end to end on {at}", RUN, **told)
    return find.ok("{subject} was last proven end to end on {at}", **told)
