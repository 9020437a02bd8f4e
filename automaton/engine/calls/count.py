"""Counts for whoever watches: what a beat brought, and what the journal still holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import UTC, datetime

import structlog

from automaton.domain.attempt import AttemptState
from automaton.domain.recipient import FINAL_RECIPIENT_STATES
from automaton.engine.beat import Beat, Written
from automaton.ports import BeatFigures, JournalledKey

log = structlog.get_logger(__name__)


def figures_of(work: Beat, written: Written) -> BeatFigures:
    """Return what a beat brought; only what is durable counts, and once."""
    return BeatFigures(
        Counter(taken.trunk.name for taken in written.claimed.taken),
        Counter(
            (attempt.trunk or "", attempt.outcome.value)
            for attempt in work.harvest.changed
            if attempt.state is AttemptState.ENDED and attempt.outcome is not None
        ),
        Counter(
            change.state.value
            for change in written.changes
            if change.state in FINAL_RECIPIENT_STATES and not change.again
        ),
        len(work.harvest.keys),
    )


def tell_calls(work: Beat, written: Written) -> None:
    """Log each call that leaves and each that has ended, where that is asked for."""
    say = log.bind()  # once: making a logger costs more than a line that is not written
    for taken in written.claimed.taken:
        attempt, trunk = taken.attempt, taken.trunk.name
        campaign = attempt.campaign_id
        say.debug("call leaves", attempt=attempt.id, campaign=campaign, trunk=trunk)
    for attempt in work.harvest.changed:
        if attempt.state is AttemptState.ENDED:
            outcome = attempt.outcome
            say.debug("call ended", attempt=attempt.id, outcome=outcome)


class JournalDepth:
    """How many keys Asterisk's journal holds: as it was read, and what came since.

    It is never read for this: a long journal costs the link too much.
    """

    def __init__(self) -> None:
        self.keys: int | None = None
        self.oldest_at: datetime | None = None
        self._read_at = datetime.max.replace(tzinfo=UTC)

    def read(self, keys: Collection[JournalledKey], now: datetime) -> None:
        """Take what a reading found."""
        self.keys, self._read_at = len(keys), now
        self.oldest_at = min((key.at for key in keys), default=None)

    def grow(self, pressed_at: Iterable[datetime]) -> None:
        """Note keys that came on record; those pressed before the reading are in it."""
        new = [at for at in pressed_at if at >= self._read_at]
        if self.keys is not None and new:
            self.keys += len(new)
            self.oldest_at = self.oldest_at or min(new)

    def shrink(self, gone: int, left: Iterable[JournalledKey]) -> None:
        """Note how many of those that were read are gone, and which are left."""
        self.keys = (self.keys or 0) - gone
        of_the_rest = self._read_at if self.keys else None
        self.oldest_at = min((key.at for key in left), default=of_the_rest)
