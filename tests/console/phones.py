"""Telephones that call in: a second Asterisk, told by its manager what to do.

It shares no template with the product. What a caller hears is kept as sound, and a test
goes on once a prompt was really heard.
"""

from __future__ import annotations

import asyncio
import io
import secrets
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

from automaton.asterisk import embedded
from automaton.asterisk.folder import Access, RunFolder
from automaton.asterisk.install import Installation
from automaton.loopback import free_port
from tests.asterisk.ami import Ami, Packet
from tests.asterisk.far_end import directories

RATE = 8000
ALIKE = 0.9
PROBE_SECONDS = 2.5
PIECE_SECONDS, DRIFT_SECONDS = 0.125, 0.5
PARTLY_ALIKE, MOST_PIECES = 0.25, 0.75
STEP_SECONDS = 0.1
KEY_MS, AFTER_KEY_SECONDS = "120", 0.2

MODULES = (
    "res_timing_timerfd res_sorcery_config res_sorcery_memory res_sorcery_astdb",
    "pbx_config res_rtp_asterisk codec_alaw codec_ulaw format_pcm res_pjproject",
    "res_pjsip res_pjsip_session res_pjsip_sdp_rtp res_pjsip_pubsub chan_pjsip",
    "res_pjsip_nat res_pjsip_endpoint_identifier_ip app_playback app_senddtmf",
    "func_channel func_groupcount func_cut func_uri app_chanspy app_mixmonitor",
    "func_periodic_hook app_userevent",
)

EXTENSIONS = """
[general]
[callers]
exten => s,1,MixMonitor(${HEARD}-both.alaw,r(${HEARD}.alaw))
 same => n(quiet),Playback(SOUNDS/quiet)
 same => n,Goto(quiet)
exten => _[+0-9]!,1,Answer()
 same => n,Set(HEARD=FOLDER/${UNIQUEID})
 same => n,UserEvent(PickedUp,Call: ${UNIQUEID},Name: ${CHANNEL})
 same => n,Goto(s,1)
exten => play,1,Playback(${SAY})
 same => n,UserEvent(Said,Serial: ${SERIAL})
 same => n,Goto(s,quiet)
"""

PJSIP = """
[system]
type=system
taskpool_minimum_size=16
[transport]
type=transport
protocol=udp
bind=127.0.0.1:{port}
[node]
type=endpoint
context=callers
transport=transport
aors=node
disallow=all
allow=alaw
direct_media=no
timers=no
media_address=127.0.0.1
bind_rtp_to_media_address=yes
[node]
type=aor
contact=sip:127.0.0.1:{node}
[node]
type=identify
endpoint=node
match=127.0.0.1
"""

MANAGER = """
[general]
enabled=yes
bindaddr=127.0.0.1
port={port}
[test]
secret={secret}
read=all
write=all
writetimeout=15000
"""


@contextmanager
def telephones(
    installation: Installation, root: Path, node: int, port: int = 0
) -> Iterator[Access]:
    """Let an Asterisk full of telephones live, which call SIP port `node` from `port`.

    `root` is a folder with a short name.
    """
    secret = secrets.token_hex(8)
    manager = free_port(socket.SOCK_STREAM)
    access = Access("127.0.0.1", manager, "test", secret, "test", secret)
    root.mkdir()
    write_files(installation, root, port or free_port(socket.SOCK_DGRAM), node, access)
    folder = RunFolder(root)
    process = embedded.launch(installation, folder, tied=True)
    try:
        embedded.wait_ready(installation, folder, access, process, 20)
        yield access
    finally:
        embedded.end(process.pid, grace=3)
        process.wait()


def write_files(
    installation: Installation, root: Path, sip_port: int, node: int, access: Access
) -> None:
    """Write everything that this Asterisk needs below `root`."""
    for name in ("etc", "run", "log", "spool", "db", "var", "keys", "sounds", "heard"):
        (root / name).mkdir(exist_ok=True)
    (root / "sounds/quiet.alaw").write_bytes(b"\xd5" * RATE * 60)
    files = {
        "asterisk.conf": directories(installation, root),
        "modules.conf": "[modules]\nautoload=no\n"
        + "".join(f"require = {name}.so\n" for name in " ".join(MODULES).split()),
        "pjsip.conf": PJSIP.format(port=sip_port, node=node),
        "extensions.conf": EXTENSIONS.replace("SOUNDS", str(root / "sounds")).replace(
            "FOLDER", str(root / "heard")
        ),
        "rtp.conf": "[general]\nrtpstart=35000\nrtpend=39999\n",
        "manager.conf": MANAGER.format(port=access.port, secret=access.secret),
        "logger.conf": "[general]\n[logfiles]\nmessages = notice,warning,error\n",
        "cdr.conf": "[general]\nenable=no\n",
    }
    for name, text in files.items():
        (root / "etc" / name).write_text(text, "utf-8")


