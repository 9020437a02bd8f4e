"""How a campaign stands now: counts that stay cheap while twenty thousand are rung.

Everything is answered by an index, or looks at the last few hundred calls only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, func, literal_column, select

from automaton.domain.attempt import Attempt
from automaton.domain.outcome import Outcome
from automaton.domain.recipient import RecipientState
from automaton.store.alarms import count_open
from automaton.store.engine import reading
from automaton.store.rows import ATTEMPT_COLUMNS, attempt_of
from automaton.store.tables import attempts, campaigns, recipients

LATEST = 200


@dataclass(frozen=True, slots=True)
class Standing:
    """Counts of one moment. `latest`: the calls that left last, the newest first.

    `alarms`: how many calls for help are open, and how many of them nobody has taken.
    """

    planned: bool
    by_state: Mapping[RecipientState, int]
    by_outcome: Mapping[Outcome, int]
    lines_in_use: int
    left_in_a_minute: int
    next_due: datetime | None
    latest: tuple[Attempt, ...]
    alarms: tuple[int, int] = (0, 0)


def standing(engine: Engine, campaign_id: str, minute_ago: datetime) -> Standing:
    """Return how a campaign stands at one moment of the database."""
    asked = {"campaign": campaign_id, "since": minute_ago}
    with reading(engine) as connection:
        return Standing(
            planned=connection.execute(_PLANNED, asked).scalar_one(),
            by_state=_counts(connection, campaign_id),
            by_outcome=_outcomes(connection, asked),
            lines_in_use=connection.execute(_TAKEN, asked).scalar_one(),
            left_in_a_minute=connection.execute(_LEFT, asked).scalar_one(),
            next_due=connection.execute(_NEXT, asked).scalar_one(),
            latest=tuple(map(attempt_of, connection.execute(_LATEST, asked))),
            alarms=count_open(connection, campaign_id),
        )


def _outcomes(
    connection: Connection, asked: Mapping[str, Any]
) -> Mapping[Outcome, int]:
    """Count the calls by their outcome; what never left was none."""
    withheld = connection.execute(_WITHHELD, asked).scalar_one()
    counted = {row[0]: row[1] for row in connection.execute(_BY_OUTCOME, asked)}
    return Counter(
        {o: n for o, n in counted.items() if o not in {None, Outcome.CANCELLED}}
    ) - Counter({Outcome.OPTED_OUT: withheld})


def _counts(connection: Connection, campaign_id: str) -> dict[RecipientState, int]:
    rows = connection.execute(_BY_STATE, {"campaign": campaign_id})
    return {row[0]: row[1] for row in rows}


_MINE = attempts.c.campaign_id == bindparam("campaign")
_PLANNED = select(campaigns.c.planned).where(campaigns.c.id == bindparam("campaign"))
_BY_STATE = (
    select(recipients.c.state, func.count())
    .where(recipients.c.campaign_id == bindparam("campaign"))
    .group_by(recipients.c.state)
)
_BY_OUTCOME = (
    select(attempts.c.outcome, func.count()).where(_MINE).group_by(attempts.c.outcome)
)
_WITHHELD = select(func.count()).where(
    _MINE, attempts.c.outcome == Outcome.OPTED_OUT, attempts.c.claimed_at.is_(None)
)
# Written as literals: a bound value would hide the partial index from the planner.
_TAKEN = select(func.count()).where(
    _MINE,
    attempts.c.state != literal_column("'ended'"),
    attempts.c.state != literal_column("'planned'"),
)
_LEFT = select(func.count()).where(_MINE, attempts.c.claimed_at > bindparam("since"))
_NEXT = select(func.min(attempts.c.due_at)).where(
    _MINE, attempts.c.state == literal_column("'planned'")
)
_LATEST = (
    select(*ATTEMPT_COLUMNS)
    .where(_MINE, attempts.c.claimed_at.is_not(None))
    .order_by(attempts.c.claimed_at.desc())
    .limit(LATEST)
)
