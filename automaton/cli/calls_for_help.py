"""How the shell tells of calls for help: on screens, in summaries, in lists."""

from __future__ import annotations

from datetime import datetime, tzinfo

from automaton.cli.shell import Shell
from automaton.domain.help import HelpAlarm, in_pairs
from automaton.services.progress import Progress

CODE = 6  # so many last digits of an id tell it from others


def help_told(shell: Shell, look: Progress) -> str:
    """Return how many calls for help are open; nothing where none is."""
    if not look.alarms_open:
        return ""
    told = shell.words("{open:call|calls} for help (key 3) open", open=look.alarms_open)
    if not look.alarms_untaken:
        return told
    rest = shell.words("{untaken} taken by nobody", untaken=look.alarms_untaken)
    return f"{told}, {rest}"


def code_of(alarm: HelpAlarm) -> str:
    """Return by what people name it: the end of its id."""
    return alarm.id[-CODE:]


def tell_alarm(shell: Shell, alarm: HelpAlarm, zone: tzinfo) -> None:
    """Say one call for help in one line: of whom, and how it stands."""
    shell.tell(
        "Call for help {code}: {name}, {address}, {number}, {at}: {stands}",
        code=code_of(alarm),
        name=alarm.name,
        address=alarm.address,
        number=in_pairs(alarm.number),
        at=shell.cell(alarm.opened_at, zone=zone),
        stands=standing_of(shell, alarm, zone),
    )


def standing_of(shell: Shell, alarm: HelpAlarm, zone: tzinfo) -> str:
    """Return how it stands, and by whom it came to that."""
    if alarm.closed_at is not None:
        return shell.words(
            "closed by {who}, {at}: {note}",
            who=alarm.closed_by,
            at=shell.cell(alarm.closed_at, zone=zone),
            note=alarm.note,
        )
    if alarm.taken_at is None:
        return shell.words(
            "OPEN, taken by nobody ({rounds:round|rounds} in vain)", rounds=alarm.rounds
        )
    return _taken(shell, alarm.taken_name, alarm.taken_at, zone)


def _taken(shell: Shell, who: str, at: datetime, zone: tzinfo) -> str:
    return shell.words(
        "OPEN, taken by {who}, {at}", who=who, at=shell.cell(at, zone=zone)
    )