async def is_recorded(folder: Path, seconds: float = 30) -> None:
    """Wait until a recording has begun in a folder."""
    deadline = time.monotonic() + seconds
    while not recordings_in(folder):
        assert time.monotonic() < deadline, "nothing is recorded"
        await asyncio.sleep(STEP_SECONDS)


@dataclass
class Caller:
    """Somebody with a telephone at the ear."""

    ami: Ami
    channel_id: str
    heard_path: Path
    _channel: str = ""
    _heard_until: int = 0
    step: float = STEP_SECONDS

    async def hears(self, prompt: Path, seconds: float = 60) -> None:
        """Wait until a prompt was heard, after what was heard before."""
        wanted = sound_of(prompt)
        deadline = time.monotonic() + seconds
        while (found := self._found(wanted)) is None:
            assert time.monotonic() < deadline, f"{prompt.name} was not heard"
            assert not self.is_over, f"the call was over before {prompt.name}"
            await asyncio.sleep(self.step)
        self._heard_until = found

    def heard(self) -> np.ndarray:
        """Return all that was heard so far."""
        kept = self.heard_path.with_name(f"{self.heard_path.name}.alaw")
        return decoded(kept.read_bytes() if kept.exists() else b"")

    async def press(self, keys: str) -> None:
        """Press keys one after another, as fast as people do."""
        for key in keys:
            asked = {"Channel": self._channel, "Digit": key, "Duration": KEY_MS}
            (answer, *_) = await self.ami.ask("PlayDTMF", **asked)
            assert answer["Response"] == "Success", answer
            await asyncio.sleep(int(KEY_MS) / 1000 + AFTER_KEY_SECONDS)

    async def say(self, sound: Path) -> None:
        """Say something; returns when it is said."""
        serial = uuid.uuid4().hex
        for name, value in {"SAY": sound.with_suffix(""), "SERIAL": serial}.items():
            asked = {"Channel": self._channel, "Variable": name, "Value": str(value)}
            await self.ami.ask("Setvar", **asked)
        where = {"Context": "callers", "Exten": "play", "Priority": "1"}
        await self.ami.ask("Redirect", Channel=self._channel, **where)
        await self.ami.wait(lambda event: event.get("Serial") == serial)

    async def hang_up(self) -> None:
        """Put the receiver down."""
        await self.ami.ask("Hangup", Channel=self._channel)
        await self.goes_dead()

    async def goes_dead(self, seconds: float = 60) -> None:
        """Wait until the call is over."""
        await self.ami.wait(self._is_my_end, seconds)

    @property
    def is_over(self) -> bool:
        """Whether the call has ended."""
        return any(map(self._is_my_end, self.ami.events))

    def _is_my_end(self, event: Packet) -> bool:
        is_end = event.get("Event") == "Hangup"
        return is_end and event.get("Uniqueid") == self.channel_id

    def _found(self, wanted: np.ndarray) -> int | None:
        """Return until where a sound was heard, None where it was not yet."""
        end = heard_until(self.heard()[self._heard_until :], wanted)
        return None if end is None else self._heard_until + end


@dataclass
class Phones:
    """All telephones of the far end."""

    ami: Ami
    folder: Path
    _picked_up: set[str] = field(default_factory=set)

    async def rings(self, seconds: float = 30) -> Caller:
        """Wait until one of them was rung, and has picked up."""
        event = await self.ami.wait(self._is_new, seconds)
        self._picked_up.add(event["Call"])
        heard = self.folder / event["Call"]
        return Caller(self.ami, event["Call"], heard, _channel=event["Name"])

    def _is_new(self, event: Packet) -> bool:
        is_one = event.get("UserEvent") == "PickedUp"
        return is_one and event["Call"] not in self._picked_up

    async def call(
        self, number: str, caller_id: str = "0199000042", port: int = 0
    ) -> Caller:
        """Call a number of the node's; returns when it has picked up.

        `port`: another node on this machine.
        """
        channel_id = uuid.uuid4().hex
        caller = Caller(self.ami, channel_id, self.folder / channel_id)
        order = {
            "Channel": _address(number, port),
            "ChannelId": channel_id,
            "Context": "callers",
            "Exten": "s",
            "Priority": "1",
            "CallerID": caller_id,
            "Codecs": "alaw",
            "Async": "true",
            "Variable": f"HEARD={caller.heard_path}",
        }
        await self.ami.ask("Originate", **order)
        answered = await self.ami.wait(lambda e: _answers(e, channel_id))
        assert answered.get("Response") == "Success", answered
        caller._channel = answered["Channel"]
        return caller

    async def is_refused(self, number: str, port: int = 0) -> str:
        """Call a number that is not answered; return the cause that is told."""
        channel_id = uuid.uuid4().hex
        order = {"Channel": _address(number, port), "ChannelId": channel_id}
        where = {"Context": "callers", "Exten": "s", "Priority": "1"}
        await self.ami.ask("Originate", **order, **where, Async="true")
        ended = await self.ami.wait(
            lambda e: e.get("Event") == "Hangup" and e.get("Uniqueid") == channel_id
        )
        return ended["Cause"]


