"""What an officer can do by telephone: a key each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from automaton.console.desk import BackError, Desk
from automaton.console.launching import hear_scenario, launch_scenario
from automaton.console.person import talk_with_person
from automaton.console.recording import record_message
from automaton.console.running import move_campaigns, tell_progress
from automaton.errors import AutomatonError

ACTIONS: Mapping[str, Callable[[Desk], None]] = {
    "1": record_message,
    "2": launch_scenario,
    "3": tell_progress,
    "4": move_campaigns,
    "5": hear_scenario,
    "0": talk_with_person,
}


def serve(desk: Desk) -> None:
    """Greet an officer and do what is asked, until a star or until nobody answers."""
    desk.line.say(desk.line.sentence("officer-welcome", name=desk.officer.name))
    while True:
        try:
            key = desk.choose("officer-menu", "ask-0", keys="".join(ACTIONS))
        except BackError:
            return
        try:
            ACTIONS[key](desk)
        except BackError:
            continue
        except AutomatonError as error:
            desk.refuse(error)
