"""What a running Asterisk lacks, as findings of the shell."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from automaton import bootstrap
from automaton.asterisk.checkup import Finding as Seen
from automaton.asterisk.checkup import checkup
from automaton.asterisk.embedded import status
from automaton.asterisk.folder import Access
from automaton.cli.findings import Finder, Finding
from automaton.cli.logs import errors_only
from automaton.cli.shell import Shell
from automaton.clock import SystemClock
from automaton.errors import LineError
from automaton.settings import Settings

ASTERISK = "Asterisk"
UNFIT = "asterisk-unfit"


def checkup_findings(shell: Shell) -> list[Finding]:
    """Return what the checkup of the running Asterisk finds.

    Raises `LineError` where none runs or answers.
    """
    errors_only()
    settings = shell.settings
    access = access_to(shell, settings)
    found = asyncio.run(checkup(access, bootstrap.expected(settings), SystemClock()))
    find = Finder(shell, ASTERISK)
    return [*_outdated(settings, find), *_as_findings(shell, find, found)]


def _outdated(settings: Settings, find: Finder) -> list[Finding]:
    """Tell that our Asterisk has run since before the settings were changed."""
    if not settings.asterisk.embedded or bootstrap.is_asterisk_current(settings):
        return []
    advice = "to use those of today: automaton asterisk stop, then start"
    return [find.warn("it still runs with other settings", advice)]


def _as_findings(shell: Shell, find: Finder, found: list[Seen]) -> list[Finding]:
    return [
        replace(
            (find.ok if one.is_good else find.fail)(
                "{told}", told=shell.refusal(one.says, UNFIT)
            ),
            subject=f"{ASTERISK}, {shell.words(one.name)}",
        )
        for one in found
    ]


def is_reachable(settings: Settings) -> bool:
    """Tell whether an Asterisk of this node runs, as far as we can know."""
    if not settings.asterisk.embedded:
        return True
    return status(bootstrap.asterisk_folder(settings)) is not None


def access_to(shell: Shell, settings: Settings) -> Access:
    """Return how to reach the running Asterisk; `LineError` where none runs."""
    access = bootstrap.access(settings)
    if access is None or not is_reachable(settings):
        sentence = shell.words("No Asterisk of this node is running.")
        raise LineError(sentence, error_id="asterisk-down")
    return access
