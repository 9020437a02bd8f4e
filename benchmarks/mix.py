"""How well lines are used by a town as field reports describe it, not by fixed calls.

Line time runs from the INVITE to the final response or the BYE. It is held against the
lines over the time in which somebody was due: from the launch of a campaign with more
homes than can be rung to the moment at which the measuring ends.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import node as nodes
from benchmarks.figures import Figures
from benchmarks.node import Daemon, Node
from benchmarks.observer import HERE, Call, Observer
from benchmarks.ringing import ON_DISK, STOP_SECONDS, say
from benchmarks.runs import add_runs, repeated
from tests.faults.sipp import EMPTY, KEPT, PIECES

LINES, SPAN = 200, 120.0
LEAST_CALL_SECONDS = 10.0
REFUSALS = {
    "BUSY": "486 Busy Here",
    "DECLINED": "603 Decline",
    "UNALLOCATED": "404 Not Found",
}


@dataclass(frozen=True)
class Order:
    """What is asked of one run."""

    lines: int = LINES
    span: float = SPAN


def main(words: Sequence[str]) -> int:
    """Measure, write and show; return 1 where a target was missed."""
    parser = argparse.ArgumentParser("python -m benchmarks mix")
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--span", type=float, default=SPAN, help="seconds; full: 250")
    add_runs(parser)
    asked = parser.parse_args(words)
    order = Order(asked.lines, asked.span)
    return repeated("mix", asked.runs, lambda: measured(order))


def measured(order: Order) -> Figures:
    """Return the figures of a run."""
    with tempfile.TemporaryDirectory(prefix="aut-mix-", dir=ON_DISK) as name:
        folder = Path(name)
        with nodes.node_in(folder, order.lines) as node:
            homes = int(order.span / LEAST_CALL_SECONDS * order.lines)
            nodes.populate(node, {"town": nodes.numbers(0, homes)})
            campaign = nodes.create(node, "town")
            with Daemon(node, folder / "daemon.log"):
                say(f"the daemon rings up to {homes} homes for {order.span:.0f} s")
                return rung(node, folder / "sipp", campaign, order)


def rung(node: Node, folder: Path, campaign: str, order: Order) -> Figures:
    """Ring for the span; return how the lines were used."""
    with Observer(folder, town()) as observer:
        time.sleep(1.0)
        began = time.time()
        nodes.launch(node, campaign)
        time.sleep(order.span)
        until = time.time()
        calls = observer.calls()
        nodes.stop(node, campaign)
        nodes.wait_for_end(node, campaign, STOP_SECONDS)
        observer.silence(STOP_SECONDS)
        seen = Counter(c.refused for c in observer.calls())
    return {
        "mix_utilisation": used(calls, began, until) / order.lines,
        "mix_calls": len(calls),
        "mix_answered": sum(bool(c.answered) for c in calls),
        "mix_refused": sum(count for code, count in seen.items() if code),
        "mix_span_s": until - began,
        "mix_lines": order.lines,
    }


def used(calls: Sequence[Call], began: float, until: float) -> float:
    """Return how many lines were in use on average between two moments."""
    held = sum(min(c.ended or until, until) - max(c.invited, began) for c in calls)
    return held / (until - began)


def town() -> str:
    """Return what the homes of the town do, as a scenario of SIPp."""
    text = (HERE / "town.xml").read_text("utf-8")
    refusals = {name: refusal(status) for name, status in REFUSALS.items()}
    for name, piece in {**PIECES, **refusals}.items():
        text = text.replace(f"@{name}@", piece)
    return text


def refusal(status: str) -> str:
    """Return how a final response is sent that is no answer."""
    said = f"\n      SIP/2.0 {status}{KEPT}{EMPTY}"
    return f'<send retrans="500"><![CDATA[{said}]]></send>'
