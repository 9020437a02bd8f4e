"""The daemon as `automaton daemon` runs it, with a word when it is ready.

`python -m benchmarks.daemon_process SETTINGS [PROFILE]`; with a second argument its
event loop is profiled into that file.
"""

from __future__ import annotations

import cProfile
import os
import sys
from pathlib import Path

from automaton.daemon import run, speak_plainly
from automaton.settings import load


def main(config: str, profile: str | None = None) -> None:
    """Run the node until it is told to stop."""
    settings = load(Path(config), os.environ).settings
    speak_plainly(settings.log_level)
    if profile is None:
        run(settings, ready)
        return
    watched = cProfile.Profile()
    try:
        watched.runcall(run, settings, ready)
    finally:
        watched.dump_stats(profile)


def ready() -> None:
    """Say that orders may come."""
    print("ready", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
