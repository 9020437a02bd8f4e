"""The other campaigns that want lines now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, and_, bindparam, func, literal_column, or_, select

from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.policy import CallPolicy
from automaton.ports import TrunkCondition
from automaton.store.engine import reading
from automaton.store.notes import unsound_trunks
from automaton.store.tables import attempts, campaigns


@dataclass(frozen=True, slots=True)
class Rival:
    """A campaign that runs, with the calls that it has on a line or could have now."""

    id: str
    campaign_class: CampaignClass
    policy: CallPolicy
    wants: int


def rivals(engine: Engine, campaign_id: str, now: datetime) -> list[Rival]:
    """Return the running campaigns but this one, where they want a line now."""
    asked = {"campaign": campaign_id, "now": now}
    with reading(engine) as connection:
        rows = connection.execute(_RIVALS, asked).all()
    return [Rival(*row) for row in rows if row.wants]


def conditions(engine: Engine) -> list[TrunkCondition]:
    """Return the trunks that are slowed or left by the safeguard."""
    with reading(engine) as connection:
        return list(unsound_trunks(connection))


_IS_PLANNED = attempts.c.state == literal_column("'planned'")
_IS_LIVE = and_(attempts.c.state != literal_column("'ended'"), ~_IS_PLANNED)
_WANTS = (
    select(func.count())
    .where(
        attempts.c.campaign_id == campaigns.c.id,
        or_(and_(_IS_PLANNED, attempts.c.due_at <= bindparam("now")), _IS_LIVE),
    )
    .correlate(campaigns)
    .scalar_subquery()
)
_RIVALS = select(
    campaigns.c.id,
    campaigns.c.campaign_class,
    campaigns.c.policy,
    _WANTS.label("wants"),
).where(
    campaigns.c.state == CampaignState.RUNNING,
    campaigns.c.id != bindparam("campaign"),
)
