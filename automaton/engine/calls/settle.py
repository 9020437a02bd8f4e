"""From ended attempts to recipients' states and next tries, inside the beat's write.

Runs on the writer's thread: it sees only what it is given and the transaction.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from automaton.domain.attempt import Attempt
from automaton.domain.campaign import Campaign, CampaignClass, CampaignState
from automaton.domain.outcome import Outcome
from automaton.domain.recipient import FINAL_RECIPIENT_STATES, RecipientState
from automaton.domain.settlement import (
    LONGEST_OF_AN_ALERT,
    LONGEST_RETRY_AFTER,
    NextTry,
    Settlement,
    settle,
)
from automaton.domain.trunk import Trunk
from automaton.ids import new_id
from automaton.ports import Case, PlannedTry, RecipientChange, Transaction

FATE_OF_THE_OPEN = {
    CampaignState.CANCELLED: RecipientState.CANCELLED,
    CampaignState.EXPIRED: RecipientState.EXPIRED,
}
A_PERSONS_ACT = frozenset({RecipientState.ACKNOWLEDGED, RecipientState.REFUSED})


@dataclass(frozen=True, slots=True)
class ClockLeap:
    """A jump of the wall clock: what it said `before`, and `by` how much it jumped."""

    before: datetime
    by: timedelta

    @property
    def earlier(self) -> datetime:
        """The earlier of the moments before and after."""
        return min(self.before, self.before + self.by)


@dataclass(frozen=True, slots=True)
class Rules:
    """What settling needs besides the case: campaigns by id, and the usable trunks.

    `leaps` are those of the clock that went forward while this daemon lived.
    """

    campaigns: Mapping[str, Campaign]
    trunks: Mapping[str, Trunk]
    now: datetime
    leaps: Sequence[ClockLeap] = ()


def conclude(
    transaction: Transaction,
    recipient_ids: Collection[str],
    rules: Rules,
) -> Sequence[RecipientChange]:
    """Settle some recipients and write what follows; return the changes."""
    if not recipient_ids:
        return []
    cases = transaction.cases(sorted(recipient_ids), hold=True)
    complete = _with_campaigns_of(transaction, cases, rules)
    changes = [
        change for case in cases if (change := change_of(case, complete)) is not None
    ]
    transaction.conclude(changes, rules.now)
    return changes


def _with_campaigns_of(
    transaction: Transaction, cases: Sequence[Case], rules: Rules
) -> Rules:
    """Add the campaigns of late facts, which may have ended long ago."""
    missing = {c.recipient.campaign_id for c in cases} - set(rules.campaigns)
    found = {
        id_: campaign
        for id_ in missing
        if (campaign := transaction.campaign(id_)) is not None
    }
    return replace(rules, campaigns={**rules.campaigns, **found})


def change_of(case: Case, rules: Rules) -> RecipientChange | None:
    """Return what changes for one recipient, None if nothing does."""
    campaign = rules.campaigns[case.recipient.campaign_id]
    attempts = [_as_told_now(attempt, rules) for attempt in case.attempts]
    is_alert = campaign.campaign_class is CampaignClass.ALERT
    longest = LONGEST_OF_AN_ALERT if is_alert else LONGEST_RETRY_AFTER
    found = settle(case.recipient, attempts, campaign.policy, rules.now, longest)
    is_final = case.recipient.state in FINAL_RECIPIENT_STATES
    if is_final and found.state not in A_PERSONS_ACT:
        return None
    return _change(case, found, campaign, rules)


def _as_told_now(attempt: Attempt, rules: Rules) -> Attempt:
    """Return an attempt with the end that the present clock would have told.

    A retry waits from there on. What ended before a clock was set back would lie in
    the future: it has ended now. Only what is reckoned changes, never the record.
    """
    told = at = attempt.ended_at
    if at is None or told is None:
        return attempt
    for leap in rules.leaps:
        if at < leap.before + leap.by / 2:
            at += leap.by
    at = min(at, rules.now)
    return attempt if at == told else replace(attempt, ended_at=at)


def _change(
    case: Case, found: Settlement, campaign: Campaign, rules: Rules
) -> RecipientChange:
    state, next_try = found.state, found.next_try
    unfinished = (
        next_try is not None
        or state is RecipientState.NOT_SERVED
        or _was_cut_short(case, state)
    )
    if unfinished and campaign.state in FATE_OF_THE_OPEN:
        state, next_try = FATE_OF_THE_OPEN[campaign.state], None
    planned = None if next_try is None else _planned(case, next_try, campaign, rules)
    if next_try is not None and planned is None:
        state = RecipientState.EXPIRED
    return RecipientChange(
        case.recipient.id,
        state,
        found.proof.value,
        _acknowledged_at(case.attempts, state, rules.now),
        planned,
        found.flagged,
        again=state is case.recipient.state,
    )


def _was_cut_short(case: Case, state: RecipientState) -> bool:
    """Tell whether a recipient is exhausted only because we took its call back."""
    last = case.attempts[-1].outcome if case.attempts else None
    return state is RecipientState.EXHAUSTED and last is Outcome.CANCELLED


def _planned(
    case: Case, next_try: NextTry, campaign: Campaign, rules: Rules
) -> PlannedTry | None:
    """Return the next attempt's row; None where no calling hours ever open again."""
    due_at = next_try.due_at + random.random() * next_try.jitter
    if next_try.now_elsewhere and _can_go_elsewhere(next_try, campaign, rules):
        due_at = rules.now
    opens_at = campaign.policy.hours.next_opening(due_at)
    if opens_at is None:
        return None
    return PlannedTry(
        new_id(),
        campaign.id,
        case.recipient.id,
        next_try.point.id,
        next_try.point.e164,
        opens_at,
        next_try.avoid_trunk,
        len(case.attempts) + 1,
    )


def _can_go_elsewhere(next_try: NextTry, campaign: Campaign, rules: Rules) -> bool:
    """Tell whether another sound trunk of the campaign may dial the number."""
    names = campaign.policy.trunks or tuple(rules.trunks)
    return any(
        rules.trunks[name].may_dial(next_try.point.e164)
        for name in names
        if name in rules.trunks and name != next_try.avoid_trunk
    )


def _acknowledged_at(
    attempts: Sequence[Attempt], state: RecipientState, now: datetime
) -> datetime | None:
    if state is not RecipientState.ACKNOWLEDGED:
        return None
    keys = [a.key_at for a in attempts if a.has_key and a.key_at is not None]
    return min(keys, default=now)
