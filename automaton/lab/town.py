"""The town as one object: start it, ring it, read what happened, stop it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from automaton.errors import LineError
from automaton.lab.compare import compare
from automaton.lab.config import render_config
from automaton.lab.installation import AsteriskPaths
from automaton.lab.log import Event, read_log, write_log
from automaton.lab.loopback import refuse_unless_loopback
from automaton.lab.oracle import Expectation, oracle
from automaton.lab.plan import Plan
from automaton.lab.register import write_register
from automaton.lab.soundbox import lay_out_sounds
from automaton.loopback import free_port

STOP_SECONDS = 8


class Town:
    """A town on 127.0.0.1:`port`, alive between `start` and `stop`, or in a `with`.

    `run` is its folder (a temporary one if none is given, removed at `stop`); `beside`
    the trunk addresses of the product under test: any that is not loopback is refused.
    """

    def __init__(
        self,
        plan: Plan,
        asterisk: AsteriskPaths,
        run: Path | None = None,
        beside: Iterable[str] = (),
        port: int = 0,
    ) -> None:
        refuse_unless_loopback(beside)
        self.plan = plan
        self.port = port
        self._asterisk = asterisk
        self._is_ours = run is None
        self.run = (run or Path(tempfile.mkdtemp(prefix="town-"))).absolute()
        self._process: subprocess.Popen[str] | None = None
        self._last_log: list[Event] = []

    def start(self) -> Town:
        """Start the exchange and its Asterisk; return when calls are taken (about 2 s).

        Raises LineError with the end of Asterisk's own words where it does not come up.
        """
        self.run.mkdir(parents=True, exist_ok=True)
        for old in (self.run / "wire.jsonl", self.run / "log" / "facts"):
            old.unlink(missing_ok=True)
        lay_out_sounds(self.run / "sounds")
        self.port = self.port or free_port(socket.SOCK_DGRAM)
        inside = free_port(socket.SOCK_DGRAM)
        conf = render_config(self.run, self._asterisk, inside)
        command = [*self._asterisk.command, "-f", "-C", str(conf)]
        self._write_order(command, inside)
        self._process = _exchange(self.run)
        if self._process.stdout is None or self._process.stdout.readline() != "ready\n":
            self.stop()
            raise LineError(
                f"The town did not come up. {_last_words(self.run)}",
                error_id="town_start",
            )
        return self

    def stop(self) -> None:
        """End every process of the town, and remove a temporary folder."""
        if self._process is not None:
            _end(self._process)
            self._process = None
            self._last_log = read_log(self.run)
            write_log(self._last_log, self.run / "town.jsonl")
        if self._is_ours:
            shutil.rmtree(self.run, ignore_errors=True)

    @property
    def is_alive(self) -> bool:
        """Tell whether calls are taken."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Return the process id of the exchange, whose only child is Asterisk."""
        return self._process.pid if self._process else None

    def duty_numbers(self) -> tuple[str, ...]:
        """Return the numbers of the duty list, who all press 1."""
        return self.plan.duty_numbers()

    def register_csv(self, path: Path) -> Path:
        """Write the register of the town for the product to import."""
        return write_register(self.plan, path)

    def log(self) -> list[Event]:
        """Return everything that happened, oldest first; also after `stop`."""
        return read_log(self.run) if self._process is not None else self._last_log

    def oracle(self, tries: int = 3) -> list[Expectation]:
        """Return what must be on record of each home afterwards."""
        return oracle(self.plan, tries)

    def compare(self, records: Iterable[dict[str, Any]], tries: int = 3) -> list[str]:
        """Return every contradiction between a report and this town."""
        return compare(records, self.log(), self.oracle(tries))

    def __enter__(self) -> Town:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _write_order(self, command: list[str], inside: int) -> None:
        phones = {
            phone.number: [asdict(turn) for turn in phone.turns]
            for phone in self.plan.phones()
        }
        order = {
            "port": self.port,
            "inside_port": inside,
            "command": command,
            "phones": phones,
            "chokes": [asdict(choke) for choke in self.plan.chokes],
        }
        (self.run / "town.json").write_text(json.dumps(order), encoding="utf-8")


def _exchange(run: Path) -> subprocess.Popen[str]:
    """Start the exchange in a session of its own: Ctrl-C reaches us, and we stop it.

    It holds the reading end of a pipe of ours, so it ends with us even after a kill.
    """
    with (run / "exchange.err").open("w", encoding="utf-8") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", "automaton.lab.process", str(run)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )


def _end(process: subprocess.Popen[str]) -> None:
    """Close the pipe that keeps the exchange alive; terminate it where that is slow."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _last_words(run: Path) -> str:
    """Return the last line that the exchange wrote, and that of Asterisk."""
    words = []
    for name in ("exchange.err", "asterisk.out"):
        path = run / name
        lines = path.read_text("utf-8", "replace").split("\n") if path.exists() else []
        words += [line.strip() for line in lines if line.strip()][-1:]
    return " ".join(words)
