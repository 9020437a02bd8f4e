"""Scenarios: campaigns prepared in advance, of which a telephone makes drafts.

What a draft is made of is kept as it was written, and rendered when the scenario is:
on the night nothing is left to be rendered but a recording. A draft is made anew each
time, by the rules and the names of that day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from automaton.domain.campaign import CampaignClass
from automaton.domain.collectivity import Act
from automaton.domain.scenario import (
    FIRST_NUMBER,
    LAST_NUMBER,
    Scenario,
    ScenarioWish,
)
from automaton.errors import RequestError
from automaton.ids import new_id
from automaton.services.campaign_names import accepted_name, name_after
from automaton.services.campaigns import CampaignWish, Prepared, create, prepared
from automaton.services.drafts import Created, place_of
from automaton.services.messages import MessageWish
from automaton.services.naming import cleaned_name, not_found
from automaton.services.office import Office
from automaton.store.drafts import RegisterCard


class ScenarioBook(Protocol):
    """What these use cases need of the store; each method is one transaction."""

    def add_scenario(self, scenario: Scenario, act: Act) -> None:
        """Write a scenario; refuse a taken number."""
        ...

    def change_scenario(self, scenario: Scenario, act: Act) -> None:
        """Write a scenario anew; refuse a taken number."""
        ...

    def remove_scenario(self, scenario_id: str, act: Act) -> None:
        """Delete a scenario."""
        ...

    def scenarios(self, collectivity_id: str) -> Sequence[Scenario]:
        """Return the scenarios of a collectivity by number."""
        ...


@dataclass(frozen=True, slots=True)
class ScenarioTold:
    """A scenario as a person writes it; `register` and `collectivity` by name or id.

    `recordings` are files that were just given; the others of the `wish` are kept
    already. Without a `spoken_name` the name is spoken.
    """

    number: int
    name: str
    campaign_class: CampaignClass
    register: str
    by: str
    collectivity: str | None = None
    spoken_name: str = ""
    wish: ScenarioWish = field(default_factory=ScenarioWish)
    recordings: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """A scenario that is written; `notices` are what its author should know."""

    scenario: Scenario
    notices: tuple[str, ...] = ()


def add_scenario(office: Office, book: ScenarioBook, told: ScenarioTold) -> Kept:
    """Write a scenario, its message rendered; `RequestError` says what cannot be."""
    return _kept(office, book.add_scenario, told, new_id(), "scenario_added")


def change_scenario(
    office: Office, book: ScenarioBook, scenario: Scenario, told: ScenarioTold
) -> Kept:
    """Write a scenario anew; `RequestError` as `add_scenario` raises it."""
    changed = book.change_scenario
    return _kept(office, changed, told, scenario.id, "scenario_changed")


def remove_scenario(
    office: Office, book: ScenarioBook, scenario: Scenario, by: str
) -> None:
    """Delete a scenario; campaigns that were made of it stay."""
    about = ("scenario_removed", "scenario", scenario.id, scenario.collectivity_id)
    book.remove_scenario(scenario.id, Act(by, office.clock.now(), *about))


def find_scenario(book: ScenarioBook, collectivity_id: str, asked: str) -> Scenario:
    """Return a scenario by number, name or id; `RequestError` where there is none."""
    everything = book.scenarios(collectivity_id)
    for one in everything:
        if asked.casefold() in (str(one.number), one.name.casefold(), one.id):
            return one
    raise not_found("scenario", asked, [f"{o.number} {o.name}" for o in everything])


def as_told(scenario: Scenario, by: str) -> ScenarioTold:
    """Return a scenario as it was written, to be changed."""
    return ScenarioTold(
        number=scenario.number,
        name=scenario.name,
        campaign_class=scenario.campaign_class,
        register=scenario.register_id,
        by=by,
        collectivity=scenario.collectivity_id,
        spoken_name=scenario.spoken_name,
        wish=scenario.wish,
    )


def draft_of(
    office: Office, scenario: Scenario, by: str, recording: Path | None = None
) -> Created:
    """Make a campaign of a scenario, as a draft; `RequestError` says what cannot be.

    With a `recording` that is its message, for speakers of every language. Whatever is
    said begins with who calls.
    """
    register = office.desk.register(scenario.register_id, scenario.collectivity_id)
    told = as_told(scenario, by)
    wish = _campaign_wish(office, told, scenario.spoken_name)
    name = name_after(office, scenario.name, _moment(office, register))
    wish = replace(wish, name=name)
    if recording is not None:
        own = register.collectivity.language
        message = replace(
            wish.message, texts={}, machine_texts={}, recordings={own: recording}
        )
        wish = replace(wish, message=message)
    return create(office, wish)


class Writes(Protocol):
    """A way to write a scenario."""

    def __call__(self, scenario: Scenario, act: Act) -> None:
        """Write it with its line in the audit."""
        ...


def _kept(
    office: Office, write: Writes, told: ScenarioTold, scenario_id: str, action: str
) -> Kept:
    if not FIRST_NUMBER <= told.number <= LAST_NUMBER:
        raise RequestError(
            f"The number of a scenario is {FIRST_NUMBER} to {LAST_NUMBER}.",
            error_id="scenario-number",
        )
    name = accepted_name(told.name)
    spoken = cleaned_name(told.spoken_name or name)
    made = prepared(office, _campaign_wish(office, told, spoken))
    owner = made.register.collectivity
    scenario = Scenario(
        id=scenario_id,
        collectivity_id=owner.id,
        register_id=made.register.id,
        number=told.number,
        name=name,
        spoken_name=spoken,
        campaign_class=told.campaign_class,
        wish=_wish_of(told, made),
    )
    about = (action, "scenario", scenario_id, owner.id)
    write(scenario, Act(told.by, office.clock.now(), *about))
    return Kept(scenario, made.notices)


def _campaign_wish(office: Office, told: ScenarioTold, spoken: str) -> CampaignWish:
    wish, folder = told.wish, office.settings.folders.recordings
    kept = {language: folder / name for language, name in wish.recordings.items()}
    message = MessageWish(
        texts=wish.texts,
        recordings={**kept, **told.recordings},
        machine_texts=wish.machine_texts,
        subject=wish.subject,
        introduced=spoken,
    )
    return CampaignWish(
        name=told.name,
        campaign_class=told.campaign_class,
        register=told.register,
        message=message,
        by=told.by,
        collectivity=told.collectivity,
        groups=wish.groups,
        lines=wish.lines,
        weight=wish.weight,
        attempts=wish.attempts,
        trunks=wish.trunks,
        caller_id=wish.caller_id,
        policy=wish.policy,
        help_key=wish.help_key,
        accept_machine=wish.accept_machine,
        accept_heard_twice=wish.accept_heard_twice,
    )


def _wish_of(told: ScenarioTold, made: Prepared) -> ScenarioWish:
    """Return what is kept of a wish: groups by id, recordings where they are kept."""
    kept = {one.language: one.recording for one in made.draft.message if one.recording}
    groups = made.draft.audience.groups
    return replace(told.wish, groups=tuple(groups), recordings=kept)


def _moment(office: Office, register: RegisterCard) -> str:
    """Return the minute that it is there, by which a campaign is told from others."""
    zone = ZoneInfo(place_of(office, register).zone)
    return f"{office.clock.now().astimezone(zone):%Y-%m-%d %H:%M}"
