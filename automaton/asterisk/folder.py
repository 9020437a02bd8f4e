"""The folder of one running Asterisk: where its files are, and how to reach it.

Everything that Asterisk writes stays below `root`; `access.json` holds the ports and
the generated secrets, readable by its owner alone.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from automaton.errors import ConfigurationError
from automaton.private import make_private_folder

LONGEST_SOCKET_PATH = 100
UNSAFE = set(",&;|\"'$\\\r\n")


@dataclass(frozen=True)
class Access:
    """How to reach the manager interface of one Asterisk, and where it listens.

    `hep_port`: where it sends copies of its SIP packets, 0 where it sends none.
    `console_port`: where it knocks, with `console_secret`, for a call that came in; 0
    where it answers none.
    """

    host: str
    port: int
    user: str
    secret: str
    maintenance_user: str
    maintenance_secret: str
    sip_port: int = 0
    rtp_start: int = 0
    rtp_end: int = 0
    hep_port: int = 0
    console_port: int = 0
    console_secret: str = ""

    def __repr__(self) -> str:
        return f"Access({self.user}@{self.host}:{self.port})"


@dataclass(frozen=True)
class RunFolder:
    """The folder of one Asterisk; several live side by side."""

    root: Path

    @property
    def etc(self) -> Path:
        """Rendered configuration."""
        return self.root / "etc"

    @property
    def conf(self) -> Path:
        """The asterisk.conf that the process is started on."""
        return self.etc / "asterisk.conf"

    @property
    def run(self) -> Path:
        """Process id and control socket."""
        return self.root / "run"

    @property
    def log(self) -> Path:
        """What Asterisk says."""
        return self.root / "log"

    @property
    def pid_file(self) -> Path:
        """Written by Asterisk itself."""
        return self.run / "asterisk.pid"

    @property
    def console_log(self) -> Path:
        """Standard output and error of the process."""
        return self.log / "console"

    def own(self, pid: int) -> None:
        """Write down that a daemon started this process: one ends it too."""
        write_private(self.root / "owned", str(pid))

    def owns(self, pid: int) -> bool:
        """Tell whether a daemon started this process, perhaps an earlier one."""
        try:
            return (self.root / "owned").read_text("ascii") == str(pid)
        except FileNotFoundError:
            return False

    def make(self) -> None:
        """Make the folders, for their owner alone; refuse a name Asterisk cannot use.

        A socket's path holds 108 bytes, and a comma or a quote would end an argument.
        """
        refuse_unsafe(self.root)
        if len(os.fsencode(self.run / "asterisk.ctl")) > LONGEST_SOCKET_PATH:
            raise ConfigurationError(
                f"The path {self.root} is too long for Asterisk's control socket: "
                "choose a shorter folders.data.",
                error_id="asterisk-folder-too-long",
            )
        make_private_folder(self.root)
        for name in ("etc", "run", "log", "spool", "db", "var", "keys"):
            (self.root / name).mkdir(exist_ok=True, mode=0o700)

    def keep(self, access: Access) -> None:
        """Write down how to reach this Asterisk."""
        write_private(self.root / "access.json", json.dumps(asdict(access), indent=1))

    def access(self) -> Access | None:
        """Return what `keep` wrote, or nothing where it never did."""
        try:
            return Access(**json.loads((self.root / "access.json").read_text("utf-8")))
        except FileNotFoundError:
            return None


def refuse_unsafe(path: Path) -> None:
    """Raise ConfigurationError where Asterisk would read the path as something else."""
    if UNSAFE & set(str(path)):
        raise ConfigurationError(
            f"The path {path} has a sign in it that Asterisk does not take "
            "(comma, quote, semicolon …): choose another folder.",
            error_id="asterisk-folder-unsafe",
        )


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, in one step."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
