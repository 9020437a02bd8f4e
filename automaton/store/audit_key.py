"""The key of a node's audit: a file of its own, made at the first use."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from automaton.domain.audit import Seal
from automaton.errors import ConfigurationError
from automaton.private import make_private_folder

KEY_BYTES = 32
OTHERS = "audit-keys"  # beside the key
OTHERS_READ = 0o077


@dataclass(frozen=True)
class SealFile:
    """Where a node's key is; it is read, or made, when the first line is sealed."""

    node: str
    path: Path

    @cached_property
    def seal(self) -> Seal:
        """Return the seal; `ConfigurationError` where the file holds no key."""
        try:
            if not self.path.exists():
                _make(self.path)
            return Seal(self.node, read_key(self.path))
        except OSError as error:
            message = f"The audit's key {self.path} cannot be read: {error.strerror}."
            raise ConfigurationError(message, error_id="audit-key") from error

    @property
    def is_exposed(self) -> bool:
        """Tell whether others than its owner may read the key."""
        return self.path.exists() and bool(self.path.stat().st_mode & OTHERS_READ)


def read_key(path: Path) -> bytes:
    """Return the key of a file: 64 hexadecimal digits."""
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        message = f"{path} holds no key of an audit: 64 hexadecimal digits."
        raise ConfigurationError(message, error_id="audit-key")
    return key


def other_keys(path: Path) -> Sequence[Path]:
    """Return the files of keys kept beside a node's own: its older ones, others'."""
    return sorted((path.parent / OTHERS).glob("*.key"))


def keep_key(path: Path, key: bytes) -> None:
    """Keep a key that is not, or no longer, the node's own beside it."""
    folder = path.parent / OTHERS
    make_private_folder(folder)
    file = folder / f"{Seal('', key).key_id}.key"
    if not file.exists():
        _write(file, key.hex())


def _make(path: Path) -> None:
    """Write a new key whole, unless somebody else just did: one of two wins."""
    _write(path, secrets.token_hex(KEY_BYTES))


def _write(path: Path, key: str) -> None:
    make_private_folder(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".audit-")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key + "\n")
            file.flush()
            os.fsync(handle)
        Path(path).hardlink_to(name)
    except FileExistsError:
        return
    finally:
        Path(name).unlink()
