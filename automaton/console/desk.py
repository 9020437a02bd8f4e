"""The officer's desk at the telephone: what every key of its menu works with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from automaton.console.house import House
from automaton.console.line import ALL_KEYS, Line
from automaton.domain.collectivity import Collectivity
from automaton.domain.officer import LONGEST_CODE, Entered, Knock, Officer
from automaton.errors import AutomatonError
from automaton.refusals import refused_in_french
from automaton.services.officers_door import enter

BACK = "*"
TIMES_ASKED = 3
TO_CHOOSE = timedelta(seconds=10)


class BackError(Exception):
    """The officer wants to go back, or does not answer any more."""


@dataclass
class Desk:
    """An officer who has come in, and the line that he is on."""

    house: House
    line: Line
    collectivity: Collectivity
    officer: Officer
    caller: str | None
    is_rung_back: bool = False

    def choose(self, *words: str, keys: str) -> str:
        """Say something until one of the keys is pressed; `BackError` for a star."""
        for _ in range(TIMES_ASKED):
            key = self.line.ask(*words, keys=ALL_KEYS, wait=TO_CHOOSE)
            if key == BACK:
                raise BackError
            if key and key in keys:
                return key
            if key:
                self.line.say("not-a-choice")
        raise BackError

    def number(self, word: str, most: int) -> str:
        """Say something and return the digits typed; `BackError` without any."""
        typed = self.line.digits(word, most)
        if not typed or BACK in typed:
            raise BackError
        return typed

    def confirms(self, word: str) -> bool:
        """Ask for the officer's code anew; tell whether it was right."""
        return self.is_mine(self.number(word, LONGEST_CODE))

    def is_mine(self, code: str) -> bool:
        """Tell whether a code is the officer's own; it counts as a try."""
        owner, short_number = self.collectivity.id, self.officer.short_number
        knock = Knock(owner, self.caller, short_number, code, self.is_rung_back)
        answer = enter(self.house.book, self.house.clock, knock)
        self.line.pause(answer.wait)
        return isinstance(answer, Entered)

    def refuse(self, error: AutomatonError) -> None:
        """Say why something cannot be."""
        self.line.say(self.line.sentence("cannot", why=self.in_words(error)))

    def in_words(self, error: AutomatonError) -> str:
        """Return an error in the officer's language."""
        if self.line.language != "fr":
            return str(error)
        return refused_in_french(str(error), error.error_id)
