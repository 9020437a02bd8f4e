"""An officer who launched by telephone is told how it goes: no code, one key."""

from __future__ import annotations

from automaton.console.house import House
from automaton.console.line import Line
from automaton.services.errands import RungFor
from automaton.services.posted import news_told, note_heard

HEARD = "1"
TIMES_SAID = 3


def tell_news(house: House, line: Line, about: RungFor) -> None:
    """Say what has become of a launch until the officer says to have heard it."""
    told = news_told(house.office, about.campaign, about.news, about.by)
    line.say(line.sentence("officer-rung", name=about.officer.name), keys="")
    spoken = line.sentence(told.phrase, **told.blanks)
    for _ in range(TIMES_SAID):
        if line.ask(spoken, "news-heard", keys=HEARD) == HEARD:
            note_heard(house.office, int(about.errand_id))
            return
