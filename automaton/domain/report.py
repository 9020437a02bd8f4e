"""What a campaign came to, in figures: attempts and recipients in, a report out.

Only calls that left are counted as attempts; what was planned and then cancelled is
not. *Reachable* are the recipients but for those whose data are bad and those who
were excluded beforehand. Times to a share count from the start of the campaign.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol

from automaton.domain.approval import Approval
from automaton.domain.attempt import Attempt
from automaton.domain.campaign import (
    ACTIVE_CAMPAIGN_STATES,
    FINAL_CAMPAIGN_STATES,
)
from automaton.domain.foreseen import Expectation, Foreseen, expectations
from automaton.domain.help import HelpAlarm
from automaton.domain.outcome import Outcome
from automaton.domain.recipient import RecipientState
from automaton.domain.record import (
    UNDIALLED,
    CampaignHead,
    DutyRing,
    LinkedCampaign,
    Order,
    RecipientRecord,
)
from automaton.domain.street import street_key
from automaton.domain.timeline import Slice, slices_of
from automaton.domain.totals import Call, Carried, Totals, call_of, totals

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


class Walk(Protocol):
    """Recipients that are put in the order of a walk, street by street."""

    def add(self, record: RecipientRecord) -> None:
        """Take one more."""
        ...

    def __len__(self) -> int:
        """Return how many were taken."""
        ...

    def __iter__(self) -> Iterator[RecipientRecord]:
        """Yield them in their order, as often as asked."""
        ...


def walk_key(record: RecipientRecord) -> tuple[object, ...]:
    """Return by what a walk is ordered."""
    return street_key(record.address), record.name, record.id


class ShortWalk:
    """A walk that fits into memory."""

    def __init__(self) -> None:
        self._taken: list[RecipientRecord] = []

    def add(self, record: RecipientRecord) -> None:
        """Take one more."""
        self._taken.append(record)

    def __len__(self) -> int:
        """Return how many were taken."""
        return len(self._taken)

    def __iter__(self) -> Iterator[RecipientRecord]:
        """Yield them in their order."""
        return iter(sorted(self._taken, key=walk_key))


@dataclass(frozen=True)
class Report:
    """A whole report. `lines`: those that the campaign might use; `made_at`: now.

    `approvals`: what second officers were asked and said of its launch.
    `audit_head`: the last line of the node's audit at that moment, empty without one.
    `proven`: when each way to be warned was last proven end to end before it began, a
    trunk or a person by name; None for never.
    `alarms`: its calls for help, the open ones first.
    `launched`, `foreseen`: what was expected at the launch, and while it went on.

    `recipients` are gone through as often as need be, and never held. `calls`: those
    that left, in the order of leaving; `moments`: the acknowledgements in their order.
    `concerned`: who did not acknowledge, or asked for help; `states`: all of them
    counted. What of these is not given is taken from the recipients, who fit into
    memory then.
    """

    head: CampaignHead
    lines: int
    made_at: datetime
    recipients: Collection[RecipientRecord]
    linked: tuple[LinkedCampaign, ...] = ()
    duty: tuple[DutyRing, ...] = ()
    alarms: tuple[HelpAlarm, ...] = ()
    orders: tuple[Order, ...] = ()
    approvals: tuple[Approval, ...] = ()
    audit_head: str = ""
    proven: Mapping[str, datetime | None] = field(default_factory=dict)
    launched: Foreseen | None = None
    foreseen: tuple[Foreseen, ...] = ()
    calls: Iterable[Call] | None = None
    moments: Sequence[datetime] | None = None
    concerned: Iterable[RecipientRecord] | None = None
    states: Mapping[RecipientState, int] | None = None
    walk: Callable[[], Walk] = ShortWalk

    @cached_property
    def attempts(self) -> Sequence[Attempt]:
        """Return every attempt that left, in the order of leaving: all in memory."""
        left = [a for r in self.recipients for a in r.attempts if a.claimed_at]
        return sorted(left, key=lambda a: (a.claimed_at or a.due_at, a.id))

    @cached_property
    def totals(self) -> Totals:
        """Return what all calls come to."""
        return totals(self._calls(), self.made_at)

    @cached_property
    def by_state(self) -> dict[RecipientState, int]:
        """Count the recipients by state, in the order of the closed list."""
        states = self.states
        if states is None:
            states = Counter(record.state for record in self.recipients)
        return {s: n for s in RecipientState if (n := states.get(s, 0))}

    @property
    def by_outcome(self) -> dict[Outcome, int]:
        """Count the ended attempts by outcome, in the order of the closed list."""
        counts = self.totals.by_outcome
        return {outcome: counts[outcome] for outcome in Outcome if counts[outcome]}

    @property
    def by_told_outcome(self) -> dict[str, int]:
        """Count the same as people are told it: what no trunk may dial for itself."""
        counts = self.totals.by_told
        known = (*(word.value for word in Outcome), UNDIALLED)
        return {word: counts[word] for word in known if counts[word]}

    @property
    def acknowledged(self) -> int:
        """Count the recipients who acknowledged."""
        return self.by_state.get(RecipientState.ACKNOWLEDGED, 0)

    @property
    def alone(self) -> Approval | None:
        """Return how one officer launched it without a second one, if that was so."""
        return next((one for one in self.approvals if one.was_alone), None)

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more will come."""
        return self.head.state in FINAL_CAMPAIGN_STATES

    @property
    def is_counting(self) -> bool:
        """Tell whether more recipients come: the audience is not wholly known."""
        goes_on = self.head.state in ACTIVE_CAMPAIGN_STATES
        return goes_on and not self.head.planned

    @property
    def reachable(self) -> int:
        """Count the recipients who could be reached at all."""
        return sum(n for s, n in self.by_state.items() if s not in UNREACHABLE_STATES)

    @property
    def open_alarms(self) -> tuple[HelpAlarm, ...]:
        """Return the calls for help that nobody has closed."""
        return tuple(alarm for alarm in self.alarms if alarm.is_open)

    @property
    def first_ring_at(self) -> datetime | None:
        """Return when the first telephone rang."""
        return self.totals.first_ring_at

    @property
    def first_call_at(self) -> datetime | None:
        """Return when the first call left."""
        return self.totals.first_call_at

    @property
    def start_at(self) -> datetime | None:
        """Return from when on times are counted."""
        return self.head.started_at or self.first_call_at

    @property
    def last_end_at(self) -> datetime | None:
        """Return when the last call ended; now, while one goes on."""
        return self.totals.last_end_at

    @cached_property
    def reached_at(self) -> Sequence[datetime]:
        """Return the moments of the acknowledgements in their order."""
        if self.moments is not None:
            return self.moments
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
    def expectations(self) -> tuple[Expectation, ...]:
        """Return what was expected beside what came; nothing while it goes on."""
        if not self.is_over:
            return ()
        start = self.start_at
        return expectations(self.launched, self.foreseen, start, self.reached_at)

    @cached_property
    def line_utilisation(self) -> float | None:
        """Return busy line seconds over lines times the time from first to last call.

        From the claim to the hang-up a line counts as busy, also in the moment for
        which a claim may wait for its line.
        """
        span = self._span()
        if not span or not self.lines:
            return None
        busy = self.totals.busy.total_seconds()
        return busy / (self.lines * span.total_seconds())

    @property
    def peak_lines(self) -> int:
        """Return the most calls that there were at once.

        A claim beyond the lines waits a moment for one of them: it is no call yet.
        """
        most = self.totals.peak_lines
        return min(most, self.lines) if self.lines else most

    @cached_property
    def trunks(self) -> tuple[TrunkFigures, ...]:
        """Return what each trunk carried, by name."""
        carried = self.totals.trunks
        return tuple(_trunk(name, carried[name]) for name in sorted(carried))

    @property
    def not_reached(self) -> Walk:
        """Return whom to visit, street by street: who has not acknowledged."""
        return self._people[0]

    @property
    def help_asked(self) -> Walk:
        """Return who pressed 3, street by street: they come first."""
        return self._people[1]

    @property
    def doors(self) -> Iterator[RecipientRecord]:
        """Yield the door-to-door: who waits for help, then whom else to visit."""
        yield from (one for one in self.help_asked if one.waits_for_help)
        yield from (one for one in self.not_reached if not one.waits_for_help)

    @property
    def to_visit(self) -> int:
        """Count the doors; the few who asked for help are looked at one by one."""
        reached = (one for one in self.help_asked if one.state in NOT_VISITED)
        return len(self.not_reached) + sum(one.waits_for_help for one in reached)

    @cached_property
    def slices(self) -> tuple[Slice, ...]:
        """Return the campaign's time in equal slices, for a picture."""
        return slices_of(self._spans(), self.reached_at, self._span())

    @cached_property
    def _people(self) -> tuple[Walk, Walk]:
        """Return, of one pass, whom to visit and who asked for help."""
        missed, asked = self.walk(), self.walk()
        some = self.recipients if self.concerned is None else self.concerned
        for record in some:
            if record.state not in NOT_VISITED:
                missed.add(record)
            if record.asked_for_help:
                asked.add(record)
        return missed, asked

    def _calls(self) -> Iterable[Call]:
        return map(call_of, self.attempts) if self.calls is None else self.calls

    def _spans(self) -> Iterator[tuple[datetime, datetime]]:
        now = self.made_at
        return ((call.claimed_at, call.ended_at or now) for call in self._calls())

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


def _trunk(name: str, carried: Carried) -> TrunkFigures:
    faults = {
        o: n for o in Outcome if o in TRUNK_FAULTS and (n := carried.outcomes.get(o))
    }
    return TrunkFigures(name, carried.attempts, carried.answered, faults)
