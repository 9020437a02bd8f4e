"""Which lines a campaign may count on, beside others and on trunks as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from automaton.domain.answers import Answers, Stage
from automaton.domain.campaign import URGENCY
from automaton.domain.fairness import Claimant, shares
from automaton.domain.forecast import Capacity
from automaton.domain.policy import CallPolicy
from automaton.ports import TrunkCondition
from automaton.services.office import STARTS_A_SECOND, Office
from automaton.settings.trunk import TrunkSettings
from automaton.store.drafts import CampaignCard
from automaton.store.rivals import Rival, conditions, rivals


def capacity_now(
    office: Office, card: CampaignCard, answers: Answers, wants: int, now: datetime
) -> Capacity:
    """Return the lines and the pace of a campaign as they are at this moment.

    `wants`: its calls that are on a line or due. What is more urgent has all lines
    until its due calls are made; within a class they are shared as the engine does.
    """
    engine = office.desk.engine
    found = _on_sound_trunks(office, card.policy, conditions(engine))
    own = Rival(card.id, card.campaign_class, card.policy, wants)
    beside = [
        one
        for one in rivals(engine, card.id, now)
        if _meet(office, card.policy, one.policy)
    ]
    small_first = office.settings.calling.small_first
    lines = lines_beside(own, beside, found.lines, small_first=small_first)
    return replace(
        found, lines=lines, taken_for=_taken_for(own, beside, found, answers)
    )


def lines_beside(
    own: Rival, beside: Sequence[Rival], lines: int, *, small_first: bool = True
) -> int:
    """Return how many lines a campaign gets beside those of its class.

    Where there are any it is one at least.
    """
    urgency = URGENCY[own.campaign_class]
    peers = [one for one in beside if URGENCY[one.campaign_class] == urgency]
    claimants = [
        Claimant(one.id, urgency, one.policy.weight, 0, lines, one.wants)
        for one in (own, *peers)
    ]
    given = shares(claimants, lines, lines, small_first=small_first)
    return min(lines, max(1, given[own.id]))


def _taken_for(
    own: Rival, beside: Sequence[Rival], found: Capacity, answers: Answers
) -> float:
    """Return for how many seconds all lines serve what is more urgent."""
    urgency = URGENCY[own.campaign_class]
    before = sum(r.wants for r in beside if URGENCY[r.campaign_class] < urgency)
    if before <= found.lines or not found.lines:
        return 0.0
    first = answers.shares(Stage())
    lasts = sum(share * answers.lasts(outcome) for outcome, share in first.items())
    return before * lasts / found.lines


def _on_sound_trunks(
    office: Office, policy: CallPolicy, unsound: Sequence[TrunkCondition]
) -> Capacity:
    """Return lines and pace without the trunks that are left, at the learnt rates."""
    trunks = office.trunks_of(policy)
    left = {one.name for one in unsound if one.broken_until is not None}
    rates = {one.name: one.rate for one in unsound if one.rate is not None}
    sound = [trunk for trunk in trunks if trunk.name not in left] or trunks
    lines = sum(trunk.lines - trunk.reserved_lines for trunk in sound)
    if policy.lines is not None:
        lines = min(lines, policy.lines)
    pace = sum(_pace(trunk, rates.get(trunk.name)) for trunk in sound)
    return Capacity(lines, min(pace, STARTS_A_SECOND))


def _pace(trunk: TrunkSettings, rate: float | None) -> float:
    cap = trunk.calls_per_second
    own = STARTS_A_SECOND if cap is None else cap
    return own if rate is None else min(own, rate)


def _meet(office: Office, one: CallPolicy, other: CallPolicy) -> bool:
    """Tell whether two campaigns want lines of the same trunk."""
    mine, theirs = (
        {trunk.name for trunk in office.trunks_of(policy)} for policy in (one, other)
    )
    return not mine.isdisjoint(theirs)
