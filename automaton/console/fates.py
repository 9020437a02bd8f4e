"""What has become of what an officer commanded: told as it is, and no better.

It is done once the daemon has carried it out; a refusal is a `RequestError`, with why.
Between both it is on record and nobody knows yet, which is said.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from automaton.console.desk import BackError, Desk
from automaton.console.wire import CallEndedError
from automaton.errors import AutomatonError, LineError, RequestError
from automaton.services.beside import look_ahead_beside
from automaton.services.commands import is_carried_out, may_be_on_record, stop
from automaton.services.launches import Launched

Order = TypeVar("Order")


class UnknownError(BackError):
    """Nobody can know whether it is on record: that was said."""


def ordered(desk: Desk, order: Callable[[], Order]) -> Order:
    """Write a command down; `LineError` where it surely is not on record.

    `UnknownError` where the database was lost at the very end: lest it be asked for
    twice, or be taken for impossible.
    """
    try:
        return order()
    except LineError as error:
        if not may_be_on_record(error):
            raise
        with suppress(CallEndedError):
            desk.line.say("command-unknown")
        raise UnknownError from error


def tell_fate(
    desk: Desk, command_id: int, done: str, unsure: str = "command-unsure"
) -> bool:
    """Say `done` once the daemon has done it, `unsure` where it does not answer."""
    is_done = is_carried_out(desk.house.office, command_id)
    desk.line.say(done if is_done else unsure)
    return is_done


def tell_launch(desk: Desk, launched: Launched, done: str) -> None:
    """Say that a launch is under way, or why the daemon refuses it; then look ahead."""
    try:
        tell_fate(desk, launched.asked.command_id, done, _unsure(desk))
    except RequestError:
        give_up(desk, launched.asked.campaign_id)
        raise
    finally:
        look_ahead_beside(desk.house.office, launched)


def tell_agreed(desk: Desk, campaign_id: str, done: str) -> bool:
    """Say the same of a launch that another officer has agreed to; False if unsure."""
    try:
        launch = desk.house.office.desk.launch_of(campaign_id)
    except LineError:
        desk.line.say(_unsure(desk))
        return False
    return tell_fate(desk, launch, done, _unsure(desk))


def _unsure(desk: Desk) -> str:
    """Return what is said of a launch on record; who was rung has no key 3."""
    return "launch-open" if desk.is_rung_back else "launch-unsure"


def give_up(desk: Desk, campaign_id: str) -> None:
    """Cancel a draft that leads to nothing; one that cannot be rings nobody."""
    with suppress(AutomatonError):
        stop(desk.house.office, campaign_id, desk.officer.name)
