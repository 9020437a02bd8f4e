"""Who launched by telephone is told how it goes: each news once, over restarts.

The launch command says whom to ring; the errands that were left say what was told.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from automaton.domain.campaign import FINAL_CAMPAIGN_STATES
from automaton.domain.errand import LAST_NEWS, NEWS, News
from automaton.store.errands import Errand, leave_errand
from automaton.store.tables import campaigns, commands


def tell_launcher(
    connection: Connection, campaign_id: str, news: News, by: str, now: datetime
) -> None:
    """Leave the errand of telling who launched a campaign; nothing where it is told.

    Older news need not be told any more then. Nobody is told what he has done himself.
    """
    launch = connection.execute(_LAUNCH.where(commands.c.campaign_id == campaign_id))
    found = launch.first()
    if found is None or "officer" not in found.payload:
        return
    mine = (commands.c.name == NEWS, commands.c.campaign_id == campaign_id)
    told = connection.scalars(select(commands.c.payload).where(*mine))
    before = {one["news"] for one in told}
    if news in before or before & LAST_NEWS or _is_late(found, news):
        return
    waiting = update(commands).where(*mine, commands.c.finished_at.is_(None))
    connection.execute(waiting.values(taken_at=now, finished_at=now))
    if by != found.by:
        payload = {**found.payload, "collectivity": found.collectivity_id}
        payload |= {"news": news.value, "by": by}
        leave_errand(connection, Errand(NEWS, found.by, now, payload, campaign_id))


def _is_late(launch: Row[Any, Any, Any, Any], news: News) -> bool:
    """Tell whether a campaign is over, and this is not its end."""
    return news not in LAST_NEWS and launch.state in FINAL_CAMPAIGN_STATES


_LAUNCH = (
    select(
        commands.c.by,
        commands.c.payload,
        campaigns.c.state,
        campaigns.c.collectivity_id,
    )
    .join(campaigns, campaigns.c.id == commands.c.campaign_id)
    .where(
        commands.c.name == "launch",
        commands.c.finished_at.is_not(None),
        commands.c.refusal.is_(None),
    )
    .order_by(commands.c.id.desc())
    .limit(1)
)
