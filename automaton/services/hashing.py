"""Codes as they are kept: argon2id, one at a time in a process.

A hash takes about 0.1 s and 64 MiB. A code is in no error: what argon2 raises tells
none, and it stops here.
"""

from __future__ import annotations

import secrets
import threading
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

_ONE_AT_A_TIME = threading.Lock()


def hashed(code: str) -> str:
    """Return the hash of a code, with its salt and its cost."""
    with _ONE_AT_A_TIME:
        return _hasher().hash(code)


def is_code_of(code: str, kept: str | None) -> bool:
    """Tell whether a code has that hash; without one, False after the same work."""
    from argon2.exceptions import (  # noqa: PLC0415 - 0.02 s, not for every verb
        InvalidHashError,
        VerificationError,
    )

    nobodys = _nobodys()
    with _ONE_AT_A_TIME:
        try:
            _hasher().verify(nobodys if kept is None else kept, code)
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher  # noqa: PLC0415 - 0.02 s, not for every verb

    return PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)


@cache
def _nobodys() -> str:
    """Return the hash of a code that nobody has, looked at where nobody is meant."""
    return hashed(secrets.token_hex(16))
