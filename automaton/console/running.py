"""Keys 3 and 4: how the campaigns go, and how they are paused, resumed or stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from automaton.console.desk import BackError, Desk
from automaton.domain.campaign import ACTIVE_CAMPAIGN_STATES, CampaignState
from automaton.services.commands import pause, resume, stop, wait_for_command
from automaton.services.spoken_progress import how_it_goes

HOLD, STOP, NEXT, YES = "1", "2", "#", "1"


@dataclass(frozen=True, slots=True)
class Going:
    """A campaign that goes on."""

    id: str
    name: str
    is_paused: bool


def tell_progress(desk: Desk) -> None:
    """Say of each campaign that goes on how it goes."""
    line, office = desk.line, desk.house.office
    for sentence in how_it_goes(office, desk.collectivity.id, line.language):
        if line.say(line.text(sentence)):
            raise BackError


def move_campaigns(desk: Desk) -> None:
    """Offer each campaign that goes on to be paused, resumed or stopped."""
    for card in _going_on(desk):
        key = _asked(desk, card)
        if key != NEXT:
            _move(desk, card, key)


def _going_on(desk: Desk) -> Sequence[Going]:
    """Return what goes on, the latest first; `BackError`, told, where nothing does."""
    cards = desk.house.office.desk.cards(desk.collectivity.id)
    found = [
        Going(card.id, card.name, card.state is CampaignState.PAUSED)
        for card in cards
        if card.state in ACTIVE_CAMPAIGN_STATES
    ]
    if not found:
        desk.line.say("progress-none")
        raise BackError
    return found


def _asked(desk: Desk, card: Going) -> str:
    named = desk.line.sentence("move-name", name=card.name)
    words = "move-paused" if card.is_paused else "move-running"
    return desk.choose(named, words, keys=HOLD + STOP + NEXT)


def _move(desk: Desk, card: Going, key: str) -> None:
    """Do it once it was confirmed; a stop is asked for twice."""
    office, by = desk.house.office, desk.officer.name
    if key == STOP:
        desk.choose("move-sure", keys=YES)
        asked = stop(office, card.id, by)
    elif card.is_paused:
        asked = resume(office, card.id, by)
    else:
        asked = pause(office, card.id, by)
    wait_for_command(office, asked.command_id)
    desk.line.say("move-done")
