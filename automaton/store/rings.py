"""When numbers have rung lately, over all campaigns: what their ceilings count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine, and_, literal_column, or_, select

from automaton.domain.attempt import AttemptState
from automaton.domain.retry import RULES, Counted
from automaton.store.engine import reading
from automaton.store.tables import attempts

CHUNK = 500


@dataclass(slots=True)
class Waiting:
    """The rings of a home's next number; `tries` of them for this campaign."""

    rings: list[datetime] = field(default_factory=list)
    tries: int = 0


def rings_since(
    engine: Engine, numbers: Sequence[str], since: datetime
) -> Mapping[str, list[datetime]]:
    """Return when each of these numbers has rung; who has not is left out."""
    found: defaultdict[str, list[datetime]] = defaultdict(list)
    asked = select(_PAST.c.e164, _PAST.c.claimed_at).where(_HAS_RUNG)
    with reading(engine) as connection:
        for start in range(0, len(numbers), CHUNK):
            some = _PAST.c.e164.in_(numbers[start : start + CHUNK])
            rows = connection.execute(asked.where(some, _PAST.c.claimed_at > since))
            for e164, claimed_at in rows:
                found[e164].append(claimed_at)
    return found


def waiting_rings(
    engine: Engine, campaign_id: str, now: datetime, since: datetime
) -> list[Waiting]:
    """Return the rings of each home of a campaign whose next call is not due yet."""
    asked = (
        select(attempts.c.id, _PAST.c.claimed_at, _PAST.c.campaign_id)
        .join(_PAST, _PAST.c.e164 == attempts.c.e164)
        .where(
            attempts.c.campaign_id == campaign_id,
            attempts.c.state == literal_column("'planned'"),
            attempts.c.due_at > now,
            _PAST.c.claimed_at > since,
            _HAS_RUNG,
        )
    )
    found: defaultdict[str, Waiting] = defaultdict(Waiting)
    with reading(engine) as connection:
        for id_, claimed_at, campaign in connection.execute(asked):
            found[id_].rings.append(claimed_at)
            found[id_].tries += campaign == campaign_id
    return list(found.values())


_PAST = attempts.alias("past")
_HAS_RUNG = or_(
    _PAST.c.state != AttemptState.ENDED,
    _PAST.c.outcome.in_(
        [o for o, rule in RULES.items() if rule.counted is Counted.YES]
    ),
    and_(
        _PAST.c.outcome.in_(
            [o for o, rule in RULES.items() if rule.counted is Counted.IF_RANG]
        ),
        _PAST.c.rang_at.is_not(None),
    ),
)
