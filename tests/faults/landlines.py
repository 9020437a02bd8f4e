"""SIPp as thousands of landlines with very short calls; its messages are the log."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from automaton.lab.log import Event
from automaton.loopback import free_port
from tests.sipp_process import Message, SippProcess, sound_port

SCENARIO = Path(__file__).parent / "landline.xml"
STATUS = re.compile(r"SIP/2.0 (\d+)")


class Landlines:
    """Telephones on a free port, alive in a `with`."""

    def __init__(self, folder: str) -> None:
        self._sipp, self.port = SippProcess(Path(folder)), free_port(socket.SOCK_DGRAM)

    def __enter__(self) -> Self:
        self._sipp.start(str(SCENARIO), self.port, sound_port())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._sipp.end()

    def log(self) -> list[Event]:
        """Return what happened so far, as a town tells it."""
        return list(self._events())

    def _events(self) -> Iterator[Event]:
        attempts: dict[str, int] = {}
        calls: dict[str, tuple[str, int, set[str]]] = {}
        for message in self._sipp.messages():
            call = message.call
            if (number := message.invited) and call not in calls:
                attempts[number] = attempts.get(number, 0) + 1
                calls[call] = (number, attempts[number], set())
            what, sip = _fact(message)
            if call not in calls or not what or what in calls[call][2]:
                continue
            number, attempt, told = calls[call]
            told.add(what)
            moment = datetime.fromtimestamp(message.at, UTC)
            behaviour = "hangs_up" if what == "invite" else ""
            yield Event(moment, call, number, attempt, what, behaviour, sip)


def _fact(message: Message) -> tuple[str, int | None]:
    """Return what a message means to the town, and its final code."""
    text = message.text
    if text.startswith("INVITE "):
        return "invite", None
    if text.startswith("BYE "):
        return "hangup", None
    if text.startswith("CANCEL "):
        return "cancelled", None
    status = STATUS.match(text)
    if status is None or "INVITE" not in message.sequence or not message.ours:
        return "", None
    code = int(status[1])
    if code == 180:
        return "ringing", None
    return ("answered", code) if code < 300 else ("refused", code)
