"""Duty lists: in their order, and never empty while an alert may need them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Select, delete, func, insert, or_, select

from automaton.domain.campaign import (
    ACTIVE_CAMPAIGN_STATES,
    CampaignClass,
    CampaignState,
)
from automaton.domain.collectivity import DutyEntry
from automaton.domain.policy import CallPolicy
from automaton.errors import RequestError
from automaton.store.readiness import forget_strangers
from automaton.store.tables import alarms, campaigns, commands, duty_entries

GOING_ON = sorted(ACTIVE_CAMPAIGN_STATES | {CampaignState.SCHEDULED})
NAMED = 5  # so many alerts are told by name


def duty_list(
    connection: Connection, collectivity_id: str, *, hold: bool = False
) -> list[DutyEntry]:
    """Return a duty list in the order in which it is rung, its ranks without a gap.

    With `hold` none of it is removed before the transaction ends.
    """
    asked = _in_order(collectivity_id)
    rows = connection.execute(asked.with_for_update(read=True) if hold else asked)
    return [
        DutyEntry(row.id, collectivity_id, rank, row.name, row.e164)
        for rank, row in enumerate(rows)
    ]


def add_duty_entry(connection: Connection, entry: DutyEntry) -> DutyEntry:
    """Write a number at the end of a duty list; return it with its rank."""
    whose, columns = entry.collectivity_id, duty_entries.c
    last = select(func.max(columns.rank)).where(columns.collectivity_id == whose)
    before = connection.execute(last).scalar()
    row = {
        "id": entry.id,
        "collectivity_id": whose,
        "rank": 0 if before is None else before + 1,
        "name": entry.name,
        "e164": entry.e164,
    }
    connection.execute(insert(duty_entries), row)
    return next(one for one in duty_list(connection, whose) if one.id == entry.id)


def remove_duty_entry(connection: Connection, entry: DutyEntry) -> None:
    """Take a number off its duty list; refuse it as `refuse_last` does.

    The whole list is held first: of two removals at once the second sees the first.
    """
    connection.execute(_in_order(entry.collectivity_id).with_for_update()).all()
    refuse_last(connection, entry)
    connection.execute(delete(duty_entries).where(duty_entries.c.id == entry.id))
    forget_strangers(connection)


def refuse_last(connection: Connection, entry: DutyEntry) -> None:
    """Raise `RequestError` for the last number while an alert is to go on, or does."""
    whose = entry.collectivity_id
    if any(one.id != entry.id for one in duty_list(connection, whose)):
        return
    rows = connection.execute(_going_on(whose)).all()
    alerts = [r.name for r in rows if r.campaign_class is CampaignClass.ALERT]
    if alerts:
        raise RequestError(
            f"{entry.name} is the last on the duty list, and an alert is not over "
            f"({_some(alerts)}): add another number first, or wait for its end.",
            error_id="duty-last",
        )
    helped = [row.name for row in rows if row.policy.help_key]
    helped += connection.execute(_asking(whose)).scalars()
    if helped:
        raise RequestError(
            f"{entry.name} is the last on the duty list, and somebody may ask for help "
            f"by key 3, or has ({_some(helped)}): add another number first, or wait "
            "for the end and close the call for help.",
            error_id="duty-last",
        )


def _some(names: Sequence[str]) -> str:
    return ", ".join([*names[:NAMED], *["…"][: len(names) > NAMED]])


def _going_on(collectivity_id: str) -> Select[tuple[str, CampaignClass, CallPolicy]]:
    launches = select(commands.c.campaign_id).where(
        commands.c.name == "launch", commands.c.finished_at.is_(None)
    )
    columns = campaigns.c
    return (
        select(columns.name, columns.campaign_class, columns.policy)
        .where(
            columns.collectivity_id == collectivity_id,
            or_(columns.state.in_(GOING_ON), columns.id.in_(launches)),
        )
        .order_by(columns.id)
    )


def _asking(collectivity_id: str) -> Select[tuple[str]]:
    """Return what asks for campaigns with a call for help that nobody has taken."""
    return (
        select(campaigns.c.name)
        .join(alarms, alarms.c.campaign_id == campaigns.c.id)
        .where(
            alarms.c.collectivity_id == collectivity_id,
            alarms.c.closed_at.is_(None),
            alarms.c.taken_at.is_(None),
        )
        .order_by(campaigns.c.id)
    )


def _in_order(collectivity_id: str) -> Select[tuple[str, str, str]]:
    columns = duty_entries.c
    mine = columns.collectivity_id == collectivity_id
    asked = select(columns.id, columns.name, columns.e164).where(mine)
    return asked.order_by(columns.rank)
