"""Identifiers of everything that is kept: random, and in the order of their making."""

from __future__ import annotations

import os
import time


def new_id() -> str:
    """Return a new UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds, 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    head = (milliseconds << 16 | 0x7000 | random >> 64 & 0x0FFF) << 64
    tail = 0b10 << 62 | random & (1 << 62) - 1
    # By hand: an import makes 100,000 of them, and uuid.UUID takes half its time.
    digits = f"{head | tail:032x}"
    parts = digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]
    return "-".join(parts)
