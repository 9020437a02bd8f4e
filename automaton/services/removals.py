"""A collectivity is removed once nobody is on its lists and no campaign of it goes on.

Its registers, establishments, accounts, duty list, officers and scenarios go with it;
the reports of its campaigns stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from automaton.clock import Clock
from automaton.domain.collectivity import (
    Act,
    Collectivity,
    DutyEntry,
    Establishment,
    Register,
    User,
)
from automaton.domain.officer import Officer
from automaton.domain.scenario import Scenario


class RemovalBook(Protocol):
    """What this use case needs of the store; each method is one transaction."""

    def registers(self, collectivity_id: str) -> Sequence[Register]:
        """Return the registers of a collectivity by name."""
        ...

    def users(self, collectivity_id: str) -> Sequence[User]:
        """Return the accounts of a collectivity by login."""
        ...

    def duty_list(self, collectivity_id: str) -> Sequence[DutyEntry]:
        """Return a duty list in the order in which it is rung."""
        ...

    def establishments(self, collectivity_id: str) -> Sequence[Establishment]:
        """Return the visible establishments of a collectivity by name."""
        ...

    def officers(self, collectivity_id: str) -> Sequence[Officer]:
        """Return the officers of a collectivity by short number."""
        ...

    def scenarios(self, collectivity_id: str) -> Sequence[Scenario]:
        """Return the scenarios of a collectivity by number."""
        ...

    def check_removable(self, collectivity: Collectivity) -> None:
        """Raise `RequestError` while something hangs on a collectivity."""
        ...

    def remove_collectivity(self, collectivity_id: str, act: Act) -> None:
        """Remove a collectivity; refuse it as `check_removable` does."""
        ...


@dataclass(frozen=True, slots=True)
class Belongings:
    """What a collectivity has besides contacts and campaigns."""

    registers: tuple[Register, ...]
    users: tuple[User, ...]
    duty_list: tuple[DutyEntry, ...]
    establishments: tuple[Establishment, ...]
    officers: tuple[Officer, ...] = ()
    scenarios: tuple[Scenario, ...] = ()


def belongings(book: RemovalBook, collectivity_id: str) -> Belongings:
    """Return what a collectivity has, and what would go with it."""
    return Belongings(
        tuple(book.registers(collectivity_id)),
        tuple(book.users(collectivity_id)),
        tuple(book.duty_list(collectivity_id)),
        tuple(book.establishments(collectivity_id)),
        tuple(book.officers(collectivity_id)),
        tuple(book.scenarios(collectivity_id)),
    )


def remove_collectivity(
    book: RemovalBook, clock: Clock, gone: Collectivity, by: str
) -> Belongings:
    """Remove a collectivity; return what went with it, to be entered again if need be.

    `RequestError` while it has contacts or a campaign that is not over.
    """
    its = belongings(book, gone.id)
    counts = {
        "registers": len(its.registers),
        "users": len(its.users),
        "duty_entries": len(its.duty_list),
        "establishments": len(its.establishments),
        "officers": len(its.officers),
        "scenarios": len(its.scenarios),
    }
    act = Act(
        by,
        clock.now(),
        "collectivity_removed",
        "collectivity",
        gone.id,
        gone.id,
        tuple((name, str(count)) for name, count in counts.items()),
    )
    book.remove_collectivity(gone.id, act)
    return its
