"""The start of a campaign: what would happen, what forbids it, and the start itself."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from automaton.domain.campaign import (
    ACTIVE_CAMPAIGN_STATES,
    CampaignClass,
    CampaignState,
    Move,
)
from automaton.domain.forecast import Forecast
from automaton.domain.put_off import PutOff, put_off
from automaton.domain.recipient import RecipientState
from automaton.errors import LineError, RequestError
from automaton.services.census import census, first_look, held_homes
from automaton.services.codewords import render_code_words
from automaton.services.commands import Asked, leave, refuse_move
from automaton.services.follow_ups import FollowUp
from automaton.services.forecasts import expected, written
from automaton.services.obstacles import problems, starts_at
from automaton.services.office import Office
from automaton.services.variables import render_all, render_first
from automaton.store.drafts import Ask, CampaignCard

ALL_CLEAR = FollowUp.ALL_CLEAR.value
GOING_ON = ACTIVE_CAMPAIGN_STATES | {CampaignState.SCHEDULED}


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a launch would do now; nothing was changed.

    `homes` would be rung, `by_trunk` by the trunk that comes first for the first of
    their numbers that one may dial. `undialled` numbers no trunk may dial;
    `undialled_homes` have no other. `bad_data` recipients have no number that can be
    rung, `excluded` did not agree. `put_off`: who waits for the ceilings on calls to
    one number. `problems` forbid the launch.
    """

    campaign_id: str
    name: str
    campaign_class: CampaignClass
    recipients: int
    homes: int
    bad_data: int
    excluded: int
    numbers: int
    undialled: int
    undialled_homes: int
    by_trunk: Mapping[str, int]
    lines: int
    caller_id: str | None
    starts_at: datetime | None
    forecast: Forecast
    put_off: PutOff | None
    problems: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Launched:
    """A launch that is asked for, and what is to be expected of it.

    Of the homes that are to be rung `undialled_homes` have no number that a trunk may
    dial. `forecast` is None until all are counted; `trouble`: why they cannot be.
    """

    asked: Asked
    starts_at: datetime | None
    forecast: Forecast | None = None
    undialled_homes: int = 0
    trouble: LineError | None = None


def dry_run(office: Office, campaign_id: str) -> DryRun:
    """Tell what a launch would do, without doing it.

    `RequestError` where it is launched already, or over.
    """
    card = office.desk.card(campaign_id)
    refuse_move(card.state, Move.LAUNCH)
    office.desk.check(Ask("launch", card.id, "", office.clock.now()))
    found = census(office, card)
    begin = starts_at(office, card)
    held = held_homes(office, card, found.waiting, begin)
    return DryRun(
        campaign_id=card.id,
        name=card.name,
        campaign_class=card.campaign_class,
        recipients=sum(found.states.values()),
        homes=found.homes,
        bad_data=found.states[RecipientState.BAD_DATA],
        excluded=found.states[RecipientState.EXCLUDED],
        numbers=found.numbers,
        undialled=found.undialled,
        undialled_homes=found.undialled_homes,
        by_trunk=found.by_trunk,
        lines=office.capacity_of(card.policy).lines,
        caller_id=card.policy.caller_id,
        starts_at=begin,
        forecast=expected(office, card, found.waiting, begin, held),
        put_off=put_off(held),
        problems=tuple(problems(office, card, found)),
        warnings=warnings(office, card.id),
    )


def launch(office: Office, campaign_id: str, by: str) -> Launched:
    """Ask the daemon to start a campaign, now or at its time, then look ahead.

    `RequestError` where something forbids it: nothing was changed then.
    """
    return look_ahead(office, start(office, campaign_id, by))


def start(
    office: Office, campaign_id: str, by: str, posted: Mapping[str, str] | None = None
) -> Launched:
    """Ask the daemon to start a campaign, now or at its time; nobody is counted yet.

    An all-clear that starts now first stops the alert and all that followed it: nobody
    hears the alert after its end. `posted` as in `orders`. `RequestError` where
    something forbids it: nothing was changed then.
    """
    asked, begin = orders(office, campaign_id, by, posted)
    return Launched(leave(office, *asked), begin)


