"""How a campaign goes: cheap enough for a screen that asks twice a second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from automaton.domain.attempt import Attempt
from automaton.domain.campaign import (
    ACTIVE_CAMPAIGN_STATES,
    CampaignClass,
    CampaignState,
)
from automaton.domain.forecast import Forecast
from automaton.domain.outcome import Outcome
from automaton.domain.phone import masked
from automaton.domain.put_off import Held, PutOff, put_off
from automaton.domain.recipient import OPEN_RECIPIENT_STATES, RecipientState
from automaton.ports import TrunkCondition
from automaton.services.commands import is_awake
from automaton.services.forecasts import foresee, unplanned_homes
from automaton.services.office import Office
from automaton.store.drafts import CampaignCard
from automaton.store.engine import reading
from automaton.store.notes import unsound_trunks
from automaton.store.standing import Standing, standing

MINUTE = timedelta(minutes=1)
FORECAST_AGE = timedelta(seconds=5)
REST = 20  # times as long as a forecast took: that of a large campaign is older
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
    for the daemon. `daemon_awake`: one is at work. `put_off`: who waits for
    the ceilings on calls to one number. `conditions`: of its trunks that are slowed or
    left by the safeguard. `alarms_open`: calls for help that nobody has closed, also
    once the campaign is over; `alarms_untaken`: that nobody on duty has taken.
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
    alarms_open: int = 0
    alarms_untaken: int = 0

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
    """A screen on one campaign; the forecast is worked out anew every five seconds.

    Seldomer where that takes long.
    """

    def __init__(self, office: Office, campaign_id: str) -> None:
        self._office = office
        self._campaign_id = campaign_id
        self._forecast: Forecast | None = None
        self._forecast_at: datetime | None = None
        self._forecast_age = FORECAST_AGE
        self._held: tuple[Held, ...] = ()

    def look(self) -> Progress:
        """Return how the campaign stands at this moment."""
        card = self._office.desk.card(self._campaign_id)
        now = self._office.clock.now()
        stands = standing(self._office.desk.engine, card.id, now - MINUTE)
        foreseen = self._foreseen(card, stands, now)
        lines = self._office.capacity_of(card.policy).lines
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
            lines_in_use=min(stands.lines_in_use, lines),  # some wait for their line
            lines=lines,
            calls_a_minute=stands.left_in_a_minute,
            next_due=stands.next_due,
            forecast=foreseen,
            events=happenings(stands.latest),
            launch_waits=card.launch_waits,
            daemon_awake=is_awake(self._office),
            put_off=put_off(self._held) if foreseen else None,
            conditions=self._conditions(card),
            alarms_open=stands.alarms[0],
            alarms_untaken=stands.alarms[1],
        )

    def _conditions(self, card: CampaignCard) -> tuple[TrunkCondition, ...]:
        """Return what slows the campaign; nothing where it does not go on."""
        if card.state not in ACTIVE_CAMPAIGN_STATES or not is_awake(self._office):
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
        if self._forecast_at is None or now - self._forecast_at >= self._forecast_age:
            began = self._office.clock.monotonic()
            self._forecast_at = now
            self._forecast = self._worked_out(card, stands)
            took = timedelta(seconds=self._office.clock.monotonic() - began)
            self._forecast_age = max(FORECAST_AGE, REST * took)
        return self._forecast

    def _worked_out(self, card: CampaignCard, stands: Standing) -> Forecast | None:
        acknowledged = stands.by_state.get(RecipientState.ACKNOWLEDGED, 0)
        known = sum(stands.by_state.values())
        unplanned = 0 if stands.planned else unplanned_homes(card, known)
        if unplanned is None:
            return None
        foreseen = foresee(self._office, card, acknowledged, unplanned)
        self._held = foreseen.held
        return foreseen.forecast


def progress(office: Office, campaign_id: str) -> Progress:
    """Return one look at a campaign."""
    return ProgressView(office, campaign_id).look()


def happenings(latest: tuple[Attempt, ...]) -> tuple[Happening, ...]:
    """Return what happened last, the newest first."""
    events = [_happening(attempt) for attempt in latest]
    return tuple(sorted(events, key=lambda e: e.at, reverse=True)[:EVENTS])


def _happening(attempt: Attempt) -> Happening:
    what = attempt.state.value if attempt.outcome is None else attempt.outcome.value
    moments = (attempt.ended_at, attempt.answered_at, attempt.rang_at)
    at = next(filter(None, moments), attempt.claimed_at or attempt.due_at)
    return Happening(at, attempt.id, masked(attempt.e164), attempt.trunk or "", what)


def _ordered(
    counts: Mapping[RecipientState, int],
) -> Mapping[RecipientState, int]:
    return {state: counts[state] for state in RecipientState if state in counts}
