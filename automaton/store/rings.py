"""When numbers have rung lately, over all campaigns: what their ceilings count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby

from sqlalchemy import Engine, and_, func, literal_column, or_, select

from automaton.domain.attempt import AttemptState
from automaton.domain.retry import RULES, Counted
from automaton.store.engine import reading
from automaton.store.tables import attempts

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """The rings of a home's next number; `tries` of them for this campaign."""

    rings: Sequence[datetime]
    tries: int


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
    engine: Engine, campaign_id: str, now: datetime, since: datetime, at_least: int = 1
) -> Iterator[Waiting]:
    """Yield the rings of each home of a campaign whose next call is not due yet.

    Those with fewer than `at_least` are left out; none of half a million is held.
    """
    waits = (
        attempts.c.campaign_id == campaign_id,
        attempts.c.state == literal_column("'planned'"),
        attempts.c.due_at > now,
        _PAST.c.claimed_at > since,
        _HAS_RUNG,
    )
    both = attempts.join(_PAST, _PAST.c.e164 == attempts.c.e164)
    often = select(attempts.c.id).select_from(both).where(*waits)
    often = often.group_by(attempts.c.id).having(func.count() >= at_least)
    asked = select(attempts.c.id, _PAST.c.claimed_at, _PAST.c.campaign_id)
    asked = asked.select_from(both).where(*waits, attempts.c.id.in_(often))
    with reading(engine) as connection:
        rows = connection.execute(
            asked.order_by(attempts.c.id), execution_options={"yield_per": CHUNK}
        )
        each = chain.from_iterable(rows.partitions())
        for _, some in groupby(each, key=lambda row: row[0]):
            rings = [(row[1], row[2]) for row in some]
            tries = sum(campaign == campaign_id for _, campaign in rings)
            yield Waiting([at for at, _ in rings], tries)


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
