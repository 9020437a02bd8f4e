"""The registers of a collectivity: one for each law and purpose, never merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from automaton.clock import Clock
from automaton.domain.collectivity import Act, Register, RegisterKind
from automaton.errors import RequestError
from automaton.ids import new_id
from automaton.services.naming import cleaned_name, not_found


class RegisterBook(Protocol):
    """What these use cases need of the store; each method is one transaction."""

    def add_register(self, register: Register, act: Act) -> None:
        """Write a register; refuse a taken name."""
        ...

    def registers(self, collectivity_id: str) -> Sequence[Register]:
        """Return the registers of a collectivity by name."""
        ...

    def rename_register(self, told: Register, act: Act) -> None:
        """Give a register another name; refuse a taken one."""
        ...

    def remove_register(self, gone: Register, act: Act) -> None:
        """Delete a register; refuse it while contacts or campaigns hang on it."""
        ...


@dataclass(frozen=True, slots=True)
class NewRegister:
    """One more list of contacts of a collectivity."""

    collectivity_id: str
    name: str
    kind: RegisterKind = RegisterKind.ALERT


def add_register(
    book: RegisterBook, clock: Clock, new: NewRegister, by: str
) -> Register:
    """Add a register to a collectivity; return it."""
    whose = new.collectivity_id
    added = Register(new_id(), whose, cleaned_name(new.name), new.kind)
    _refuse_taken(book, added)
    act = Act(by, clock.now(), "register_added", "register", added.id, whose)
    book.add_register(added, act)
    return added


def rename_register(
    book: RegisterBook, clock: Clock, found: Register, name: str, by: str
) -> Register:
    """Give a register another name; return it. Campaigns know it by its id."""
    told = replace(found, name=cleaned_name(name))
    _refuse_taken(book, told)
    done = ("register_renamed", "register", told.id, told.collectivity_id)
    book.rename_register(told, Act(by, clock.now(), *done))
    return told


def remove_register(book: RegisterBook, clock: Clock, gone: Register, by: str) -> None:
    """Delete a register without contacts that no campaign ever was for."""
    done = ("register_removed", "register", gone.id, gone.collectivity_id)
    book.remove_register(gone, Act(by, clock.now(), *done))


def find_register(
    book: RegisterBook, collectivity_id: str, asked: str = ""
) -> Register:
    """Return a register by its id or name; the only one where nothing is asked."""
    everyone = book.registers(collectivity_id)
    if not asked and len(everyone) == 1:
        return everyone[0]
    for one in everyone:
        if asked == one.id or asked.casefold() == one.name.casefold():
            return one
    raise not_found("register", asked, [one.name for one in everyone])


def _refuse_taken(book: RegisterBook, told: Register) -> None:
    """Refuse a name that another register of the collectivity has."""
    for one in book.registers(told.collectivity_id):
        if one.id != told.id and one.name.casefold() == told.name.casefold():
            raise RequestError(
                f"There is a register « {one.name} » already.", error_id="exists"
            )
