"""Calls that are not made: their number asked for no more information calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, case, select, update

from automaton.domain.attempt import AttemptState
from automaton.domain.campaign import CampaignClass
from automaton.domain.outcome import Outcome
from automaton.store.tables import attempts, campaigns, opt_outs

# The collectivity whose opt-outs hold for a campaign; NULL where none do.
HEEDS = case(
    (
        campaigns.c.campaign_class == CampaignClass.INFORMATION,
        campaigns.c.collectivity_id,
    )
)


def opted_out(
    connection: Connection, collectivity_id: str, numbers: Sequence[str]
) -> frozenset[str]:
    """Return those of the numbers that get no information from this collectivity."""
    asked = {"collectivity": collectivity_id, "numbers": sorted(set(numbers))}
    return frozenset(connection.execute(_OPTED_OUT, asked).scalars())


def withhold(connection: Connection, ids: Sequence[str], now: datetime) -> None:
    """End planned attempts that must not be made: they have spent nothing."""
    if ids:
        connection.execute(_WITHHOLD, {"ids": ids, "now": now})


_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_OPTED_OUT = select(opt_outs.c.e164).where(
    opt_outs.c.collectivity_id == bindparam("collectivity"),
    opt_outs.c.e164.in_(bindparam("numbers", expanding=True)),
)
_WITHHOLD = (
    update(attempts)
    .where(attempts.c.id.in_(_IDS))
    .values(
        state=AttemptState.ENDED,
        outcome=Outcome.OPTED_OUT,
        ended_at=bindparam("now"),
    )
)
