"""What came of a demonstration: figures, places, and the town's judgement."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from automaton.cli.demo_campaign import POLICY, DemoCampaign
from automaton.cli.demo_stage import CALLS_PER_SECOND, Stage
from automaton.cli.shell import Shell
from automaton.domain.report import Report
from automaton.lab.history import HistoryRules, TrunkRules, check
from automaton.lab.log import Event
from automaton.lab.town import Town
from automaton.services.report_json import figures
from automaton.services.report_words import Words, words_in

LABELS = {
    "json": "Report (JSON)",
    "csv": "Report (CSV)",
    "html": "Report (HTML)",
    "visits": "Visits (CSV)",
    "town": "Town's log",
    "daemon": "Daemon's log",
}


@dataclass(frozen=True, slots=True)
class DutyHeard:
    """One call to a duty telephone, as the town lived it."""

    at: datetime
    number: str
    seconds: float
    keys: str


@dataclass(frozen=True, slots=True)
class Figures:
    """The demonstration in figures; moments count in seconds from its start."""

    homes: int
    lines: int
    seed: int
    mix: str
    message: str
    message_seconds: float
    set_up_seconds: float
    first_ring_seconds: float | None
    whole_seconds: float


@dataclass(frozen=True)
class End:
    """The end of a demonstration; without contradictions it has succeeded."""

    figures: Figures
    policy: str
    report: Report
    duty: Sequence[DutyHeard]
    contradictions: Sequence[str]
    files: Mapping[str, Path]

    def as_plain(self) -> dict[str, object]:
        """Return it for a program."""
        return {
            "demonstration": self.figures,
            "policy": self.policy,
            "figures": figures(self.report),
            "duty": self.duty,
            "contradictions": self.contradictions,
            "files": self.files,
        }

    def tell(self, shell: Shell) -> None:
        """Say it in sentences."""
        words = words_in(shell.language, self.report.head.zone)
        tell_terms(shell, self)
        tell_outcomes(shell, self.report, words)
        tell_times(shell, self.figures, self.report, words)
        for call in self.duty:
            shell.tell(
                "Duty list: {number} was rung at {at}, heard {seconds} s, keys: {keys}",
                number=call.number,
                at=f"{call.at.astimezone(words.zone):%H:%M:%S %Z}",
                seconds=round(call.seconds),
                keys=call.keys or "–",
            )
        shell.print("")
        shell.print_pairs({LABELS[name]: p for name, p in self.files.items()})
        tell_judgement(shell, self)


def ended(
    stage: Stage,
    campaign: DemoCampaign,
    report: Report,
    files: Mapping[str, Path],
    moments: tuple[datetime, datetime],
) -> End:
    """Return the end of a demonstration whose town is quiet.

    `moments`: when the command began, and when the campaign was launched.
    """
    began_at, launched_at = moments
    first = report.first_ring_at
    text = campaign.created.message[0]
    terms = stage.wish
    told = Figures(
        homes=terms.homes,
        lines=terms.lines,
        seed=terms.seed,
        mix=terms.mix,
        message=text.text,
        message_seconds=round(text.seconds, 1),
        set_up_seconds=seconds(launched_at - began_at),
        first_ring_seconds=None if first is None else seconds(first - began_at),
        whole_seconds=seconds(report.made_at - began_at),
    )
    contradictions = judged(stage, files["json"], report)
    policy, duty = POLICY.read_text("utf-8"), duty_heard(stage.town)
    return End(told, policy, report, duty, contradictions, files)


def seconds(span: timedelta) -> float:
    """Return a span in seconds, to the tenth."""
    return round(span.total_seconds(), 1)


def tell_terms(shell: Shell, end: End) -> None:
    """Say what was rung, with what, and what differed from production."""
    shell.print("")
    shell.tell(
        "{homes:home|homes} on {lines:line|lines} (seed {seed}, mix {mix}).",
        homes=end.figures.homes,
        lines=end.figures.lines,
        seed=end.figures.seed,
        mix=end.figures.mix,
    )
    shell.tell(
        "Message ({seconds} s): « {message} »",
        seconds=f"{end.figures.message_seconds:.1f}",
        message=end.figures.message,
    )
    shell.tell("Policy of the demonstration; nothing else differs from production:")
    for line in end.policy.splitlines():
        if line and not line.startswith("#"):
            shell.print(f"  {line}")


def tell_outcomes(shell: Shell, report: Report, words: Words) -> None:
    """Say how the homes stand, and how the calls ended."""
    for heading, kind, counts in (
        ("Homes", "state", report.by_state),
        ("Calls", "outcome", report.by_outcome),
    ):
        shell.print("")
        name, count = shell.words(heading), sum(counts.values())
        shell.tell("{name}: {value}", name=name, value=count)
        for word, count in counts.items():
            shell.print(f"  {count:>6}  {words(kind, word.value)}")


def tell_times(shell: Shell, told: Figures, report: Report, words: Words) -> None:
    """Say how fast it went, and how well the lines were used."""
    shell.print("")
    shares = ", ".join(
        shell.words(
            "{name}: {value}",
            name=f"{time.share} %",
            value=words.duration(time.of_recipients),
        )
        for time in report.share_times
    )
    shell.tell("Confirmed: {shares}.", shares=shares)
    shell.tell(
        "Line utilisation {share}, {peak:line|lines} at most.",
        share=words.percent(report.line_utilisation),
        peak=report.peak_lines,
    )
    shell.tell(
        "First ring {first} s after the start, the whole {whole} s.",
        first=told.first_ring_seconds,
        whole=round(told.whole_seconds),
    )


def tell_judgement(shell: Shell, end: End) -> None:
    """Say whether the town agrees; each contradiction in one sentence."""
    shell.print("")
    if not end.contradictions:
        shell.tell(
            "Every outcome on record is what the town did: {homes:home|homes}, "
            "{calls:call|calls}.",
            homes=len(end.report.recipients),
            calls=end.report.totals.calls,
        )
        return
    count = len(end.contradictions)
    shell.tell("The town contradicts the record ({count}):", count=count)
    for sentence in end.contradictions:
        shell.print(f"- {shell.refusal(sentence, 'contradictions')}")


def judged(stage: Stage, report_file: Path, report: Report) -> list[str]:
    """Return every contradiction between the written report and the town."""
    town, told = stage.town, json.loads(report_file.read_text("utf-8"))
    rules = HistoryRules(
        any_trunk=TrunkRules(stage.lines, CALLS_PER_SECOND),
        expectations=town.oracle(),
        others=frozenset(town.duty_numbers()),
    )
    breaks = check(told["recipients"], town.log(), rules)
    sentences = [f"{one.invariant}, {one.number}: {one.text}" for one in breaks]
    return [*sentences, *duty_faults(town, report)]


def duty_heard(town: Town) -> list[DutyHeard]:
    """Return the calls to the duty list, as the town lived them."""
    mine = [event for event in town.log() if event.number in town.duty_numbers()]
    calls = dict.fromkeys(event.call for event in mine)
    return [_heard([event for event in mine if event.call == call]) for call in calls]


def duty_faults(town: Town, report: Report) -> Iterator[str]:
    """Yield what is wrong with how the duty list was told of the end."""
    pressed = sum("1" in call.keys for call in duty_heard(town))
    taken = sum(ring.taken for ring in report.duty)
    if not pressed:
        yield "The end of an alert rings the duty list, but nobody there pressed 1."
    if pressed != taken:
        yield f"Duty list: {taken} calls taken on record, but {pressed} in the town."


def _heard(events: Sequence[Event]) -> DutyHeard:
    """Return one call; what was heard in all is told at the hangup."""
    first = events[0]
    return DutyHeard(
        at=first.at,
        number=first.number,
        seconds=max((e.seconds or 0.0 for e in events), default=0.0),
        keys="".join(event.key for event in events),
    )
