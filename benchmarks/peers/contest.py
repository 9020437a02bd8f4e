"""All contenders on the same Asterisk, one after another, in every round.

Speed has a node of its own with all the lines; the homes of all kinds and the faults
have a smaller one. Figures are kept after each round: what was measured stays.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import node as nodes
from benchmarks.figures import Figures
from benchmarks.peers import packages
from benchmarks.peers.arena import OURS, Arena, arena, play
from benchmarks.peers.contenders import PROGRAMS
from benchmarks.peers.results import Rounds, keep_round, tables
from benchmarks.peers.rounds import Round, faults, speed, words
from benchmarks.ringing import ON_DISK, say
from benchmarks.runs import of_all

FAULT_CALLS, FAULT_LINES = 120, 24
NAMES = (*PROGRAMS, OURS)
ROUNDS = ("speed", "words", "cut", "kill")


@dataclass(frozen=True)
class Contest:
    """Who rings which rounds, and how many homes on how many lines."""

    calls: int = 2_000
    lines: int = 200
    only: Sequence[str] = NAMES
    rounds: Sequence[str] = ROUNDS
    runs: int = 1


def main(contest: Contest) -> int:
    """Let everybody ring every round; write and show what was found."""
    runs: dict[str, list[dict[str, Figures]]] = {}
    found: Rounds = {}
    for rounds in [*wanted(contest)] * contest.runs:
        with ready(rounds) as here:
            for round_ in rounds:
                name, seen = round_.name, everybody(here, contest, round_)
                runs.setdefault(name, []).append(seen)
                found[name] = {
                    who: of_all([run[who] for run in runs[name]]) for who in seen
                }
                path = keep_round(name, found[name], about(round_, len(runs[name])))
    print(tables(found))
    print(f"\nwritten to {path}")
    return 0


def wanted(contest: Contest) -> Iterator[list[Round]]:
    """Yield the rounds that share a node."""
    lines = min(FAULT_LINES, contest.lines)
    small = [words(lines), *faults(min(FAULT_CALLS, contest.calls), lines)]
    for rounds in ([speed(contest.calls, contest.lines)], small):
        if asked := [round_ for round_ in rounds if round_.name in contest.rounds]:
            yield asked


@contextmanager
def ready(rounds: list[Round]) -> Iterator[Arena]:
    """Make a node with an Asterisk for some rounds; both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="aut-peers-", dir=ON_DISK) as name:
        folder = Path(name)
        with nodes.node_in(folder, rounds[0].lines) as node:
            yield arena(node, folder, rounds)


def everybody(here: Arena, contest: Contest, round_: Round) -> dict[str, Figures]:
    """Return the figures of all who can ring a round."""
    found = {}
    for name in contest.only:
        if not can_ring(name, round_):
            continue
        say(f"{round_.name}: {name} rings {len(round_.numbers)} on {round_.lines}")
        found[name] = play(here, name, round_)
        say(f"{round_.name}: {name} {found[name]}")
    return found


def can_ring(name: str, round_: Round) -> bool:
    """Tell whether a contender is in a round, and can be here."""
    program = PROGRAMS.get(name)
    if program is None:
        return name == OURS
    if program.needs_node and not packages.has_node():
        say(f"{name} is left out: there is no Node here")
        return False
    return program.rings(round_.name)


def about(round_: Round, runs: int) -> Figures:
    """Return what the figures of a round hang on."""
    return {
        "runs": runs,
        "calls": len(round_.numbers),
        "lines": round_.lines,
        "load": os.getloadavg()[0],
        "processors": os.cpu_count() or 0,
    }
