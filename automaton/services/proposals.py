"""People who share a number: one household, an establishment, or neither.

An import proposes, a person decides; nothing is joined by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from automaton.clock import Clock
from automaton.domain.collectivity import Act
from automaton.domain.roll import (
    ContactSummary,
    Proposal,
    ProposalKind,
    ProposalState,
)
from automaton.errors import RequestError


@dataclass(frozen=True, slots=True)
class OpenProposal:
    """A proposal with the people that it is about."""

    proposal: Proposal
    people: tuple[ContactSummary, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person says to a proposal.

    `establishment` and `contact_name` are asked for where it is one: the care home's
    name, and who answers its telephone.
    """

    proposal_id: str
    by: str
    establishment: str = ""
    contact_name: str = ""


class ProposalBook(Protocol):
    """What these use cases need of the store; each method is one transaction."""

    def proposals(self, register_id: str) -> Sequence[Proposal]:
        """Return every proposal about a register."""
        ...

    def proposal(self, proposal_id: str) -> Proposal:
        """Return one proposal; `RequestError` where it is not there."""
        ...

    def summaries(self, contact_ids: Sequence[str]) -> Sequence[ContactSummary]:
        """Return these contacts in short, the unknown left out."""
        ...

    def journalise(self, act: Act) -> None:
        """Note that somebody looked."""
        ...

    def join_household(self, proposal: Proposal, act: Act) -> None:
        """Let these people be one household."""
        ...

    def make_establishment(
        self, proposal: Proposal, names: tuple[str, str], act: Act
    ) -> None:
        """Make an establishment, (name, contact), of what these people share."""
        ...

    def refuse(self, proposal: Proposal, act: Act) -> None:
        """Note that these people only share a number."""
        ...


def show_proposals(
    book: ProposalBook, clock: Clock, register_id: str, by: str, form: str = "table"
) -> list[OpenProposal]:
    """Return what waits for a decision; who looked at these people is journalled."""
    found = list_proposals(book, register_id)
    told = (("format", form), ("count", str(len(found))))
    act = Act(by, clock.now(), "proposals_listed", "register", register_id)
    book.journalise(replace(act, details=told))
    return found


def list_proposals(book: ProposalBook, register_id: str) -> list[OpenProposal]:
    """Return what waits for a decision, with the people that it is about."""
    waiting = [
        proposal
        for proposal in book.proposals(register_id)
        if proposal.state is ProposalState.OPEN
    ]
    ids = [who for proposal in waiting for who in proposal.contact_ids]
    people = {one.id: one for one in book.summaries(ids)}
    return [
        OpenProposal(p, tuple(people[who] for who in p.contact_ids if who in people))
        for p in waiting
    ]


def accept_proposal(book: ProposalBook, clock: Clock, decision: Decision) -> Proposal:
    """Do as proposed; return the proposal as it was. Each person is kept."""
    proposal = _open(book, decision.proposal_id)
    if proposal.kind is ProposalKind.HOUSEHOLD:
        book.join_household(proposal, _act(clock, decision, "household_joined"))
        return proposal
    name = " ".join(decision.establishment.split())
    if not name:
        raise RequestError(
            "Say what the establishment is called.", error_id="establishment_name"
        )
    act = _act(clock, decision, "establishment_made")
    book.make_establishment(proposal, (name, decision.contact_name), act)
    return proposal


def refuse_proposal(book: ProposalBook, clock: Clock, decision: Decision) -> Proposal:
    """Leave everybody as they are, and do not ask about them again."""
    proposal = _open(book, decision.proposal_id)
    book.refuse(proposal, _act(clock, decision, "proposal_refused"))
    return proposal


def _open(book: ProposalBook, proposal_id: str) -> Proposal:
    proposal = book.proposal(proposal_id)
    if proposal.state is not ProposalState.OPEN:
        raise RequestError("This was decided already.", error_id="proposal_decided")
    return proposal


def _act(clock: Clock, decision: Decision, action: str) -> Act:
    subject = ("proposal", decision.proposal_id)
    return Act(decision.by, clock.now(), action, *subject)
