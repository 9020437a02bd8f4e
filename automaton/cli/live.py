"""A campaign as it goes: a picture on a terminal, plain lines everywhere else.

In: a way to look at the campaign. Out: the last look, once it is over. For `campaign
watch`, `campaign launch --wait` and `demo`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TextIO

from automaton.cli.live_picture import picture
from automaton.cli.live_words import LiveWords
from automaton.cli.shell import Shell
from automaton.domain.campaign import FINAL_CAMPAIGN_STATES
from automaton.services.progress import Progress

LOOK_SECONDS = 0.5
LINE_EVERY = timedelta(seconds=5)
Look = Callable[[], Progress]
Show = Callable[[Progress], None]


def is_over(progress: Progress) -> bool:
    """Tell whether a campaign has ended."""
    return progress.state in FINAL_CAMPAIGN_STATES


def follow(
    shell: Shell,
    look: Look,
    until: Callable[[Progress], bool] = is_over,
    out: TextIO | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Progress:
    """Show a campaign until it is over and return the last look at it.

    `look` is a `ProgressView`'s; `out` is standard output where none is given.
    """
    with screen(shell, out or sys.stdout) as show:
        while True:
            progress = look()
            show(progress)
            if until(progress):
                return progress
            sleep(LOOK_SECONDS)


@contextmanager
def screen(shell: Shell, out: TextIO) -> Iterator[Show]:
    """Give a way to show a campaign: painted on a terminal, else written in lines."""
    words = LiveWords(shell)
    if not out.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield Lines(words, out).show
        return
    from rich.console import Console  # noqa: PLC0415 - only for a terminal
    from rich.live import Live  # noqa: PLC0415

    with Live(console=Console(file=out), refresh_per_second=4) as live:
        yield lambda progress: live.update(picture(progress, words))


class Lines:
    """One line every few seconds and at each change of the campaign's state."""

    def __init__(self, words: LiveWords, out: TextIO) -> None:
        self._words, self._out = words, out
        self._written_at: datetime | None = None
        self._before: object = None

    def show(self, progress: Progress) -> None:
        """Write a line where it is time for one."""
        alarms = progress.alarms_open, progress.alarms_untaken
        stands = (progress.state, progress.is_forsaken, alarms)
        if stands == self._before and not self._is_time(progress.at):
            return
        self._before, self._written_at = stands, progress.at
        self._out.write(self._words.line(progress) + "\n")
        self._out.flush()

    def _is_time(self, now: datetime) -> bool:
        return self._written_at is None or now - self._written_at >= LINE_EVERY
