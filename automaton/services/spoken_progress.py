"""How campaigns go, in sentences for the telephone: numbers in, whole sentences out.

The texts are in `templates/spoken.toml`; how numbers and hours are said is the voice's
business. Nobody's name and no number of a home is in them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from automaton.domain.campaign import (
    ACTIVE_CAMPAIGN_STATES,
    CampaignClass,
    CampaignState,
)
from automaton.domain.forecast import Forecast
from automaton.domain.put_off import PutOff
from automaton.domain.recipient import OPEN_RECIPIENT_STATES
from automaton.domain.report import NOT_VISITED
from automaton.services.drafts import place_of
from automaton.services.launches import DryRun
from automaton.services.office import Office
from automaton.services.progress import Progress, progress

LANGUAGES = ("fr", "en")
HALF, MOST = 50, 80
GOING_ON = ACTIVE_CAMPAIGN_STATES | {CampaignState.SCHEDULED}


@cache
def sentences() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Return all texts: language, kind, key."""
    folder = files("automaton.services") / "templates"
    return tomllib.loads((folder / "spoken.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Teller:
    """Says things in one language, French where that is none of ours, at a moment."""

    language: str
    zone: ZoneInfo
    now: datetime

    def say(self, kind: str, key: str, **blanks: object) -> str:
        """Return a sentence with its blanks filled."""
        language = self.language if self.language in LANGUAGES else LANGUAGES[0]
        return sentences()[language][kind][key].format(**blanks)

    def count(self, kind: str, count: int, **blanks: object) -> str:
        """Return the sentence for none, one or more; empty where nothing is said."""
        key = {0: "none", 1: "one"}.get(count, "more")
        return self.say(kind, key, count=count, **blanks)

    def units(self, campaign_class: CampaignClass) -> dict[str, str]:
        """Return what a campaign counts: homes, or persons where it is for these."""
        is_welfare = campaign_class is CampaignClass.WELFARE
        one, many = ("person", "persons") if is_welfare else ("home", "homes")
        return {"one": self.say("names", one), "many": self.say("names", many)}

    def moment(self, at: datetime, word: str = "about") -> str:
        """Return a moment as it is said: the hour, and the day unless it is today.

        `word`: `at` where it is certain, else `about`.
        """
        local, today = at.astimezone(self.zone), self.now.astimezone(self.zone).date()
        form = "moment" if local.minute else "hour"
        told = {
            "moment": self.say("names", form, hour=local.hour, minute=f"{local:%M}"),
            "word": self.say("names", word),
            "day": local.day,
            "month": self.say("names", "months").split()[local.month - 1],
        }
        days = {today: "today", today + timedelta(days=1): "tomorrow"}
        return self.say("names", days.get(local.date(), "later"), **told)


def how_it_goes(office: Office, collectivity_id: str, language: str) -> tuple[str, ...]:
    """Return how everything goes that is launched and not over, the latest first."""
    going = [
        card
        for card in office.desk.cards(collectivity_id)
        if card.state in GOING_ON or card.launch_waits
    ]
    if not going:
        now = office.clock.now()
        return (Teller(language, ZoneInfo("UTC"), now).say("state", "nothing"),)
    looks = (progress(office, card.id) for card in going)
    return tuple(sentence for look in looks for sentence in told(look, language))


def told(look: Progress, language: str) -> tuple[str, ...]:
    """Return how one campaign goes."""
    teller = Teller(language, ZoneInfo(look.zone), look.at)
    return tuple(filter(None, _campaign(teller, look)))


def dry_run_told(office: Office, dry: DryRun, language: str) -> tuple[str, ...]:
    """Return what a launch would do: the size, the hour and what is to be expected.

    Where it cannot start: why.
    """
    card = office.desk.card(dry.campaign_id)
    zone = ZoneInfo(place_of(office, card.register).zone)
    teller = Teller(language, zone, office.clock.now())
    return tuple(filter(None, _launch(teller, dry)))


def _campaign(teller: Teller, look: Progress) -> Iterator[str]:
    units, counts = teller.units(look.campaign_class), look.by_state
    waits = look.launch_waits and look.state is CampaignState.DRAFT
    yield teller.say("state", "launch_waits" if waits else look.state, name=look.name)
    if look.is_forsaken:
        yield teller.say("state", "forsaken")
    if look.state not in ACTIVE_CAMPAIGN_STATES:
        return
    if look.is_counting:
        yield teller.say("state", "counting", **units)
    if look.recipients:
        everybody = look.recipients
        yield teller.count("confirmed", look.acknowledged, all=everybody, **units)
    still_open = sum(counts.get(state, 0) for state in OPEN_RECIPIENT_STATES)
    yield teller.count("open", still_open, **units)
    over = OPEN_RECIPIENT_STATES | NOT_VISITED
    missed = sum(count for state, count in counts.items() if state not in over)
    yield teller.count("missed", missed, **units)
    yield teller.count("help", look.alarms_open)
    yield from _held(teller, look.put_off, units)
    if look.forecast is not None and still_open:
        yield from _forecast(teller, look.forecast)


def _launch(teller: Teller, dry: DryRun) -> Iterator[str]:
    units = teller.units(dry.campaign_class)
    yield teller.count("size", dry.homes, **units)
    if dry.problems:
        yield teller.say("start", "forbidden", name=dry.name)
        yield from (_problem(teller, one) for one in dry.problems)
        return
    if dry.starts_at is None or dry.starts_at <= teller.now:
        yield teller.say("start", "now")
    else:
        yield teller.say("start", "later", at=teller.moment(dry.starts_at, "at"))
    yield from _held(teller, dry.put_off, units)
    yield from _forecast(teller, dry.forecast)


def _held(teller: Teller, held: PutOff | None, units: dict[str, str]) -> Iterator[str]:
    if held is not None:
        yield teller.count("held", held.homes, at=teller.moment(held.until), **units)


def _forecast(teller: Teller, forecast: Forecast) -> Iterator[str]:
    """Yield when half and most will have confirmed, where that is to come, and the end.

    What is passed already is not said.
    """
    for key, share in (("half", HALF), ("most", MOST)):
        at = forecast.milestones.get(share)
        if at is not None and at > teller.now:
            yield teller.say("forecast", key, at=teller.moment(at))
    if forecast.ends_at is None:
        yield teller.say("forecast", "never")
    else:
        yield teller.say("forecast", "ends", at=teller.moment(forecast.ends_at))


def _problem(teller: Teller, problem: str) -> str:
    known = sentences()[LANGUAGES[0]]["problem"]
    return teller.say("problem", problem if problem in known else "other")
