"""What is to be expected of a campaign, before its launch and while it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil

from automaton.domain.answers import Answers, assumed, learnt
from automaton.domain.campaign import ACTIVE_CAMPAIGN_STATES
from automaton.domain.forecast import Due, Forecast, Work, forecast, gathered
from automaton.domain.foreseen import Foreseen
from automaton.domain.put_off import Held, free_at, together
from automaton.services.office import Office
from automaton.services.shares import capacity_now
from automaton.store.drafts import CampaignCard
from automaton.store.rings import waiting_rings
from automaton.store.stages import moments_of, recipients_of, stages


@dataclass(frozen=True, slots=True)
class Outlook:
    """A forecast of a moment. `held`: the homes that wait for a ceiling on calls."""

    forecast: Forecast
    held: tuple[Held, ...] = ()


def expected(
    office: Office,
    card: CampaignCard,
    homes: Sequence[tuple[str, ...]],
    begin: datetime | None,
    held: tuple[Held, ...] = (),
) -> Forecast:
    """Return the forecast of a campaign that has not begun; each home's numbers in."""
    start = begin or office.clock.now()
    count = len(homes)
    put_off = sum(one.homes for one in held)
    later = (Due(one.until, float(one.homes)) for one in held)
    due = (Due(start, float(count - put_off)), *later)
    several = sum(len(numbers) > 1 for numbers in homes) / count if count else 0.0
    work = Work(due, retry=card.policy.retry, several=several)
    capacity = office.capacity_of(card.policy)
    return forecast(work, capacity, assumed_answers(card), start, card.policy.hours)


def foresee(
    office: Office, card: CampaignCard, acknowledged: int, unplanned: int = 0
) -> Outlook:
    """Return what is to be expected of a campaign that goes on.

    `unplanned`: homes of its audience that are no recipients yet.
    """
    engine, now = office.desk.engine, office.clock.now()
    found = stages(engine, card.id, now)
    held = held_back(office, card, now)
    work = Work(
        due=(Due(now, float(unplanned)), *_put_off(gathered(found.due), held)),
        live=tuple(found.seen.live),
        acknowledged=acknowledged,
        retry=card.policy.retry,
        several=found.several,
    )
    answers = learnt(assumed_answers(card), found.seen)
    capacity = capacity_now(office, card, answers, _wants(work, now), now)
    told = forecast(work, capacity, answers, now, card.policy.hours)
    return Outlook(_with_the_past(office, card, told), held)


class Foresees:
    """The engine's `Foreseer`: what is kept while a campaign goes on."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def foresee(self, campaign_id: str) -> Foreseen | None:
        """Return what is expected at this moment; None where nothing goes on."""
        card, now = self._office.desk.card(campaign_id), self._office.clock.now()
        if card.state not in ACTIVE_CAMPAIGN_STATES:
            return None
        known, acknowledged = recipients_of(self._office.desk.engine, card.id)
        unplanned = 0 if card.planned else unplanned_homes(card, known)
        if unplanned is None:
            return None
        told = foresee(self._office, card, acknowledged, unplanned).forecast
        return Foreseen(
            now, told.milestones, told.ends_at, told.reachable, acknowledged
        )


def unplanned_homes(card: CampaignCard, known: int) -> int | None:
    """Return how many homes are no recipients yet, of those counted at the launch.

    None where they are not counted yet: nothing can be expected before.
    """
    if card.forecast is None:
        return None
    return max(0, int(card.forecast.get("homes", 0)) - known)


def written(told: Forecast, homes: int) -> dict[str, object]:
    """Return a forecast as it is kept beside the campaign."""
    shares = {str(s): at and at.isoformat() for s, at in told.milestones.items()}
    ends_at = told.ends_at and told.ends_at.isoformat()
    return {
        "milestones": shares,
        "ends_at": ends_at,
        "tries": round(told.tries),
        "reachable": round(told.reachable),
        "homes": homes,
    }


def assumed_answers(card: CampaignCard) -> Answers:
    """Return the answers that a campaign's message and policy let expect."""
    policy = card.policy
    seconds = max((text.seconds for text in card.message), default=0.0)
    ring, wait = policy.ring.total_seconds(), policy.key_wait.total_seconds()
    return assumed(seconds, ring, policy.repeats, wait)


def held_back(office: Office, card: CampaignCard, now: datetime) -> tuple[Held, ...]:
    """Return the homes whose next call waits for a ceiling on calls to one number."""
    ceilings = card.policy.ceilings
    if not ceilings:
        return ()
    since = now - max(ceiling.within for ceiling in ceilings)
    fewest = min(ceiling.calls for ceiling in ceilings)
    last = card.policy.retry.tries_per_point - 1
    homes = waiting_rings(office.desk.engine, card.id, now, since, fewest)
    held = ((free_at(home.rings, ceilings), min(home.tries, last)) for home in homes)
    return together((at, tries) for at, tries in held if at is not None and at > now)


def _wants(work: Work, now: datetime) -> int:
    """Return how many lines would be taken at once, if there were so many."""
    return len(work.live) + round(sum(d.homes for d in work.due if d.at <= now))


def _put_off(due: Sequence[Due], held: Sequence[Held]) -> tuple[Due, ...]:
    """Return what is due, and later what is held back, of the same tries if any."""
    left, later = list(due), []
    for one in held:
        waits = one.homes
        while waits and (found := _like(one, left)) is not None:
            some = min(waits, int(left[found].homes))
            later.append(Due(one.until, float(some), left[found].stage))
            left[found] = replace(left[found], homes=left[found].homes - some)
            waits -= some
    return (*left, *later)


def _like(held: Held, due: Sequence[Due]) -> int | None:
    """Return where those are among what is due who are held back; None: nowhere."""
    early = [n for n, d in enumerate(due) if d.homes >= 1 and d.at < held.until]
    tried = held.tries
    return min(early, key=lambda n: abs(due[n].stage.made - tried), default=None)


def _with_the_past(office: Office, card: CampaignCard, told: Forecast) -> Forecast:
    """Return a forecast that tells of what has come already when it came."""
    passed = [share for share, at in told.milestones.items() if at is None]
    ranks = {share: ceil(told.reachable * share / 100) for share in passed}
    known = moments_of(office.desk.engine, card.id, ranks)
    return replace(told, milestones={**told.milestones, **known})
