"""What residents and the network say, laid out in the town's own folder.

Raw A-law at 8 kHz, which Asterisk plays as it is: `allo`, `greeting` (four seconds of
speech), `long-greeting` (ten, with pauses), `beep`, `announcement`, and two lines on
which nobody speaks: `hush`, and `pause`, after which a machine beeps. The spoken ones
were rendered once (docs/town.md has the words) and come with the package.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

SILENCE = b"\xd5"
RATE = 8000
HUSH_SECONDS, PAUSE_SECONDS = 30, 0.8
SHIPPED = ("allo", "greeting", "long-greeting", "beep", "announcement")


def lay_out_sounds(folder: Path) -> None:
    """Put every sound into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in SHIPPED:
        (folder / f"{name}.alaw").write_bytes(sound(name))
    for name, seconds in (("hush", HUSH_SECONDS), ("pause", PAUSE_SECONDS)):
        (folder / f"{name}.alaw").write_bytes(SILENCE * int(RATE * seconds))


def sound(name: str) -> bytes:
    """Return one of the sounds that come with the package."""
    return (files("automaton.lab") / "sounds" / f"{name}.alaw").read_bytes()
