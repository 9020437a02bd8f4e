"""The table of `docs/reliability.md`, from what was observed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.faults.fault import Fault, Observed
from tests.faults.results import ROOT

PAGE = ROOT / "docs" / "reliability.md"
BEGIN = "<!-- table: python -m tests.faults --table -->"
END = "<!-- end of the table -->"
HEAD = """\
| fault | runs | calls | invariants broken | keys lost | rung twice | recovery |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
"""


def write(
    faults: Sequence[Fault], seen: dict[str, Observed], page: Path = PAGE
) -> None:
    """Put the table of what was seen between the two marks of the page."""
    text = page.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise SystemExit(f"{page} has lost its marks: {BEGIN} … {END}")
    page.write_text(f"{before}{BEGIN}\n\n{table(faults, seen)}\n{END}{after}", "utf-8")


def table(faults: Sequence[Fault], seen: dict[str, Observed]) -> str:
    """Return the table, and what the runs noted."""
    rows = [_row(fault, seen[fault.name]) for fault in faults if fault.name in seen]
    notes = [
        f"- {fault.title}: {'; '.join(seen[fault.name].notes)}.\n"
        for fault in faults
        if fault.name in seen and seen[fault.name].notes
    ]
    return HEAD + "".join(rows) + ("\nSeen besides:\n\n" + "".join(notes)) * bool(notes)


def _row(fault: Fault, seen: Observed) -> str:
    took = "–" if seen.recovery_s is None else f"{seen.recovery_s:.1f} s"
    told = (
        f"{fault.title} (`{fault.name}`)",
        seen.runs,
        seen.calls,
        seen.invariants_broken,
        seen.keys_lost,
        seen.rung_twice,
        took,
    )
    return "| " + " | ".join(str(word) for word in told) + " |\n"
