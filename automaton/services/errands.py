"""What an officer whom we have rung is told: the errand, as the console needs it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from automaton.domain.officer import Officer
from automaton.services.office import Office
from automaton.services.officers import OfficerBook, find_officer
from automaton.store.chain import DAEMON
from automaton.store.errands import read_errand


@dataclass(frozen=True, slots=True)
class RungFor:
    """Who was rung, by which errand, and why; `approval` where it is about one.

    `news` of a `campaign`, and `by` whom it came, where it was no decision of ours.
    """

    errand: str
    officer: Officer
    why: str = ""
    approval: str = ""
    errand_id: str = ""
    campaign: str = ""
    news: str = ""
    by: str = ""


def rung_for(
    office: Office, book: OfficerBook, errand_id: str, officer_id: str
) -> RungFor:
    """Return what an officer was rung for; `RequestError` where that is not known.

    Its officer has the telephone that was rung, registered or not.
    """
    errand = read_errand(office.desk.engine, int(errand_id))
    told = errand.payload
    officer = find_officer(book, told["collectivity"], officer_id)
    officer = replace(officer, phone=officer.phone or told.get("number"))
    by = told.get("by", "")
    return RungFor(
        errand=errand.name,
        officer=officer,
        why=told.get("why", ""),
        approval=told.get("approval", ""),
        errand_id=errand_id,
        campaign=errand.campaign_id or "",
        news=told.get("news", ""),
        by="" if by == DAEMON else by,
    )
