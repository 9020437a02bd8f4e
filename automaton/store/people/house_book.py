"""Collectivities and what belongs to them: each call one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Engine

from automaton.domain.collectivity import (
    Act,
    Collectivity,
    DutyEntry,
    Establishment,
    Register,
    User,
)
from automaton.store.engine import reading, writing
from automaton.store.people import corrections, duty, house, register_corrections
from automaton.store.people.establishments import establishments_of
from automaton.store.people.journal import note


class SqlHouseBook:
    """Collectivities in one database; every change leaves a line in the audit."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def add_collectivity(
        self, collectivity: Collectivity, first: Register, act: Act
    ) -> None:
        """Write a collectivity with its first register; refuse a taken name."""
        with writing(self.engine) as connection:
            house.add_collectivity(connection, collectivity, act.at)
            house.add_register(connection, first, act.at)
            note(connection, act)

    def correct_collectivity(self, told: Collectivity, act: Act) -> None:
        """Write what is known of a collectivity anew; see `corrections.correct`."""
        with writing(self.engine) as connection:
            corrections.correct(connection, told)
            note(connection, act)

    def check_removable(self, collectivity: Collectivity) -> None:
        """Raise `RequestError` while something hangs on a collectivity."""
        with reading(self.engine) as connection:
            corrections.refuse_occupied(connection, collectivity)

    def remove_collectivity(self, collectivity_id: str, act: Act) -> None:
        """Remove a collectivity with all that belongs to it but its campaigns."""
        with writing(self.engine) as connection:
            corrections.remove(connection, collectivity_id, act.at)
            note(connection, act)

    def collectivities(self) -> Sequence[Collectivity]:
        """Return every collectivity that was not removed, by name."""
        with reading(self.engine) as connection:
            return house.all_collectivities(connection)

    def add_register(self, register: Register, act: Act) -> None:
        """Write a register; refuse a taken name."""
        with writing(self.engine) as connection:
            house.held_collectivity(connection, register.collectivity_id)
            house.add_register(connection, register, act.at)
            note(connection, act)

    def rename_register(self, told: Register, act: Act) -> None:
        """Give a register another name; refuse a taken one."""
        with writing(self.engine) as connection:
            register_corrections.rename(connection, told)
            note(connection, act)

    def check_unused(self, register: Register) -> None:
        """Raise `RequestError` while contacts or campaigns hang on a register."""
        with reading(self.engine) as connection:
            register_corrections.refuse_in_use(connection, register)

    def remove_register(self, gone: Register, act: Act) -> None:
        """Delete a register; refuse it as `check_unused` does."""
        with writing(self.engine) as connection:
            register_corrections.remove(connection, gone)
            note(connection, act)

    def registers(self, collectivity_id: str) -> Sequence[Register]:
        """Return the registers of a collectivity by name."""
        with reading(self.engine) as connection:
            return house.registers_of(connection, collectivity_id)

    def establishments(self, collectivity_id: str) -> Sequence[Establishment]:
        """Return the visible establishments of a collectivity by name."""
        with reading(self.engine) as connection:
            return establishments_of(connection, collectivity_id)

    def add_user(self, user: User, act: Act) -> User:
        """Write an account, or open one again that was ended; refuse a taken login."""
        with writing(self.engine) as connection:
            house.held_collectivity(connection, user.collectivity_id)
            ended = house.ended_user(connection, user.collectivity_id, user.login)
            if ended is None:
                house.add_user(connection, user, act.at)
            else:
                user = replace(user, id=ended)
                house.reopen_user(connection, user)
            note(connection, replace(act, subject_id=user.id))
            return user

    def users(self, collectivity_id: str) -> Sequence[User]:
        """Return the accounts of a collectivity by login."""
        with reading(self.engine) as connection:
            return house.users_of(connection, collectivity_id)

    def remove_user(self, user_id: str, at: datetime, act: Act) -> None:
        """End an account."""
        with writing(self.engine) as connection:
            house.remove_user(connection, user_id, at)
            note(connection, act)

    def add_duty_entry(self, entry: DutyEntry, act: Act) -> DutyEntry:
        """Write a number at the end of a duty list; return it with its rank."""
        with writing(self.engine) as connection:
            house.held_collectivity(connection, entry.collectivity_id)
            note(connection, act)
            return duty.add_duty_entry(connection, entry)

    def duty_list(self, collectivity_id: str) -> Sequence[DutyEntry]:
        """Return a duty list in the order in which it is rung."""
        with reading(self.engine) as connection:
            return duty.duty_list(connection, collectivity_id)

    def check_duty_entry(self, entry: DutyEntry) -> None:
        """Raise `RequestError` while an alert needs this number on its duty list."""
        with reading(self.engine) as connection:
            duty.refuse_last(connection, entry)

    def remove_duty_entry(self, entry: DutyEntry, act: Act) -> None:
        """Take a number off its duty list; refuse it as `check_duty_entry` does."""
        with writing(self.engine) as connection:
            note(connection, act)  # first, as the daemon does: one order of locks
            duty.remove_duty_entry(connection, entry)
