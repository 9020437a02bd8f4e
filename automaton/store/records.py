"""Everything that is on record of a campaign, for its report.

Recipients and calls are read bit by bit, as often as asked for, and never held: of half
a million recipients no more is in memory than of a hundred.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any, overload

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)

from automaton.domain.attempt import Attempt
from automaton.domain.foreseen import Foreseen
from automaton.domain.help import HelpState
from automaton.domain.recipient import RecipientState
from automaton.domain.record import DutyRing, LinkedCampaign, RecipientRecord
from automaton.domain.report import NOT_VISITED
from automaton.domain.totals import Call
from automaton.store.alarms import alarms_of, states_of
from automaton.store.engine import photographing, reading
from automaton.store.foreseen import forecast_at_launch, forecasts_of
from automaton.store.rows import ATTEMPT_COLUMNS, attempt_of
from automaton.store.tables import (
    alarms,
    attempts,
    campaigns,
    duty_calls,
    recipients,
)

# So few at a time leave Python nothing to clear away: a third faster than 500.
BIT_BY_BIT = {"yield_per": 100}


@contextmanager
def opened(engine: Engine, campaign_id: str) -> Iterator[Records]:
    """Give what is on record of a campaign, at one moment of the database."""
    with photographing(engine) as connection:
        yield Records(connection, campaign_id)


class Records:
    """What is on record of a campaign, as long as its connection is open."""

    def __init__(self, connection: Connection, campaign_id: str) -> None:
        everybody = _of(recipients, campaign_id)
        asked = states_of(connection, campaign_id)
        concerned = and_(everybody, _IS_CONCERNED)
        self.recipients = StoredRecipients(connection, everybody, asked)
        self.concerned = StoredRecipients(connection, concerned, asked)
        self.alarms = tuple(alarms_of(connection, campaign_id))
        self.states = _counts(connection, campaign_id)
        self.calls = StoredCalls(connection, campaign_id)
        self.moments = StoredMoments(connection, campaign_id)


class StoredRecipients(Collection[RecipientRecord]):
    """Some recipients of a campaign with their attempts, in the order of their ids.

    `asked`: how the calls for help stand, by recipient.
    """

    def __init__(
        self,
        connection: Connection,
        wanted: ColumnElement[bool],
        asked: Mapping[str, HelpState],
    ) -> None:
        self._connection, self._wanted, self._help = connection, wanted, asked

    @cached_property
    def _count(self) -> int:
        asked = select(func.count()).select_from(recipients).where(self._wanted)
        return int(self._connection.execute(asked).scalar_one())

    def __len__(self) -> int:
        """Return how many there are."""
        return self._count

    def __iter__(self) -> Iterator[RecipientRecord]:
        """Read them, some at a time."""
        asked = _RECIPIENTS.where(self._wanted)
        rows = self._connection.execute(asked, execution_options=BIT_BY_BIT)
        for some in rows.partitions():
            tried = _attempts(self._connection, [row.id for row in some])
            for row in some:
                help_asked = self._help.get(row.id)
                yield _record(row, tuple(tried.get(row.id, ())), help_asked)

    def __contains__(self, record: object) -> bool:
        """Tell whether somebody is among them."""
        return any(one == record for one in self)


class StoredCalls:
    """The calls of a campaign that left, in the order of leaving."""

    def __init__(self, connection: Connection, campaign_id: str) -> None:
        self._connection = connection
        left = (_of(attempts, campaign_id), attempts.c.claimed_at.is_not(None))
        order = (attempts.c.claimed_at, attempts.c.id)
        self._asked = select(*_COUNTS).where(*left).order_by(*order)

    def __iter__(self) -> Iterator[Call]:
        """Read them, some at a time."""
        rows = self._connection.execute(self._asked, execution_options=BIT_BY_BIT)
        for some in rows.partitions():  # one by one a driver takes twice as long
            yield from map(Call._make, some)


class StoredMoments(Sequence[datetime]):
    """The acknowledgements of a campaign, in their order."""

    def __init__(self, connection: Connection, campaign_id: str) -> None:
        self._connection = connection
        won = (
            _of(recipients, campaign_id),
            recipients.c.state == RecipientState.ACKNOWLEDGED,
            _REACHED.is_not(None),
        )
        self._asked = select(_REACHED).where(*won).order_by(_REACHED)
        count = select(func.count()).select_from(recipients).where(*won)
        self._count = connection.execute(count).scalar_one()

    def __len__(self) -> int:
        """Return how many there are."""
        return int(self._count)

    def __iter__(self) -> Iterator[datetime]:
        """Read them, some at a time."""
        rows = self._connection.execute(self._asked, execution_options=BIT_BY_BIT)
        for some in rows.scalars().partitions():
            yield from some

    @overload
    def __getitem__(self, index: int) -> datetime: ...

    @overload
    def __getitem__(self, index: slice) -> list[datetime]: ...

    def __getitem__(self, index: int | slice) -> datetime | list[datetime]:
        """Read the one of that rank."""
        if isinstance(index, slice):
            return list(self)[index]
        rank = index if index >= 0 else self._count + index
        if not 0 <= rank < self._count:
            raise IndexError(index)
        one = self._connection.execute(self._asked.offset(rank).limit(1))
        moment: datetime = one.scalar_one()
        return moment


def linked_campaigns(engine: Engine, campaign_id: str) -> tuple[LinkedCampaign, ...]:
    """Return the campaign that this one follows, then those that follow it."""
    with reading(engine) as connection:
        parent = select(campaigns.c.parent_id).where(campaigns.c.id == campaign_id)
        parent_id = connection.execute(parent).scalar()
        mine = [campaigns.c.parent_id == campaign_id]
        if parent_id is not None:
            mine.append(campaigns.c.id == parent_id)
        rows = connection.execute(_LINKED.where(or_(*mine))).all()
        linked = [
            LinkedCampaign(
                row.id,
                row.name,
                row.follow_up,
                row.state,
                row.id == parent_id,
                _counts(connection, row.id),
            )
            for row in rows
        ]
    return tuple(sorted(linked, key=lambda one: not one.is_parent))


def duty_rings(engine: Engine, campaign_id: str) -> tuple[DutyRing, ...]:
    """Return every ring of the duty list for a campaign, the first one first."""
    columns = (duty_calls.c[name] for name in DutyRing.__slots__)
    mine = _of(duty_calls, campaign_id)
    asked = select(*columns).where(mine).order_by(duty_calls.c.at, duty_calls.c.id)
    with reading(engine) as connection:
        return tuple(DutyRing(*row) for row in connection.execute(asked))


def kept_forecasts(
    engine: Engine, campaign_id: str
) -> tuple[Foreseen | None, tuple[Foreseen, ...]]:
    """Return what was expected of a campaign at its launch, and while it went on."""
    with reading(engine) as connection:
        at_launch = forecast_at_launch(connection, campaign_id)
        return at_launch, tuple(forecasts_of(connection, campaign_id))


_RECIPIENTS = select(
    recipients.c.id,
    recipients.c.name,
    recipients.c.address,
    recipients.c.state,
    recipients.c.proof,
    recipients.c.points,
    recipients.c.acknowledged_at,
    recipients.c.finished_at,
).order_by(recipients.c.id)
_COUNTS = tuple(attempts.c[name] for name in Call._fields)
# Who is to be visited, or asked for help (key 3).
_IS_CONCERNED = or_(
    recipients.c.state.not_in(sorted(NOT_VISITED)),
    exists().where(alarms.c.recipient_id == recipients.c.id),
    exists().where(
        attempts.c.recipient_id == recipients.c.id, attempts.c["keys"].contains("3")
    ),
)
_REACHED = func.coalesce(recipients.c.acknowledged_at, recipients.c.finished_at)
_HISTORY = (
    select(*ATTEMPT_COLUMNS)
    .where(attempts.c.recipient_id.in_(bindparam("ids", expanding=True)))
    .order_by(attempts.c.created_at, attempts.c.id)
)
_LINKED = select(
    campaigns.c.id, campaigns.c.name, campaigns.c.follow_up, campaigns.c.state
).order_by(campaigns.c.created_at, campaigns.c.id)


def _of(table: Any, campaign_id: str) -> Any:
    return table.c.campaign_id == campaign_id


def _attempts(
    connection: Connection, ids: Sequence[str]
) -> Mapping[str, list[Attempt]]:
    tried: defaultdict[str, list[Attempt]] = defaultdict(list)
    for row in connection.execute(_HISTORY, {"ids": ids}).all():
        attempt = attempt_of(row)
        tried[attempt.recipient_id].append(attempt)
    return tried


def _record(
    row: Any, tried: tuple[Attempt, ...], alarm: HelpState | None
) -> RecipientRecord:
    numbers = tuple(e164 for _, e164, _, _ in row.points)
    told = (row.id, row.name, row.address, row.state, row.proof, numbers)
    return RecipientRecord(*told, row.acknowledged_at, row.finished_at, alarm, tried)


def _counts(connection: Connection, campaign_id: str) -> dict[RecipientState, int]:
    asked = (
        select(recipients.c.state, func.count())
        .where(_of(recipients, campaign_id))
        .group_by(recipients.c.state)
    )
    return {row[0]: row[1] for row in connection.execute(asked)}
