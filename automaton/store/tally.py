"""Whom a campaign would ring if it were planned now; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from automaton.domain.campaign import CampaignClass
from automaton.domain.recipient import RecipientState
from automaton.store.audience import Audience
from automaton.store.engine import reading
from automaton.store.plan import first_state, questions_left, rows_after
from automaton.store.reach import Kind, Limits, consent_of, people_of

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Question:
    """Whom a campaign of some class wants to reach, of which collectivity."""

    audience: Audience
    campaign_class: CampaignClass
    collectivity_id: str


@dataclass(frozen=True, slots=True)
class FutureRecipient:
    """Who would become a recipient; `numbers` may be rung, the preferred one first."""

    kind: Kind
    state: RecipientState
    numbers: tuple[str, ...]


def future_recipients(engine: Engine, question: Question) -> Iterator[FutureRecipient]:
    """Yield everybody as the plan would make them, at one moment of the register."""
    with reading(engine) as connection:
        for kind, asked in questions_left(question.campaign_class, ""):
            chosen, last = asked(question.audience, None), ""
            while rows := rows_after(connection, chosen, last, CHUNK):
                last = rows[-1].id
                ids = [row.id for row in rows]
                yield from _chunk(connection, question, kind, ids)


def _chunk(
    connection: Connection, question: Question, kind: Kind, ids: list[str]
) -> Iterator[FutureRecipient]:
    people = people_of(connection, kind, ids)
    limits = Limits()
    if question.campaign_class is CampaignClass.INFORMATION:
        everybody = [somebody for some in people.values() for somebody in some]
        limits = consent_of(connection, question.collectivity_id, everybody)
    for id_ in ids:
        numbers = limits.numbers(people.get(id_, []))
        callable_ = tuple(n.e164 for n in numbers if not n.is_flagged)
        yield FutureRecipient(kind, first_state(numbers, limits), callable_)
