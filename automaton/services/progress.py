"""How a campaign goes: cheap enough for a screen that asks twice a second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from automaton.domain.attempt import Attempt
from automaton.domain.campaign import (
    ACTIVE_CAMPAIGN_STATES,
    CampaignClass,
    CampaignState,
)
from automaton.domain.forecast import Forecast, forecast, measured_mix
from automaton.domain.outcome import Outcome
from automaton.domain.phone import masked
from automaton.domain.put_off import Held, PutOff, free_at, put_off
from automaton.domain.recipient import OPEN_RECIPIENT_STATES, RecipientState
from automaton.ports import TrunkCondition
from automaton.services.commands import is_open
from automaton.services.office import Office
from automaton.services.outlook import assumed_mix, work_of
from automaton.store.drafts import CampaignCard
from automaton.store.engine import reading
from automaton.store.notes import unsound_trunks
from automaton.store.rings import waiting_rings
from automaton.store.standing import Standing, open_by_tries, standing

MINUTE = timedelta(minutes=1)
FORECAST_AGE = timedelta(seconds=5)
EVENTS = 12


@dataclass(frozen=True, slots=True)
class Happening:
    """The last thing that happened to one call; the number is masked."""

    at: datetime
    attempt_id: str
    number: str
    trunk: str
    what: str


@dataclass(frozen=True, slots=True)
class Progress:
    """One look at a campaign. `calls_a_minute`: calls that left in the last minute.

    `zone`: the time zone of its collectivity. `planned`: the whole audience is known.
    `ended_calls` are those with an outcome. `launch_waits`: it is launched, and waits
    for the daemon. `daemon_awake`: one listens on this node. `put_off`: who waits for
    the ceilings on calls to one number. `conditions`: of its trunks that are slowed or
    left by the safeguard.
    """

    campaign_id: str
    name: str
    campaign_class: CampaignClass
    state: CampaignState
    pause_reason: str | None
    at: datetime
    zone: str
    started_at: datetime | None
    planned: bool
    by_state: Mapping[RecipientState, int]
    by_outcome: Mapping[Outcome, int]
    lines_in_use: int
    lines: int
    calls_a_minute: int
    next_due: datetime | None
    forecast: Forecast | None
    events: tuple[Happening, ...]
    launch_waits: bool = False
    daemon_awake: bool = True
    put_off: PutOff | None = None
    conditions: tuple[TrunkCondition, ...] = ()

    @property
    def is_forsaken(self) -> bool:
        """Whether nobody on this node carries on what should go on."""
        goes_on = self.state in ACTIVE_CAMPAIGN_STATES or self.launch_waits
        return goes_on and not self.daemon_awake

    @property
    def is_counting(self) -> bool:
        """Whether more recipients come: the audience is not wholly planned."""
        return self.state in ACTIVE_CAMPAIGN_STATES and not self.planned

    @property
    def recipients(self) -> int:
        """Return how many recipients are known."""
        return sum(self.by_state.values())

    @property
    def finished(self) -> int:
        """Return how many of them are final."""
        return self.recipients - sum(
            self.by_state.get(state, 0) for state in OPEN_RECIPIENT_STATES
        )

    @property
    def acknowledged(self) -> int:
        """Return how many acknowledged."""
        return self.by_state.get(RecipientState.ACKNOWLEDGED, 0)

    @property
    def ended_calls(self) -> int:
        """Return how many calls have ended."""
        return sum(self.by_outcome.values())


class ProgressView:
    """A screen on one campaign; the forecast is worked out anew every five seconds."""

    def __init__(self, office: Office, campaign_id: str) -> None:
        self._office = office
        self._campaign_id = campaign_id
        self._forecast: Forecast | None = None
        self._forecast_at: datetime | None = None
        self._held: tuple[Held, ...] = ()

    def look(self) -> Progress:
        """Return how the campaign stands at this moment."""
        card = self._office.desk.card(self._campaign_id)
        now = self._office.clock.now()
        stands = standing(self._office.desk.engine, card.id, now - MINUTE)
        foreseen = self._foreseen(card, stands, now)
        return Progress(
            campaign_id=card.id,
            name=card.name,
            campaign_class=card.campaign_class,
            state=card.state,
            pause_reason=card.pause_reason,
            at=now,
            zone=self._zone(card),
            started_at=card.started_at,
            planned=stands.planned,
            by_state=_ordered(stands.by_state),
            by_outcome={o: n for o in Outcome if (n := stands.by_outcome.get(o))},
            lines_in_use=stands.lines_in_use,
            lines=self._office.capacity_of(card.policy).lines,
            calls_a_minute=stands.left_in_a_minute,
            next_due=stands.next_due,
            forecast=foreseen,
            events=happenings(stands.latest),
            launch_waits=card.launch_waits,
            daemon_awake=is_open(self._office.settings.control_socket),
            put_off=put_off(self._held) if foreseen else None,
            conditions=self._conditions(card),
        )

    def _conditions(self, card: CampaignCard) -> tuple[TrunkCondition, ...]:
        """Return what slows the campaign; nothing where it does not go on."""
        is_awake = is_open(self._office.settings.control_socket)
        if card.state not in ACTIVE_CAMPAIGN_STATES or not is_awake:
            return ()
        names = {trunk.name for trunk in self._office.trunks_of(card.policy)}
        with reading(self._office.desk.engine) as connection:
            unsound = unsound_trunks(connection)
        return tuple(one for one in unsound if one.name in names)

    def _zone(self, card: CampaignCard) -> str:
        owner = card.register.collectivity
        return owner.timezone or self._office.settings.calling.timezone

    def _foreseen(
        self, card: CampaignCard, stands: Standing, now: datetime
    ) -> Forecast | None:
        """Return the forecast of what is left; None where nothing goes on."""
        if card.state not in ACTIVE_CAMPAIGN_STATES:
            return None
        if self._forecast_at is None or now - self._forecast_at >= FORECAST_AGE:
            self._forecast_at = now
            self._forecast = self._worked_out(card, stands, now)
        return self._forecast

    def _worked_out(
        self, card: CampaignCard, stands: Standing, now: datetime
    ) -> Forecast:
        tries = card.policy.retry.tries_per_point
        waiting = [0.0] * tries
        tried = open_by_tries(self._office.desk.engine, card.id)
        for made, count in tried.items():
            waiting[min(made, tries - 1)] += count
        done = stands.by_state.get(RecipientState.ACKNOWLEDGED, 0)
        closed = sum(stands.by_state.values()) - done - sum(tried.values())
        self._held = held_back(self._office, card, now)
        for one in self._held:
            waiting[one.tries] = max(0.0, waiting[one.tries] - 1)
        work = work_of(card.policy, tuple(waiting))
        work = replace(work, held=self._held)
        work = replace(work, acknowledged=done, closed=max(0, closed))
        seconds = mean_seconds(stands.latest)
        mix = measured_mix(assumed_mix(card), stands.by_outcome, seconds)
        capacity = self._office.capacity_of(card.policy)
        start = now
        if not stands.lines_in_use and stands.next_due is not None:
            start = max(now, stands.next_due)
        return forecast(work, capacity, mix, start, card.policy.hours)


def progress(office: Office, campaign_id: str) -> Progress:
    """Return one look at a campaign."""
    return ProgressView(office, campaign_id).look()


def held_back(office: Office, card: CampaignCard, now: datetime) -> tuple[Held, ...]:
    """Return the homes whose next call waits for a ceiling on calls to one number."""
    ceilings = card.policy.ceilings
    if not ceilings:
        return ()
    since = now - max(ceiling.within for ceiling in ceilings)
    last = card.policy.retry.tries_per_point - 1
    homes = waiting_rings(office.desk.engine, card.id, now, since)
    held = ((free_at(home.rings, ceilings), home.tries) for home in homes)
    return tuple(
        Held(at, min(n, last)) for at, n in held if at is not None and at > now
    )


def happenings(latest: tuple[Attempt, ...]) -> tuple[Happening, ...]:
    """Return what happened last, the newest first."""
    events = [_happening(attempt) for attempt in latest]
    return tuple(sorted(events, key=lambda e: e.at, reverse=True)[:EVENTS])


def mean_seconds(latest: tuple[Attempt, ...]) -> float | None:
    """Return how long the last calls held their lines on average."""
    held = [
        (a.ended_at - a.claimed_at).total_seconds()
        for a in latest
        if a.ended_at is not None and a.claimed_at is not None
    ]
    return sum(held) / len(held) if held else None


def _happening(attempt: Attempt) -> Happening:
    what = attempt.state.value if attempt.outcome is None else attempt.outcome.value
    moments = (attempt.ended_at, attempt.answered_at, attempt.rang_at)
    at = next(filter(None, moments), attempt.claimed_at or attempt.due_at)
    return Happening(at, attempt.id, masked(attempt.e164), attempt.trunk or "", what)


def _ordered(
    counts: Mapping[RecipientState, int],
) -> Mapping[RecipientState, int]:
    return {state: counts[state] for state in RecipientState if state in counts}
