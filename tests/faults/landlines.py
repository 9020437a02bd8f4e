"""SIPp as thousands of landlines with very short calls; its messages are the log."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from automaton.lab.log import Event
from automaton.loopback import free_port

SCENARIO = Path(__file__).parent / "landline.xml"
NUMBER = re.compile(r"INVITE sips?:([^@;>]+)@")
STATUS = re.compile(r"SIP/2.0 (\d+)")
HOST, BUFFER = "127.0.0.1", "4194304"


class Landlines:
    """Telephones on a free port, alive in a `with`."""

    def __init__(self, folder: str) -> None:
        self._folder, self.port = Path(folder), free_port(socket.SOCK_DGRAM)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        order = ["setpriv", "--pdeathsig", "KILL", "sipp", "-sf", str(SCENARIO)]
        order += ["-i", HOST, "-p", str(self.port), "-mi", HOST, "-nostdin"]
        order += ["-mp", str(free_port(socket.SOCK_DGRAM)), "-buff_size", BUFFER]
        order += ["-trace_shortmsg", "-shortmessage_file", "messages.tsv"]
        with (self._folder / "screen").open("wb") as screen:
            self._process = subprocess.Popen(
                order, cwd=self._folder, stdout=screen, stderr=screen
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def log(self) -> list[Event]:
        """Return what happened so far, as a town tells it."""
        return list(self._events())

    def _events(self) -> Iterator[Event]:
        attempts: dict[str, int] = {}
        calls: dict[str, tuple[str, int, set[str]]] = {}
        for fields in self._messages():
            at, way, call, sequence, text = float(fields[2]), *fields[3:7]
            if (invite := NUMBER.match(text)) and call not in calls:
                number = invite[1]
                attempts[number] = attempts.get(number, 0) + 1
                calls[call] = (number, attempts[number], set())
            what, sip = _fact(text, sequence, way)
            if call not in calls or not what or what in calls[call][2]:
                continue
            number, attempt, told = calls[call]
            told.add(what)
            moment = datetime.fromtimestamp(at, UTC)
            behaviour = "hangs_up" if what == "invite" else ""
            yield Event(moment, call, number, attempt, what, behaviour, sip)

    def _messages(self) -> Iterator[list[str]]:
        """Yield the messages; a log that grows large is cut by SIPp into several."""
        for file in sorted(self._folder.glob("messages*.tsv")):
            for line in file.read_text("ascii", "replace").splitlines():
                fields = line.split("\t")
                if len(fields) >= 7:
                    yield fields


def _fact(text: str, sequence: str, way: str) -> tuple[str, int | None]:
    """Return what a message means to the town, and its final code."""
    if text.startswith("INVITE "):
        return "invite", None
    if text.startswith("BYE "):
        return "hangup", None
    if text.startswith("CANCEL "):
        return "cancelled", None
    status = STATUS.match(text)
    if status is None or "INVITE" not in sequence or way != "S":
        return "", None
    code = int(status[1])
    if code == 180:
        return "ringing", None
    return ("answered", code) if code < 300 else ("refused", code)
