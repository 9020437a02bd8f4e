"""Second officers' words in the database: asked for, and decided once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, insert, select, update

from automaton.domain.approval import Approval, Decision, is_waiting
from automaton.domain.collectivity import Act
from automaton.errors import RequestError
from automaton.store.chain import append
from automaton.store.drafts import Ask, leave_command
from automaton.store.engine import reading, writing
from automaton.store.errands import Errand, finish_errands_of, leave_errand
from automaton.store.tables import approvals, campaigns

ASKED_AGAIN = "asked again"
_OF_CAMPAIGN = (
    campaigns.c.collectivity_id,
    campaigns.c.register_id,
    campaigns.c.campaign_class,
    campaigns.c.audience,
)


@dataclass(frozen=True, slots=True)
class Following:
    """What is committed together with a word: its line in the audit, and what follows.

    `asks` are commands to campaigns, `errands` those whom the chief shall ring.
    """

    act: Act
    asks: Sequence[Ask] = ()
    errands: Sequence[Errand] = ()


def approvals_of(engine: Engine, campaign_id: str) -> tuple[Approval, ...]:
    """Return what second officers were asked about a campaign, the first one first."""
    with reading(engine) as connection:
        return _found(connection, _of_campaign(campaign_id))


def read_approval(engine: Engine, approval_id: str) -> Approval:
    """Return one of them; `RequestError` where there is none."""
    with reading(engine) as connection:
        found = _found(connection, _ASKED.where(approvals.c.id == approval_id))
    if not found:
        message = "Nobody was asked for such an approval."
        raise RequestError(message, error_id="approval-unknown")
    return found[0]


def ask_approval(
    engine: Engine,
    approval: Approval,
    now: datetime,
    following: Callable[[Approval], Following],
) -> Approval:
    """Write that a second officer is asked; where one is already, return that.

    `following`: what is committed together with what is asked in the end.
    """
    with writing(engine) as connection:
        campaign = campaigns.c.id == approval.campaign_id
        connection.execute(select(campaigns.c.id).where(campaign).with_for_update())
        for one in _found(connection, _of_campaign(approval.campaign_id)):
            if is_waiting(one, now):
                return one
        approval = _instead_of_before(connection, approval, now)
        row = {name: getattr(approval, name) for name in Approval.__slots__}
        connection.execute(insert(approvals), row)
        _follow(connection, following(approval))
        return approval


def _instead_of_before(
    connection: Connection, approval: Approval, now: datetime
) -> Approval:
    """Close what the same officer has asked for the same people; return what is asked.

    Two officers could agree to both, and the town would be rung twice. Whoever called
    again, because the line broke, has waited since the first time.
    """
    asked = select(*_OF_CAMPAIGN).where(campaigns.c.id == approval.campaign_id)
    whom = tuple(connection.execute(asked).one())
    mine = (
        approvals.c.asked_by == approval.asked_by,
        approvals.c.decision.is_(None),
        approvals.c.campaign_id != approval.campaign_id,
    )
    is_its = campaigns.c.id == approvals.c.campaign_id
    before = select(*_ASKED.selected_columns, *_OF_CAMPAIGN)
    size = len(Approval.__slots__)
    for row in connection.execute(before.join(campaigns, is_its).where(*mine)).all():
        one = Approval(*row[:size])
        if tuple(row[size:]) == whom:
            is_it = approvals.c.id == one.id
            closed = {"decision": Decision.REFUSED, "decided_by": one.asked_by}
            told = {**closed, "decided_at": now, "reason": ASKED_AGAIN}
            connection.execute(update(approvals).where(is_it).values(told))
            finish_errands_of(connection, one.campaign_id, now)
            if is_waiting(one, now):
                first = min(approval.asked_at, one.asked_at)
                approval = replace(approval, asked_at=first)
    return approval


def decide_approval(
    engine: Engine, decided: Approval, following: Following
) -> list[int]:
    """Write a decision with all that follows; return the numbers of the commands.

    `RequestError` where somebody else was faster; nothing is written then.
    """
    is_open = (approvals.c.id == decided.id, approvals.c.decision.is_(None))
    told = {
        "decision": decided.decision,
        "decided_by": decided.decided_by,
        "decided_at": decided.decided_at,
        "reason": decided.reason,
    }
    with writing(engine) as connection:
        done = connection.execute(update(approvals).where(*is_open).values(told))
        if not done.rowcount:
            message = "Another officer has decided already."
            raise RequestError(message, error_id="approval-closed")
        assert decided.decided_at is not None
        finish_errands_of(connection, decided.campaign_id, decided.decided_at)
        return _follow(connection, following)


def _follow(connection: Connection, following: Following) -> list[int]:
    commands = [leave_command(connection, ask) for ask in following.asks]
    for errand in following.errands:
        leave_errand(connection, errand)
    append(connection, following.act)
    return commands


def _found(connection: Connection, asked: Select[Any]) -> tuple[Approval, ...]:
    return tuple(Approval(*row) for row in connection.execute(asked))


_ASKED: Select[Any] = select(*(approvals.c[name] for name in Approval.__slots__))


def _of_campaign(campaign_id: str) -> Select[Any]:
    mine = _ASKED.where(approvals.c.campaign_id == campaign_id)
    return mine.order_by(approvals.c.asked_at, approvals.c.id)