def _address(number: str, port: int) -> str:
    if not port:
        return f"PJSIP/{number}@node"
    return f"PJSIP/node/sip:{number}@127.0.0.1:{port}"


def _answers(event: Packet, channel_id: str) -> bool:
    is_answer = event.get("Event") == "OriginateResponse"
    return is_answer and event.get("Uniqueid") in {channel_id, "<null>"}


def decoded(alaw: bytes) -> np.ndarray:
    """Return the samples of A-law."""
    if not alaw:
        return np.zeros(0, np.float32)
    form = {"samplerate": RATE, "channels": 1, "format": "RAW", "subtype": "ALAW"}
    samples, _ = soundfile.read(io.BytesIO(alaw), **form, dtype="float32")
    return samples


def holds(heard: np.ndarray, prompt: Path) -> bool:
    """Tell whether the beginning of a prompt is in a sound, and without any gap."""
    return most_alike(heard, probe_of(spoken_part(sound_of(prompt))))[1] >= ALIKE


def was_heard(heard: np.ndarray, prompt: Path) -> bool:
    """Tell whether a prompt is in what was heard, be it with gaps."""
    return heard_until(heard, sound_of(prompt)) is not None


def spoken_part(sound: np.ndarray) -> np.ndarray:
    """Return a sound from its first loud sample to its last."""
    loud = np.flatnonzero(np.abs(sound) > 0.01)
    return sound[loud[0] : loud[-1]] if len(loud) else sound


def probe_of(spoken: np.ndarray) -> np.ndarray:
    """Return the first seconds of a sound, which tell it apart."""
    return spoken[: int(PROBE_SECONDS * RATE)]


def sound_of(prompt: Path) -> np.ndarray:
    """Return the samples of a prompt."""
    return decoded(prompt.read_bytes())


def recordings_in(folder: Path) -> list[Path]:
    """Return the sounds that were recorded in a folder."""
    return list(folder.rglob("*.alaw"))


def heard_until(heard: np.ndarray, sound: np.ndarray) -> int | None:
    """Return until where a sound was heard, None where it was not (yet).

    Its first seconds are enough where they are whole. Where a machine that is full
    tore gaps into them, most pieces of the whole sound must be there, in their places.
    """
    spoken = spoken_part(sound)
    probe = probe_of(spoken)
    place, alike = most_alike(heard, probe)
    if alike >= ALIKE:
        return place + len(probe)
    place, alike = most_alike(heard, spoken)
    if alike >= PARTLY_ALIKE and has_most_pieces(heard, spoken, place):
        return place + len(spoken)
    return None


def has_most_pieces(heard: np.ndarray, spoken: np.ndarray, place: int) -> bool:
    """Tell whether most pieces of a sound were heard, each near its place."""
    length, drift = int(PIECE_SECONDS * RATE), int(DRIFT_SECONDS * RATE)
    found = []
    for at in range(0, len(spoken) - length + 1, length):
        piece = spoken[at : at + length]
        if np.abs(piece).max() > 0.03:
            near = heard[max(0, place + at - drift) : place + at + length + drift]
            found.append(most_alike(near, piece)[1] >= ALIKE)
    return sum(found) >= MOST_PIECES * len(found) > 0


def most_alike(heard: np.ndarray, wanted: np.ndarray) -> tuple[int, float]:
    """Return where a sound is most like another, and the correlation there, to 1."""
    if len(heard) < len(wanted):
        return 0, 0.0
    size = 1 << (len(heard) + len(wanted)).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(wanted, size))
    products = np.fft.irfft(spectrum, size)[: len(heard) - len(wanted) + 1]
    energy = np.cumsum(np.concatenate([[0.0], np.square(heard, dtype=np.float64)]))
    power = energy[len(wanted) :] - energy[: -len(wanted)]
    scale = np.sqrt(np.maximum(power * np.square(wanted, dtype=np.float64).sum(), 1e-9))
    alike = products / scale
    best = int(np.argmax(alike))
    return best, float(alike[best])
