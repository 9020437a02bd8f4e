"""What the live screen says of a campaign, in the person's language."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from automaton.cli.calls_for_help import help_told
from automaton.cli.conditions import conditions_told
from automaton.cli.shell import Shell
from automaton.services.progress import Happening, Progress
from automaton.services.report_words import words_in

COUNTING = "its audience is still being counted"
FORSAKEN = "no daemon runs on this node; start it: automaton daemon"


class LiveWords:
    """The sentences of one screen; moments are in the collectivity's own time."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._words = words_in(shell.language, "UTC")

    def of(self, text: str, **values: object) -> str:
        """Return a text of the shell."""
        return self._shell.words(text, **values)

    def hour(self, at: datetime, zone: str) -> str:
        """Return the time of day."""
        return f"{at.astimezone(ZoneInfo(zone)):%H:%M:%S}"

    def clock(self, at: datetime, zone: str) -> str:
        """Return the time of day and whose it is: 10:00:00 CET."""
        return f"{at.astimezone(ZoneInfo(zone)):%H:%M:%S %Z}"

    def state(self, progress: Progress) -> str:
        """Return where the campaign stands, with the reason where it is paused."""
        told = self._words.standing(progress.state, progress.launch_waits)
        why = self._words("pause", progress.pause_reason or "")
        return f"{told} ({why})" if why else told

    def alarm(self, progress: Progress) -> str:
        """Return that nobody here makes the calls, and what to do; else nothing."""
        return self.of(FORSAKEN) if progress.is_forsaken else ""

    def help(self, progress: Progress) -> str:
        """Return how many calls for help are open; nothing where none is."""
        return help_told(self._shell, progress)

    def elapsed(self, progress: Progress) -> str:
        """Return how long the campaign has been going on."""
        if progress.started_at is None:
            return ""
        return self._words.duration(progress.at - progress.started_at)

    def homes(self, progress: Progress) -> str:
        """Return how many homes are done with; nothing before they are known."""
        if not progress.recipients:
            return ""
        told = self.of(
            "{finished} of {all:home|homes} done, {confirmed} confirmed",
            finished=progress.finished,
            all=progress.recipients,
            confirmed=progress.acknowledged,
        )
        return f"{told} ({self.of(COUNTING)})" if progress.is_counting else told

    def lines(self, progress: Progress) -> str:
        """Return how many lines are in use."""
        return self.of(
            "lines {used}/{all}", used=progress.lines_in_use, all=progress.lines
        )

    def rate(self, progress: Progress) -> str:
        """Return how many calls left in the last minute."""
        return self.of("{calls:call|calls} a minute", calls=progress.calls_a_minute)

    def end(self, progress: Progress) -> str:
        """Return when the campaign is expected to end; nothing where nobody can say."""
        told = progress.forecast
        if told is None or told.ends_at is None:
            return ""
        texts = "end expected at {at}", "end expected on {day} at {at}"
        return self._coming(texts, told.ends_at, progress)

    def put_off(self, progress: Progress) -> str:
        """Return how many homes wait for a ceiling on calls to one number."""
        told = progress.put_off
        if told is None:
            return ""
        today = "put off by ceilings until {at}: {homes}"
        other = "put off by ceilings until {day} {at}: {homes}"
        return self._coming((today, other), told.until, progress, homes=told.homes)

    def _coming(
        self, texts: tuple[str, str], at: datetime, look: Progress, **more: object
    ) -> str:
        """Return the first text for a moment of today, else the second with the day."""
        today, other = texts
        zone, hour = ZoneInfo(look.zone), self.clock(at, look.zone)
        day = at.astimezone(zone).date()
        if day == look.at.astimezone(zone).date():
            return self.of(today, at=hour, **more)
        form = "%d/%m/%Y" if self._shell.language == "fr" else "%Y-%m-%d"
        return self.of(other, at=hour, day=f"{day:{form}}", **more)

    def conditions(self, progress: Progress) -> str:
        """Return which trunks are slowed or left, and why."""
        zone = ZoneInfo(progress.zone)
        return " · ".join(conditions_told(self._shell, progress.conditions, zone))

    def outcomes(self, progress: Progress) -> list[tuple[str, int]]:
        """Return the outcomes so far and their number, the most frequent first."""
        counts = sorted(progress.by_outcome.items(), key=lambda item: -item[1])
        return [(self._words("outcome", word.value), n) for word, n in counts]

    def states(self, progress: Progress) -> list[tuple[str, int]]:
        """Return how the homes stand."""
        counts = progress.by_state.items()
        return [(self._words("state", word.value), n) for word, n in counts]

    def event(self, event: Happening, zone: str) -> tuple[str, str, str]:
        """Return one of the last events: when, which number, what."""
        told = self._words("outcome", event.what)
        if told == event.what:
            told = self.of(event.what)
        return self.hour(event.at, zone), event.number, told

    def line(self, progress: Progress) -> str:
        """Return everything that matters in one line."""
        parts = [
            f"{self.clock(progress.at, progress.zone)} {self.state(progress)}",
            self.alarm(progress),
            self.help(progress),
            self.conditions(progress),
            self.homes(progress),
            self.lines(progress),
            self.rate(progress),
            self.end(progress),
            self.put_off(progress),
            ", ".join(f"{word} {n}" for word, n in self.outcomes(progress)),
        ]
        return " · ".join(part for part in parts if part)
