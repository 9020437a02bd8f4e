"""Claims for free lines, each with its trunk, and the orders that follow.

Comes in: what a beat may claim. Goes out: committed claims (writer's thread), and one
call order for each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from automaton.domain.attempt import Attempt, AttemptState
from automaton.domain.campaign import Campaign, CampaignClass, SpokenMessage
from automaton.domain.menu import keys_offered
from automaton.domain.message import addressed, variables_of
from automaton.domain.phone import exchange_of, written_for
from automaton.domain.recipient import Recipient
from automaton.domain.trunk import Trunk, carrier
from automaton.ports import CallOrder, Claim, Person, Room, Transaction, Want

GIVEN_BACK_FOR = timedelta(seconds=5)
ROOM_IS_MADE = timedelta(seconds=1)  # an alert has lines freed for it meanwhile


@dataclass(frozen=True, slots=True)
class Intent:
    """What one beat may claim: wants by urgency, and how many by which trunk.

    `kept`: so many of them are for alerts alone.
    """

    wants: tuple[Want, ...] = ()
    capacity: tuple[tuple[str, int], ...] = ()
    kept: Mapping[str, int] = field(default_factory=dict)

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

    `short`: campaigns that had fewer attempts to claim than lines were left for them.

    `undiallable`: attempts at numbers that no trunk of their campaign may ever dial.
    `withheld`: recipients whose number wants no more information, each with its
    campaign: they are settled. `parked`: by campaign, how many calls were given a later
    turn in which exchange; `due`: when such a campaign has its next call due.
    `went_back`: by campaign, which attempts found no line, and which trunks may.
    """

    taken: Sequence[Taken] = ()
    stranded: frozenset[str] = frozenset()
    undiallable: Sequence[Attempt] = ()
    withheld: Mapping[str, str] = field(default_factory=dict)
    short: frozenset[str] = frozenset()
    parked: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    due: Mapping[str, datetime | None] = field(default_factory=dict)
    went_back: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)


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
    short = set()
    parked: dict[str, Counter[str]] = {}
    due: dict[str, datetime | None] = {}
    spent: Counter[str] = Counter()
    for want in intent.wants:
        id_ = want.campaign_id
        makes_room = _has_room_made(campaigns[id_], campaigns)
        _leave_to_alerts(campaigns[id_], free, intent)
        able = _trunks_of(campaigns[id_], trunks)
        limit = min(want.limit, sum(free.get(trunk.name, 0) for trunk in able))
        if limit > 0 or not want.limit:
            rooms = _left(want.rooms, spent)
            asked = replace(want, limit=limit, rooms=rooms)
            claims = transaction.claim([asked], now, node)
            later = [c for c in claims if c.attempt.state is AttemptState.PLANNED]
            claims = [c for c in claims if c.attempt.state is not AttemptState.PLANNED]
            again_at = now + (ROOM_IS_MADE if makes_room else GIVEN_BACK_FOR)
            found.append(_carried(transaction, claims, able, free, again_at))
            if len(claims) < limit:
                short.add(id_)
            if rooms or (makes_room and id_ in short):
                due[id_] = transaction.next_due(id_)
            if rooms:
                spent.update(exchange_of(c.attempt.e164) for c in claims)
                parked[id_] = Counter(exchange_of(c.attempt.e164) for c in later)
    taken = [call for one in found for call in one.taken]
    if taken:
        transaction.assign([(call.attempt.id, call.trunk.name) for call in taken])
    return Claimed(
        taken,
        frozenset().union(*(one.stranded for one in found)),
        [attempt for one in found for attempt in one.undiallable],
        {id_: its for one in found for id_, its in one.withheld.items()},
        frozenset(short),
        parked,
        due,
        {id_: its for one in found for id_, its in one.went_back.items()},
    )


def _has_room_made(campaign: Campaign, campaigns: Mapping[str, Campaign]) -> bool:
    """Tell whether it is an alert for which calls of others may be ended."""
    alert = CampaignClass.ALERT
    return campaign.campaign_class is alert and any(
        other.campaign_class is not alert for other in campaigns.values()
    )


def _leave_to_alerts(campaign: Campaign, free: dict[str, int], intent: Intent) -> None:
    """Take what is kept for alerts from what a less urgent campaign may have."""
    if campaign.campaign_class is not CampaignClass.ALERT:
        for name, count in intent.capacity:
            free[name] = min(free[name], count - intent.kept.get(name, 0))


def _left(rooms: Mapping[str, Room], spent: Mapping[str, int]) -> Mapping[str, Room]:
    """Return the rooms that more urgent campaigns of this beat have left."""
    return {
        exchange: replace(room, left=max(0, room.left - spent.get(exchange, 0)))
        for exchange, room in rooms.items()
    }


def _carried(
    transaction: Transaction,
    claims: Sequence[Claim],
    able: Sequence[Trunk],
    free: dict[str, int],
    again_at: datetime,
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
        transaction.give_back([a.id for a in left], again_at)
    stranded = frozenset(attempt.campaign_id for attempt in (*left, *never))
    by_name = {
        attempt.campaign_id: {
            one.id: frozenset(t.name for t in able if t.may_dial(one.e164))
            for one in left
        }
        for attempt in left[:1]
    }
    return Claimed(taken, stranded, never, withheld, went_back=by_name)


def _trunks_of(campaign: Campaign, trunks: Mapping[str, Trunk]) -> list[Trunk]:
    names = campaign.policy.trunks or tuple(trunks)
    return [trunks[name] for name in names if name in trunks]


def person_of(
    campaign: Campaign, trunks: Collection[Trunk], usable: Collection[str]
) -> Person | None:
    """Return whom key 0 of a campaign rings, by a trunk that is usable where one is.

    None where it names nobody, or where no trunk that has lines for it may ring them.
    """
    number = campaign.policy.transfer
    if number is None:
        return None
    talks = {trunk.name: trunk.talks for trunk in trunks if trunk.rings}
    first = sorted(trunks, key=lambda trunk: trunk.name not in usable)
    trunk = carrier(number, first, talks)
    if trunk is None:
        return None
    dialled = written_for(number, trunk.number_format)
    return Person(trunk.name, dialled, trunk.talks, trunk.shows())


def order_of(
    taken: Taken, campaign: Campaign, person: Person | None = None
) -> CallOrder:
    """Return the order for one claim: only opaque ids and a checked number travel.

    Where the message has variables, `parts` still holds them: prompts.py puts what is
    said to this recipient in their place.
    """
    policy, recipient = campaign.policy, taken.claim.recipient
    has_person = person is not None
    message = campaign.message_for(recipient.language)
    order = CallOrder(
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
        keys=keys_offered(campaign.campaign_class, policy.help_key, has_person),
        machine_message=message.machine_prompt,
        codeword=recipient.codeword_prompt,
        exercise=campaign.campaign_class is CampaignClass.EXERCISE,
        again=taken.claim.rung_before,
        repeats=policy.repeats,
        key_wait=policy.key_wait,
        text=message.text,
        person=person,
    )
    return _personal(order, message, recipient) if message.parts else order


def _personal(
    order: CallOrder, message: SpokenMessage, recipient: Recipient
) -> CallOrder:
    """Return the order of a message with variables; a code word is said but once."""
    has_word = "code_word" in variables_of(message.parts)
    return replace(
        order,
        codeword=None if has_word else order.codeword,
        text=addressed(message.text, recipient.said or {}),
        parts=message.parts,
    )
