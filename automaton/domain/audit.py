"""The audit's chain: each line sealed with a key that the database does not hold.

A line's seal (HMAC-SHA256) covers what it tells, its place and the seal before it, as
`docs/audit.md` writes it down; whoever has the key checks it with twenty lines of any
language. `audit_check` looks for what was done to a chain.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from automaton.errors import RequestError

NOTHING_BEFORE = ""
HASHED = "k:"
HASH_DIGITS = 20
KEY_ID_DIGITS = 16
HEAD_DIGITS = 16
_ID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_HASH = rf"{HASHED}[0-9a-f]{{{HASH_DIGITS}}}"
_OPAQUE = re.compile(rf"{_ID}|{_HASH}|(?!.*\d{{8}})[a-z0-9_.:-]{{0,64}}")
_HEAD = re.compile(r"([a-z0-9][a-z0-9_-]*)/(\d+)/([0-9a-f]{16,64})")


@dataclass(frozen=True, slots=True)
class Entry:
    """One sealed line of a node's chain; `previous` is the seal of the line before."""

    node: str
    seq: int
    at: datetime
    by: str
    action: str
    subject: str
    subject_id: str
    collectivity_id: str | None
    details: Mapping[str, str]
    key_id: str
    previous: str
    mac: str = ""

    def canonical(self, seq: int | None = None) -> bytes:
        """Return what is sealed: JSON in ASCII, keys sorted, no spaces, moments in UTC.

        `seq` tells another place than its own.
        """
        told: dict[str, Any] = {
            name: getattr(self, name) for name in self.__slots__ if name != "mac"
        }
        told["at"] = f"{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        told["details"] = dict(self.details)
        told["seq"] = self.seq if seq is None else seq
        return json.dumps(told, sort_keys=True, separators=(",", ":")).encode("ascii")


@dataclass(frozen=True, slots=True)
class Head:
    """The last line of a chain. Written down elsewhere, it shows a tail that is cut."""

    node: str
    seq: int
    mac: str

    def __str__(self) -> str:
        """Return the short form: node, number, the first 64 bits of the seal."""
        return f"{self.node}/{self.seq}/{self.mac[:HEAD_DIGITS]}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Return a head from its short or long form; `RequestError` if it is none."""
        found = _HEAD.fullmatch(text.strip().lower())
        if found is None:
            message = f"« {text} » is no head of an audit: NODE/NUMBER/SEAL."
            raise RequestError(message, error_id="audit-head")
        return cls(found[1], int(found[2]), found[3])


@dataclass(frozen=True, slots=True, repr=False)
class Seal:
    """A node's key. Seals lines, and turns names into words that tell nothing."""

    node: str
    key: bytes

    @property
    def key_id(self) -> str:
        """Return by which a line says with which key it was sealed."""
        return self._hmac(b"key").hexdigest()[:KEY_ID_DIGITS]

    def mac(self, entry: Entry, seq: int | None = None) -> str:
        """Return the seal of a line, or the one it would have in another place."""
        return self._hmac(entry.canonical(seq)).hexdigest()

    def fits(self, entry: Entry, seq: int | None = None) -> bool:
        """Tell whether a line carries its own seal."""
        return hmac.compare_digest(self.mac(entry, seq), entry.mac)

    def hashed(self, name: str) -> str:
        """Return the keyed hash of a name: the same for the same name."""
        return HASHED + self._hmac(b"name\0" + name.encode()).hexdigest()[:HASH_DIGITS]

    def opaque(self, text: str) -> str:
        """Return an id or a plain word as it is, anything else as a keyed hash."""
        return text if _OPAQUE.fullmatch(text) else self.hashed(text)

    def _hmac(self, text: bytes) -> hmac.HMAC:
        return hmac.new(self.key, text, hashlib.sha256)
