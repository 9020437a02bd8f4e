"""People in a register: each call one transaction, with its line in the audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Engine

from automaton.domain.collectivity import Act
from automaton.domain.roll import (
    ContactFile,
    ContactPage,
    ContactSummary,
    Erased,
    Proposal,
    ProposalState,
    Search,
)
from automaton.store.engine import reading, writing
from automaton.store.people import erasure, files, house, roll, sharing
from automaton.store.people.journal import journalise, note
from automaton.store.rows import chunks
from automaton.store.sweep import sweep


class SqlContactBook:
    """Contacts in one database, and what is proposed about them."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def page(self, search: Search, act: Act) -> ContactPage:
        """Return some contacts by name; that it was asked, and how many, is noted."""
        with reading(self.engine) as connection:
            found = files.page(connection, search)
            whose = house.collectivity_of(connection, search.register_id).id
        count = ("count", str(len(found.contacts)))
        told = replace(act, collectivity_id=whose, details=(*act.details, count))
        journalise(self.engine, told)
        return found

    def contact_file(self, contact_id: str, act: Act) -> ContactFile:
        """Return everything about one person; `RequestError` where nobody is there."""
        with writing(self.engine) as connection:
            found = files.contact_file(connection, contact_id)
            note(connection, replace(act, collectivity_id=found.collectivity_id))
            return found

    def check_erasable(self, contact_id: str) -> None:
        """Raise `RequestError` while a campaign still calls somebody."""
        with reading(self.engine) as connection:
            erasure.refuse_called(connection, contact_id)

    def erase(self, contact_id: str, act: Act) -> Erased:
        """Delete one person; `RequestError` while a campaign still calls them."""
        with writing(self.engine) as connection:
            whose = files.contact_file(connection, contact_id).collectivity_id
            erased = erasure.erase(connection, contact_id)
            erasure.bury(connection, contact_id, act.at)
            told = (("calls_anonymised", str(erased.calls_anonymised)),)
            note(connection, replace(act, collectivity_id=whose, details=told))
            return erased

    def sweep(self) -> None:
        """Take what was deleted out of the database's files too; see `sweep`."""
        sweep(self.engine)

    def proposals(self, register_id: str) -> Sequence[Proposal]:
        """Return every proposal about a register."""
        with reading(self.engine) as connection:
            return roll.proposals_of(connection, register_id)

    def proposal(self, proposal_id: str) -> Proposal:
        """Return one proposal; `RequestError` where it is not there."""
        with reading(self.engine) as connection:
            return sharing.proposal(connection, proposal_id)

    def summaries(self, contact_ids: Sequence[str]) -> Sequence[ContactSummary]:
        """Return these contacts in short, the unknown left out."""
        with reading(self.engine) as connection:
            return [
                summary
                for some in chunks(contact_ids)
                for summary in files.summaries(connection, some)
            ]

    def journalise(self, act: Act) -> None:
        """Note that somebody looked."""
        journalise(self.engine, act)

    def join_household(self, proposal: Proposal, act: Act) -> None:
        """Let these people be one household."""
        with writing(self.engine) as connection:
            accepted = ProposalState.ACCEPTED
            sharing.decide(connection, proposal, accepted, act)
            sharing.join_household(connection, proposal.contact_ids)
            note(connection, act)

    def make_establishment(
        self, proposal: Proposal, names: tuple[str, str], act: Act
    ) -> None:
        """Make an establishment, (name, contact), of what these people share."""
        with writing(self.engine) as connection:
            accepted = ProposalState.ACCEPTED
            sharing.decide(connection, proposal, accepted, act)
            made = sharing.make_establishment(connection, proposal, names, act.at)
            note(connection, replace(act, details=(("establishment", made),)))

    def refuse(self, proposal: Proposal, act: Act) -> None:
        """Note that these people only share a number."""
        with writing(self.engine) as connection:
            sharing.decide(connection, proposal, ProposalState.REFUSED, act)
            note(connection, act)
