"""A real Kamailio of Debian on our configuration, started as whoever runs the tests.

It is fetched once into the cache folder, as the product's Asterisk is, and runs through
its own loader: nothing is installed, and no service of the machine is started.
"""

from __future__ import annotations

import fcntl
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from automaton.loopback import free_port
from tests.system.stage import cache, until
from tests.tied import end, started

SOURCE = Path(__file__).resolve().parents[2] / "kamailio"
SUITE = "bookworm"
WANTED = ("./lib", "./usr/lib", "./usr/sbin/kamailio")
LAPSED = 'Acquire::Check-Valid-Until "false"'
LOCAL = """#!define LISTEN {outside}
#!define DESTINATIONS "{folder}/dispatcher.list"
"""


@dataclass(frozen=True)
class Program:
    """Kamailio on disk."""

    root: Path

    def command(self, cfg: Path, *more: str) -> list[str]:
        """Return the command that runs it on a configuration."""
        folders = {file.parent for file in self.root.rglob("lib*.so.*")}
        return [
            str(self._only("ld-linux-x86-64.so.2")),
            *("--library-path", ":".join(map(str, sorted(folders)))),
            str(self.root / "usr/sbin/kamailio"),
            *("-L", f"{self._only('dispatcher.so').parent}/", "-f", str(cfg), *more),
        ]

    def _only(self, name: str) -> Path:
        return next(path for path in self.root.rglob(name) if path.is_file())


def fetched() -> Program:
    """Return the Kamailio of the cache, fetched once (about 10 s)."""
    root = cache() / f"kamailio-{SUITE}"
    root.parent.mkdir(parents=True, exist_ok=True)
    with (root.parent / ".kamailio.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.is_dir():
            _fetch(root)
    return Program(root)


def _fetch(root: Path) -> None:
    with tempfile.TemporaryDirectory(dir=root.parent, prefix=".kamailio-") as folder:
        archive, tree = Path(folder, "tree.tar"), Path(folder, "tree")
        order = ["mmdebstrap", "--variant=extract", "--include=kamailio"]
        order += ["--aptopt", LAPSED, SUITE, str(archive)]
        subprocess.run(order, check=True, capture_output=True, timeout=300)
        tree.mkdir()
        unpack = ["tar", "-xf", archive, "-C", tree, "--no-same-owner", *WANTED]
        subprocess.run(unpack, check=True)
        tree.rename(root)


class Proxy:
    """One Kamailio between an operator and nodes, alive in a `with`.

    `inside` is the port for the nodes: the one address, or one `apart` from it.
    """

    def __init__(self, program: Program, apart: bool = False, **defines: str) -> None:
        self.port = self.inside = free_port(socket.SOCK_DGRAM)
        if apart:
            self.inside = free_port(socket.SOCK_DGRAM)
            defines["LISTEN_NODES"] = f"udp:127.0.0.1:{self.inside}"
        self.folder = Path(tempfile.mkdtemp(prefix="kam-"))
        self._program, self._defines = program, defines
        self._process: subprocess.Popen[bytes] | None = None

    def write(self, destinations: Mapping[int, Sequence[int]]) -> Path:
        """Write its files: ours, and who is in each set, by port on 127.0.0.1."""
        shutil.copy(SOURCE / "kamailio.cfg", self.folder)
        told = LOCAL.format(outside=f"udp:127.0.0.1:{self.port}", folder=self.folder)
        told += "".join(f"#!define {k} {v}\n" for k, v in self._defines.items())
        (self.folder / "kamailio-local.cfg").write_text(told, "utf-8")
        sides = {1: self.port, 2: self.inside}
        lines = (
            f"{place} sip:127.0.0.1:{port} 0 {10 - rank} "
            f"socket=udp:127.0.0.1:{sides[place]}\n"
            for place, ports in destinations.items()
            for rank, port in enumerate(ports)
        )
        (self.folder / "dispatcher.list").write_text("".join(lines), "utf-8")
        return self.folder / "kamailio.cfg"

    def start(self, destinations: Mapping[int, Sequence[int]]) -> Self:
        """Start it and return when it answers."""
        cfg = self.write(destinations)
        order = self._program.command(cfg, "-DD", "-E", "-Y", str(self.folder))
        self._process = started(order, self.folder / "log", by="TERM")
        until(self._answers, 20, "Kamailio answers")
        return self

    def said(self) -> str:
        """Return everything that it has logged."""
        return (self.folder / "log").read_text("utf-8", "replace")

    def stop(self) -> None:
        """End it with all its children."""
        if self._process is not None:
            end(self._process, 10)
        shutil.rmtree(self.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.said()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(0.2)
            asking.bind(("127.0.0.1", 0))
            asking.sendto(_question(asking), ("127.0.0.1", self.port))
            with suppress(OSError):
                return asking.recv(64).startswith(b"SIP/2.0 ")
        return False


def _question(asking: socket.socket) -> bytes:
    host, port = asking.getsockname()
    return (
        f"OPTIONS sip:{host} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{port}\r\n"
        f"From: <sip:{host}>;tag=1\r\nTo: <sip:{host}>\r\nCall-ID: {port}\r\n"
        "CSeq: 1 OPTIONS\r\nMax-Forwards: 9\r\nContent-Length: 0\r\n\r\n"
    ).encode()
