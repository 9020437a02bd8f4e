"""Messages that officers record by telephone: begun, heard, kept.

A recording is on record before it begins: a call that breaks off leaves it as a draft,
which its officer finds in the next call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from automaton.clock import Clock
from automaton.domain.collectivity import Act
from automaton.domain.officer import Officer
from automaton.domain.take import Take
from automaton.ids import new_id
from automaton.private import make_private_folder
from automaton.voices.cache import PromptCache
from automaton.voices.voice import LINE_RATE

LONGEST = timedelta(minutes=2)
FRESH = timedelta(hours=12)  # so long a recording of another call is offered
LOUD_SHARE = 0.005  # more of the sound at full scale is heard as distorted
PREFIX, ALAW = "by-phone-", ".alaw"


class TakeBook(Protocol):
    """What these use cases need of the store; each method is one transaction."""

    def add_take(self, take: Take, act: Act) -> None:
        """Write that a recording begins."""
        ...

    def keep_take(self, take: Take, act: Act) -> None:
        """Write that a recording is kept, and how long it lasts."""
        ...

    def takes(self, collectivity_id: str) -> Sequence[Take]:
        """Return the recordings of a collectivity, the latest first."""
        ...

    def latest_take(self, officer_id: str, since: datetime) -> Take | None:
        """Return what an officer kept last since a moment, else recorded last."""
        ...


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording as residents would hear it, trimmed and levelled, and its length.

    `is_distorted`: it was spoken so loudly that it sounds harsh.
    """

    prompt: str
    length: timedelta
    is_distorted: bool


def begin_take(book: TakeBook, clock: Clock, folder: Path, officer: Officer) -> Take:
    """Write that an officer records a message; return where it goes."""
    make_private_folder(folder)
    id_, now = new_id(), clock.now()
    owner = officer.collectivity_id
    take = Take(id_, owner, officer.id, officer.name, f"{PREFIX}{id_}{ALAW}", now)
    book.add_take(take, _act(officer, clock, "message_recorded", take))
    return take


def heard(cache: PromptCache, path: Path) -> Heard:
    """Return a recording as it would be heard; `RequestError` where nothing is.

    Trimmed and levelled as every message is.
    """
    from automaton.voices.recorded import (  # noqa: PLC0415 - 0.1 s
        clipped_share,
        recording,
    )

    prompt = cache.render_recording(path)
    seconds = cache.path(prompt).stat().st_size / LINE_RATE
    is_distorted = clipped_share(recording(path)) > LOUD_SHARE
    return Heard(prompt, timedelta(seconds=seconds), is_distorted)


def keep_take(
    book: TakeBook, clock: Clock, officer: Officer, take: Take, length: timedelta
) -> Take:
    """Keep a recording as the officer's message; return it."""
    seconds, now = length.total_seconds(), clock.now()
    kept = replace(take, seconds=seconds, kept_at=now)
    book.keep_take(kept, _act(officer, clock, "message_kept", take))
    return kept


def latest_take(
    book: TakeBook, clock: Clock, folder: Path, officer: Officer
) -> Take | None:
    """Return what an officer kept last within half a day, None where there is nothing.

    Where nothing was kept, what broke off, if anything was recorded.
    """
    take = book.latest_take(officer.id, clock.now() - FRESH)
    if take is None:
        return None
    path = folder / take.file
    return take if path.is_file() and path.stat().st_size else None


def _act(officer: Officer, clock: Clock, what: str, take: Take) -> Act:
    about = (what, "take", take.id, officer.collectivity_id)
    return Act(officer.name, clock.now(), *about)
