"""A message that an officer recorded by telephone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Take:
    """One recording. `file` is its name in the folder of recordings.

    `seconds` and `kept_at` are None until the officer has kept it; one of a call that
    broke off stays so, and may be kept in another call.
    """

    id: str
    collectivity_id: str
    officer_id: str
    by: str
    file: str
    at: datetime
    seconds: float | None = None
    kept_at: datetime | None = None
