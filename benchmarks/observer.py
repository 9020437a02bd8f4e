"""The neutral observer: SIPp as the landlines of a town, and its own log as the truth.

Every figure about calls is read from the timestamps that SIPp wrote (`Call`), none from
a log of ours.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from tests.sipp_process import DIGIT, Message, SippProcess

PORT, FIRST_SOUND_PORT = 5070, 6000
TALK_SECONDS = 7.0
HERE = Path(__file__).parent


@dataclass
class Call:
    """One call as SIPp saw it; moments are seconds since the epoch, 0 is never."""

    number: str
    invited: float
    answered: float = 0.0
    ended: float = 0.0
    ended_by_us: bool = False
    keys: int = 0
    refused: int = 0
    """The code of a final response that is no answer."""

    @property
    def is_whole(self) -> bool:
        """Tell whether it was answered, pressed its key and hung up by itself."""
        return bool(self.answered and self.ended and self.keys and not self.ended_by_us)


def landline(file: str = "landline.xml") -> str:
    """Return what a landline does: it answers, presses 1, hangs up after 7 s."""
    text = (HERE / file).read_text("utf-8")
    return text.replace("@DIGIT@", str(DIGIT))


class Observer:
    """SIPp, as many landlines as are rung; used as a context."""

    def __init__(self, folder: Path, scenario: str | None = None) -> None:
        """`scenario`: what the landlines do; None: as `landline.xml` says."""
        folder.mkdir(parents=True)
        self._scenario = scenario or landline()
        self._sipp, self._keys = SippProcess(folder), folder / "keys.log"

    def __enter__(self) -> Observer:
        scenario = self._sipp.folder / "landline.xml"
        scenario.write_text(self._scenario, "utf-8")
        logs = ["-trace_logs", "-log_file", self._keys.name]
        logs += ["-trace_err", "-error_file", "errors.log"]
        self._sipp.start(scenario.name, PORT, FIRST_SOUND_PORT, logs)
        return self

    def __exit__(self, *_: object) -> None:
        self._sipp.end()

    @property
    def pid(self) -> int:
        """Return the process that plays the landlines."""
        return self._sipp.pid

    def calls(self) -> list[Call]:
        """Return what was seen so far, in the order of the INVITEs."""
        found: dict[str, Call] = {}
        for message in self._sipp.messages():
            _note(found, message)
        if self._keys.exists():
            for word in self._keys.read_text("ascii", "replace").split():
                if word in found:
                    found[word].keys += 1
        return list(found.values())

    def first_call(self, within: float) -> Call | None:
        """Return the first call, None where none came in so many seconds."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            if calls := self.calls():
                return calls[0]
            time.sleep(0.05)
        return None

    def silence(self, within: float) -> None:
        """Wait until no call lives, but no longer than so many seconds."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            if all(call.ended for call in self.calls()):
                return
            time.sleep(0.25)


def _note(found: dict[str, Call], message: Message) -> None:
    """Take one message of SIPp's log."""
    at, text = message.at, message.text
    if text.startswith("INVITE "):
        found.setdefault(message.call, Call(message.invited or "", at))
    elif (call := found.get(message.call)) is None:
        return
    elif text.startswith("SIP/2.0 200") and "INVITE" in message.sequence:
        call.answered = call.answered or at
    elif text.startswith(("SIP/2.0 4", "SIP/2.0 5", "SIP/2.0 6")):
        if "INVITE" in message.sequence:
            call.refused, call.ended = int(text[8:11]), call.ended or at
    elif text.startswith("BYE ") and not call.ended:
        call.ended, call.ended_by_us = at, not message.ours
    elif text.startswith("CANCEL "):
        call.ended, call.ended_by_us = at, True
