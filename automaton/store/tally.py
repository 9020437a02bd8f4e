"""Whom a campaign would ring if it were planned now; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row

from automaton.domain.campaign import CampaignClass
from automaton.domain.recipient import RecipientState
from automaton.store.audience import Audience
from automaton.store.engine import reading
from automaton.store.plan import first_state, questions_left, rows_after
from automaton.store.reach import Kind, Limits, consent_of, people_of
from automaton.store.variables import Said, said_to

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Question:
    """Whom a campaign of some class wants to reach, of which collectivity."""

    audience: Audience
    campaign_class: CampaignClass
    collectivity_id: str


@dataclass(frozen=True, slots=True)
class FutureRecipient:
    """Who would become a recipient; `numbers` may be rung, the preferred one first.

    `said`: what variables stand for, where they were asked for.
    """

    kind: Kind
    state: RecipientState
    numbers: tuple[str, ...]
    said: Said | None = None


def future_recipients(
    engine: Engine, question: Question, variables: Sequence[str] = ()
) -> Iterator[FutureRecipient]:
    """Yield everybody as the plan would make them, at one moment of the register."""
    with reading(engine) as connection:
        for kind, asked in questions_left(question.campaign_class, ""):
            chosen, last = asked(question.audience, None), ""
            while rows := rows_after(connection, chosen, last, CHUNK):
                last = rows[-1].id
                yield from _chunk(connection, question, kind, rows, variables)


def _chunk(
    connection: Connection,
    question: Question,
    kind: Kind,
    rows: Sequence[Row[Any]],
    variables: Sequence[str],
) -> Iterator[FutureRecipient]:
    people = people_of(connection, kind, [row.id for row in rows])
    limits = Limits()
    if question.campaign_class is CampaignClass.INFORMATION:
        everybody = [somebody for some in people.values() for somebody in some]
        limits = consent_of(connection, question.collectivity_id, everybody)
    said = said_to(connection, rows, people, variables) if variables else {}
    for row in rows:
        numbers = limits.numbers(people.get(row.id, []))
        callable_ = tuple(n.e164 for n in numbers if not n.is_flagged)
        state = first_state(numbers, limits)
        yield FutureRecipient(kind, state, callable_, said.get(row.id))
