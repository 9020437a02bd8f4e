"""So many calls at once, each hearing a prompt of 20 s or more, then pressing 1.

Three kinds of landlines and dialplans tell what limits: `quiet` homes send no sound;
`heard` ones send some, which the dialplan decodes because it listens for speech;
`unheard` ones send the same to a dialplan that plays and reads keys, and no more.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from benchmarks import node as nodes
from benchmarks.figures import CROWDS, Figures
from benchmarks.node import Daemon
from benchmarks.observer import Call, landline
from benchmarks.plain import play_only
from benchmarks.ringing import ON_DISK, Ringing, Rung, by_bare_loop, by_daemon, say
from benchmarks.runs import add_runs, repeated
from benchmarks.sound import EVERY, Talker

KINDS = ("quiet", "heard", "unheard")
STARTS = 40  # a second: what a call costs at its beginning is measured elsewhere
LATE = 1.25  # the machine is busy: not all of them begin in time
LISTENED, STAYED, QUIET = 20.5, 1.5, 1.0  # seconds
ITS_SOUND = """
      <ereg regexp="m=audio ([0-9]+)" search_in="msg" assign_to="all,sound"/>
"""
TELLS = """<nop><action><log message="sound [$sound]"/></action></nop>
  <Reference variables="all"/>
  """
MESSAGE_SECONDS = 10.0


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
    """Return the figures of so many homes of a kind, each on a line of its own.

    All of them listen until the last one has heard 20 s: so all are there at once.
    """
    key_after = LATE * calls / STARTS + LISTENED
    message = " ".join([nodes.MESSAGE] * ceil(key_after / MESSAGE_SECONDS + 1))
    packets = 0 if kind == "quiet" else int((key_after - QUIET) / EVERY)
    with tempfile.TemporaryDirectory(prefix="aut-crowd-", dir=ON_DISK) as place:
        folder = Path(place)
        pace = f"calls_per_second = {STARTS}"
        with nodes.node_in(folder, calls, trunk=pace) as node:
            if kind == "unheard":
                play_only(node)
            nodes.populate(node, {"crowd": nodes.numbers(0, calls)})
            campaign = nodes.create(node, "crowd", message=message)
            homes, seconds = nodes.numbers(0, calls), 2 * key_after + 90
            found: Figures = {}
            for who in ("bare", "daemon") if bare else ("daemon",):
                does = patient(key_after)
                ringing = Ringing(node, folder / who, homes, calls, seconds, does)
                with Talker(folder / who / "keys.log", packets) as talker:
                    rung = _rung(ringing, who, campaign)
                prefix = "bare_" if who == "bare" else ""
                name = prefix + (f"{kind}_" if kind != "quiet" or prefix else "")
                found |= told(name, calls, rung, talker.processors)
    return found


def _rung(ringing: Ringing, who: str, campaign: str) -> Rung:
    if who == "bare":
        prompt = nodes.prompt_of(ringing.node, campaign)
        return by_bare_loop(ringing, prompt, starts_per_second=STARTS)
    with Daemon(ringing.node, ringing.folder.with_suffix(".log")) as daemon:
        return by_daemon(ringing, daemon, campaign)


def told(who: str, calls: int, rung: Rung, sound: float) -> Figures:
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
        "sound_processors": sound,
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


def patient(key_after: float) -> str:
    """Return what a landline does that listens for so long before it presses 1.

    Once it is answered, its log says where its sound goes (`benchmarks.sound`).
    """
    text = landline().replace(pause(2.0), pause(STAYED))
    end = "    </action>\n  </recv>"
    text = text.replace(end, ITS_SOUND[1:] + end, 1)
    return text.replace(pause(5.0), TELLS + pause(key_after))


def pause(seconds: float) -> str:
    """Return how a scenario says that it waits."""
    return f'<pause milliseconds="{seconds * 1000:.0f}"/>'
