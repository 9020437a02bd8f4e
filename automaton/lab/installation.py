"""The Asterisk that plays the network, handed in as plain paths."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from automaton.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class AsteriskPaths:
    """One Asterisk on disk: `command` is the binary, behind its own loader if fetched.

    Several may run at once; each is given a configuration of its own.
    """

    command: tuple[str, ...]
    module_dir: Path
    data_dir: Path

    @classmethod
    def of_tree(cls, root: Path) -> AsteriskPaths:
        """Read the paths from an unpacked Debian tree (usr/sbin/asterisk below it)."""
        loader = _only(root, "usr/lib/*-linux-gnu*/ld-linux*.so.*")
        binary = root / "usr/sbin/asterisk"
        return cls(
            command=(str(loader), "--library-path", str(loader.parent), str(binary)),
            module_dir=_only(root, "usr/lib/*/asterisk/modules"),
            data_dir=root / "usr/share/asterisk",
        )


def _only(root: Path, pattern: str) -> Path:
    """Return the one path of that pattern below `root`."""
    for path in sorted(root.glob(pattern)):
        return path
    raise ConfigurationError(
        f"There is no Asterisk below {root}: {pattern} is missing.",
        error_id="town_asterisk_missing",
    )
