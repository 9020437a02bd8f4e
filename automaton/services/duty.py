"""The duty list: the telephones that are rung when something is wrong, in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from automaton.clock import Clock
from automaton.domain.collectivity import Act, Collectivity, DutyEntry
from automaton.domain.phone import to_e164
from automaton.errors import RequestError
from automaton.ids import new_id
from automaton.services.naming import cleaned_name, not_found
from automaton.services.numbers import carrying, written_number
from automaton.settings.trunk import TrunkSettings


class DutyBook(Protocol):
    """What these use cases need of the store; each method is one transaction."""

    def add_duty_entry(self, entry: DutyEntry, act: Act) -> DutyEntry:
        """Write a number at the end of a duty list; return it with its rank."""
        ...

    def duty_list(self, collectivity_id: str) -> Sequence[DutyEntry]:
        """Return a duty list in the order in which it is rung."""
        ...

    def check_duty_entry(self, entry: DutyEntry) -> None:
        """Raise `RequestError` while an alert needs this number on its duty list."""
        ...

    def remove_duty_entry(self, entry: DutyEntry, act: Act) -> None:
        """Take a number off its duty list; refuse it as `check_duty_entry` does."""
        ...


@dataclass(frozen=True, slots=True)
class NewDutyNumber:
    """A telephone for a duty list, as people write it; one of `trunks` must dial it."""

    collectivity: Collectivity
    name: str
    number: str
    trunks: tuple[TrunkSettings, ...] = ()


def add_duty_number(
    book: DutyBook, clock: Clock, new: NewDutyNumber, by: str
) -> DutyEntry:
    """Put a telephone at the end of a duty list; return it with its rank.

    `RequestError` for a number that no trunk may dial, and for an emergency number.
    """
    whose = new.collectivity.id
    e164 = written_number(new.number, new.collectivity.region, new.trunks)
    if new.trunks:
        carrying(new.trunks, e164)
    if any(entry.e164 == e164 for entry in book.duty_list(whose)):
        raise RequestError("This number is on the duty list.", error_id="exists")
    entry = DutyEntry(new_id(), whose, 0, cleaned_name(new.name), e164)
    act = Act(by, clock.now(), "duty_number_added", "duty_entry", entry.id, whose)
    return book.add_duty_entry(entry, act)


def undiallable_duty_numbers(
    entries: Sequence[DutyEntry], trunks: Sequence[TrunkSettings]
) -> tuple[DutyEntry, ...]:
    """Return what of a duty list no trunk may dial any more."""
    return tuple(
        entry
        for entry in entries
        if not any(trunk.allowed.names(entry.e164) for trunk in trunks)
    )


def remove_duty_number(
    book: DutyBook, clock: Clock, collectivity: Collectivity, asked: str, by: str
) -> DutyEntry:
    """Take a telephone off a duty list, by name, number or id; return it as it was.

    `RequestError` for the last one while an alert is to go on, or does.
    """
    entry = find_duty_number(book, collectivity, asked)
    done = ("duty_number_removed", "duty_entry", entry.id)
    book.remove_duty_entry(entry, Act(by, clock.now(), *done, collectivity.id))
    return entry


def find_duty_number(
    book: DutyBook, collectivity: Collectivity, asked: str
) -> DutyEntry:
    """Return a telephone of a duty list; `RequestError` unless exactly one is meant."""
    everyone = book.duty_list(collectivity.id)
    known = {
        asked.casefold(),
        asked.replace(" ", ""),
        _number(asked, collectivity.region),
    }
    meant = [e for e in everyone if known & {e.id, e.name.casefold(), e.e164}]
    if not meant:
        raise not_found("duty entry", asked, [entry.name for entry in everyone])
    if len(meant) > 1:
        raise RequestError(
            f"« {asked} » stands {len(meant)} times on the duty list: name the number.",
            error_id="duty_ambiguous",
        )
    return meant[0]


def _number(written: str, region: str) -> str:
    try:
        return to_e164(written, region)
    except RequestError:
        return ""
