"""Key 0: an officer is put through to a person, whoever on duty takes the call."""

from __future__ import annotations

from automaton.console.desk import Desk
from automaton.services.persons import on_duty_for

TALKED = "ANSWER"
REACHED = frozenset({TALKED, "BUSY", "NOANSWER"})
"""What a telephone says, or the network for it: no other trunk reaches it better."""


def talk_with_person(desk: Desk) -> None:
    """Ring those on duty in their order until one takes the call; they talk."""
    line, house = desk.line, desk.house
    line.say("transfer-0", keys="")
    for ways in on_duty_for(house.office, house.book, desk.officer, desk.caller):
        for person in ways:
            met = line.put_through(person)
            if met == TALKED:
                return
            if met in REACHED:
                break
    line.say("nobody-0")
