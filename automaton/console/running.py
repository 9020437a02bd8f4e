"""Keys 3 and 4: how the campaigns go; they are paused, resumed, stopped or followed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from automaton.console.desk import BackError, Desk
from automaton.console.fates import ordered, tell_fate
from automaton.console.following import send_after
from automaton.domain.campaign import (
    ACTIVE_CAMPAIGN_STATES,
    FINAL_CAMPAIGN_STATES,
    CampaignState,
)
from automaton.services.commands import Asked, pause, resume, stop
from automaton.services.follow_ups import FollowUp
from automaton.services.spoken_progress import how_it_goes

HOLD, STOP, NEXT, YES = "1", "2", "#", "1"
FOLLOW: Mapping[str, FollowUp] = {"3": FollowUp.CORRECTION, "4": FollowUp.ALL_CLEAR}
RECENT = timedelta(days=1)  # so long what is over is offered to be followed
MOST_RECENT = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """A campaign that goes on, or has ended not long ago."""

    id: str
    name: str
    state: CampaignState

    @property
    def words(self) -> str:
        """The phrase that says what can be done about it."""
        if self.state in FINAL_CAMPAIGN_STATES:
            return "move-over"
        return "move-paused" if self.state is CampaignState.PAUSED else "move-running"

    @property
    def keys(self) -> str:
        """The keys that do something about it."""
        moves = "" if self.state in FINAL_CAMPAIGN_STATES else HOLD + STOP
        return moves + "".join(FOLLOW) + NEXT


def tell_progress(desk: Desk) -> None:
    """Say of each campaign that goes on how it goes."""
    line, office = desk.line, desk.house.office
    for sentence in how_it_goes(office, desk.collectivity.id, line.language):
        if line.say(line.text(sentence)):
            raise BackError


def move_campaigns(desk: Desk) -> None:
    """Offer each campaign to be paused, resumed or stopped, corrected or cleared."""
    for card in _choices(desk):
        named = desk.line.sentence("move-name", name=card.name)
        key = desk.choose(named, card.words, keys=card.keys)
        if key in FOLLOW:
            send_after(desk, card.id, FOLLOW[key])
        elif key != NEXT:
            _move(desk, card, key)


def _choices(desk: Desk) -> Sequence[Choice]:
    """Return what goes on, the latest first, then what ended within a day.

    `BackError`, told, where there is nothing.
    """
    since = desk.house.clock.now() - RECENT
    cards = desk.house.office.desk.cards(desk.collectivity.id)
    going = [card for card in cards if card.state in ACTIVE_CAMPAIGN_STATES]
    over = [
        card
        for card in cards
        if card.state in FINAL_CAMPAIGN_STATES and card.started_at is not None
        if card.finished_at is not None and card.finished_at > since
    ]
    found = [Choice(c.id, c.name, c.state) for c in (*going, *over[:MOST_RECENT])]
    if not found:
        desk.line.say("progress-none")
        raise BackError
    return found


def _move(desk: Desk, card: Choice, key: str) -> None:
    """Do it once it was confirmed, and tell its fate; a stop is asked for twice."""
    order: Callable[..., Asked] = pause
    if key == STOP:
        desk.choose("move-sure", keys=YES)
        order = stop
    elif card.state is CampaignState.PAUSED:
        order = resume
    office, by = desk.house.office, desk.officer.name
    asked = ordered(desk, lambda: order(office, card.id, by))
    tell_fate(desk, asked.command_id, "move-done")
