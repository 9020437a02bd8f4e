"""When numbers have rung lately, over all campaigns: what their ceilings count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    FromClause,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
)

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


@dataclass(frozen=True, slots=True)
class Past:
    """The calls of one number that count; whether one was answered for a campaign."""

    rings: tuple[datetime, ...] = ()
    answered_here: bool = False


def past_of(
    connection: Connection, campaign_id: str, numbers: Collection[str], since: datetime
) -> Mapping[str, Past]:
    """Return what each of these numbers has been through since a moment."""
    asked = {"campaign": campaign_id, "numbers": sorted(numbers), "since": since}
    found: defaultdict[str, Past] = defaultdict(Past)
    for e164, claimed_at, answered in connection.execute(_OF_NUMBERS, asked):
        one = found[e164]
        found[e164] = Past((*one.rings, claimed_at), one.answered_here or answered)
    return found


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
_COUNTED = [o for o, rule in RULES.items() if rule.counted is Counted.YES]
_IF_RANG = [o for o, rule in RULES.items() if rule.counted is Counted.IF_RANG]


def _has_rung(calls: FromClause) -> ColumnElement[bool]:
    """Tell of a call whether a ceiling counts it."""
    return or_(
        calls.c.state != AttemptState.ENDED,
        and_(calls.c.outcome.in_(_COUNTED), calls.c.no_channel.is_(False)),
        and_(calls.c.outcome.in_(_IF_RANG), calls.c.rang_at.is_not(None)),
    )


_HAS_RUNG = _has_rung(_PAST)
_WAS_ANSWERED = and_(
    attempts.c.campaign_id == bindparam("campaign"), attempts.c.answered_at.is_not(None)
)
_OF_NUMBERS = select(attempts.c.e164, attempts.c.claimed_at, _WAS_ANSWERED).where(
    attempts.c.e164.in_(bindparam("numbers", expanding=True)),
    attempts.c.claimed_at > bindparam("since"),
    _has_rung(attempts),
)
