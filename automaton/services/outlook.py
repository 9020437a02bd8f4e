"""What is to be expected of a campaign: its work, its answers, its forecast."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from automaton.domain.forecast import (
    AnswerMix,
    Forecast,
    Work,
    expected_mix,
    forecast,
)
from automaton.domain.outcome import Outcome
from automaton.domain.policy import CallPolicy
from automaton.domain.put_off import Held
from automaton.services.office import Office
from automaton.store.drafts import CampaignCard


def expected(
    office: Office,
    card: CampaignCard,
    homes: int,
    begin: datetime | None,
    held: tuple[Held, ...] = (),
) -> Forecast:
    """Return the forecast of a campaign that has not begun."""
    work = replace(work_of(card.policy, (float(homes - len(held)),)), held=held)
    capacity = office.capacity_of(card.policy)
    start = begin or office.clock.now()
    return forecast(work, capacity, assumed_mix(card), start, card.policy.hours)


def work_of(policy: CallPolicy, waiting: tuple[float, ...]) -> Work:
    """Return the work that a policy makes of homes by tries made."""
    retry = policy.retry
    delay = retry.delay_after(Outcome.NO_ANSWER, 1)
    return Work(waiting, tries=retry.tries_per_point, delay=delay)


def assumed_mix(card: CampaignCard) -> AnswerMix:
    """Return the answers that a campaign's message and policy let expect."""
    policy = card.policy
    seconds = max((text.seconds for text in card.message), default=0.0)
    ring, wait = policy.ring.total_seconds(), policy.key_wait.total_seconds()
    return expected_mix(seconds, ring, policy.repeats, wait)
