"""The town's process: the exchange and, as its child, Asterisk.

In: a run folder with `town.json` (from `automaton.lab.town`). It says `ready` on
standard output, ends when its standard input does, and Asterisk dies with it.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from automaton.lab import sip
from automaton.lab.choke import chokes_from
from automaton.lab.exchange import Exchange, serve

READY_SECONDS = 30
_PR_SET_PDEATHSIG = 1


def main(run: Path) -> None:
    """Start Asterisk, open the door, say `ready` on standard output, and serve."""
    order = json.loads((run / "town.json").read_text("utf-8"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    inside = ("127.0.0.1", order["inside_port"])
    asterisk = start_asterisk(order["command"], run)
    try:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door,
            (run / "wire.jsonl").open("a", encoding="utf-8", buffering=1) as log,
        ):
            door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            open_door(door, order["port"])
            wait_until_up(inside, asterisk)
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            chokes = chokes_from(order["chokes"])
            serve(door, inside, Exchange(order["phones"], log, chokes))
    finally:
        stop(asterisk)


def open_door(door: socket.socket, port: int) -> None:
    """Listen on a port; exit with a word if another program does."""
    try:
        door.bind(("127.0.0.1", port))
    except OSError as error:
        sys.exit(f"Port {port} of 127.0.0.1 is taken: {error.strerror}.")


def start_asterisk(command: list[str], run: Path) -> subprocess.Popen[bytes]:
    """Start the town's Asterisk so that it dies with this process, however it ends."""
    with (run / "asterisk.out").open("wb") as out:
        return subprocess.Popen(
            command,
            cwd=run,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 (this process has one thread)
        )


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def wait_until_up(inside: sip.Address, asterisk: subprocess.Popen[bytes]) -> None:
    """Ask Asterisk by OPTIONS until it answers; exit with a word if it never does."""
    deadline = time.monotonic() + READY_SECONDS
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.bind(("127.0.0.1", 0))
        asker.settimeout(0.1)
        here = "{}:{}".format(*asker.getsockname())
        while time.monotonic() < deadline and asterisk.poll() is None:
            asker.sendto(_options(here, inside), inside)
            try:
                asker.recvfrom(65535)
            except (TimeoutError, ConnectionError):
                continue
            return
    sys.exit("The Asterisk of the town did not come up.")


def _options(here: str, inside: sip.Address) -> bytes:
    serial = time.monotonic_ns()
    return (
        f"OPTIONS sip:town@{inside[0]}:{inside[1]} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{serial}\r\n"
        f"From: <sip:town@{here}>;tag={serial}\r\n"
        f"To: <sip:town@{inside[0]}:{inside[1]}>\r\n"
        f"Call-ID: {serial}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n"
        f"Contact: <sip:town@{here}>\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def stop(asterisk: subprocess.Popen[bytes]) -> None:
    """End Asterisk: politely, and after three seconds not."""
    asterisk.terminate()
    try:
        asterisk.wait(3)
    except subprocess.TimeoutExpired:
        asterisk.kill()
        asterisk.wait()


if __name__ == "__main__":
    os.umask(0o077)
    main(Path(sys.argv[1]))
