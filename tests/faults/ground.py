"""The ground that faults are brought about on: stages made for them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from automaton import bootstrap
from automaton.asterisk.install import Installation, install
from automaton.settings import Settings
from automaton.settings.model import FoldersSettings
from tests.faults.results import ROOT
from tests.system.stage import DUTY, Stage, Trunk, cache, home, on_duty

SHORT: Mapping[str, Any] = {"ring": "6 s", "talk": "20 s", "repeats": 1}
"""A policy under which a call whose end nobody saw is over soon."""
KINDS: Sequence[tuple[int, tuple[str, ...]]] = (
    (60, ("press_1",)),
    (8, ("listens_twice",)),
    (8, ("hangs_up", "press_1")),
    (8, ("busy", "press_1")),
    (6, ("rings_out", "press_1")),
    (5, ("no_key", "press_1")),
    (5, ("machine", "press_1")),
)
DIES_SECONDS = 30.0


@dataclass
class FaultStage(Stage):
    """A stage whose daemon dies of what `doom` says, and lives by a clock of its own.

    `doom` is `STEP:N`, the N-th passing of a step of `tests/faults/daemon.py`.
    """

    doom: str = ""
    begun_at: list[float] = field(default_factory=list)
    ended_at: list[float] = field(default_factory=list)

    @property
    def clock_file(self) -> Path:
        """Where the seconds stand by which the daemon's clock is ahead."""
        return self.folder / "clock"

    def order(self) -> list[str]:
        """Return the command that starts the daemon."""
        daemon = [sys.executable, "-P", "-c", DAEMON, str(ROOT)]
        return [*daemon, str(self.settings_file), self.doom, str(self.clock_file)]

    def begin(self) -> None:
        """Start the daemon and do not wait for it."""
        self.begun_at.append(time.time())
        super().begin()

    def dies(self, seconds: float = DIES_SECONDS) -> bool:
        """Wait for the daemon's end; whether it came within that time."""
        assert self.daemon is not None
        try:
            self.daemon.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        self.ended_at.append(time.time())
        return True

    def kill(self) -> None:
        """End the daemon as a power cut would."""
        super().kill()
        self.ended_at.append(time.time())

    def tell(self) -> None:
        """Say nothing: a fault's history is judged, not read."""


DAEMON = "import sys; sys.path.insert(0, sys.argv[1])\n" + (
    "from tests.faults.daemon import main; main(*sys.argv[2:])"
)


@dataclass
class Ground:
    """Makes stages, and tells what goes on."""

    program: Installation
    prompts: Path
    kills: int = 25
    told: list[str] = field(default_factory=list)

    def say(self, what: str) -> None:
        """Tell the terminal what goes on."""
        self.told.append(what)
        sys.stdout.write(f"    {what}\n")
        sys.stdout.flush()

    @contextmanager
    def stage(
        self,
        script: str = "",
        more: str = "",
        lines: int = 20,
        trunk: str = "",
        trunks: dict[str, Trunk] | None = None,
    ) -> Iterator[FaultStage]:
        """Make a stage of one town, or of `trunks`; the daemon is ready."""
        folder = Path(tempfile.mkdtemp(prefix="aut-fault-"))
        chosen = trunks or {"town": Trunk(script, lines=lines, more=trunk)}
        try:
            with FaultStage(folder, self.program, self.prompts, chosen, more) as here:
                yield here
        finally:
            shutil.rmtree(folder)


def make_ground(kills: int = 25) -> Ground:
    """Return a ground with the Asterisk of the cache and the phrases rendered once."""
    folder = cache() / "test-prompts"
    bootstrap.render_phrases(Settings(folders=FoldersSettings(prompts=folder)))
    return Ground(install(cache()), folder, kills)


def street(homes: int, seed: int, kinds: Sequence[Any] = KINDS) -> str:
    """Return the script of a town with so many homes, every eighth with two numbers."""
    dice = Random(seed)
    weights, behaviours = zip(*kinds, strict=True)
    return on_duty(DUTY) + "".join(
        _home(serial, dice, dice.choices(behaviours, weights)[0])
        for serial in range(1, homes + 1)
    )


def _home(serial: int, dice: Random, attempts: Sequence[str]) -> str:
    more: dict[str, Any] = {
        "ring": round(dice.uniform(0.2, 1.5), 1),
        "think": round(dice.uniform(0.1, 0.6), 1),
        "allo": dice.random() < 0.5,
    }
    if dice.random() < 0.125:
        more["second"] = {"number": f"+3326191{serial:04d}", "attempts": ["press_1"]}
    return home(serial, *attempts, **more)
