"""The picture of a campaign on a terminal, from one look at it."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from automaton.cli.live_words import LiveWords
from automaton.services.progress import Progress

BAR = 40
EVENTS = 8


def picture(progress: Progress, words: LiveWords) -> RenderableType:
    """Return the whole screen. Names are text: nothing in them is a command."""
    clock = words.clock(progress.at, progress.zone)
    title = f"{progress.name} · {words.state(progress)} · {words.elapsed(progress)}"
    details = Table.grid(padding=(0, 4))
    details.add_row(
        _counts(words.of("Homes"), words.states(progress)),
        _counts(words.of("Calls"), words.outcomes(progress)),
        _events(progress, words),
    )
    told = words.help(progress), words.alarm(progress), words.conditions(progress)
    alarms = filter(None, told)
    alarm = Text("\n".join(alarms), style="bold red")
    inside = Group(alarm, _gauges(progress, words), Text(), details)
    return Panel(
        inside, title=Text(title.rstrip(" ·")), subtitle=Text(clock), expand=False
    )


def _gauges(progress: Progress, words: LiveWords) -> Table:
    """Return the bars: homes done with, lines in use."""
    gauges = Table.grid(padding=(0, 2))
    done = ProgressBar(
        total=max(1, progress.recipients), completed=progress.finished, width=BAR
    )
    busy = ProgressBar(
        total=max(1, progress.lines), completed=progress.lines_in_use, width=BAR
    )
    rate = ", ".join(filter(None, (words.rate(progress), words.end(progress))))
    gauges.add_row(done, Text(words.homes(progress)))
    gauges.add_row(busy, Text(f"{words.lines(progress)}, {rate}"))
    if waits := words.put_off(progress):
        gauges.add_row("", Text(waits))
    return gauges


def _counts(heading: str, rows: list[tuple[str, int]]) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_row(Text(heading, style="bold"), "")
    for word, count in rows:
        table.add_row(Text(word), Text(str(count), justify="right"))
    return table


def _events(progress: Progress, words: LiveWords) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_row(Text(words.of("Last events"), style="bold"))
    for event in progress.events[:EVENTS]:
        table.add_row(*map(Text, words.event(event, progress.zone)))
    return table
