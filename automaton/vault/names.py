"""The names of archives (of which installation, of when), and of files within them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import quote_from_bytes, unquote_to_bytes

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


def taken_at(name: str) -> datetime:
    """Return the moment of which an archive is, as its name says."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"{name!r} is no name of an archive")
    return datetime.strptime(match[2], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def beyond(
    names: Sequence[str], newest: str, good: frozenset[str], keep: int
) -> Sequence[str]:
    """Return which archives may go: older than the last `keep` that were found whole.

    `newest` is one of them, whatever names say; 0 keeps all.
    """
    older = names[: names.index(newest)] if newest in names else ()
    if keep < 2:
        return older if keep else ()
    whole = [name for name in older if name in good]
    if len(whole) < keep - 1:
        return ()
    return older[: older.index(whole[1 - keep])]


def name_within(name: str) -> str:
    """Return a file's name as an archive has it: whatever is odd is %-escaped."""
    plain = quote_from_bytes(os.fsencode(name), safe="").replace("~", "%7E")
    is_odd = plain[0] in ".-"
    return f"%{ord(plain[0]):02X}{plain[1:]}" if is_odd else plain


def name_without(name: str) -> str:
    """Return the name that a file had; `ValueError` where it would leave its folder."""
    told = os.fsdecode(unquote_to_bytes(name))
    if told in ("", ".", "..") or "/" in told or "\0" in told:
        raise ValueError(f"{name!r} is no name of a file")
    return told
