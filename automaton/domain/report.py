"""What a campaign came to, in figures: attempts and recipients in, a report out.

Only calls that left are counted as attempts; what was planned and then cancelled is
not. *Reachable* are the recipients but for those whose data are bad and those who
were excluded beforehand. Times to a share count from the start of the campaign.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

from automaton.domain.attempt import Attempt
from automaton.domain.campaign import FINAL_CAMPAIGN_STATES
from automaton.domain.outcome import Outcome
from automaton.domain.recipient import RecipientState
from automaton.domain.record import (
    UNDIALLED,
    CampaignHead,
    DutyRing,
    LinkedCampaign,
    Order,
    RecipientRecord,
    told_outcome,
)
from automaton.domain.street import street_key
from automaton.domain.timeline import Slice, levels, slices_of

_W = TypeVar("_W", bound=StrEnum)

SHARES = (50, 80, 90)
UNREACHABLE_STATES = frozenset({RecipientState.BAD_DATA, RecipientState.EXCLUDED})
NOT_VISITED = frozenset({RecipientState.ACKNOWLEDGED, RecipientState.EXCLUDED})
TRUNK_FAULTS = frozenset(
    {
        Outcome.TRUNK_REFUSED,
        Outcome.TRUNK_AUTH,
        Outcome.TRUNK_CREDIT,
        Outcome.MEDIA_REFUSED,
        Outcome.CALLER_ID_REFUSED,
        Outcome.TRUNK_FAILURE,
        Outcome.CONGESTION,
        Outcome.TRUNK_TIMEOUT,
        Outcome.PROTOCOL_GLITCH,
        Outcome.LOCAL_FAILURE,
    }
)


@dataclass(frozen=True, slots=True)
class ShareTime:
    """How long it took until a share had acknowledged; None: it never came to that."""

    share: int
    of_recipients: timedelta | None
    of_reachable: timedelta | None


@dataclass(frozen=True, slots=True)
class TrunkFigures:
    """What one trunk carried; `faults` are the outcomes that blame it."""

    name: str
    attempts: int
    answered: int
    faults: Mapping[Outcome, int]


@dataclass(frozen=True)
class Report:
    """A whole report. `lines`: those that the campaign might use; `made_at`: now.

    `audit_head`: the last line of the node's audit at that moment, empty without one.
    """

    head: CampaignHead
    lines: int
    made_at: datetime
    recipients: Sequence[RecipientRecord]
    linked: tuple[LinkedCampaign, ...] = ()
    duty: tuple[DutyRing, ...] = ()
    orders: tuple[Order, ...] = ()
    audit_head: str = ""

    @cached_property
    def attempts(self) -> list[Attempt]:
        """Return every attempt that left, in the order of leaving."""
        left = [a for r in self.recipients for a in r.attempts if a.claimed_at]
        return sorted(left, key=lambda a: (a.claimed_at or a.due_at, a.id))

    @cached_property
    def by_state(self) -> dict[RecipientState, int]:
        """Count the recipients by state, in the order of the closed list."""
        return _counted(RecipientState, (r.state for r in self.recipients))

    @cached_property
    def by_outcome(self) -> dict[Outcome, int]:
        """Count the ended attempts by outcome, in the order of the closed list."""
        return _counted(Outcome, (a.outcome for a in self.attempts if a.outcome))

    @cached_property
    def by_told_outcome(self) -> dict[str, int]:
        """Count the same as people are told it: what no trunk may dial for itself."""
        counts = Counter(told_outcome(a) for a in self.attempts if a.outcome)
        known = (*(word.value for word in Outcome), UNDIALLED)
        return {word: counts[word] for word in known if counts[word]}

    @property
    def acknowledged(self) -> int:
        """Count the recipients who acknowledged."""
        return self.by_state.get(RecipientState.ACKNOWLEDGED, 0)

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more will come."""
        return self.head.state in FINAL_CAMPAIGN_STATES

    @property
    def reachable(self) -> int:
        """Count the recipients who could be reached at all."""
        return sum(r.state not in UNREACHABLE_STATES for r in self.recipients)

    @cached_property
    def first_ring_at(self) -> datetime | None:
        """Return when the first telephone rang."""
        return min((a.rang_at for a in self.attempts if a.rang_at), default=None)

    @property
    def first_call_at(self) -> datetime | None:
        """Return when the first call left."""
        return self.attempts[0].claimed_at if self.attempts else None

    @property
    def start_at(self) -> datetime | None:
        """Return from when on times are counted."""
        return self.head.started_at or self.first_call_at

    @cached_property
    def last_end_at(self) -> datetime | None:
        """Return when the last call ended; now, while one goes on."""
        ends = (a.ended_at or self.made_at for a in self.attempts)
        return max(ends, default=None)

    @cached_property
    def reached_at(self) -> list[datetime]:
        """Return the moments of the acknowledgements in their order."""
        return sorted(at for r in self.recipients if (at := r.reached_at) is not None)

    @cached_property
    def share_times(self) -> tuple[ShareTime, ...]:
        """Return the times to 50, 80 and 90 % of recipients and of the reachable."""
        homes, reachable = len(self.recipients), self.reachable
        return tuple(
            ShareTime(
                share, self._time_to(share, homes), self._time_to(share, reachable)
            )
            for share in SHARES
        )

    @cached_property
    def line_utilisation(self) -> float | None:
        """Return busy line seconds over lines times the time from first to last call.

        From the claim to the hang-up a line counts as busy.
        """
        span = self._span()
        if not span or not self.lines:
            return None
        return self._busy().total_seconds() / (self.lines * span.total_seconds())

    @cached_property
    def peak_lines(self) -> int:
        """Return the most calls that there were at once."""
        return max((count for _, count in levels(self._calls())), default=0)

    @cached_property
    def trunks(self) -> tuple[TrunkFigures, ...]:
        """Return what each trunk carried, by name."""
        carried: defaultdict[str, list[Attempt]] = defaultdict(list)
        for attempt in self.attempts:
            carried[attempt.trunk or ""].append(attempt)
        return tuple(_trunk(name, carried[name]) for name in sorted(carried))

    @cached_property
    def not_reached(self) -> list[RecipientRecord]:
        """Return whom to visit, street by street: who has not acknowledged."""
        missed = [r for r in self.recipients if r.state not in NOT_VISITED]
        return sorted(missed, key=lambda r: (street_key(r.address), r.name, r.id))

    @cached_property
    def help_asked(self) -> list[RecipientRecord]:
        """Return who pressed 3, street by street: they come first."""
        asked = [r for r in self.recipients if r.asked_for_help]
        return sorted(asked, key=lambda r: (street_key(r.address), r.name, r.id))

    @cached_property
    def slices(self) -> tuple[Slice, ...]:
        """Return the campaign's time in equal slices, for a picture."""
        return slices_of(self._calls(), self.reached_at, self._span())

    def _calls(self) -> list[tuple[datetime, datetime]]:
        return [
            (a.claimed_at, a.ended_at or self.made_at)
            for a in self.attempts
            if a.claimed_at is not None
        ]

    def _busy(self) -> timedelta:
        return sum((end - begin for begin, end in self._calls()), timedelta())

    def _span(self) -> timedelta:
        if self.first_call_at is None or self.last_end_at is None:
            return timedelta()
        return self.last_end_at - self.first_call_at

    def _time_to(self, share: int, whole: int) -> timedelta | None:
        """Return how long it took until `share` % of `whole` had acknowledged."""
        needed = -(-whole * share // 100)
        if not needed or needed > len(self.reached_at) or self.start_at is None:
            return None
        return max(timedelta(), self.reached_at[needed - 1] - self.start_at)


def _counted(words: Iterable[_W], seen: Iterable[_W]) -> dict[_W, int]:
    counts = Counter(seen)
    return {word: counts[word] for word in words if counts[word]}


def _trunk(name: str, carried: Sequence[Attempt]) -> TrunkFigures:
    faults = [a.outcome for a in carried if a.outcome in TRUNK_FAULTS]
    answered = sum(a.answered_at is not None for a in carried)
    return TrunkFigures(name, len(carried), answered, _counted(Outcome, faults))
