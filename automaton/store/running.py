"""Campaigns as the engine sees them, and the commands that doors leave for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)

from automaton.domain.campaign import (
    FINAL_CAMPAIGN_STATES,
    URGENCY,
    Campaign,
    CampaignClass,
    CampaignState,
    SpokenMessage,
)
from automaton.domain.errand import ERRANDS
from automaton.domain.recipient import OPEN_RECIPIENT_STATES
from automaton.ports import Command
from automaton.store.news import tell
from automaton.store.tables import (
    campaigns,
    commands,
    duty_calls,
    message_texts,
    recipients,
)

LAUNCHED = frozenset({CampaignState.SCHEDULED, CampaignState.RUNNING})


def take_commands(connection: Connection, limit: int, now: datetime) -> list[Command]:
    """Return waiting commands, oldest first; nobody takes them again."""
    rows = connection.execute(_WAITING, {"limit": limit}).all()
    if rows:
        taken = [{"command": row.id, "taken_at": now} for row in rows]
        connection.execute(_COMMAND, taken)
    return [
        Command(row.id, row.name, row.campaign_id, dict(row.payload), row.by)
        for row in rows
    ]


def finish_command(
    connection: Connection, command_id: int, refusal: str | None, now: datetime
) -> None:
    """Note what became of a command; who launched is written on the campaign."""
    told = {"command": command_id, "finished_at": now, "refusal": refusal}
    connection.execute(_COMMAND, [told])
    if refusal is None:
        connection.execute(_LAUNCHED_BY, {"command": command_id})


def read_campaigns(
    connection: Connection, states: Iterable[CampaignState]
) -> list[Campaign]:
    """Return campaigns in these states, the most urgent first, then the oldest."""
    return _read(connection, _IN_STATES, {"states": sorted(states)})


def read_unclosed(connection: Connection) -> list[Campaign]:
    """Return campaigns that ended before everybody in them did; read once a start."""
    is_open = exists().where(
        recipients.c.campaign_id == campaigns.c.id,
        recipients.c.state.in_(sorted(OPEN_RECIPIENT_STATES)),
    )
    wanted = _CAMPAIGNS.where(
        campaigns.c.state.in_([CampaignState.CANCELLED, CampaignState.EXPIRED]),
        or_(campaigns.c.planned.is_(False), is_open),
        campaigns.c.started_at.is_not(None),
    )
    return _read(connection, wanted, {})


def read_untold_ends(
    connection: Connection, reason: str, since: datetime
) -> list[Campaign]:
    """Return alerts of whose end since then nobody took charge; read once a start."""
    is_taken = exists().where(
        duty_calls.c.campaign_id == campaigns.c.id,
        duty_calls.c.reason == reason,
        duty_calls.c.taken.is_(True),
    )
    wanted = _CAMPAIGNS.where(
        campaigns.c.state.in_(sorted(FINAL_CAMPAIGN_STATES)),
        campaigns.c.campaign_class == CampaignClass.ALERT,
        campaigns.c.planned.is_(True),
        campaigns.c.finished_at >= since,
        ~is_taken,
    )
    return _read(connection, wanted, {})


def read_campaign(connection: Connection, campaign_id: str) -> Campaign | None:
    """Return one campaign, None if there is none."""
    found = _read(connection, _ONE, {"campaign": campaign_id})
    return found[0] if found else None


def move_campaign(
    connection: Connection,
    campaign_id: str,
    state: CampaignState,
    at: datetime,
    reason: str,
) -> None:
    """Write a new state with the moments that belong to it."""
    moments = {}
    if state in LAUNCHED:
        moments["launched_at"] = _first(campaigns.c.launched_at, at)
    if state is CampaignState.RUNNING:
        moments["started_at"] = _first(campaigns.c.started_at, at)
    if state in FINAL_CAMPAIGN_STATES:
        moments["finished_at"] = _first(campaigns.c.finished_at, at)
    why = (reason or None) if state is CampaignState.PAUSED else None
    connection.execute(
        update(campaigns)
        .where(campaigns.c.id == campaign_id)
        .values(state=state, pause_reason=why, **moments)
    )
    tell(connection, "campaign")


def _first(column: Column[Any], at: datetime) -> ColumnElement[Any]:
    """Return the moment that is written already, else this one."""
    return func.coalesce(column, literal(at, column.type))


_WAITING = (
    select(commands)
    .where(commands.c.taken_at.is_(None), commands.c.name.not_in(ERRANDS))
    .order_by(commands.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_COMMAND = update(commands).where(commands.c.id == bindparam("command"))
_LAUNCHED_BY = (
    update(campaigns)
    .where(
        campaigns.c.id == commands.c.campaign_id,
        commands.c.id == bindparam("command"),
        commands.c.name == "launch",
    )
    .values(launched_by=commands.c.by)
)
# With its texts in one statement, which sees one moment: two hundred are read a second.
_COLUMNS = (
    *("id", "collectivity_id", "register_id", "parent_id", "name", "state", "policy"),
    *("campaign_class", "pause_reason", "planned", "starts_at", "expires_at"),
)
_SPOKEN = ("language", "prompt", "machine_prompt", "seconds", "text", "parts")
_CAMPAIGNS = (
    select(
        *(campaigns.c[name] for name in _COLUMNS),
        *(message_texts.c[name] for name in _SPOKEN),
    )
    .outerjoin(message_texts, message_texts.c.message_id == campaigns.c.message_id)
    .order_by(campaigns.c.created_at, campaigns.c.id, message_texts.c.id)
)
_IN_STATES = _CAMPAIGNS.where(
    campaigns.c.state.in_(bindparam("states", expanding=True))
)
_ONE = _CAMPAIGNS.where(campaigns.c.id == bindparam("campaign"))


def _read(
    connection: Connection, wanted: Select[Any], asked: Mapping[str, Any]
) -> list[Campaign]:
    rows = connection.execute(wanted, asked)
    found = [_campaign(list(own)) for _, own in groupby(rows, key=lambda row: row.id)]
    return sorted(found, key=lambda campaign: URGENCY[campaign.campaign_class])


def _spoken(row: Any) -> SpokenMessage:
    return SpokenMessage(
        row.language,
        row.prompt,
        row.machine_prompt,
        row.seconds,
        row.text,
        tuple(row.parts or ()),
    )


def _campaign(rows: Sequence[Any]) -> Campaign:
    """Return the campaign of its rows, one for each text of its message."""
    row = rows[0]
    return Campaign(
        id=row.id,
        collectivity_id=row.collectivity_id,
        name=row.name,
        campaign_class=row.campaign_class,
        state=row.state,
        policy=row.policy,
        messages=tuple(_spoken(one) for one in rows if one.language is not None),
        starts_at=row.starts_at,
        expires_at=row.expires_at,
        pause_reason=row.pause_reason,
        planned=row.planned,
        meta={"register": row.register_id, "follows": row.parent_id or ""},
    )
