"""`automaton town up`: a town that stays until Ctrl-C, for people and for other rooms.

In: an Asterisk as plain paths, and the options of the command. Out: lines on standard
output, by default one JSON object that tells where the town is.
"""

from __future__ import annotations

import json
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType

from automaton.errors import LineError
from automaton.lab.installation import AsteriskPaths
from automaton.lab.mix import load_mix
from automaton.lab.plan import Plan, plan_from_mix
from automaton.lab.script import plan_from_script
from automaton.lab.town import Town

LOOK_SECONDS = 1.0


def chosen_plan(homes: int, seed: int, mix: str, script: Path | None) -> Plan:
    """Return the plan of a script where one is given, else one drawn from a mix."""
    if script is not None:
        return plan_from_script(script)
    return plan_from_mix(homes, seed, load_mix(mix))


def say_facts(town: Town) -> None:
    """Print at once; whoever reads us by a pipe must not wait for our end."""
    sys.stdout.write(f"{json.dumps(facts(town))}\n")
    sys.stdout.flush()


def town_up(
    asterisk: AsteriskPaths,
    plan: Plan,
    run: Path | None = None,
    register: Path | None = None,
    beside: Iterable[str] = (),
    port: int = 0,
    say: Callable[[Town], None] = say_facts,
) -> None:
    """Start the town, `say` where it is, and stay until SIGINT or SIGTERM.

    The register is written where `register` says; the log stays in `run` (a temporary
    folder if none is given). Raises LineError if the town dies.
    """
    folder = run or Path(tempfile.mkdtemp(prefix="town-"))
    town = Town(plan, asterisk, folder, beside, port)
    stopped = _Stop()
    with stopped, town:
        if register is not None:
            town.register_csv(register)
        say(town)
        while not stopped.wait(LOOK_SECONDS):
            if not town.is_alive:
                raise LineError("The town has died.", error_id="town_died")


def facts(town: Town) -> dict[str, object]:
    """Return where the town is and who is in it, fit for JSON."""
    return {
        "contact": f"sip:127.0.0.1:{town.port}",
        "host": "127.0.0.1",
        "port": town.port,
        "run": str(town.run),
        "homes": len(town.plan.residents()),
        "duty": list(town.duty_numbers()),
    }


class _Stop:
    """SIGINT and SIGTERM as a fact to wait for; the former handlers come back."""

    _signals = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self._asked = threading.Event()

    def __enter__(self) -> _Stop:
        self._before = {name: signal.signal(name, self._take) for name in self._signals}
        return self

    def __exit__(self, *_: object) -> None:
        for name, handler in self._before.items():
            signal.signal(name, handler)

    def wait(self, seconds: float) -> bool:
        """Wait for a signal that long at most; tell whether one has come."""
        return self._asked.wait(seconds)

    def _take(self, _signal: int, _frame: FrameType | None) -> None:
        self._asked.set()
