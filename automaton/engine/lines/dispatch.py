"""A line first, then an order: what may be claimed now, by lines and by pace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from automaton.domain.campaign import URGENCY, Campaign, CampaignClass, CampaignState
from automaton.domain.fairness import RETRIES, Claimant, shares
from automaton.domain.trunk import Trunk
from automaton.engine.calls.session import Sessions
from automaton.engine.lines.astray import Astray
from automaton.engine.lines.ceiling import DayCeilings
from automaton.engine.lines.claim import Intent, Taken
from automaton.engine.lines.hold import MOST_AHEAD, Falling, Lines
from automaton.engine.lines.pace import (
    Bucket,
    Pace,
    Rate,
    Spacing,
    Turns,
    burst_of,
    burst_of_cap,
)
from automaton.engine.lines.safeguard import Safeguard
from automaton.ports import Want

BATCH = 100
# What one Asterisk bears: 200 starts a second, and never all of them at once. A crowd
# that leaves together ends together, and keeps both processors busy while others wait.
MOST = Rate(200.0, 200.0)
SPREAD = Rate(300.0, 60.0)
PROBE = 1
SLOWEST = 0.001  # calls a second, where a node has no line of a trunk now
STALLED = 1.0  # seconds without Asterisk's answer to an order
STRANDED_FOR = timedelta(seconds=40)  # longer than the wait after a local failure
NOBODY: Mapping[str, int] = {}


class Dispatch:
    """Keeps the pace of this node's trunks. The loop's thread only."""

    def __init__(
        self,
        trunks: Sequence[Trunk],
        lines: Lines,
        safeguard: Safeguard,
        seconds: float,
        ceilings: DayCeilings | None = None,
        *,
        small_first: bool = True,
    ) -> None:
        self.ceilings = ceilings or DayCeilings(trunks, "UTC")
        self.trunks = {trunk.name: trunk for trunk in trunks}
        self._lines = lines
        self._safeguard = safeguard
        self._small_first = small_first
        self.astray = Astray()
        self._retries: dict[str, float] = {}
        self.limits: Mapping[str, int] = {}  # lines of campaigns that nodes share
        self.makes_room = True  # whether calls may be ended for an alert
        self._parts: dict[str, float] = {}
        self._turns: dict[str, Turns] = {}
        self._unanswered: dict[str, float] = {}
        self._node = Pace(*(Bucket(*rate, seconds) for rate in (MOST, SPREAD)))
        self._buckets = {
            trunk.name: Bucket(cap, burst_of_cap(cap), seconds)
            for trunk in trunks
            if (cap := trunk.calls_per_second) is not None
        }
        self._spacing = {trunk.name: Spacing() for trunk in trunks}
        self._falling = {trunk.name: Falling() for trunk in trunks}

    def intent(
        self,
        campaigns: Sequence[Campaign],
        sessions: Sessions,
        now: datetime,
        seconds: float,
        waiting: Mapping[str, int] = NOBODY,
    ) -> Intent:
        """Return what may be claimed now, the most urgent campaign first.

        `waiting`: how many calls are due for each campaign, where that was counted.
        """
        capacity = self.capacity(seconds)
        total = min(sum(capacity.values()), self._node.available(seconds))
        if total <= 0:
            return self._later_turns(campaigns, now, seconds)
        kept = self.astray.kept(capacity, seconds)
        others = {name: n - kept.get(name, 0) for name, n in capacity.items()}
        wants = {
            campaign.id: want
            for campaign in campaigns
            if self.may_dial(campaign, now)
            for left in [capacity if _is_alert(campaign) else others]
            if (want := self._want(campaign, sessions, left)) is not None
        }
        claimants = [
            _claimant(campaign, wants[campaign.id], sessions, waiting)
            for campaign in campaigns
            if campaign.id in wants
        ]
        size = sum(self._lines.offered(name) for name in self.trunks)
        given = shares(claimants, total, size, small_first=self._small_first)
        rooms_of = self._safeguard.exchanges.rooms
        claims = [self._shared(wants[id_], n) for id_, n in given.items() if n]
        return Intent(
            tuple(
                replace(want, rooms=rooms_of(want.campaign_id, now, seconds))
                for want in claims
            ),
            tuple(capacity.items()),
            kept,
        )

    def _later_turns(
        self, campaigns: Sequence[Campaign], now: datetime, seconds: float
    ) -> Intent:
        """Let alerts give later turns where an exchange is slow, with no line free.

        Else calls would be ended for lines that they could not use (preempt.py).
        """
        later = self._safeguard.exchanges.later
        wants = [
            Want(campaign.id, 0, rooms=later(campaign.id, now, seconds))
            for campaign in (campaigns if self.makes_room else ())
            if _is_alert(campaign) and campaign.state is CampaignState.RUNNING
        ]
        return Intent(tuple(want for want in wants if want.rooms))

    def _shared(self, want: Want, limit: int) -> Want:
        """Return what a campaign may claim; each fourth of it is for retries."""
        share = self._retries.get(want.campaign_id, 0.0) + limit * RETRIES
        self._retries[want.campaign_id] = share % 1
        return replace(want, limit=limit, again=int(share))

    def started(self, taken: Sequence[Taken], seconds: float) -> None:
        """Note that calls leave: they hold their lines and use up the pace.

        What was claimed ahead of its line waits for it.
        """
        self._node.take(len(taken), seconds)
        self.astray.leave(call.attempt.id for call in taken)
        for call in taken:
            if self._lines.free(call.trunk.name):
                self._lines.take(call.trunk.name, call.attempt.id)
            self._safeguard.started(call.attempt, call.trunk.name, seconds)
            self.ceilings.started(call.trunk.name)
            if call.trunk.name in self._buckets:
                self._buckets[call.trunk.name].take(1, seconds)

    def delay(self, name: str, seconds: float) -> float:
        """Return the seconds until a trunk's next call leaves, evenly by its rate."""
        turns = self._turns.get(name)
        return self._spacing[name].wait(self._spaced(name), seconds, turns)

    def rate(self, name: str) -> float | None:
        """Return the calls a second that a trunk may start from here; None: any."""
        cap, learned = self.trunks[name].calls_per_second, self._safeguard.rate(name)
        own = None if cap is None else max(cap * self._parts.get(name, 1.0), SLOWEST)
        return min((rate for rate in (own, learned) if rate is not None), default=None)

    def _spaced(self, name: str) -> float | None:
        """Return by which rate starts are spaced, besides the turns of this node."""
        shared = name in self._turns
        return self._safeguard.rate(name) if shared else self.rate(name)

    def slow(self, name: str, first: int, held: int, zero: float, now: float) -> None:
        """Let a trunk start a part of its calls a second; the rest is other nodes'.

        Ours is that of the lines which we hold, from the `first` on; the turns of all
        are counted from these seconds, `zero`.
        """
        trunk, bucket = self.trunks[name], self._buckets.get(name)
        cap, lines = trunk.calls_per_second, trunk.campaign_lines
        self._parts[name] = held / lines if lines else 0.0
        if cap is not None and bucket is not None and lines:
            rate = max(cap * self._parts[name], SLOWEST)
            # Turns are what keeps the pace: two of ours may follow one another.
            bucket.change(rate, burst_of(rate) + 1.0, now)
            self._turns[name] = Turns(1.0 / cap, zero, lines, first, held)

    def share(self, count: int, campaign: Campaign) -> int:
        """Return how many of a campaign's calls are ours, as our slices of lines are.

        Rounded up: else nobody would take the last one.
        """
        names = campaign.policy.trunks or tuple(self.trunks)
        known = [name for name in names if name in self.trunks]
        own = sum(self._lines.offered(name) for name in known)
        of_all = sum(self.trunks[name].campaign_lines for name in known)
        return -(-count * own // of_all) if of_all else 0

    def sent(self, attempt_id: str, trunk: Trunk, seconds: float) -> None:
        """Note that an order was sent: Asterisk's answer is awaited."""
        if trunk.rings:
            self._unanswered[attempt_id] = seconds

    def answered(self, attempt_id: str, trunk: str, seconds: float) -> None:
        """Note the answer to an order, or that none came.

        An order that was held back on its way leaves now: it pays for its start again.
        """
        waited = seconds - self._unanswered.pop(attempt_id, seconds)
        if waited >= STALLED and trunk in self._buckets:
            self._buckets[trunk].take(1, seconds)
            self.delay(trunk, seconds)

    def _is_stalled(self, seconds: float) -> bool:
        """Tell whether orders pile up on their way; they would all leave at once.

        Asterisk answers an order when it has queued it, whatever the trunk does then,
        and all trunks that ring share one link to it: so one order without an answer
        holds them all. A trunk of another channel goes on, and holds nobody.
        """
        oldest = next(iter(self._unanswered.values()), seconds)
        return seconds - oldest >= STALLED

    def wait(self, seconds: float) -> float:
        """Return the seconds until the pace allows the next start on some trunk."""
        waits = [self._wait(name, seconds) for name in self.trunks]
        return max(self._node.wait(seconds), min(waits, default=0.0))

    def _wait(self, name: str, seconds: float) -> float:
        bucket, learned = self._buckets.get(name), self._safeguard.wait(name, seconds)
        return learned if bucket is None else max(learned, bucket.wait(seconds))

    def may_start(self, name: str, seconds: float) -> bool:
        """Tell whether a trunk has a line free, and its pace a start."""
        return bool(self._lines.free(name)) and self._wait(name, seconds) <= 0

    def capacity(self, seconds: float) -> dict[str, int]:
        """Return how many calls each trunk may start at this moment."""
        is_stalled = self._is_stalled(seconds)
        left = min(BATCH, self._node.available(seconds))
        capacity = {}
        for name, trunk in self.trunks.items():
            if is_stalled and trunk.rings:
                continue
            starts = min(left, self._room(name, seconds), self._pace(name, seconds))
            starts = min(starts, self._safeguard.starts(name, seconds))
            starts = min(starts, self.ceilings.left(name))
            turns, rate = self._turns.get(name), self._spaced(name)
            starts = min(starts, self._spacing[name].soon(rate, seconds, turns))
            if starts > 0:
                capacity[name] = starts
        return capacity

    def _room(self, name: str, seconds: float) -> int:
        """Return how many calls there are lines for, free ones and some that soon are.

        None are claimed ahead where a learned rate, not lines, holds the trunk back.
        """
        free = self._lines.free(name)
        soon = self._falling[name].soon(self._lines.fallen[name], seconds)
        offered = self._lines.offered(name)
        soon -= max(0, self._lines.in_campaigns(name) - offered)  # other nodes' now
        if self._safeguard.rate(name) is not None:
            return free
        ahead = min(soon, offered // MOST_AHEAD)
        return max(0, free + ahead - self._lines.waiting(name))

    def starts_within(self, name: str, span: float, seconds: float) -> int:
        """Return how many calls a trunk might start in the next `span` seconds.

        As far as its pace and its condition go; whether lines are free is left out.
        """
        trunk = self.trunks.get(name)
        if trunk is None or (trunk.rings and self._is_stalled(seconds)):
            return 0
        bucket = self._buckets.get(name)
        return min(
            trunk.campaign_lines,
            self._node.within(span, seconds),
            trunk.campaign_lines if bucket is None else bucket.within(span, seconds),
            self._safeguard.starts_within(name, span, seconds),
            self.ceilings.left(name),
        )

    def _pace(self, name: str, seconds: float) -> int:
        bucket = self._buckets.get(name)
        return BATCH if bucket is None else bucket.available(seconds)

    def may_dial(self, campaign: Campaign, now: datetime) -> bool:
        """Tell whether a campaign may start calls, or probes, at this moment."""
        if campaign.state is CampaignState.PAUSED:
            return self._safeguard.may_probe(campaign)
        return (
            campaign.state is CampaignState.RUNNING
            and campaign.policy.hours.is_open(now)
        )

    def _want(
        self, campaign: Campaign, sessions: Sessions, capacity: Mapping[str, int]
    ) -> Want | None:
        names = campaign.policy.trunks or tuple(self.trunks)
        limit = sum(capacity.get(name, 0) for name in names)
        if campaign.policy.lines is not None:
            lines = self.limits.get(campaign.id, campaign.policy.lines)
            limit = min(limit, lines - sessions.holds(campaign.id))
        if campaign.state is CampaignState.PAUSED:
            limit = min(limit, PROBE)
        if limit <= 0:
            return None
        return Want(campaign.id, limit, campaign.policy.ceilings)


def _is_alert(campaign: Campaign) -> bool:
    return campaign.campaign_class is CampaignClass.ALERT


def _claimant(
    campaign: Campaign, want: Want, sessions: Sessions, waiting: Mapping[str, int]
) -> Claimant:
    """Return a campaign as somebody who wants lines; one at least is due."""
    due = waiting.get(campaign.id)
    return Claimant(
        campaign.id,
        URGENCY[campaign.campaign_class],
        campaign.policy.weight,
        sessions.holds(campaign.id),
        want.limit,
        None if due is None else max(1, due),
    )
