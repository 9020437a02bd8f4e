"""Freezes an audience into recipients with their first attempts, a chunk at a time.

All as of one moment, the campaign's start: whoever is added to the register later is
not rung, and whoever is erased before its turn is not either. The cursor in the
campaign, `<kind>:<last id>`, says how far it has come: homes, then
persons without one, then establishments. Welfare rings each person for itself;
information rings only those who agreed, the others are shown as excluded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, insert, select, update

from automaton.domain.attempt import AttemptState
from automaton.domain.campaign import CampaignClass
from automaton.domain.recipient import RecipientState
from automaton.domain.report import UNREACHABLE_STATES
from automaton.ids import new_id
from automaton.store.audience import (
    Audience,
    audience_of,
    homes,
    institutions,
    persons,
)
from automaton.store.news import tell
from automaton.store.reach import (
    Kind,
    Limits,
    Number,
    Somebody,
    consent_of,
    people_of,
)
from automaton.store.tables import attempts, campaigns, recipients
from automaton.store.variables import named, values_by_id, variables_in

Question = Callable[[Audience, datetime | None], Select[Any]]

_HOUSEHOLDS: Mapping[Kind, Question] = {
    Kind.HOME: homes,
    Kind.PERSON: partial(persons, living_alone=True),
    Kind.INSTITUTION: institutions,
}
_EACH_PERSON: Mapping[Kind, Question] = {
    Kind.PERSON: partial(persons, living_alone=False),
    Kind.INSTITUTION: institutions,
}


def plan_chunk(
    connection: Connection, campaign_id: str, now: datetime, limit: int
) -> int:
    """Create up to `limit` recipients; 0 when the whole audience is planned."""
    held = _CAMPAIGN.with_for_update(key_share=True)
    campaign = connection.execute(held, {"campaign": campaign_id}).one()
    if campaign.planned:
        return 0
    reached, _, last = campaign.plan_cursor.partition(":")
    for kind, question in questions_left(campaign.campaign_class, reached):
        asked = question(audience_of(campaign.audience), _frozen_at(campaign))
        rows = rows_after(connection, asked, last if kind == reached else "", limit)
        if rows:
            made = _create(connection, campaign, kind, rows, now)
            cursor = {"cursor": f"{kind.value}:{rows[-1].id}", "made": made}
            connection.execute(_GO_ON, {"campaign": campaign_id} | cursor)
            if not reached:
                tell(connection, "planned")
            return len(rows)
    connection.execute(_FINISH, {"campaign": campaign_id})
    return 0


def frozen_homes(connection: Connection, campaign_id: str) -> int:
    """Return how many recipients are frozen that can be rung.

    Kept while freezing: to count half a million takes long (165 ms on SQLite).
    """
    kept: int | None = connection.execute(_FROZEN, {"campaign": campaign_id}).scalar()
    if kept is not None:
        return kept
    found: int = connection.execute(_COUNTED, {"campaign": campaign_id}).scalar_one()
    return found


def _frozen_at(campaign: Any) -> datetime | None:
    """Return as of which moment the audience is frozen: the start, kept on record.

    A campaign that was stopped before it started is frozen as of its end.
    """
    at: datetime | None = campaign.started_at or campaign.finished_at
    return at


_CAMPAIGN = select(
    campaigns.c.id,
    campaigns.c.campaign_class,
    campaigns.c.collectivity_id,
    campaigns.c.message_id,
    campaigns.c.audience,
    campaigns.c.planned,
    campaigns.c.plan_cursor,
    campaigns.c.started_at,
    campaigns.c.finished_at,
).where(campaigns.c.id == bindparam("campaign"))
_THIS_ONE = update(campaigns).where(campaigns.c.id == bindparam("campaign"))
_GO_ON = _THIS_ONE.values(
    plan_cursor=bindparam("cursor"),
    frozen_homes=campaigns.c.frozen_homes + bindparam("made"),
)
_FINISH = _THIS_ONE.values(planned=True)
_FROZEN = select(campaigns.c.frozen_homes).where(
    campaigns.c.id == bindparam("campaign")
)
_COUNTED = select(func.count()).where(
    recipients.c.campaign_id == bindparam("campaign"),
    recipients.c.state.not_in(sorted(UNREACHABLE_STATES)),
)


def questions_left(
    campaign_class: CampaignClass, reached: str
) -> list[tuple[Kind, Question]]:
    """Return what is still to be asked of an audience, in order."""
    is_welfare = campaign_class is CampaignClass.WELFARE
    everything = list((_EACH_PERSON if is_welfare else _HOUSEHOLDS).items())
    done = [kind for kind, _ in everything]
    return everything[done.index(Kind(reached)) :] if reached else everything


def rows_after(
    connection: Connection, asked: Select[Any], last: str, limit: int
) -> Sequence[Row[Any]]:
    """Return the next rows of an answer, in the order of their ids."""
    id_ = asked.selected_columns["id"]
    return connection.execute(asked.where(id_ > last).order_by(id_).limit(limit)).all()


@dataclass(frozen=True, slots=True)
class _Freezing:
    """What all recipients of one chunk have in common."""

    campaign_id: str
    kind: Kind
    limits: Limits
    now: datetime


def _create(
    connection: Connection,
    campaign: Any,
    kind: Kind,
    rows: Sequence[Row[Any]],
    now: datetime,
) -> int:
    """Write recipients, and the first attempt of each that can be rung: so many."""
    ids = [row.id for row in rows]
    people = people_of(connection, kind, ids, _frozen_at(campaign))
    limits = Limits()
    if campaign.campaign_class is CampaignClass.INFORMATION:
        everybody = [somebody for some in people.values() for somebody in some]
        limits = consent_of(connection, campaign.collectivity_id, everybody)
    freezing = _Freezing(campaign.id, kind, limits, now)
    made = [_recipient(freezing, row, people.get(row.id, [])) for row in rows]
    if variables := variables_in(connection, campaign.message_id):
        _address(connection, made, rows, people, variables)
    connection.execute(insert(recipients), made)
    first = [
        _attempt(recipient, now)
        for recipient in made
        if recipient["state"] is RecipientState.WAITING
    ]
    if first:
        connection.execute(insert(attempts), first)
    return len(first)


def _recipient(
    freezing: _Freezing, row: Row[Any], people: Sequence[Somebody]
) -> dict[str, Any]:
    """Return the row of a recipient: a snapshot that later edits do not change."""
    numbers = freezing.limits.numbers(people)
    state = first_state(numbers, freezing.limits)
    codewords = (somebody.codeword_prompt for somebody in people)
    return {
        "id": new_id(),
        "campaign_id": freezing.campaign_id,
        "household_id": None,
        "contact_id": None,
        "establishment_id": None,
        freezing.kind.value: row.id,
        "state": state,
        "finished_at": None if state is RecipientState.WAITING else freezing.now,
        "name": named(people),
        "address": f"{row.street}, {row.postal_code} {row.city}".strip(" ,"),
        "language": people[0].language if people else "fr",
        "codeword_prompt": next(filter(None, codewords), None),
        "points": [
            [number.point_id, number.e164, rank, number.is_flagged]
            for rank, number in enumerate(numbers)
        ],
    }


def _address(
    connection: Connection,
    made: Sequence[dict[str, Any]],
    rows: Sequence[Row[Any]],
    people: Mapping[str, Sequence[Somebody]],
    variables: Sequence[str],
) -> None:
    """Write beside new recipients what the variables of their message stand for."""
    values = values_by_id(connection, rows, people, variables)
    for recipient, row in zip(made, rows, strict=True):
        recipient["said"] = values[row.id]


def first_state(numbers: Sequence[Number], limits: Limits) -> RecipientState:
    """Return the state in which a recipient with these numbers begins."""
    if not numbers and limits.only_agreed:
        return RecipientState.EXCLUDED
    if all(number.is_flagged for number in numbers):
        return RecipientState.BAD_DATA
    return RecipientState.WAITING


def _attempt(recipient: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the row of the first attempt, at the first number that is not flagged."""
    point_id, e164, _, _ = next(p for p in recipient["points"] if not p[3])
    return {
        "id": new_id(),
        "campaign_id": recipient["campaign_id"],
        "recipient_id": recipient["id"],
        "contact_point_id": point_id,
        "e164": e164,
        "due_at": now,
        "created_at": now,
        "state": AttemptState.PLANNED,
    }
