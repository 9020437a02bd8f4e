"""Where the homes of a campaign stand in their tries: what a forecast starts from.

One look at all its attempts: each is told with what was tried at its number before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    Connection,
    Engine,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
)

from automaton.domain.answers import Live, Seen, Stage, Tally
from automaton.domain.forecast import Due
from automaton.domain.outcome import Outcome
from automaton.domain.retry import RULES, Counted
from automaton.store.columns import Span
from automaton.store.engine import reading
from automaton.store.tables import attempts, recipients

BIT_BY_BIT = {"yield_per": 500}


@dataclass(frozen=True, slots=True)
class Stages:
    """What has ended, what goes on, and what is due.

    `several`: the share of the recipients with more than one number.
    """

    seen: Seen
    due: tuple[Due, ...]
    several: float


def stages(engine: Engine, campaign_id: str, now: datetime) -> Stages:
    """Return where all homes of a campaign stand at one moment of the database.

    Those that are due in the same second are told together: each retry has a moment of
    its own, and of half a million none is held.
    """
    asked = {"campaign": campaign_id}
    ended: dict[tuple[Stage, Outcome], Tally] = {}
    live: list[Live] = []
    due: Counter[tuple[datetime, Stage]] = Counter()
    with reading(engine) as connection:
        for row in connection.execute(_STAGES, asked, execution_options=BIT_BY_BIT):
            stage = Stage(int(row.made), row.last, bool(row.elsewhere))
            if row.waits_until is not None:
                due[row.waits_until.replace(microsecond=0), stage] += row.calls
            elif row.left_at is not None:
                so_far = (now - row.left_at).total_seconds()
                live.append(Live(stage, max(0.0, so_far), row.answered_at is not None))
            elif row.outcome is not Outcome.CANCELLED:
                ended[stage, row.outcome] = Tally(row.calls, _seconds(row.spent))
        several = connection.execute(_SEVERAL, asked).scalar_one() or 0.0
    waiting = tuple(Due(at, homes, stage) for (at, stage), homes in due.items())
    return Stages(Seen(ended, live), waiting, float(several))


def recipients_of(engine: Engine, campaign_id: str) -> tuple[int, int]:
    """Count the recipients of a campaign, and those who acknowledged."""
    with reading(engine) as connection:
        row = connection.execute(_COUNTS, {"campaign": campaign_id}).one()
    return row[0], row[1]


def moments_of(
    engine: Engine, campaign_id: str, ranks: Mapping[int, int]
) -> dict[int, datetime]:
    """Return when the k-th recipient of a campaign acknowledged, by what it is for."""
    with reading(engine) as connection:
        return {
            name: at
            for name, rank in ranks.items()
            if (at := _moment_of(connection, campaign_id, rank)) is not None
        }


def _moment_of(connection: Connection, campaign_id: str, rank: int) -> datetime | None:
    asked = {"campaign": campaign_id, "before": max(0, rank - 1)}
    return connection.execute(_ACKNOWLEDGED, asked).scalar()


def _seconds(spent: timedelta | None) -> float:
    return 0.0 if spent is None else spent.total_seconds()


_COUNTED = [o for o, rule in RULES.items() if rule.counted is not Counted.NO]
_POINT = attempts.c.recipient_id, attempts.c.contact_point_id
_ORDER = attempts.c.created_at, attempts.c.id
_MADE = func.coalesce(
    func.sum(case((attempts.c.outcome.in_(_COUNTED), 1), else_=0)).over(
        partition_by=_POINT, order_by=_ORDER, rows=(None, -1)
    ),
    0,
)
_LAST = type_coerce(
    func.lag(attempts.c.outcome).over(partition_by=_POINT, order_by=_ORDER),
    attempts.c.outcome.type,
)
_NTH = func.row_number().over(partition_by=attempts.c.recipient_id, order_by=_ORDER)
_IS_PLANNED = attempts.c.state == literal_column("'planned'")
_IS_LIVE = and_(attempts.c.state != literal_column("'ended'"), ~_IS_PLANNED)
_EACH = (
    select(
        _MADE.label("made"),
        _LAST.label("last"),
        case((and_(_NTH > 1, _LAST.is_(None)), 1), else_=0).label("elsewhere"),
        attempts.c.outcome,
        case((_IS_PLANNED, attempts.c.due_at)).label("waits_until"),
        case((_IS_LIVE, attempts.c.id)).label("live"),
        case((_IS_LIVE, attempts.c.claimed_at)).label("left_at"),
        case((_IS_LIVE, attempts.c.answered_at)).label("answered_at"),
        attempts.c.claimed_at,
        attempts.c.ended_at,
    )
    .where(attempts.c.campaign_id == bindparam("campaign"))
    .subquery()
)
_ALIKE = [column for column in _EACH.c if column.name not in {"claimed_at", "ended_at"}]
_SPENT = func.sum(_EACH.c.ended_at - _EACH.c.claimed_at)
_STAGES = (
    select(
        *_ALIKE,
        func.count().label("calls"),
        type_coerce(_SPENT, Span()).label("spent"),
    )
    .where(or_(_EACH.c.waits_until.is_not(None), _EACH.c.claimed_at.is_not(None)))
    .group_by(*_ALIKE)
)
_SEVERAL = select(
    func.avg(case((func.json_array_length(recipients.c.points) > 1, 1.0), else_=0.0))
).where(recipients.c.campaign_id == bindparam("campaign"))
_COUNTS = select(func.count(), func.count(recipients.c.acknowledged_at)).where(
    recipients.c.campaign_id == bindparam("campaign")
)
_ACKNOWLEDGED = (
    select(recipients.c.acknowledged_at)
    .where(
        recipients.c.campaign_id == bindparam("campaign"),
        recipients.c.acknowledged_at.is_not(None),
    )
    .order_by(recipients.c.acknowledged_at)
    .limit(1)
    .offset(bindparam("before"))
)
