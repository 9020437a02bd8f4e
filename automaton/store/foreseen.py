"""Forecasts as they are kept: one row each time that one was made."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from automaton.domain.forecast import MILESTONES
from automaton.domain.foreseen import Foreseen
from automaton.store.claims import keep_first
from automaton.store.tables import campaigns, forecasts


def note_forecast(connection: Connection, campaign_id: str, made: Foreseen) -> None:
    """Write down what is expected at a moment; a second time changes nothing."""
    shares = {f"at_{share}": made.milestones.get(share) for share in MILESTONES}
    row = {
        "campaign_id": campaign_id,
        "made_at": made.made_at,
        "ends_at": made.ends_at,
        "reachable": made.reachable,
        "acknowledged": made.acknowledged,
    }
    connection.execute(keep_first(connection, forecasts), row | shares)


def forecasts_of(connection: Connection, campaign_id: str) -> list[Foreseen]:
    """Return what was expected of a campaign while it went on, the oldest first."""
    mine = forecasts.c.campaign_id == campaign_id
    asked = select(forecasts).where(mine).order_by(forecasts.c.made_at)
    return [
        Foreseen(
            row.made_at,
            {share: getattr(row, f"at_{share}") for share in MILESTONES},
            row.ends_at,
            row.reachable,
            row.acknowledged,
        )
        for row in connection.execute(asked)
    ]


def forecast_at_launch(connection: Connection, campaign_id: str) -> Foreseen | None:
    """Return what was expected when the campaign was launched, if that is known."""
    asked = select(campaigns.c.forecast, campaigns.c.launched_at).where(
        campaigns.c.id == campaign_id
    )
    row = connection.execute(asked).one()
    told: dict[str, Any] | None = row.forecast
    if not told or row.launched_at is None:
        return None
    shares = {int(share): _moment(at) for share, at in told["milestones"].items()}
    ends_at, reachable = _moment(told["ends_at"]), told.get("reachable")
    return Foreseen(row.launched_at, shares, ends_at, reachable)


def _moment(told: str | None) -> datetime | None:
    return None if told is None else datetime.fromisoformat(told)
