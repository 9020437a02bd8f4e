"""Live attempts: call events in, changed attempts out, in memory until the next beat.

Nothing here waits or writes. A harvest is what the beat commits; a harvest that could
not be committed is put back and harvested again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from automaton.domain.attempt import Attempt, AttemptState, advance
from automaton.domain.events import (
    Answered,
    CallEvent,
    HungUp,
    KeyPressed,
    Lost,
    OrderFailed,
    PersonsWord,
    TransferBegan,
)
from automaton.domain.policy import LONGEST_TRANSFER

VERDICT_GRACE = timedelta(seconds=1)


@dataclass(slots=True)
class Live:
    """One attempt that this node carries. `deadline`: by then it must be over."""

    attempt: Attempt
    deadline: datetime
    verdict: bool = False
    settle_by: datetime | None = None
    is_held: bool = False
    waits: bool = False
    """Whether its order waits here, for a line or for its turn."""

    @property
    def may_be_on_a_line(self) -> bool:
        """Whether the call may be ringing or talking, as far as we know."""
        quarantined = self.attempt.state is AttemptState.QUARANTINED
        return not quarantined and self.settle_by is None


@dataclass(frozen=True, slots=True)
class Harvest:
    """What one beat has to write down."""

    changed: tuple[Attempt, ...] = ()
    conclude: frozenset[str] = frozenset()
    keys: tuple[tuple[str, int], ...] = ()
    strays: tuple[CallEvent, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changed or self.conclude or self.keys or self.strays)


@dataclass
class Sessions:
    """All live attempts of this node, by attempt id."""

    live: dict[str, Live] = field(default_factory=dict)
    _held: Counter[str] = field(default_factory=Counter)
    _changed: dict[str, Attempt] = field(default_factory=dict)
    _conclude: set[str] = field(default_factory=set)
    _keys: list[tuple[str, int]] = field(default_factory=list)
    _strays: list[CallEvent] = field(default_factory=list)
    keys_since: dict[tuple[str, int], datetime] = field(default_factory=dict)
    """When each key was pressed that is not on record yet."""
    urgent: bool = False

    def open(
        self, attempt: Attempt, longest_call: timedelta, *, waits: bool = False
    ) -> Live:
        """Begin to follow an attempt that was claimed, or is adopted after a gap."""
        started_at = attempt.claimed_at or attempt.due_at
        live = Live(attempt, started_at + longest_call, waits=waits)
        if attempt.id in self.live:
            self._hold(self.live[attempt.id], False)
        self.live[attempt.id] = live
        self._hold(live, live.may_be_on_a_line)
        return live

    def take(self, event: CallEvent) -> bool:
        """Take one event; True once its line is free."""
        live = self.live.get(event.attempt_id)
        if live is None:
            self._strays.append(event)
            self._await_record(event)
            self.urgent = True
            return False
        if isinstance(event, TransferBegan):
            live.deadline = max(live.deadline, event.at + LONGEST_TRANSFER)
        live.verdict = live.verdict or isinstance(event, OrderFailed | Answered)
        self._put(live, advance(live.attempt, event), event)
        return isinstance(event, HungUp) or event.attempt_id not in self.live

    def forget(self, attempt_id: str) -> bool:
        """Follow no more an attempt whose order never left; False where it changed."""
        live = self.live.get(attempt_id)
        if live is None or live.attempt.state is not AttemptState.CLAIMED:
            return False
        self._changed.pop(attempt_id, None)
        del self.live[attempt_id]
        self._hold(live, False)
        return True

    @property
    def unwritten(self) -> frozenset[str]:
        """The attempts that changed since the last harvest, also those that ended."""
        return frozenset(self._changed)

    def holds(self, campaign_id: str) -> int:
        """Count the attempts of a campaign that may be ringing or talking."""
        return self._held[campaign_id]

    def of_recipients(self, recipient_ids: Iterable[str]) -> Iterator[Attempt]:
        """Yield the live attempts of some recipients."""
        wanted = set(recipient_ids)
        for live in self.live.values() if wanted else ():
            if live.attempt.recipient_id in wanted:
                yield live.attempt

    def shift(self, by: timedelta, now: datetime) -> None:
        """Let every deadline follow a clock that has jumped to `now`."""
        for live in self.live.values():
            live.deadline += by
            if live.settle_by is not None:
                live.settle_by = min(live.settle_by + by, now + VERDICT_GRACE)

    def overdue(self, now: datetime) -> list[Live]:
        """Return the attempts whose deadline is over."""
        return [live for live in self.live.values() if live.deadline <= now]

    def harvest(self, now: datetime, *, last: bool = False) -> Harvest:
        """Return all that is not written yet, and forget it here.

        The `last` one waits for no verdict any more.
        """
        self._settle_without_verdict(datetime.max.replace(tzinfo=UTC) if last else now)
        harvest = Harvest(
            tuple(self._changed.values()),
            frozenset(self._conclude),
            tuple(self._keys),
            tuple(self._strays),
        )
        self._changed, self._conclude = {}, set()
        self._keys, self._strays, self.urgent = [], [], False
        return harvest

    def recorded(self, harvest: Harvest) -> list[datetime]:
        """Note that a harvest is on record; return when its keys were pressed."""
        keys = (*harvest.keys, *map(_key_of, harvest.strays))
        since = [self.keys_since.pop(key, None) for key in keys]
        return [at for at in since if at is not None]

    def put_back(self, harvest: Harvest) -> None:
        """Take back a harvest that could not be written; newer states win."""
        older = {attempt.id: attempt for attempt in harvest.changed}
        self._changed = older | self._changed
        self._conclude |= harvest.conclude
        self._keys = [*harvest.keys, *self._keys]
        self._strays = [*harvest.strays, *self._strays]
        self.urgent = True

    def _await_record(self, event: CallEvent) -> None:
        if isinstance(event, KeyPressed):
            self.keys_since.setdefault(_key_of(event), event.at)

    def _put(self, live: Live, after: Attempt, event: CallEvent) -> None:
        if after is live.attempt:
            if live.settle_by is not None and live.verdict:
                self._close(live)
            return
        live.attempt = after
        if after.is_open:
            self._changed[after.id] = after
            self._hold(live, live.may_be_on_a_line)
        if isinstance(event, KeyPressed):
            self._keys.append((after.id, event.seq))
            self._await_record(event)
            self._conclude.add(after.recipient_id)
            self.urgent = True
        if isinstance(event, Lost | PersonsWord):
            self._conclude.add(after.recipient_id)
            self.urgent = True
        if not after.is_open:
            self._end(live, event)

    def _end(self, live: Live, event: CallEvent) -> None:
        """Close an ended attempt, or hold it until Asterisk's verdict has come too.

        Hangup and OriginateResponse come in either order; only the second tells our
        own ring time from the network's 480. What is held is not written either: an
        end on record always has its settlement in the same transaction.
        """
        told = live.verdict or live.attempt.answered_at or live.attempt.lost
        if told or live.attempt.withdrawn:
            self._close(live)
        elif live.settle_by is None:
            live.settle_by = event.at + VERDICT_GRACE
            self._hold(live, False)

    def _close(self, live: Live) -> None:
        self._changed[live.attempt.id] = live.attempt
        self._conclude.add(live.attempt.recipient_id)
        self.live.pop(live.attempt.id, None)
        self._hold(live, False)
        self.urgent = True

    def _hold(self, live: Live, is_held: bool) -> None:
        """Count a call for its campaign as long as it may be on a line."""
        self._held[live.attempt.campaign_id] += is_held - live.is_held
        live.is_held = is_held

    def _settle_without_verdict(self, now: datetime) -> None:
        waiting = [live for live in self.live.values() if live.settle_by is not None]
        for live in waiting:
            if live.settle_by is not None and live.settle_by <= now:
                self._close(live)


def _key_of(event: CallEvent) -> tuple[str, int]:
    return event.attempt_id, event.seq if isinstance(event, KeyPressed) else -1
