"""Under which rules a campaign calls: the settings, then its class, then its wishes.

The class is enforced here: it may ring some kinds of register and no others, no wish
moves the calling hours, and only an alert may raise the ceilings on calls to one
number, in words (`ceilings_reason`). The format of a policy file is told in
docs/policy.md.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, ValidationError

from automaton.domain.campaign import REGISTERS, CampaignClass
from automaton.domain.collectivity import RegisterKind
from automaton.domain.outcome import Outcome
from automaton.domain.policy import CallPolicy, NumberCeiling
from automaton.domain.retry import RetryPolicy
from automaton.domain.window import CallingHours, Window
from automaton.errors import RequestError, why_unread
from automaton.settings.calling import (
    WHOLE_DAY,
    WHOLE_WEEK,
    CallingSettings,
    CallingWindow,
    RetryOutcome,
)
from automaton.settings.faults import shown, words_of
from automaton.settings.values import (
    Duration,
    KeyWait,
    MessageTime,
    Section,
    TalkTime,
    within,
)

T = TypeVar("T")

HOLIDAY_YEARS = 3  # this one and the next two
ShortRing = Annotated[Duration, within("1 s", "2 min")]
ShortDelay = Annotated[Duration, within("1 s", "30 d")]
TWO_HOURS, DAY = timedelta(hours=2), timedelta(days=1)
# Where public holidays differ from those of the mainland, by the INSEE department.
HOLIDAY_PARTS = {
    "57": "57",
    "67": "6AE",
    "68": "6AE",
    "971": "971",
    "972": "972",
    "973": "973",
    "974": "974",
    "976": "976",
}


class PolicyChanges(Section):
    """What one campaign changes of the calling policy: a TOML file."""

    ring: ShortRing | None = None
    """How long one call rings."""
    talk: TalkTime | None = None
    """How long after the answer a call says goodbye."""
    message_repeats: int | None = Field(default=None, ge=1, le=9)
    """How often the message is said while no key is pressed."""
    key_wait: KeyWait | None = None
    """How long the call waits for a key after each time."""
    tries_per_contact_point: int | None = Field(default=None, ge=1)
    """Tries that count, at one contact point."""
    tries_per_recipient: int | None = Field(default=None, ge=1)
    """Tries that count, at all contact points of a recipient."""
    uncounted_per_recipient: int | None = Field(default=None, ge=1)
    """Tries that do not count (the network failed), for a recipient."""
    retry_every: ShortDelay | None = None
    """One delay after every outcome that is tried again."""
    retry_delays: dict[RetryOutcome, tuple[ShortDelay, ...]] = Field(default={})
    """Delays after single outcomes; the last one is repeated."""
    number_tries_in_two_hours: int | None = Field(default=None, ge=1)
    """Calls to one number in two hours, over all campaigns."""
    number_tries_in_a_day: int | None = Field(default=None, ge=1)
    """Calls to one number in a day, over all campaigns."""
    ceilings_reason: str = ""
    """Why an alert may ring one number more often than the settings allow."""
    longest_message: MessageTime | None = None
    """A longer message is refused."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a campaign says beside its policy file."""

    campaign_class: CampaignClass
    lines: int | None = None
    attempts: int | None = None
    trunks: tuple[str, ...] = ()
    caller_id: str | None = None
    help_key: bool = False
    accept_machine: bool | None = None
    accept_heard_twice: bool | None = None
    weight: int = 1
    transfer: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a campaign rings: its time zone and INSEE code; `today` begins holidays."""

    zone: str
    insee: str
    today: date


def read_changes(path: Path | None) -> PolicyChanges:
    """Return what a policy file changes; `RequestError` says what is wrong where."""
    return changes_in(policy_text(path), path.name) if path else PolicyChanges()


def policy_text(path: Path) -> str:
    """Return the text of a policy file; `RequestError` where it cannot be read."""
    try:
        return path.read_text("utf-8")
    except FileNotFoundError as error:
        raise _refused(f"There is no policy file {path.name}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(f"{path.name} cannot be read: {why_unread(error)}.") from error


def changes_in(text: str, name: str) -> PolicyChanges:
    """Return what a text changes; `RequestError` says what is wrong in `name`."""
    try:
        return PolicyChanges.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise _refused(f"{name} cannot be read: {why_unread(error)}.") from error
    except ValidationError as error:
        raise _first_fault(error, name) from error


def call_policy(
    calling: CallingSettings, changes: PolicyChanges, terms: Terms, place: Place
) -> CallPolicy:
    """Return the policy of one campaign; `RequestError` where its class forbids it."""
    _refuse_raised_ceilings(calling, changes, terms.campaign_class)
    window: CallingWindow = getattr(calling.windows, terms.campaign_class.value)
    return CallPolicy(
        ring=_or(changes.ring, calling.ring),
        talk=_or(changes.talk, calling.talk),
        repeats=_or(changes.message_repeats, calling.message_repeats),
        key_wait=_or(changes.key_wait, calling.key_wait),
        retry=_retry(calling, changes, terms),
        hours=hours_of(window, calling, place),
        ceilings=_ceilings(calling, changes),
        lines=terms.lines,
        weight=terms.weight,
        trunks=terms.trunks,
        caller_id=terms.caller_id,
        accept_machine=_or(terms.accept_machine, calling.machine_counts_as_reached),
        accept_heard_twice=_or(
            terms.accept_heard_twice, calling.heard_twice_counts_as_reached
        ),
        help_key=terms.help_key,
        transfer=terms.transfer,
    )


def refuse_forbidden_register(
    campaign_class: CampaignClass, kind: RegisterKind
) -> None:
    """Raise `RequestError` where a class may not ring such a register."""
    if kind in REGISTERS[campaign_class]:
        return
    allowed = ", ".join(sorted(kind.value for kind in REGISTERS[campaign_class]))
    sentence = (
        f"A campaign of class {campaign_class.value} may not ring a register of kind"
        f" {kind.value}, only {allowed}."
    )
    raise RequestError(sentence, error_id="class-register")


def public_holidays(country: str, insee: str, today: date) -> frozenset[date]:
    """Return the public holidays of a place, this year and the next two."""
    if country == "none":
        return frozenset()
    years = range(today.year, today.year + HOLIDAY_YEARS)
    part = HOLIDAY_PARTS.get(insee[:3]) or HOLIDAY_PARTS.get(insee[:2])
    holidays = import_module("holidays")  # 200 ms that only a new campaign needs
    return frozenset(holidays.country_holidays(country, subdiv=part, years=years))


def hours_of(
    window: CallingWindow, calling: CallingSettings, place: Place
) -> CallingHours:
    """Return the hours of a class; none at all where it may always ring."""
    always = window.days == WHOLE_WEEK and window.hours == (WHOLE_DAY,)
    if always and window.public_holidays:
        return CallingHours(zone=place.zone)
    days = frozenset(WHOLE_WEEK.index(day) for day in window.days)
    windows = tuple(Window(days, part.start, part.end) for part in window.hours)
    country = "none" if window.public_holidays else calling.public_holidays
    free = public_holidays(country, place.insee, place.today)
    return CallingHours(windows, place.zone, free)


def _retry(
    calling: CallingSettings, changes: PolicyChanges, terms: Terms
) -> RetryPolicy:
    own = {} if changes.retry_every is not None else calling.retry_delays
    delays = {**own, **changes.retry_delays}
    points = _or(changes.tries_per_contact_point, calling.tries_per_contact_point)
    return RetryPolicy(
        tries_per_point=_or(terms.attempts, points),
        tries_per_recipient=_or(
            changes.tries_per_recipient, calling.tries_per_recipient
        ),
        uncounted_tries=_or(
            changes.uncounted_per_recipient, calling.uncounted_per_recipient
        ),
        delays={Outcome(name): values for name, values in delays.items() if values},
        every=changes.retry_every,
    )


def _ceilings(
    calling: CallingSettings, changes: PolicyChanges
) -> tuple[NumberCeiling, ...]:
    return (
        NumberCeiling(
            _or(changes.number_tries_in_two_hours, calling.number_tries_in_two_hours),
            TWO_HOURS,
        ),
        NumberCeiling(
            _or(changes.number_tries_in_a_day, calling.number_tries_in_a_day), DAY
        ),
    )


def _refuse_raised_ceilings(
    calling: CallingSettings, changes: PolicyChanges, campaign_class: CampaignClass
) -> None:
    names = ("number_tries_in_two_hours", "number_tries_in_a_day")
    raised = [n for n in names if (getattr(changes, n) or 0) > getattr(calling, n)]
    if not raised:
        return
    if campaign_class is not CampaignClass.ALERT:
        raise _refused(f"Only an alert may raise {raised[0]}.")
    if not changes.ceilings_reason.strip():
        raise _refused(f"Say in ceilings_reason why {raised[0]} is raised.")


def _or(wish: T | None, default: T) -> T:
    return default if wish is None else wish


def _first_fault(error: ValidationError, name: str) -> RequestError:
    fault = error.errors(include_url=False)[0]
    where = tuple(str(part) for part in fault["loc"] if part != "[key]")
    key = ".".join(where)
    if fault["type"] == "extra_forbidden":
        return _refused(f"{name}: {key} is no key of a policy file.")
    key += shown(fault["input"], where)
    return RequestError(f"{name}: {key} {words_of(fault)}.", error_id="settings")


def _refused(sentence: str) -> RequestError:
    return RequestError(sentence, error_id="policy")
