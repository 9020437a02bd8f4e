"""What was observed so far: read, added up, and kept in `build/`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from tests.faults.fault import Observed

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build"
PRODUCT = ("automaton", "dialplans", "asterisk-config", "voice_prompts")
# What brings faults about, judges them, and what both run with: other judges, other
# sums. All tests, since what one of them imports may change what a fault is.
JUDGES = ("tests", "requirements.lock", "pyproject.toml")
MADE_BY_RUNNING = {"__pycache__", ".hypothesis", ".pytest_cache"}


class Results:
    """The sums by fault. `faults.json` is for readers, the notes lie beside it."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._file, self._beside = folder / "faults.json", folder / "faults.notes.json"
        self._product = product()
        self.by_fault: dict[str, Observed] = {}
        self._take_up()

    def _take_up(self) -> None:
        """Take up what is written, also by another order that is under way."""
        told = _read(self._beside)
        if told.get("product") == self._product:
            notes = told["notes"]
            for row in _read(self._file):
                noted = tuple(notes.get(row["fault"], ()))
                self.by_fault[row["fault"]] = Observed(**row, notes=noted)

    def runs(self, fault: str) -> int:
        """Return how often a fault was brought about."""
        found = self.by_fault.get(fault)
        return found.runs if found else 0

    def add(self, observed: Observed) -> None:
        """Add what one order showed, and write all of it."""
        self._take_up()
        before = self.by_fault.get(observed.fault)
        self.by_fault[observed.fault] = _sum(before, observed) if before else observed
        self._file.parent.mkdir(exist_ok=True)
        rows = [asdict(one) for one in self.by_fault.values()]
        notes = {row["fault"]: row.pop("notes") for row in rows}
        self._file.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
        beside = {"product": self._product, "notes": notes}
        self._beside.write_text(json.dumps(beside, indent=1) + "\n", "utf-8")


def product() -> str:
    """Return a digest of all that is the product, and of what judges it."""
    digest = hashlib.sha256()
    for path in _files():
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _files() -> Iterator[Path]:
    for place in (*PRODUCT, *JUDGES):
        root = ROOT / place
        for path in [root] if root.is_file() else sorted(root.rglob("*")):
            if path.is_file() and MADE_BY_RUNNING.isdisjoint(path.parts):
                yield path


def _sum(one: Observed, other: Observed) -> Observed:
    recoveries = [s for s in (one.recovery_s, other.recovery_s) if s is not None]
    return replace(
        one,
        runs=one.runs + other.runs,
        calls=one.calls + other.calls,
        invariants_broken=one.invariants_broken + other.invariants_broken,
        keys_lost=one.keys_lost + other.keys_lost,
        rung_twice=one.rung_twice + other.rung_twice,
        recovery_s=max(recoveries, default=None),
        notes=_notes(one.notes, other.notes),
    )


def _notes(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Return all notes; `word: 3` and `word: 4` become `word: 7`."""
    sums: dict[str, int | None] = {}
    for note in (*one, *other):
        word, _, figure = note.rpartition(": ")
        if word and figure.isdigit():
            sums[word] = (sums.get(word) or 0) + int(figure)
        else:
            sums[note] = None
    return tuple(w if n is None else f"{w}: {n}" for w, n in sums.items())


def _read(path: Path) -> dict:  # type: ignore[type-arg]
    return json.loads(path.read_text("utf-8")) if path.exists() else {}
