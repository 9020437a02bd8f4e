"""Commands that move no campaign: somebody is to be rung, and by whom that was asked.

The chief carries them out as it does all commands; a payload tells ids, and names of
collectivities.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, insert

from automaton.domain.alarm import Alarm
from automaton.store.news import tell
from automaton.store.tables import commands

CODE_GUESSED = Alarm.CODE_GUESSED.value
RING_BACK = "ring_back"
RING_OFFICERS = "ring_officers"


@dataclass(frozen=True, slots=True)
class Errand:
    """Whom the chief shall ring, in its payload, and what for, by its name."""

    name: str
    by: str
    at: datetime
    payload: Mapping[str, str] = field(default_factory=dict)
    campaign_id: str | None = None


def leave_errand(connection: Connection, errand: Errand) -> int:
    """Write an errand for the chief; return its number."""
    row = {
        "name": errand.name,
        "campaign_id": errand.campaign_id,
        "by": errand.by,
        "asked_at": errand.at,
        "payload": dict(errand.payload),
    }
    done = connection.execute(insert(commands).returning(commands.c.id), row)
    tell(connection, "command")
    return int(done.scalar_one())
