"""So many calls at once, each hearing a prompt of 20 s, then pressing 1.

Three kinds of landlines and dialplans tell what limits: `quiet` homes send no sound;
`heard` ones send some, which the dialplan decodes because it listens for speech;
`unheard` ones send the same to a dialplan that plays and reads keys, and no more.
"""

from __future__ import annotations

import argparse
import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import node as nodes
from benchmarks.figures import CROWDS, Figures
from benchmarks.node import Daemon
from benchmarks.observer import Call, landline
from benchmarks.plain import play_only
from benchmarks.ringing import ON_DISK, Ringing, Rung, by_bare_loop, by_daemon, say
from benchmarks.runs import add_runs, repeated

KINDS = ("quiet", "heard", "unheard")
STARTS = 100
KEY_AFTER, TALK_SECONDS = 20.5, 22.0
PACKETS = 1_100
MESSAGE = nodes.MESSAGE + " " + nodes.MESSAGE


@dataclass(frozen=True)
class Order:
    """What is asked of one run."""

    crowds: Sequence[int] = CROWDS
    kinds: Sequence[str] = KINDS
    bare: bool = False


def main(words: Sequence[str]) -> int:
    """Measure, write and show; return 1 where a target was missed."""
    parser = argparse.ArgumentParser("python -m benchmarks crowd")
    parser.add_argument("--calls", type=int, nargs="+", default=list(CROWDS))
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--bare", action="store_true", help="a bare loop as well")
    add_runs(parser)
    asked = parser.parse_args(words)
    order = Order(asked.calls, asked.kinds, asked.bare)
    return repeated("crowd", asked.runs, lambda: measured(order))


def measured(order: Order) -> Figures:
    """Return the figures of a run."""
    found: Figures = {}
    for calls in order.crowds:
        for kind in order.kinds:
            found |= one_crowd(calls, kind, bare=order.bare)
    return found


def one_crowd(calls: int, kind: str, *, bare: bool) -> Figures:
    """Return the figures of so many homes of a kind, each on a line of its own."""
    with tempfile.TemporaryDirectory(prefix="aut-crowd-", dir=ON_DISK) as name:
        folder = Path(name)
        pace = f"calls_per_second = {STARTS}"
        with nodes.node_in(folder, calls, trunk=pace) as node:
            if kind == "unheard":
                play_only(node)
            nodes.populate(node, {"crowd": nodes.numbers(0, calls)})
            campaign = nodes.create(node, "crowd", message=MESSAGE)
            homes, seconds = nodes.numbers(0, calls), calls / STARTS + 60
            does = talker(folder, kind)
            found: Figures = {}
            if bare:
                ringing = Ringing(node, folder / "bare", homes, calls, seconds, does)
                prompt = nodes.prompt_of(node, campaign)
                rung = by_bare_loop(ringing, prompt, starts_per_second=STARTS)
                found = told(f"bare_{kind}_", calls, rung)
            ringing = Ringing(node, folder / "daemon", homes, calls, seconds, does)
            with Daemon(node, folder / "daemon.log") as daemon:
                rung = by_daemon(ringing, daemon, campaign)
    return found | told("" if kind == "quiet" else f"{kind}_", calls, rung)


def told(who: str, calls: int, rung: Rung) -> Figures:
    """Return the figures of a crowd."""
    span = max(c.ended for c in rung.calls) - min(c.invited for c in rung.calls)
    figures: Figures = {
        "lost_keys": rung.lost_keys,
        "broken_calls": rung.broken(calls),
        "rung": len(rung.calls),
        "answered": sum(bool(call.answered) for call in rung.calls),
        "pressed": sum(bool(call.keys) for call in rung.calls),
        "ended_by_us": sum(call.ended_by_us for call in rung.calls),
        "at_once": most_at_once(rung.calls),
        "asterisk_processors": rung.asterisk_cpu / span,
        "sipp_processors": rung.sipp_cpu / span,
        "caller_processors": rung.caller_cpu / span,
    }
    say(f"{who}{calls} at once: {figures}")
    return {f"crowd_{who}{name}_{calls}": value for name, value in figures.items()}


def most_at_once(calls: Sequence[Call]) -> int:
    """Return how many calls were answered and not over at the same moment, at most."""
    steps = [(c.answered, 1) for c in calls if c.answered and c.ended]
    steps += [(c.ended, -1) for c in calls if c.answered and c.ended]
    now = most = 0
    for _, step in sorted(steps):
        now += step
        most = max(most, now)
    return most


def talker(folder: Path, kind: str) -> str:
    """Return what a landline does that listens for 20 s before it presses 1.

    SIPp plays one sound at a time: the key ends what it sent before.
    """
    wait = '<pause milliseconds="5000"/>'
    listen = f'<pause milliseconds="{KEY_AFTER * 1000:.0f}"/>'
    if kind != "quiet":
        sound = folder / "sound.pcap"
        sound.write_bytes(silence(PACKETS))
        play = f'<exec play_pcap_audio="{sound}"/>'
        listen = f"<nop><action>{play}</action></nop>{listen}"
    rest = f'<pause milliseconds="{(TALK_SECONDS - KEY_AFTER) * 1000:.0f}"/>'
    text = landline().replace('<pause milliseconds="2000"/>', rest)
    return text.replace(wait, listen)


def silence(packets: int) -> bytes:
    """Return a recording (pcap) of so many packets of silence in A-law, 20 ms each."""
    found = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1)]
    for number in range(packets):
        rtp = struct.pack(">BBHII", 0x80, 8, number, number * 160, 1) + b"\xd5" * 160
        udp = struct.pack(">HHHH", 6_000, 6_000, 8 + len(rtp), 0) + rtp
        size = 20 + len(udp)
        ip = struct.pack(">BBHHHBBH", 0x45, 0, size, 0, 0, 64, 17, 0)
        frame = b"\0" * 12 + b"\x08\0" + ip + b"\x7f\0\0\1" * 2 + udp
        at = number * 20_000
        found.append(
            struct.pack("<IIII", *divmod(at, 1_000_000), len(frame), len(frame)) + frame
        )
    return b"".join(found)
