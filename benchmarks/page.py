"""docs/performance.md and its pictures, drawn anew from benchmarks/results/latest.json.

A picture shows what was measured; the table of targets names what was not, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.figures import CROWDS, TARGETS, latest, plain, verdict
from benchmarks.page_choke import choke
from benchmarks.page_peers import peers
from benchmarks.picture import Bar, Picture

DOCS = Path(__file__).parents[1] / "docs"
SIZES = (50, 200, 500)
HEAD = """# Performance

Drawn by `python -m benchmarks page` from the latest figures; how they are measured, and
what each means, is told in [benchmarks](benchmarks.md). Asterisk, SIPp (all telephones
of the town) and the daemon share one machine. Where a bare loop stands beside a figure
(panoramisk, a list of numbers, no store, no retries) it had the same lines in the same
run: what it reached, the machine could do.
"""


@dataclass(frozen=True)
class Measured:
    """The latest figures, by name."""

    figures: Mapping[str, Mapping[str, Any]]
    rooms: Mapping[str, Mapping[str, Any]]
    peers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def value(self, name: str) -> float | None:
        """Return a figure, None where it was not measured."""
        told = self.figures.get(name)
        return None if told is None else told["value"]

    def bars(self, rows: Iterable[tuple[str, str, bool]]) -> list[Bar]:
        """Return a bar for each (name, figure, is it ours) that was measured."""
        found = ((name, self.value(figure), ours) for name, figure, ours in rows)
        return [
            Bar(name, value, ours) for name, value, ours in found if value is not None
        ]


Section = Callable[[Measured], tuple[str, dict[str, Picture]]]


def main(_: Sequence[str] = ()) -> int:
    """Draw the page; return 0."""
    told = latest()
    kept = (told.get(part, {}) for part in ("figures", "rooms", "peers"))
    found = Measured(*kept)
    print(f"written to {draw(found, DOCS)}")
    return 0


def draw(found: Measured, docs: Path) -> Path:
    """Write the page and its pictures; return the page."""
    pictures = docs / "performance"
    pictures.mkdir(parents=True, exist_ok=True)
    parts = [HEAD]
    for section in (lines, processor, starts, crowds, fairness):
        words, drawn = section(found)
        drawn = {name: one for name, one in drawn.items() if one.bars}
        if not drawn:
            continue
        parts.append(words.rstrip() + "\n")
        for name, picture in drawn.items():
            (pictures / f"{name}.svg").write_text(picture.svg(), "utf-8")
            parts.append(f"![{picture.title}](performance/{name}.svg)\n")
    tables = (choke(found.figures), peers(found.peers))
    parts += filter(None, [*tables, targets(found), conditions(found)])
    page = docs / "performance.md"
    page.write_text("\n".join(parts), "utf-8")
    return page


def lines(found: Measured) -> tuple[str, dict[str, Picture]]:
    """Return how well lines are used."""
    rows = [
        (f"{who}, {size} lines", f"{figure}_{size}", who == "daemon")
        for size in SIZES
        for who, figure in (
            ("daemon", "line_utilisation"),
            ("bare loop", "bare_loop_line_utilisation"),
        )
    ]
    rows.append(("daemon, a town of all kinds", "mix_utilisation", True))
    picture = Picture(
        "Share of the time in which lines are in use",
        found.bars(rows),
        least=0.9,
        digits=3,
    )
    return LINES, {"lines": picture}


LINES = """## Lines

