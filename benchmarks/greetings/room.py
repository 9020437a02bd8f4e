"""`python -m benchmarks greetings`: false machines and false people, ours and AMD's.

In: a seed. Out: a table, the figures in benchmarks/results, and, asked for with
`--page`, the block "Greetings" of docs/voices.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from automaton.loopback import free_port
from benchmarks.figures import keep, missed
from benchmarks.greetings.bank import SEED, Greeting, bank
from benchmarks.greetings.calls import exchange, installed, ring_all
from benchmarks.greetings.page import block, draw, rates, table
from benchmarks.greetings.studio import Recording, record
from benchmarks.greetings.telephones import telephones
from benchmarks.greetings.verdicts import Verdict, figures, rows_of
from benchmarks.ringing import ON_DISK

AT_ONCE = 60
VOICES = ("pico", "espeak")


def main(words: Sequence[str]) -> int:
    """Make the bank, ring it, count; return 1 where a target was missed."""
    parser = argparse.ArgumentParser("python -m benchmarks greetings")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    parser.add_argument("--voices", nargs="+", default=[*VOICES])
    parser.add_argument("--kinds", nargs="+", help="only these kinds of greetings")
    parser.add_argument("--keep", type=Path, help="write every greeting here, as A-law")
    parser.add_argument("--page", action="store_true", help="draw docs/voices.md")
    asked = parser.parse_args(words)
    wanted = bank(asked.seed, asked.voices)
    wanted = [g for g in wanted if not asked.kinds or g.kind in asked.kinds]
    print(f"bench: {len(wanted)} greetings are made", file=sys.stderr, flush=True)
    recordings = {greeting: record(greeting, asked.seed) for greeting in wanted}
    if asked.keep:
        write(asked.keep, recordings)
    return told(judged(recordings, asked.at_once), asked)


def write(folder: Path, recordings: dict[Greeting, Recording]) -> None:
    """Write the sounds, each under what it is."""
    folder.mkdir(parents=True, exist_ok=True)
    for greeting, recording in recordings.items():
        name = f"{greeting.who}-{greeting.kind}-{greeting.number[1:]}.alaw"
        (folder / name).write_bytes(recording.alaw)


def judged(recordings: dict[Greeting, Recording], at_once: int) -> list[Verdict]:
    """Ring the whole bank."""
    print(f"bench: they answer, {at_once} at once", file=sys.stderr, flush=True)
    port = free_port(socket.SOCK_DGRAM)
    with tempfile.TemporaryDirectory(prefix="aut-ear-", dir=ON_DISK) as name:
        folder = Path(name)
        with (
            telephones(installed(), folder / "far", port, recordings),
            exchange(folder, port, at_once) as access,
        ):
            return asyncio.run(ring_all(access, [*recordings], at_once))


def told(verdicts: Sequence[Verdict], asked: argparse.Namespace) -> int:
    """Keep, print and draw what was counted; return 1 where a target was missed."""
    rows, found = rows_of(verdicts), figures(verdicts)
    for verdict in verdicts:
        if verdict.is_wrong or verdict.began is None:
            print(_told(verdict))
    print(f"{rates(found)}\n\n{table(rows)}")
    about = {"seed": asked.seed, "voices": asked.voices, "load": os.getloadavg()[2]}
    keep(found, greetings={**about, "rows": [asdict(row) for row in rows]})
    if asked.page:
        print(f"written to {draw(block(found, rows, about))}")
    return bool(missed(found))


def _told(verdict: Verdict) -> str:
    one = verdict.greeting
    who = f"{one.who} {one.kind} {one.language} {one.number} ({one.noise}"
    said = " ".join(str(part) for part in one.says)
    return (
        f"{who}, {one.level:.0f} dBFS, speed {one.speaker.speed:.2f}): {verdict.label},"
        f" {verdict.plays} plays, first word {verdict.began}: {said}"
    )
