"""A call to oneself first: an officer hears a campaign as its residents would."""

from __future__ import annotations

from automaton.domain.collectivity import Act
from automaton.domain.errand import RING_FIRST
from automaton.domain.officer import Officer
from automaton.services.commands import knocked
from automaton.services.office import Office
from automaton.store.chain import append
from automaton.store.engine import writing
from automaton.store.errands import Errand, leave_errand


def ring_first(office: Office, campaign_id: str, officer: Officer, number: str) -> int:
    """Ask that an officer be rung on a number and hear a campaign; return the errand.

    Nobody acknowledges anything in that call, whatever is pressed.
    """
    now, owner = office.clock.now(), officer.collectivity_id
    told = {"collectivity": owner, "officer": officer.id, "number": number}
    act = Act(officer.name, now, "rung_first", "campaign", campaign_id, owner)
    with writing(office.desk.engine) as connection:
        errand = Errand(RING_FIRST, officer.name, now, told, campaign_id)
        errand_id = leave_errand(connection, errand)
        append(connection, act)
    knocked(office.settings.control_socket)
    return errand_id


def is_over(office: Office, errand_id: int) -> bool:
    """Tell whether such a call has ended, or is not tried any more."""
    return office.desk.fate(errand_id).finished_at is not None
