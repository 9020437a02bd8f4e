"""Officers and their door as the use cases see them: each call one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine

from automaton.domain.collectivity import Act
from automaton.domain.officer import Knock, Officer
from automaton.store.engine import reading, writing
from automaton.store.errands import Errand, leave_errand
from automaton.store.people import house, officers
from automaton.store.people.journal import note
from automaton.store.people.officers import Begun


class SqlOfficerBook:
    """Officers in one database; every change and every try stands in the audit."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def add_officer(self, officer: Officer, code: str, act: Act) -> None:
        """Write an officer with the hash of a code; refuse a taken short number."""
        with writing(self.engine) as connection:
            house.held_collectivity(connection, officer.collectivity_id)
            officers.add_officer(connection, officer, code, act.at)
            note(connection, act)

    def officers(self, collectivity_id: str) -> Sequence[Officer]:
        """Return the officers of a collectivity by short number."""
        with reading(self.engine) as connection:
            return officers.officers_of(connection, collectivity_id)

    def change_officer(
        self, officer_id: str, changes: Mapping[str, str | None], act: Act
    ) -> None:
        """Write another hash (`code`) or telephone (`phone`) of an officer."""
        with writing(self.engine) as connection:
            officers.change_officer(connection, officer_id, changes)
            note(connection, act)

    def remove_officer(self, officer_id: str, act: Act) -> None:
        """Delete an officer."""
        with writing(self.engine) as connection:
            officers.remove_officer(connection, officer_id)
            note(connection, act)

    def begin_try(self, try_id: str, knock: Knock, now: datetime) -> Begun:
        """Note a try before it is looked at; `RequestError` without a collectivity."""
        with writing(self.engine) as connection:
            return officers.begin_try(connection, try_id, knock, now)

    def note_right(self, try_id: str, knock: Knock, act: Act) -> None:
        """Forget a try that was right; who came in stands in the audit."""
        with writing(self.engine) as connection:
            officers.forgive(connection, try_id, knock)
            note(connection, act)

    def note_wrong(
        self, try_id: str | None, act: Act, errand: Errand | None = None
    ) -> None:
        """Write into the audit that somebody was turned away; leave an errand."""
        with writing(self.engine) as connection:
            if errand is not None and try_id is not None:
                officers.note_told(connection, try_id)
                leave_errand(connection, errand)
            note(connection, act)

    def unlock(self, act: Act, short_number: str, caller: str) -> int:
        """Forget the tries at a short number or of a caller; return how many."""
        with writing(self.engine) as connection:
            whose = act.collectivity_id or ""
            count = officers.unlock(connection, whose, short_number, caller)
            note(connection, act)
            return count

    def tries(self, collectivity_id: str, since: datetime) -> Mapping[str, int]:
        """Return how often each short number was tried in vain since a moment."""
        with reading(self.engine) as connection:
            return officers.tries_at(connection, collectivity_id, since)

    def ring_back(
        self, officer: Officer, errand: Errand, act: Act, pause: timedelta
    ) -> bool:
        """Leave the errand of ringing an officer; False where that was just done."""
        with writing(self.engine) as connection:
            house.held_collectivity(connection, officer.collectivity_id)
            long_ago = errand.at - pause
            if not officers.may_ring_back(connection, officer.id, long_ago):
                return False
            rung = {"rung_back_at": errand.at}
            officers.change_officer(connection, officer.id, rung)
            leave_errand(connection, errand)
            note(connection, act)
            return True
