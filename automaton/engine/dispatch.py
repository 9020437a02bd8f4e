"""A line first, then an order: free lines in, committed claims and call orders out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from automaton.domain.attempt import Attempt
from automaton.domain.campaign import URGENCY, Campaign, CampaignClass, CampaignState
from automaton.domain.menu import keys_offered
from automaton.domain.phone import written_for
from automaton.domain.trunk import Trunk, carrier
from automaton.engine.ceiling import DayCeilings
from automaton.engine.pace import Bucket, Lines, Pace, Rate
from automaton.engine.safeguard import Safeguard
from automaton.engine.session import Sessions
from automaton.ports import CallOrder, Claim, Transaction, Want

BATCH = 100
# What one Asterisk bears: 200 starts a second, and never all of them at once. A crowd
# that leaves together ends together, and keeps both processors busy while others wait.
MOST = Rate(200.0, 200.0)
SPREAD = Rate(300.0, 60.0)
PROBE = 1
STALLED = 1.0  # seconds without Asterisk's answer to an order
GIVEN_BACK_FOR = timedelta(seconds=5)
STRANDED_FOR = timedelta(seconds=40)  # longer than the wait after a local failure


@dataclass(frozen=True, slots=True)
class Intent:
    """What one beat may claim: wants by urgency, and how many by which trunk."""

    wants: tuple[Want, ...] = ()
    capacity: tuple[tuple[str, int], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.wants)


@dataclass(frozen=True, slots=True)
class Taken:
    """A committed claim with its trunk: it may leave now."""

    claim: Claim
    trunk: Trunk
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Claimed:
    """What may leave; `stranded`: campaigns of which a claim found no trunk.

    `undiallable`: attempts at numbers that no trunk of their campaign may ever dial.
    `withheld`: recipients whose number wants no more information, each with its
    campaign: they are settled.
    """

    taken: Sequence[Taken] = ()
    stranded: frozenset[str] = frozenset()
    undiallable: Sequence[Attempt] = ()
    withheld: Mapping[str, str] = field(default_factory=dict)


class Dispatch:
    """Keeps the pace of this node's trunks. The loop's thread only."""

    def __init__(
        self,
        trunks: Sequence[Trunk],
        lines: Lines,
        safeguard: Safeguard,
        seconds: float,
        ceilings: DayCeilings | None = None,
    ) -> None:
        self.ceilings = ceilings or DayCeilings(trunks, "UTC")
        self.trunks = {trunk.name: trunk for trunk in trunks}
        self._lines = lines
        self._safeguard = safeguard
        self._turns = 0
        self._unanswered: dict[str, float] = {}
        self._node = Pace(*(Bucket(*rate, seconds) for rate in (MOST, SPREAD)))
        self._buckets = {
            trunk.name: Bucket(trunk.calls_per_second, 1.0, seconds)
            for trunk in trunks
            if trunk.calls_per_second is not None
        }

    def intent(
        self,
        campaigns: Sequence[Campaign],
        sessions: Sessions,
        now: datetime,
        seconds: float,
    ) -> Intent:
        """Return what may be claimed now, the most urgent campaign first."""
        capacity = self.capacity(seconds)
        total = sum(capacity.values())
        if total <= 0:
            return Intent()
        ready = [c for c in self._in_turn(campaigns) if self._may_dial(c, now)]
        peers = Counter(URGENCY[campaign.campaign_class] for campaign in ready)
        wants = [
            replace(want, limit=min(want.limit, -(-total // peers[urgency])))
            for campaign in ready
            if (want := self._want(campaign, sessions, capacity)) is not None
            for urgency in [URGENCY[campaign.campaign_class]]
        ]
        return Intent(tuple(wants), tuple(capacity.items()))

    def _in_turn(self, campaigns: Sequence[Campaign]) -> list[Campaign]:
        """Return the campaigns by urgency; those of one class take turns."""
        self._turns += 1
        first = self._turns % len(campaigns) if campaigns else 0
        turned = [*campaigns[first:], *campaigns[:first]]
        return sorted(turned, key=lambda c: URGENCY[c.campaign_class])

    def started(self, taken: Sequence[Taken], seconds: float) -> None:
        """Note that calls leave now: they hold their lines and use up the pace."""
        self._node.take(len(taken), seconds)
        for call in taken:
            self._lines.take(call.trunk.name, call.attempt.id)
            self._safeguard.started(call.attempt.id, call.trunk.name, seconds)
            self.ceilings.started(call.trunk.name)
            if call.trunk.name in self._buckets:
                self._buckets[call.trunk.name].take(1, seconds)

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
        paced = (self._buckets.get(name) for name in self.trunks)
        waits = [0.0 if bucket is None else bucket.wait(seconds) for bucket in paced]
        return max(self._node.wait(seconds), min(waits, default=0.0))

    def capacity(self, seconds: float) -> dict[str, int]:
        """Return how many calls each trunk may start at this moment."""
        is_stalled = self._is_stalled(seconds)
        left = min(BATCH, self._node.available(seconds))
        capacity = {}
        for name, trunk in self.trunks.items():
            if is_stalled and trunk.rings:
                continue
            starts = min(left, self._lines.free(name), self._pace(name, seconds))
            starts = min(starts, self._safeguard.starts(name, seconds))
            starts = min(starts, self.ceilings.left(name))
            if starts > 0:
                capacity[name] = starts
        return capacity

    def _pace(self, name: str, seconds: float) -> int:
        bucket = self._buckets.get(name)
        return BATCH if bucket is None else bucket.available(seconds)

    def _may_dial(self, campaign: Campaign, now: datetime) -> bool:
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
            limit = min(limit, campaign.policy.lines - sessions.holds(campaign.id))
        if campaign.state is CampaignState.PAUSED:
            limit = min(limit, PROBE)
        if limit <= 0:
            return None
        return Want(campaign.id, limit, campaign.policy.ceilings)


def claim(
    transaction: Transaction,
    intent: Intent,
    campaigns: Mapping[str, Campaign],
    trunks: Mapping[str, Trunk],
    now: datetime,
    node: str,
) -> Claimed:
    """Claim what the intent allows and give each claim its trunk (writer's thread)."""
    free = dict(intent.capacity)
    found: list[Claimed] = []
    for want in intent.wants:
        able = _trunks_of(campaigns[want.campaign_id], trunks)
        limit = min(want.limit, sum(free.get(trunk.name, 0) for trunk in able))
        if limit > 0:
            claims = transaction.claim([replace(want, limit=limit)], now, node)
            found.append(_carried(transaction, claims, able, free, now))
    taken = [call for one in found for call in one.taken]
    if taken:
        transaction.assign([(call.attempt.id, call.trunk.name) for call in taken])
    return Claimed(
        taken,
        frozenset().union(*(one.stranded for one in found)),
        [attempt for one in found for attempt in one.undiallable],
        {id_: its for one in found for id_, its in one.withheld.items()},
    )


def _carried(
    transaction: Transaction,
    claims: Sequence[Claim],
    able: Sequence[Trunk],
    free: dict[str, int],
    now: datetime,
) -> Claimed:
    """Give each claim a trunk; what no trunk can carry now goes back unspent."""
    taken, left, never = [], [], []
    withheld = {
        c.recipient.id: c.attempt.campaign_id for c in claims if not c.attempt.is_open
    }
    for item in claims:
        if item.recipient.id in withheld:
            continue
        trunk = carrier(item.attempt.e164, able, free, item.avoid_trunk)
        if trunk is not None:
            free[trunk.name] -= 1
            taken.append(Taken(item, trunk, item.attempt.having(trunk=trunk.name)))
        elif any(one.may_dial(item.attempt.e164) for one in able):
            left.append(item.attempt)
        else:
            never.append(item.attempt)
    if left:
        transaction.give_back([a.id for a in left], now + GIVEN_BACK_FOR)
    stranded = frozenset(attempt.campaign_id for attempt in (*left, *never))
    return Claimed(taken, stranded, never, withheld)


def _trunks_of(campaign: Campaign, trunks: Mapping[str, Trunk]) -> list[Trunk]:
    names = campaign.policy.trunks or tuple(trunks)
    return [trunks[name] for name in names if name in trunks]


def order_of(taken: Taken, campaign: Campaign) -> CallOrder:
    """Return the order for one claim: only opaque ids and a checked number travel."""
    policy, recipient = campaign.policy, taken.claim.recipient
    message = campaign.message_for(recipient.language)
    return CallOrder(
        attempt_id=taken.attempt.id,
        campaign_id=campaign.id,
        recipient_id=recipient.id,
        trunk=taken.trunk.name,
        dialled=written_for(taken.attempt.e164, taken.trunk.number_format),
        caller_id=taken.trunk.shows(policy.caller_id),
        ring=policy.ring,
        talk=policy.talk,
        message=message.prompt,
        language=message.language,
        keys=keys_offered(campaign.campaign_class, policy.help_key),
        machine_message=message.machine_prompt,
        codeword=recipient.codeword_prompt,
        exercise=campaign.campaign_class is CampaignClass.EXERCISE,
        again=taken.claim.rung_before,
        repeats=policy.repeats,
        key_wait=policy.key_wait,
        text=message.text,
    )
