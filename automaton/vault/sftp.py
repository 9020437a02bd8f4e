"""A folder on another machine, by OpenSSH's own `sftp` in batch mode.

Nothing is asked: the host's key must be known, and the account opened by a key.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from automaton.errors import LineError
from automaton.vault.places import PART, failed
from automaton.vault.tools import run, tool

SECONDS_TO_CONNECT = 20
_PLAIN = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True)
class SftpPlace:
    """`address` is `sftp://user@host:port/folder`; `more` goes to sftp as it is."""

    address: str
    key: Path | None = None
    known_hosts: Path | None = None
    more: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What people call it."""
        return self.address

    def put(self, file: Path) -> None:
        """Copy a file there; it has its name only once it is whole.

        `rename -l` is the old rename, which never replaces a file. An account that may
        not rename or delete gives the file a second name instead.
        """
        final, part = _named(file.name), f".{file.name}{PART}"
        if final in self.names():
            raise failed(self.name, "File exists")
        said = self._do(
            f"-mkdir {self._folder}",
            f"cd {self._folder}",
            f"-rm {part}",
            f"put {_quoted(file)} {part}",
            f"-rename -l {part} {final}",
            f"-ln {part} {final}",
        )
        if final not in self.names():
            raise failed(self.name, _reason(said))

    def get(self, name: str, into: Path) -> None:
        """Copy a file back, into a folder."""
        self._do(f"cd {self._folder}", f"get {_named(name)} {_quoted(into / name)}")

    def names(self) -> Sequence[str]:
        """Return the names of all files; none where there is no such folder yet."""
        said = self._do(f"-cd {self._folder}", "pwd", "ls -1")
        lines = said.split("\n")
        at = next((i for i, line in enumerate(lines) if "working directory" in line), 0)
        if not lines[at].rstrip("/").endswith(self._folder.rstrip("/")):
            return []
        found = (line.strip() for line in lines[at + 1 :])
        return [line for line in found if _PLAIN.fullmatch(line)]

    def remove(self, name: str) -> None:
        """Delete a file."""
        self._do(f"cd {self._folder}", f"rm {_named(name)}")

    @property
    def _folder(self) -> str:
        return urlsplit(self.address).path

    def _do(self, *commands: str) -> str:
        """Carry out commands, one after another; the first that fails ends it."""
        with tempfile.NamedTemporaryFile("w", suffix=".sftp") as batch:
            batch.write("".join(f"{command}\n" for command in commands))
            batch.flush()
            order = [*self._order(), "-b", batch.name, self._target()]
            done, said = run(order, lines=True)
        if not done:
            raise failed(self.name, _reason(said))
        return said

    def _order(self) -> list[str]:
        order = [tool("sftp"), "-o", f"ConnectTimeout={SECONDS_TO_CONNECT}"]
        order += ["-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes"]
        if self.key is not None:
            order += ["-i", str(self.key), "-o", "IdentitiesOnly=yes"]
        if self.known_hosts is not None:
            order += ["-o", f"UserKnownHostsFile={self.known_hosts}"]
        if port := urlsplit(self.address).port:
            order += ["-P", str(port)]
        return order + list(self.more)

    def _target(self) -> str:
        parts = urlsplit(self.address)
        return f"{parts.username}@{parts.hostname}"


def _reason(said: str) -> str:
    """Return the last thing that sftp complained of; before it is what it did."""
    lines = [line for line in said.split("\n") if line and line[:5] != "sftp>"]
    return lines[-1].strip() if lines else "it says nothing"


def _named(name: str) -> str:
    if not _PLAIN.fullmatch(name):
        raise LineError(f"{name!r} is no name of a backup.", error_id="backup-place")
    return name


def _quoted(path: Path) -> str:
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
