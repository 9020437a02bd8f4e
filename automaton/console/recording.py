"""Key 1: an officer records a message, hears it as residents would, and keeps it."""

from __future__ import annotations

from automaton.console.desk import BACK, BackError, Desk
from automaton.domain.take import Take
from automaton.errors import RequestError
from automaton.services.takes import LONGEST, Heard, begin_take, heard, keep_take

BEEP = "/silence/beep"
TIMES = 5
KEEP, AGAIN = "1", "2"


def record_message(desk: Desk) -> None:
    """Record until a message is kept; `BackError` where none is."""
    for _ in range(TIMES):
        take, sound = _recorded(desk)
        if sound is not None and _is_kept(desk, take, sound):
            return
    raise BackError


def _recorded(desk: Desk) -> tuple[Take, Heard | None]:
    """Record once; nothing is heard where nothing was said."""
    house, line = desk.house, desk.line
    _explain(desk)
    take = begin_take(house.book, house.clock, house.recordings, desk.officer)
    path = house.recordings / take.file
    line.say(BEEP, keys="")
    line.record(path.with_suffix(""), LONGEST)
    try:
        return take, heard(house.office.studio.passing, path)
    except RequestError:
        line.say("record-nothing")
        return take, None


def _explain(desk: Desk) -> None:
    """Say how it is done; a key skips the rest, and a star goes back."""
    if desk.line.say("record-how") == BACK:
        raise BackError


def _is_kept(desk: Desk, take: Take, sound: Heard) -> bool:
    """Play a recording as residents would hear it; tell whether it is kept."""
    house, line = desk.house, desk.line
    if sound.is_distorted:
        line.say("record-harsh")
    if line.say("record-here", f"/{sound.prompt}") == BACK:
        raise BackError
    if desk.choose("record-keep", keys=KEEP + AGAIN) == AGAIN:
        return False
    keep_take(house.book, house.clock, desk.officer, take, sound.length)
    line.say("record-kept")
    return True