The time until everybody is reached is bounded by lines × seconds. Calls of 7 s, one
after another, leave a line idle from one BYE to the next INVITE; those of a town of all
kinds last for as long as its people ring and talk. (The bars begin at 0.9.)
"""


def processor(found: Measured) -> tuple[str, dict[str, Picture]]:
    """Return what a call costs."""
    rows = [
        ("daemon, store included", "daemon_cpu_ms_per_call_200", True),
        ("bare loop, default events", "default_events_loop_cpu_ms_per_call_200", False),
        ("bare loop, four events", "bare_loop_cpu_ms_per_call_200", False),
        ("Asterisk, the same calls", "asterisk_cpu_ms_per_call_200", False),
    ]
    picture = Picture("Milliseconds of processor for a call of 7 s", found.bars(rows))
    words = "## Processor\n"
    ours = found.value("daemon_cpu_ms_per_call_200")
    theirs = found.value("asterisk_cpu_ms_per_call_200")
    if ours and theirs:
        words += (
            f"\nOf what a call costs the daemon takes {ours:.1f} ms, Asterisk"
            f" {theirs:.1f} ms.\n"
        )
    return words, {"processor": picture}


def starts(found: Measured) -> tuple[str, dict[str, Picture]]:
    """Return how many calls start in a second."""
    rows = [
        ("daemon", "starts_ceiling", True),
        ("bare loop", "starts_bare_ceiling", False),
    ]
    title = "Starts a second with every call whole and every key on record"
    picture = Picture(title, found.bars(rows), target=150, digits=0)
    words = "## Starts a second\n\nCalls of 2 s, in steps until a call is broken.\n"
    spent = found.value("starts_processors_used_150")
    asterisk = found.value("starts_asterisk_cpu_ms_per_call_150")
    if spent and asterisk:
        words += (
            f"At 150 a second Asterisk takes {asterisk:.1f} ms a call, which is"
            f" {150 * asterisk / 1e3:.1f} of the {spent:.1f} processors in use.\n"
        )
    return words, {"starts": picture}


def crowds(found: Measured) -> tuple[str, dict[str, Picture]]:
    """Return what many calls at once need."""
    rows = [
        (f"{who}, {size:,} calls{kind}", f"crowd_{key}{what}_processors_{size}", ours)
        for size in CROWDS
        for kind, key in KINDS.items()
        for who, what, ours in (
            ("Asterisk", "asterisk", False),
            ("daemon", "caller", True),
        )
    ]
    picture = Picture("Processors used by so many calls at once", found.bars(rows))
    told = [
        f"- {size:,} calls{kind}: {_kept(found, f'crowd_{key}lost_keys_{size}', size)}"
        f"{_used(found, f'crowd_{key}', size)}"
        for size in CROWDS
        for kind, key in KINDS.items()
        if found.value(f"crowd_{key}lost_keys_{size}") is not None
    ]
    return "\n".join([CROWD, *told]), {"crowds": picture}


KINDS = {"": "", ", sound decoded": "heard_", ", sound not decoded": "unheard_"}
CROWD = """## Calls at once

Each call hears 20 s and more of a prompt, in 50 packets a second, until all calls are
there; then 1 is pressed. Where the far end sends sound, as every telephone does, the
dialplan decodes it to hear whether somebody speaks ("sound decoded"); a dialplan that
only plays and reads keys does not.
"""


def _kept(found: Measured, name: str, calls: int) -> str:
    lost = int(found.value(name) or 0)
    broken = int(found.value(name.replace("lost_keys", "broken_calls")) or 0)
    keys = "every key on record" if not lost else f"{lost} keys lost"
    at_once = int(found.value(name.replace("lost_keys", "at_once")) or 0)
    there = f", {at_once:,} at once" if at_once else ""
    return f"{keys}, {broken} of {calls:,} calls broken{there}"


def _used(found: Measured, crowd: str, calls: int) -> str:
    """Return what the calls kept busy, as far as it was measured."""
    asterisk = found.value(f"{crowd}asterisk_processors_{calls}")
    daemon = found.value(f"{crowd}caller_processors_{calls}")
    if asterisk is None or daemon is None:
        return ""
    return f"; Asterisk used {asterisk:.2f} processors, the daemon {daemon:.2f}"


def fairness(found: Measured) -> tuple[str, dict[str, Picture]]:
    """Return how long 50 recipients take beside 19,000."""
    rows = [
        ("beside one campaign", "small_ratio", True),
        ("beside four", "small_ratio_of_five", True),
        ("four, without small_first", "small_ratio_of_five_without", False),
    ]
    title = "Time of 50 recipients beside 19,000, by their time alone"
    picture = Picture(title, found.bars(rows), target=1.3)
    return "## Fair\n", {"fair": picture}


def targets(found: Measured) -> str:
    """Return the table of all targets, those of which nothing was measured last."""
    figures = {name: told["value"] for name, told in found.figures.items()}
    by_verdict = sorted(TARGETS, key=lambda name: name not in figures)
    rows = [TARGETS_HEAD]
    for name in by_verdict:
        told = found.figures.get(name, {})
        value = plain(told["value"]) if told else ""
        cells = (f"`{name}`", value, TARGETS[name].words, verdict(name, figures))
        seen = (len(told.get("runs", "1")) if told else "", told.get("commit", ""))
        rows.append("| " + " | ".join(map(str, (*cells, *seen))) + " |")
    return "\n".join(rows) + "\n"


TARGETS_HEAD = """## Targets

Of several runs the median is told; of what is counted (keys lost, calls broken) the
worst. The commit is the one that was measured; where there is none, none was noted yet.

| figure | measured | target | | runs | commit |
| --- | ---: | --- | --- | ---: | --- |"""


BUSY = """Where the load before a run is above the number of processors, something else
ran there too: such figures say what was left of the machine, not what the product does.
"""


def conditions(found: Measured) -> str:
    """Return what the figures hang on."""
    rows = [
        "## The machine",
        "",
        BUSY,
        "| room | runs | processors | load before each run |",
    ]
    rows.append("| --- | ---: | ---: | --- |")
    for name, about in found.rooms.items():
        loads = ", ".join(f"{load:.1f}" for load in about["load"])
        rows.append(f"| {name} | {about['runs']} | {about['processors']} | {loads} |")
    return "\n".join(rows) + "\n"
