"""Everything of one demonstration that runs: the town, and a node that rings it.

In: what was asked for, and an Asterisk. Out: settings of a node that knows no other
trunk than the town, its daemon as a process of its own, and nothing left behind: town
and daemon end with this process, however it ends.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType

from automaton.asterisk.folder import RunFolder
from automaton.asterisk.install import Installation
from automaton.cli.town import paths_of
from automaton.errors import LineError
from automaton.lab.command import chosen_plan
from automaton.lab.town import Town
from automaton.loopback import free_port
from automaton.settings import Settings, load

CALLER_ID = "+33199009999"  # kept for fiction, as every number of the town
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DAEMON = "from automaton.cli import main; main()"
STOP_SECONDS = 15
RESERVED_LINES = 1  # for the duty list
CALLS_PER_SECOND = 30
SETTINGS = """\
# The settings of this demonstration. Its only trunk leads to the town.
installation = "demo"

[folders]
data = {data}
cache = {cache}
prompts = {prompts}
reports = {reports}

[server]
shutdown = "2 s"

[readiness]
monthly = false
[watch]
bind = ""

[calling]
caller_id = "{caller_id}"

[trunk.town]
contact = "sip:127.0.0.1:{port}"
lines = {lines}
reserved_lines = {reserved}
calls_per_second = {calls_per_second}
caller_ids = ["{caller_id}"]
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for. `beside`: where the trunks of other settings lead."""

    homes: int
    lines: int
    seed: int
    mix: str
    folder: Path
    cache: Path
    keep: bool = False
    beside: Iterable[str] = ()


class Stage:
    """A town and a node, alive in a `with`. Its data are removed unless kept."""

    def __init__(self, wish: Wish, program: Installation) -> None:
        self.wish = wish
        plan = chosen_plan(wish.homes, wish.seed, wish.mix, None)
        paths, folder = paths_of(program), wish.folder / "town"
        self.town = Town(plan, paths, folder, wish.beside, free_port(socket.SOCK_DGRAM))
        self._daemon: subprocess.Popen[bytes] | None = None
        self._threads = ThreadPoolExecutor(1, "town")

    @property
    def folder(self) -> Path:
        """Return where everything of this demonstration is."""
        return self.wish.folder

    @property
    def lines(self) -> int:
        """Return the lines of the trunk, the one for the duty list among them."""
        return self.wish.lines + RESERVED_LINES

    @property
    def files(self) -> dict[str, Path]:
        """Return where the logs stay: what the town lived, what the daemon said."""
        return {"town": self.folder / "town.jsonl", "daemon": self._daemon_log}

    @cached_property
    def settings(self) -> Settings:
        """Return the settings of the node, as the daemon reads them.

        The environment has no say: it could name another trunk.
        """
        return load(self._settings_file, {}).settings

    def __enter__(self) -> Stage:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._settings_file.write_text(self._settings_text(), encoding="utf-8")
        self._coming = self._threads.submit(self.town.start)
        return self

    def start_daemon(self) -> None:
        """Start the node's daemon; call from the main thread, whose end ends it."""
        order = [sys.executable, "-c", DAEMON, "--config", str(self._settings_file)]
        order += ["daemon", "--tied"]
        if setpriv := shutil.which("setpriv"):
            order = [setpriv, "--pdeathsig", "TERM", *order]
        with self._daemon_log.open("wb") as log:
            self._daemon = subprocess.Popen(
                order,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
                start_new_session=True,
            )

    def wait_for_the_town(self) -> None:
        """Return when the town takes calls; LineError where it does not come up."""
        self._coming.result()

    def refuse_if_dead(self) -> None:
        """Raise LineError where the daemon or the town has died."""
        if self._daemon is not None and self._daemon.poll() is not None:
            said = self._daemon_log.read_text("utf-8", "replace").strip()
            last = said.splitlines()[-1] if said else ""
            raise LineError(f"The daemon has died. {last}", error_id="demo_daemon")
        if not self.town.is_alive:
            raise LineError("The town has died.", error_id="town_died")

    def close(self) -> None:
        """End the daemon in stages, then the town; its log is complete then."""
        if self._daemon is not None:
            _end(self._daemon)
            self._daemon = None
            # Only where the daemon was killed: it ends its Asterisk itself.
            _stop_asterisk(self.settings.folders.data / "asterisk")
        self._threads.shutdown(wait=True)
        self.town.stop()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        before = {number: signal.signal(number, signal.SIG_IGN) for number in ENDING}
        try:
            self.close()
            self._tidy()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _settings_text(self) -> str:
        cache, folder = self.wish.cache, self.folder
        return SETTINGS.format(
            data=json.dumps(str(folder / "data")),
            cache=json.dumps(str(cache)),
            prompts=json.dumps(str(cache / "demo-prompts")),
            reports=json.dumps(str(folder / "reports")),
            caller_id=CALLER_ID,
            port=self.town.port,
            lines=self.lines,
            reserved=RESERVED_LINES,
            calls_per_second=CALLS_PER_SECOND,
        )

    def _tidy(self) -> None:
        log = self.town.run / "town.jsonl"
        if log.exists():
            shutil.copyfile(log, self.files["town"])
        if not self.wish.keep:
            for folder in (self.town.run, self.folder / "data"):
                shutil.rmtree(folder, ignore_errors=True)

    @property
    def _settings_file(self) -> Path:
        return self.folder / "automaton.toml"

    @property
    def _daemon_log(self) -> Path:
        return self.folder / "daemon.log"


def _environment() -> dict[str, str]:
    """Return the environment of the daemon: without settings of another node."""
    theirs = ("AUTOMATON_", "XDG_")
    return {k: v for k, v in os.environ.items() if not k.startswith(theirs)}


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _stop_asterisk(folder: Path) -> None:
    from automaton.asterisk.embedded import stop  # noqa: PLC0415 - rarely needed

    stop(RunFolder(folder))