def orders(
    office: Office, campaign_id: str, by: str, posted: Mapping[str, str] | None = None
) -> tuple[tuple[Ask, ...], datetime | None]:
    """Return the commands of a start, the launch last, and when the first call leaves.

    `posted`: which `officer` is told how it goes, and on which `number` where that one
    has no telephone here. `RequestError` where something forbids it.
    """
    card = office.desk.card(campaign_id)
    refuse_move(card.state, Move.LAUNCH)
    for problem in problems(office, card, first_look(office, card)):
        raise RequestError(problem, error_id="launch")
    render_code_words(office, card.register)  # of people who came after the draft
    render_first(office, card)
    begin, now = starts_at(office, card), office.clock.now()
    ask = Ask("launch", card.id, by, now, posted or {}, only_once=True)
    ended = _ended_by(office, card)
    stops = [Ask("stop", one.id, by, now, {"reason": ALL_CLEAR}) for one in ended]
    return (*stops, ask), begin


def look_ahead(office: Office, launched: Launched) -> Launched:
    """Count everybody, while it rings already, for the forecast; it is kept.

    Of half a million homes that takes many seconds. Where the database fails the launch
    stands all the same.
    """
    try:
        card = office.desk.card(launched.asked.campaign_id)
        found = census(office, card)
        held = held_homes(office, card, found.waiting, launched.starts_at)
        told = expected(office, card, found.waiting, launched.starts_at, held)
        office.desk.keep_forecast(card.id, written(told, found.homes))
    except LineError as error:
        return replace(launched, trouble=error)
    return replace(launched, forecast=told, undialled_homes=found.undialled_homes)


def render_rest(office: Office, campaign_id: str) -> None:
    """Render what the message says to each, while it rings already.

    The daemon renders by itself, for the call, what it does not find.
    """
    with suppress(LineError):
        render_all(office, office.desk.card(campaign_id))


def warnings(office: Office, campaign_id: str) -> tuple[str, ...]:
    """Say which all-clear of the same alert was launched before this follow-up.

    It forbids nothing: the danger may be back. A new round of an all-clear is one.
    """
    family = {one.id: one for one in office.desk.family(campaign_id)}
    card = family.pop(campaign_id)
    if card.follow_up is None or _is_round_of_all_clear(card, family):
        return ()
    return tuple(
        f"The all-clear « {one.name} » was launched before: this one is told after it."
        for one in family.values()
        if one.follow_up == ALL_CLEAR
        if one.launch_waits or one.state in GOING_ON or one.started_at is not None
    )


def _is_round_of_all_clear(
    card: CampaignCard, family: Mapping[str, CampaignCard]
) -> bool:
    return card.follow_up == FollowUp.AGAIN and _says_all_clear(card, family)


def _ended_by(office: Office, card: CampaignCard) -> list[CampaignCard]:
    """Return what an all-clear that starts now ends: the alert, and what followed it.

    What is scheduled is ended too, and what waits for the daemon to be launched.
    """
    is_now = card.starts_at is None or card.starts_at <= office.clock.now()
    if card.follow_up != ALL_CLEAR or not is_now:
        return []
    family = {one.id: one for one in office.desk.family(card.id)}
    return [
        one
        for one in family.values()
        if one.state in GOING_ON or one.launch_waits
        if not _says_all_clear(one, family)
    ]


def _says_all_clear(card: CampaignCard, family: Mapping[str, CampaignCard]) -> bool:
    """Tell whether a campaign is an all-clear, or a new round of one."""
    if card.follow_up == FollowUp.AGAIN and card.parent_id is not None:
        return _says_all_clear(family[card.parent_id], family)
    return card.follow_up == ALL_CLEAR
