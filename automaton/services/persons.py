"""Whom an officer's key 0 rings: those on duty, in the order of their list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from automaton.domain.collectivity import DutyEntry
from automaton.domain.officer import Officer
from automaton.domain.phone import written_for
from automaton.domain.trunk import most_talks
from automaton.ports import Person
from automaton.services.office import Office
from automaton.settings.trunk import TrunkSettings


class PersonBook(Protocol):
    """What is needed of the store."""

    def duty_list(self, collectivity_id: str) -> Sequence[DutyEntry]:
        """Return a duty list in the order in which it is rung."""
        ...


def on_duty_for(
    office: Office, book: PersonBook, officer: Officer, caller: str | None
) -> list[tuple[Person, ...]]:
    """Return the ways to each telephone on duty, on lines that are kept back.

    Not to the officer's own ones, on one of which he is.
    """
    trunks = [one for one in office.settings.sip_trunks if _talks(one)]
    return [
        tuple(_way(one, entry) for one in trunks if one.allowed.names(entry.e164))
        for entry in book.duty_list(officer.collectivity_id)
        if entry.e164 not in {officer.phone, caller}
    ]


def _way(trunk: TrunkSettings, entry: DutyEntry) -> Person:
    """Return how a trunk rings somebody, and which number they see."""
    shown = next(iter(trunk.caller_ids), None)
    return Person(
        trunk.name,
        written_for(entry.e164, trunk.number_format),
        _talks(trunk),
        shown and written_for(shown, trunk.identity_format),
    )


def _talks(trunk: TrunkSettings) -> int:
    return most_talks(trunk.lines, trunk.reserved_lines, is_called=bool(trunk.dids))
