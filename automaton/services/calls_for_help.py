"""Calls for help (key 3) as people see them: listed, closed by name, opened again."""

from __future__ import annotations

from collections.abc import Sequence

from automaton.domain.collectivity import Act
from automaton.domain.help import HelpAlarm
from automaton.errors import RequestError
from automaton.services.office import Office
from automaton.store import alarms
from automaton.store.engine import writing

LONGEST_NOTE = 500
SHORTEST_CODE = 4


def calls_for_help(office: Office, *, closed: bool = False) -> Sequence[HelpAlarm]:
    """Return the open calls for help, with `closed` all of them, the oldest first."""
    return alarms.all_alarms(office.desk.engine, closed=closed)


def find_alarm(office: Office, asked: str) -> HelpAlarm:
    """Return a call for help by its id, the end of it, or the name of its home.

    Of several of one home the open one is meant. `RequestError` unless it is one.
    """
    everything = calls_for_help(office, closed=True)
    wanted = asked.strip().casefold()
    found = [one for one in everything if _is_named(one, wanted)]
    open_ones = [one for one in found if one.is_open]
    if len(found) == 1 or len(open_ones) == 1:
        return (open_ones or found)[0]
    if not found:
        message = f"There is no call for help « {asked} »."
    else:
        message = f"Several calls for help are « {asked} »: name one by its code."
    raise RequestError(message, error_id="alarm-unknown")


def close_alarm(office: Office, asked: str, by: str, note: str) -> HelpAlarm:
    """Close a call for help, with what was done; return it as it was before.

    `RequestError` where it is closed, and where nothing is said of what was done.
    """
    alarm, told = find_alarm(office, asked), " ".join(note.split())
    if not told or len(told) > LONGEST_NOTE:
        message = f"Say in up to {LONGEST_NOTE} letters what was done: --note"
        raise RequestError(message, error_id="alarm-note")
    with writing(office.desk.engine) as connection:
        act = _act(office, alarm, by, "alarm_closed")
        if not alarms.close(connection, alarm.id, told, act):
            raise RequestError(
                f"The call for help of {alarm.name} is closed already.",
                error_id="alarm-closed",
            )
    return alarm


def reopen_alarm(office: Office, asked: str, by: str) -> HelpAlarm:
    """Undo a closing; one that nobody had taken is rung for again.

    `RequestError` where it is open, or where its home has another open one.
    """
    alarm = find_alarm(office, asked)
    with writing(office.desk.engine) as connection:
        act = _act(office, alarm, by, "alarm_reopened")
        if not alarms.reopen(connection, alarm.id, act):
            raise RequestError(
                f"A call for help of {alarm.name} is open already.",
                error_id="alarm-open",
            )
    return alarm


def _is_named(alarm: HelpAlarm, wanted: str) -> bool:
    is_code = len(wanted) >= SHORTEST_CODE and alarm.id.endswith(wanted)
    return is_code or wanted in {alarm.id, alarm.name.casefold()}


def _act(office: Office, alarm: HelpAlarm, by: str, action: str) -> Act:
    about = ("alarm", alarm.id, alarm.collectivity_id)
    return Act(by, office.clock.now(), action, *about)
