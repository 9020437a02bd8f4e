"""The neutral observer: SIPp as the landlines of a town, and its own log as the truth.

Every figure about calls is read from the timestamps that SIPp wrote (`Call`), none from
a log of ours.
"""

from __future__ import annotations

import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

HOST, PORT, FIRST_SOUND_PORT = "127.0.0.1", 5070, 6000
TALK_SECONDS = 7.0
HERE = Path(__file__).parent
DIGIT = Path("/usr/share/sip-tester/dtmf_2833_1.pcap")
NUMBER = re.compile(r"INVITE sips?:([^@;>]+)@")


@dataclass
class Call:
    """One call as SIPp saw it; moments are seconds since the epoch, 0 is never."""

    number: str
    invited: float
    answered: float = 0.0
    ended: float = 0.0
    ended_by_us: bool = False
    keys: int = 0

    @property
    def is_whole(self) -> bool:
        """Tell whether it was answered, pressed its key and hung up by itself."""
        return bool(self.answered and self.ended and self.keys and not self.ended_by_us)


class Observer:
    """SIPp, as many landlines as are rung; used as a context."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._messages, self._keys = folder / "messages.tsv", folder / "keys.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Observer:
        scenario = self._folder / "landline.xml"
        text = (HERE / "landline.xml").read_text("utf-8")
        scenario.write_text(text.replace("@DIGIT@", str(DIGIT)), "utf-8")
        order = ["setpriv", "--pdeathsig", "KILL", "sipp", "-sf", scenario.name]
        order += ["-i", HOST, "-p", str(PORT), "-mi", HOST]
        order += ["-mp", str(FIRST_SOUND_PORT), "-nostdin", "-buff_size", "4194304"]
        order += ["-trace_shortmsg", "-shortmessage_file", self._messages.name]
        order += ["-trace_logs", "-log_file", self._keys.name]
        order += ["-trace_err", "-error_file", "errors.log"]
        with (self._folder / "screen").open("wb") as screen:
            self._process = subprocess.Popen(
                order, cwd=self._folder, stdout=screen, stderr=screen
            )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        """Return the process that plays the landlines."""
        assert self._process is not None
        return self._process.pid

    def calls(self) -> list[Call]:
        """Return what was seen so far, in the order of the INVITEs."""
        found: dict[str, Call] = {}
        if self._messages.exists():
            for line in self._messages.read_text("ascii", "replace").splitlines():
                _note(found, line.split("\t"))
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


def _note(found: dict[str, Call], fields: list[str]) -> None:
    """Take one message of SIPp's log: when, which way, of which call, what."""
    if len(fields) < 7:
        return
    at, way, call_id, sequence, what = float(fields[2]), *fields[3:7]
    if what.startswith("INVITE "):
        number = NUMBER.match(what)
        found.setdefault(call_id, Call(number[1] if number else "", at))
    elif (call := found.get(call_id)) is None:
        return
    elif what.startswith("SIP/2.0 200") and "INVITE" in sequence:
        call.answered = call.answered or at
    elif what.startswith("BYE ") and not call.ended:
        call.ended, call.ended_by_us = at, way == "R"
    elif what.startswith("CANCEL "):
        call.ended, call.ended_by_us = at, True
