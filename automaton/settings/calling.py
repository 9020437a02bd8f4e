"""What a campaign does by default: how long, how often, when, under which number."""

from datetime import time, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from automaton.settings.values import (
    CallerId,
    Duration,
    KeyWait,
    RetryDelay,
    RingTime,
    Section,
    TalkTime,
    Watch,
    clock_time,
    within,
)

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
RetryOutcome = Literal[
    "answered_no_key",
    "machine",
    "no_answer",
    "busy",
    "unreachable",
    "trunk_timeout",
    "unallocated",
    "number_changed",
    "bad_number",
    "trunk_refused",
    "trunk_auth",
    "trunk_credit",
    "rejected",
    "media_refused",
    "caller_id_refused",
    "trunk_failure",
    "out_of_order",
    "congestion",
    "protocol_glitch",
    "local_failure",
    "unknown",
    "screened",
    "announcement",
    "cancelled",
]
"""Every outcome after which a retry can follow."""


class Hours(Section):
    """Part of a day; `time.max` as its end stands for 24:00."""

    start: time
    end: time

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.start >= self.end:
            raise ValueError("ends before it starts")
        return self


def _hours(value: object) -> object:
    if not isinstance(value, str):
        return value
    start, dash, end = value.replace(" ", "").partition("-")
    if not dash:
        raise ValueError('is no part of a day: write it like "10:00-13:00"')
    return Hours(start=clock_time(start), end=clock_time(end))


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError('is no time zone: write it like "Europe/Paris"') from None
    return name


DayPart = Annotated[Hours, BeforeValidator(_hours)]
WHOLE_DAY = Hours(start=time(0), end=time.max)
WHOLE_WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFFICE_DAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
QUIET_HOURS_KEPT = (
    Hours(start=time(10), end=time(13)),
    Hours(start=time(14), end=time(20)),
)


class CallingWindow(Section):
    """When campaigns of one class may ring."""

    days: tuple[Weekday, ...] = Field(default=WHOLE_WEEK, min_length=1)
    """Days of the week, from mon to sun."""
    hours: tuple[DayPart, ...] = Field(default=(WHOLE_DAY,), min_length=1)
    """Parts of the day, each like "10:00-13:00"; "00:00-24:00" is the whole day."""
    public_holidays: bool = True
    """Whether they ring on public holidays too."""


class DaytimeWindow(CallingWindow):
    """A window that keeps the quiet hours where the settings do not say otherwise."""

    hours: tuple[DayPart, ...] = Field(default=QUIET_HOURS_KEPT, min_length=1)
    """Parts of the day, each like "10:00-13:00"."""


class OfficeWindow(DaytimeWindow):
    """The same on working days only."""

    days: tuple[Weekday, ...] = Field(default=OFFICE_DAYS, min_length=1)
    """Days of the week, from mon to sun."""
    public_holidays: bool = False
    """Whether they ring on public holidays too."""


class WindowsSettings(Section):
    """The calling window of each class of campaign."""

    alert: CallingWindow = CallingWindow()
    """Danger: at any hour."""
    information: OfficeWindow = OfficeWindow()
    """Information: Monday to Friday 10-13 and 14-20, no public holiday."""
    welfare: DaytimeWindow = DaytimeWindow()
    """Care for registered persons: every day 10-13 and 14-20."""
    exercise: OfficeWindow = OfficeWindow()
    """Exercise: as information."""


class CallingSettings(Section):
    """Defaults of the calling policy; a campaign may change them."""

    ring: RingTime = timedelta(seconds=30)
    """How long one call rings, from 5 s to 2 min."""
    talk: TalkTime = timedelta(seconds=300)
    """How long after the answer a call says goodbye, from 10 s to 1 h."""
    message_repeats: int = Field(default=3, ge=1, le=9)
    """How often the message is said while no key is pressed."""
    key_wait: KeyWait = timedelta(seconds=8)
    """How long the call waits for a key after each time, from 1 to 20 s."""
    tries_per_contact_point: int = Field(default=3, ge=1)
    """Tries that count, at one contact point."""
    tries_per_recipient: int = Field(default=8, ge=1)
    """Tries that count, at all contact points of a recipient."""
    uncounted_per_recipient: int = Field(default=20, ge=1)
    """Tries that do not count (the network failed), for a recipient."""
    number_tries_in_two_hours: int = Field(default=4, ge=1)
    """Calls to one number in two hours, over all campaigns."""
    number_tries_in_a_day: int = Field(default=6, ge=1)
    """Calls to one number in a day, over all campaigns."""
    learn_rates: bool = True
    """Whether an exchange or a trunk that answers with congestion is called more
    slowly. Without it calls leave as fast as lines and caps allow, for comparisons."""
    retry_delays: dict[RetryOutcome, tuple[RetryDelay, ...]] = Field(default={})
    """Other delays than the built-in ones, by outcome, each 5 s or more; the last one
    is repeated."""
    machine_counts_as_reached: bool = False
    """A message left on an answering machine is enough."""
    heard_twice_counts_as_reached: bool = False
    """Having heard the whole message twice is enough, recorded as that."""
    caller_id: CallerId | None = None
    """Number shown where a campaign names none; some trunk must list it."""
    caller_id_rule: Literal["warn", "enforce"] = "warn"
    """A number that automatic systems may not show in France: warn, or refuse."""
    timezone: Annotated[str, AfterValidator(_zone)] = "Europe/Paris"
    """Time zone of the calling windows."""
    public_holidays: Literal["FR", "none"] = "FR"
    """Country whose public holidays count."""
    small_first: bool = True
    """A campaign with fewer calls due than there are lines goes first within its class,
    up to half of the lines."""
    silence_alarm: Watch = timedelta(seconds=20)
    """The duty list is rung when a running campaign placed no call for so long."""
    safeguard_pause: Watch = timedelta(seconds=30)
    """Campaigns pause, and the duty list is rung, when no trunk worked for so long."""
    second_officer_above: int = Field(default=1_000, ge=0)
    """A launch by telephone for more homes needs a second officer; 0: never."""
    second_officer_wait: Annotated[Duration, within("10 s", "10 min")] = timedelta(
        minutes=5
    )
    """One officer may launch an alert alone where nobody has decided for so long, from
    10 s to 10 min: who asked may wait on the line, and a call ends after 15 min."""
    windows: WindowsSettings = WindowsSettings()
    """When each class may ring."""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the calling windows."""
        return ZoneInfo(self.timezone)
