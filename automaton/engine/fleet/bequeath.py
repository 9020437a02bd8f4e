"""What the dead have left: it waits until none of it can ring, then others try it.

The chief looks after every node that was fenced, or has left with calls going on. Its
attempts are quarantined at once. They are given up when its last call must be over, by
our own seconds since we first saw it fenced: never earlier than it was, and no clock
that is set back makes its homes wait for longer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from itertools import chain

import structlog

from automaton.domain.attempt import Attempt, advance
from automaton.domain.campaign import Campaign
from automaton.domain.events import Lost
from automaton.domain.policy import CLOSING
from automaton.domain.slices import scopes_of
from automaton.engine.calls.settle import Rules, conclude
from automaton.engine.duty.duty_call import LONGEST
from automaton.engine.node import Node
from automaton.ports import NodeSeen, RecipientChange, Transaction

log = structlog.get_logger(__name__)

CHUNK = 200
READ = 1000  # of those in quarantine: of several campaigns some wait for longer

Life = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Settled:
    """What one transaction made of some attempts of the dead.

    `goodbyes`: of each scope, the calls that a key has ended and that may still talk.
    """

    attempts: int = 0
    changes: Sequence[RecipientChange] = ()
    goodbyes: Mapping[str, int] = field(default_factory=dict)


class Bequest:
    """Looks after the dead, where this node leads."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._seen_at: dict[Life, float] = {}
        self._done: set[Life] = set()
        self._goodbyes: defaultdict[Life, Counter[str]] = defaultdict(Counter)

    async def look(self) -> None:
        """Quarantine, give up, and forget, each when its time has come."""
        lease, seconds = self._node.lease, self._node.world.clock.boottime()
        dead = [one for one in lease.standing.nodes if not one.is_alive]
        if not lease.leads:
            dead = []  # a new chief counts anew: longer, never shorter
        seen = self._seen_at
        self._seen_at = {one.life: seen.get(one.life, seconds) for one in dead}
        self._done &= self._seen_at.keys()
        for life in self._goodbyes.keys() - self._seen_at.keys():
            del self._goodbyes[life]
        for one in dead:
            if one.life not in self._done:
                await self._look_after(one, seconds - self._seen_at[one.life])

    async def _look_after(self, dead: NodeSeen, watched: float) -> None:
        certain = timedelta(seconds=watched) - dead.lease
        life, over = dead.life, partial(give_up, certain=certain)
        await self._settle(life, "attempts of a dead node wait", quarantine)
        await self._settle(life, "attempts of a dead node are over", over)
        if certain >= CLOSING:
            self._goodbyes.pop(life, None)
        goodbyes = dict(self._goodbyes[life])
        await self._node.writer.run(lambda t: t.lower_slices(life, goodbyes))
        if certain >= LONGEST and await self._node.writer.run(
            lambda transaction: transaction.forget_node(life, certain)
        ):
            self._done.add(dead.life)

    async def _settle(self, life: Life, what: str, how: Callable[..., Settled]) -> None:
        """Settle some after some, until none is left to which it applies."""
        node = self._node
        while True:
            work = partial(how, life=life, rules=self._rules())
            settled = await node.writer.run(work)
            if settled.attempts:
                log.warning(what, node=life[0], attempts=settled.attempts)
            self._goodbyes[life].update(settled.goodbyes)
            node.agenda.plan(c.next_try for c in settled.changes if c.next_try)
            if settled.attempts < CHUNK:
                return

    def _rules(self) -> Rules:
        node = self._node
        sound = {name: node.trunks[name] for name in node.safeguard.usable()}
        return Rules(dict(node.agenda.campaigns), sound, node.world.clock.now())


def quarantine(transaction: Transaction, life: Life, rules: Rules) -> Settled:
    """Let what a dead node had on its lines wait; what its key ended is over."""
    found = transaction.abandoned(life, on_lines=True, limit=CHUNK)
    lost = [_lost(attempt, rules) for attempt in found]
    known = [_as_far_as_known(one, rules) for one in lost]
    over = [one for one in known if not one.is_open]
    scopes = (scopes_of(one.trunk, one.campaign_id) for one in over)
    settled = _written(transaction, known, rules)
    return replace(settled, goodbyes=Counter(chain.from_iterable(scopes)))


def give_up(
    transaction: Transaction, life: Life, rules: Rules, certain: timedelta
) -> Settled:
    """End what waited for as long as its calls can last; they may be tried again."""
    if certain <= timedelta():
        return Settled()
    found = transaction.abandoned(life, on_lines=False, limit=READ)
    known = _campaigns(transaction, found, rules.campaigns)
    ripe = [one for one in found if _longest(one, known) <= certain][:CHUNK]
    return _written(transaction, [_lost(one, rules) for one in ripe], rules)


def _as_far_as_known(attempt: Attempt, rules: Rules) -> Attempt:
    """Return what a key has ended already; else the attempt as it was."""
    is_over = attempt.has_key or attempt.has_opted_out
    return _lost(attempt, rules) if is_over else attempt


def _lost(attempt: Attempt, rules: Rules) -> Attempt:
    return advance(attempt, Lost(attempt.id, rules.now))


def _written(
    transaction: Transaction, attempts: Sequence[Attempt], rules: Rules
) -> Settled:
    if not attempts:
        return Settled()
    transaction.save(attempts)
    concerned = {attempt.recipient_id for attempt in attempts}
    return Settled(len(attempts), conclude(transaction, concerned, rules))


def _longest(attempt: Attempt, campaigns: Mapping[str, Campaign]) -> timedelta:
    """Return how long a call lasts at most of which nobody hears any more."""
    policy = campaigns[attempt.campaign_id].policy
    return policy.longest_unseen(was_answered=attempt.answered_at is not None)


def _campaigns(
    transaction: Transaction,
    attempts: Sequence[Attempt],
    known: Mapping[str, Campaign],
) -> Mapping[str, Campaign]:
    """Return the campaigns of attempts; those that we do not watch are read."""
    found = dict(known)
    for id_ in {attempt.campaign_id for attempt in attempts} - set(found):
        if (campaign := transaction.campaign(id_)) is not None:
            found[id_] = campaign
    return found
