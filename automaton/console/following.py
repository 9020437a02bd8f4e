"""Key 4, further: a correction or the all-clear to those whom a campaign reached."""

from __future__ import annotations

from pathlib import Path

from automaton.console.desk import BackError, Desk
from automaton.console.launching import launch_draft
from automaton.console.recording import record_message
from automaton.services.follow_ups import CALLED, FollowUp, FollowUpWish, follow_up
from automaton.services.messages import MessageWish
from automaton.services.takes import latest_take

RECORDED, ANEW = "1", "2"


def send_after(desk: Desk, campaign_id: str, kind: FollowUp) -> None:
    """Launch what follows a campaign, with a recording as its message."""
    recording, own = _recording(desk), desk.collectivity.language
    called = desk.line.words(CALLED[kind], own)
    message = MessageWish(recordings={own: recording}, introduced=called)
    wish = FollowUpWish(kind, desk.officer.name, message, called=called)
    created = follow_up(desk.house.office, campaign_id, wish)
    launch_draft(desk, created, desk.line.words(CALLED[kind]))


def _recording(desk: Desk) -> Path:
    """Return what was recorded last, where that is wanted, else record anew."""
    latest = _latest(desk)
    if latest is None or desk.choose("follow-message", keys=RECORDED + ANEW) == ANEW:
        record_message(desk)
        latest = _latest(desk)
    if latest is None:
        raise BackError
    return latest


def _latest(desk: Desk) -> Path | None:
    house = desk.house
    take = latest_take(house.book, house.clock, house.recordings, desk.officer)
    return None if take is None else house.recordings / take.file
