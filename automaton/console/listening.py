"""We have called one of our own numbers by another trunk, and listen to it."""

from __future__ import annotations

from datetime import timedelta

from automaton.console.house import House
from automaton.console.line import Line
from automaton.services.readiness import listening

LISTENS = timedelta(seconds=8)


def listen(house: House, line: Line) -> None:
    """Record some seconds of what a caller hears, and put on record what it was."""
    with listening(house.office, house.voice.prompts, line.rung) as path:
        line.record(path.with_suffix(""), LISTENS)
    line.hang_up()
