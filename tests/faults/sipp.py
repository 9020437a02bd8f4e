"""SIPp as a trunk that misbehaves: one scenario a villainy, and its own log as truth.

A scenario (`sip_scenarios/*.xml`) says what is wrong; the pieces that every call has
(`@ANSWER@` …) are put in here.
"""

from __future__ import annotations

import math
import shutil
import socket
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from automaton.loopback import free_port
from tests.sipp_process import DIGIT, Message, SippProcess, sound_port

SCENARIOS = Path(__file__).parent / "sip_scenarios"
PREMIUM = "+33899000001"
RATE = 8000
LOW, HIGH = 697, 1209
"""The two tones of key 1, in Hz (ITU-T Q.23)."""
# What comes at another moment than the scenario says is no end of its call.
MORE = ("-default_behaviors", "none", "-trace_err", "-error_file", "errors.log")

CALL = """
      [last_Via:]
      [last_From:]
      [last_To:];tag=[pid]-[call_number]
      [last_Call-ID:]
      [last_CSeq:]"""
# After a CANCEL what is answered is the INVITE, so its headers were kept.
KEPT = """
      Via:[$via]
      From:[$caller]
      To:[$called];tag=[pid]-[call_number]
      [last_Call-ID:]
      CSeq:[$cseq]"""
CONTACT = """
      Contact: <sip:[local_ip]:[local_port];transport=[transport]>"""
SOUND = """
      Content-Type: application/sdp
      Content-Length: [len]

      v=0
      o=landline 1 1 IN IP[local_ip_type] [local_ip]
      s=-
      c=IN IP[media_ip_type] [media_ip]
      t=0 0
      m=audio {port} RTP/AVP 8{more}
      a=rtpmap:8 PCMA/8000{events}
"""
EVENTS = """
      a=rtpmap:101 telephone-event/8000
      a=fmtp:101 0-15"""
EMPTY = """
      Content-Length: 0

"""
WITH_EVENTS = SOUND.format(port="[media_port]", more=" 101", events=EVENTS)
WITHOUT = SOUND.format(port="[rtpstream_audio_port]", more="", events="")


def _sent(text: str, attributes: str = "") -> str:
    return f"<send{attributes}><![CDATA[{text}\n    ]]></send>"


def _said(status: str, headers: str, rest: str) -> str:
    return _sent(f"\n      SIP/2.0 {status}{headers}{rest}")


def _asked(method: str, sequence: int, rest: str) -> str:
    return _sent(
        f"\n      {method} [next_url] SIP/2.0"
        "\n      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]"
        "\n      From:[$called];tag=[pid]-[call_number]"
        "\n      To:[$caller]"
        "\n      [last_Call-ID:]"
        f"\n      CSeq: {sequence} {method}"
        "\n      Max-Forwards: 70" + rest,
        ' retrans="500"',
    )


def _noted(header: str, name: str) -> str:
    return f'<ereg regexp=".*" search_in="hdr" header="{header}:" assign_to="{name}"/>'


CANCEL_TAKEN = _said("200 OK", CALL, EMPTY)
PIECES = {
    "INVITE": '<recv request="INVITE" rrs="true"><action>'
    + "".join(
        _noted(header, name)
        for header, name in (
            ("From", "caller"),
            ("To", "called"),
            ("Via", "via"),
            ("CSeq", "cseq"),
        )
    )
    + '</action></recv><Reference variables="caller,called,via,cseq"/>',
    "TRYING": _said("100 Trying", CALL, EMPTY),
    "RINGING": _said("180 Ringing", CALL, CONTACT + EMPTY),
    "PROGRESS": _said("183 Session Progress", CALL, CONTACT + WITH_EVENTS),
    "ANSWER": _said("200 OK", KEPT, CONTACT + WITH_EVENTS),
    "ANSWER_SOUND": _said("200 OK", KEPT, CONTACT + WITHOUT),
    "OK": _said("200 OK", CALL, EMPTY),
    "CANCEL_TAKEN": CANCEL_TAKEN,
    "GIVEN_UP": '<recv request="CANCEL"/>'
    + CANCEL_TAKEN
    + _said("487 Request Terminated", KEPT, EMPTY)
    + '<recv request="ACK"/>',
    "BYE": _asked("BYE", 2, EMPTY),
    "KEY_BY_INFO": _asked(
        "INFO",
        1,
        "\n      Content-Type: application/dtmf-relay"
        "\n      Content-Length: [len]\n\n      Signal=1\n      Duration=160\n",
    ),
    "DIGIT": str(DIGIT),
    "TONES": "tones.alaw",
}


class Sipp:
    """One trunk on 127.0.0.1:`port`, alive in a `with`."""

    def __init__(self, scenario: str, elsewhere: str = "") -> None:
        self.port = free_port(socket.SOCK_DGRAM)
        self._folder = Path(tempfile.mkdtemp(prefix="aut-sipp-"))
        self._sipp = SippProcess(self._folder)
        self._scenario = scenario
        self._elsewhere = elsewhere

    def __enter__(self) -> Self:
        pieces = {**PIECES, "ELSEWHERE": self._elsewhere}
        text = (SCENARIOS / f"{self._scenario}.xml").read_text("utf-8")
        for name, piece in pieces.items():
            text = text.replace(f"@{name}@", piece)
        (self._folder / "scenario.xml").write_text(text, "utf-8")
        (self._folder / "tones.alaw").write_bytes(tones())
        self._sipp.start("scenario.xml", self.port, sound_port(), MORE)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._sipp.end()
        shutil.rmtree(self._folder)

    @property
    def is_alive(self) -> bool:
        """Whether it still takes calls."""
        return self._sipp.is_alive

    def heard(self, what: str) -> list[Message]:
        """Return what the caller's side has sent that begins so."""
        said = self._sipp.messages()
        return [one for one in said if not one.ours and one.text.startswith(what)]

    def numbers(self) -> list[str]:
        """Return the number of each call, in order."""
        first: dict[str, str] = {}
        for message in self.heard("INVITE "):
            first.setdefault(message.call, message.invited or "")
        return list(first.values())

    def troubles(self) -> str:
        """Return what SIPp did not expect, or nothing."""
        file = self._folder / "errors.log"
        return file.read_text("utf-8", "replace") if file.exists() else ""


def tones(seconds: float = 20, press_at: float = 3, pressed: float = 0.16) -> bytes:
    """Return A-law sound in which key 1 is pressed once."""
    begin, end = int(press_at * RATE), int((press_at + pressed) * RATE)
    press = bytes(_alaw(_both_tones(n)) for n in range(begin, end))
    quiet = b"\xd5"
    return quiet * begin + press + quiet * (int(seconds * RATE) - end)


def _both_tones(sample: int) -> int:
    turns = (math.sin(2 * math.pi * hertz * sample / RATE) for hertz in (LOW, HIGH))
    return int(8000 * sum(turns))


def _alaw(linear: int) -> int:
    """Return one sample of 16 bits in A-law (ITU-T G.711)."""
    sign = 0x80 if linear >= 0 else 0
    size = min(abs(linear), 32635) >> 4
    exponent = max(0, size.bit_length() - 4)
    mantissa = (size >> max(0, exponent - 1)) & 0x0F
    return (sign | (exponent << 4) | mantissa) ^ 0x55
