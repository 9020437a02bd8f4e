"""The names of archives: of which installation, of when; the latest sorts last."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

SUFFIX = ".tar.age"
_NAME = re.compile(r"([a-z0-9-]+)-(\d{8}T\d{6}Z)(-\d+)?\.tar\.age")


def name_of(installation: str, at: datetime) -> str:
    """Return the name of an archive of this moment."""
    return f"{installation}-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}{SUFFIX}"


def archives_in(names: Iterable[str], installation: str) -> Sequence[str]:
    """Return the archives of an installation among some names, the oldest first."""
    found = []
    for name in names:
        match = _NAME.fullmatch(name)
        if match and match[1] == installation:
            found.append((match[2], name))
    return [name for _, name in sorted(found)]
