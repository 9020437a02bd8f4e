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
from automaton.lab.log import write_log
from automaton.services import commands
from automaton.settings import Settings
from automaton.settings.model import FoldersSettings
from tests.faults.results import FOLDER, ROOT
from tests.system.stage import BY, DUTY, Stage, Trunk, cache, home, on_duty, until

SHORT: Mapping[str, Any] = {"ring": "6 s", "talk": "20 s", "message_repeats": 1}
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
PACE = "calls_per_second = 8"
"""The pace of a trunk that a fault says nothing else of: I6 is judged by it."""
DIES_SECONDS = 30.0
KEPT = FOLDER / "faults-kept"


@dataclass
class FaultStage(Stage):
    """A stage whose daemon dies of what `doom` says, and lives by a clock of its own.

    `doom` is `STEP:N`, the N-th passing of a step of `tests/faults/daemon.py`, or
    `STEP:N:VERB`.
    """

    doom: str = ""
    is_broken: bool = False
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

    def stop(self, campaign: str) -> None:
        """Stop a campaign, as a person at the town hall does."""
        commands.stop(self.office, campaign, BY)

    def ended(
        self, campaign: str, seconds: float = 120, state: str = "finished"
    ) -> None:
        """Wait until a campaign is over; fail at once where the daemon has died."""
        until(lambda: self._has_ended(campaign, state), seconds, f"{campaign} {state}")

    def _has_ended(self, campaign: str, state: str) -> bool:
        assert self.daemon is not None
        assert self.daemon.poll() is None, "the daemon has died of itself"
        return self.state(campaign) == state

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
    """Makes stages, and tells what goes on; `runs` of the fault are wanted of it."""

    program: Installation
    prompts: Path
    runs: int = 1
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
        trunk: str = PACE,
        trunks: dict[str, Trunk] | None = None,
    ) -> Iterator[FaultStage]:
        """Make a stage of one town, or of `trunks`; the daemon is ready."""
        folder = Path(tempfile.mkdtemp(prefix="aut-fault-"))
        chosen = trunks or {"town": Trunk(script, lines=lines, more=trunk)}
        try:
            with FaultStage(folder, self.program, self.prompts, chosen, more) as here:
                try:
                    yield here
                except BaseException:
                    self._keep(here)
                    raise
                if here.is_broken:
                    self._keep(here)
        finally:
            shutil.rmtree(folder)

    def _keep(self, here: FaultStage) -> None:
        """Keep what a fault has left that went wrong, in `build/faults-kept`."""
        kept = Path(tempfile.mkdtemp(prefix="", dir=_made(KEPT)))
        for name, town in here.towns.items():
            write_log(town.log(), kept / f"{name}.jsonl")
        shutil.copy(here.folder / "daemon.log", kept)
        for file in (here.folder / "data").iterdir():
            if file.is_file():
                shutil.copy(file, kept)
        self.say(f"its logs and its database are kept in {kept}")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def make_ground(runs: int = 1) -> Ground:
    """Return a ground with the Asterisk of the cache and the phrases rendered once."""
    folder = cache() / "test-prompts"
    bootstrap.render_phrases(Settings(folders=FoldersSettings(prompts=folder)))
    return Ground(install(cache()), folder, runs)


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
