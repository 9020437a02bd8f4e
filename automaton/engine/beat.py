"""One beat: what happened is written, what follows is settled, what is free is claimed.

All of it is one transaction (writer's thread). Only after its commit are keys thanked
for and orders sent: intent before effect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automaton.domain.attempt import Attempt, advance
from automaton.domain.trunk import Trunk
from automaton.engine.calls.session import Harvest
from automaton.engine.calls.settle import Rules, conclude
from automaton.engine.lines.claim import Claimed, Intent, claim
from automaton.ports import RecipientChange, Transaction, TrunkCondition


@dataclass(frozen=True, slots=True)
class Beat:
    """Everything that one transaction needs; frozen, so that two threads may see it.

    `returned`: claims whose order was too old to leave; they go back unspent.
    """

    harvest: Harvest
    intent: Intent
    rules: Rules
    trunks: Mapping[str, Trunk]
    conditions: Sequence[TrunkCondition]
    node: str
    returned: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Written:
    """What one transaction has made durable; `leave_by` as an order has it."""

    claimed: Claimed
    changes: Sequence[RecipientChange]
    strays: Sequence[Attempt]
    leave_by: float | None = None


def write(transaction: Transaction, beat: Beat) -> Written:
    """Write one beat; the caller commits."""
    strays = _strays(transaction, beat.harvest)
    saved = {a.id: a for a in (*beat.harvest.changed, *strays)}
    transaction.save(list(saved.values()))
    concerned = beat.harvest.conclude | {a.recipient_id for a in strays}
    if beat.returned:
        concerned |= set(transaction.give_back(sorted(beat.returned)))
    changes = conclude(transaction, concerned, beat.rules)
    for condition in beat.conditions:
        transaction.note_trunk(condition, beat.node)
    claimed = claim(
        transaction,
        beat.intent,
        beat.rules.campaigns,
        beat.trunks,
        beat.rules.now,
        beat.node,
    )
    follows = conclude(transaction, claimed.withheld.keys(), beat.rules)
    return Written(claimed, [*changes, *follows], strays)


def _strays(transaction: Transaction, harvest: Harvest) -> Sequence[Attempt]:
    """Return attempts changed by events that came after, or instead of, their life.

    An attempt that ends in this very beat is taken as it ended, not as it is on record.
    """
    if not harvest.strays:
        return []
    ids = {event.attempt_id for event in harvest.strays}
    ending = {a.id: a for a in harvest.changed if a.id in ids}
    on_record = transaction.attempts(sorted(ids - set(ending)), hold=True)
    before = {attempt.id: attempt for attempt in on_record} | ending
    after = dict(before)
    for event in harvest.strays:
        if event.attempt_id in after:
            after[event.attempt_id] = advance(after[event.attempt_id], event)
    return [attempt for id_, attempt in after.items() if attempt != before[id_]]
