"""Work that the database refuses for what it says: the sound parts go on without it.

One row that cannot be written would make every beat fail for ever. So after such a
failure a beat is written in parts; the part that fails is kept and tried again later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace

import structlog

from automaton.domain.attempt import advance
from automaton.engine.beat import Beat, Written
from automaton.engine.calls.act import Effects
from automaton.engine.calls.session import Harvest
from automaton.engine.lines.claim import Intent
from automaton.engine.node import Node
from automaton.errors import LineError, NodeLostError
from automaton.ports import TrunkCondition

log = structlog.get_logger(__name__)

AGAIN_AFTER = 60.0

Write = Callable[[Beat], Awaitable[Written]]


class Apart:
    """Writes beats in parts, and knows what was left behind. The loop's thread only."""

    def __init__(self, node: Node, effects: Effects, write: Write) -> None:
        self._node, self._effects, self._write = node, effects, write
        self._kept: list[tuple[float, Harvest]] = []
        self._untold: list[tuple[float, Sequence[TrunkCondition]]] = []
        self._in_work = Harvest()
        self._blocked: dict[str, float] = {}

    def may_claim(self, campaign_id: str) -> bool:
        """Tell whether a campaign's calls could be claimed, or may be tried again."""
        seconds = self._node.world.clock.monotonic()
        return self._blocked.get(campaign_id, seconds) <= seconds

    def learn(self, harvest: Harvest) -> None:
        """Let what is kept know what came after it: written later, it says no less."""
        self._kept = [(until, _brought_up(kept, harvest)) for until, kept in self._kept]

    @property
    def in_hand(self) -> frozenset[str]:
        """The attempts of which something is not on record yet.

        Also those of the parts that wait while another one is written, and those that
        end meanwhile.
        """
        harvests = [self._in_work, *(harvest for _, harvest in self._kept)]
        parts = frozenset(id_ for harvest in harvests for id_ in _owners(harvest))
        return parts | self._node.sessions.unwritten

    def put_back(self, *, last: bool = False) -> None:
        """Put back what was kept for long enough: it is harvested once more."""
        seconds = self._node.world.clock.monotonic()
        due = [h for until, h in self._kept if last or until <= seconds]
        for harvest in reversed(due):  # of two states of one attempt the newer wins
            self._node.sessions.put_back(harvest)
        self._kept = [one for one in self._kept if one[1] not in due]
        for until, conditions in self._untold[:]:
            if last or until <= seconds:
                self._node.safeguard.tell_again(conditions)
                self._untold.remove((until, conditions))

    async def carry_out(self, work: Beat) -> None:
        """Write what can be written and claim for whom it can be claimed."""
        nothing = replace(
            work,
            harvest=Harvest(),
            intent=Intent(),
            conditions=(),
            returned=frozenset(),
        )
        self._in_work = work.harvest
        try:
            await self._write_parts(nothing, work.harvest)
        finally:
            self._in_work = Harvest()
        if work.conditions and (
            failure := await self._failure_of(
                replace(nothing, conditions=work.conditions)
            )
        ):
            log.error(
                "what trunks are like cannot be written",
                error=repr(failure),
                again_in=AGAIN_AFTER,
            )
            self._untold.append((self._later(), work.conditions))
        if work.returned and (
            failure := await self._failure_of(replace(nothing, returned=work.returned))
        ):
            log.error("claims cannot go back", error=repr(failure))
        await self._claim_each(nothing, work.intent)

    async def _write_parts(self, nothing: Beat, harvest: Harvest) -> None:
        """Divide what fails, until what fails is of one recipient alone."""
        waiting = [harvest] if harvest else []
        while waiting:
            part = waiting.pop()
            try:
                failure = await self._failure_of(replace(nothing, harvest=part))
            except (LineError, NodeLostError):
                for one in (part, *waiting):
                    self._node.sessions.put_back(one)
                raise
            if failure is not None:
                waiting += self._divided(part, failure)

    def _divided(self, part: Harvest, failure: Exception) -> list[Harvest]:
        """Return the halves of a part; what cannot be divided is kept for later."""
        names = sorted(set(_owners(part).values()) | part.conclude)
        if len(names) > 1:
            middle = len(names) // 2
            return [_of(part, names[:middle]), _of(part, names[middle:])]
        log.error(
            "an attempt cannot be written; the others go on",
            attempts=sorted(_owners(part)),
            recipient=names,
            error=repr(failure),
            again_in=AGAIN_AFTER,
        )
        self._kept.append((self._later(), part))
        return []

    async def _claim_each(self, nothing: Beat, intent: Intent) -> None:
        """Claim campaign by campaign; one that cannot be claimed for waits."""
        free = Counter(dict(intent.capacity))
        for want in intent.wants:
            alone = Intent((want,), tuple(free.items()))
            failure = await self._failure_of(replace(nothing, intent=alone), free)
            if failure is not None:
                log.error(
                    "no call of a campaign can be claimed; the others go on",
                    campaign=want.campaign_id,
                    error=repr(failure),
                    again_in=AGAIN_AFTER,
                )
                self._blocked[want.campaign_id] = self._later()

    async def _failure_of(
        self, work: Beat, free: Counter[str] | None = None
    ) -> Exception | None:
        """Write one part and let its effects follow; return what it failed of.

        `LineError` where it is the database that failed, `NodeLostError` where we are
        none of its nodes any more.
        """
        try:
            written = await self._write(work)
        except (LineError, NodeLostError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
            return error
        if free is not None:
            free.subtract(call.trunk.name for call in written.claimed.taken)
        self._effects.follow(work, written)
        return None

    def _later(self) -> float:
        return self._node.world.clock.monotonic() + AGAIN_AFTER


def _brought_up(kept: Harvest, newer: Harvest) -> Harvest:
    """Return what is kept, its attempts as they are after newer states and facts."""
    after = {a.id: a for a in (*kept.changed, *newer.changed)}
    for event in newer.strays:
        if event.attempt_id in after:
            after[event.attempt_id] = advance(after[event.attempt_id], event)
    return replace(kept, changed=tuple(after[a.id] for a in kept.changed))


def _owners(harvest: Harvest) -> dict[str, str]:
    """Return whose each attempt is: a recipient, or itself where nobody follows it."""
    told = [id_ for id_, _ in harvest.keys]
    told += [event.attempt_id for event in harvest.strays]
    known = {attempt.id: attempt.recipient_id for attempt in harvest.changed}
    return {id_: id_ for id_ in told} | known


def _of(harvest: Harvest, names: Collection[str]) -> Harvest:
    """Return what a harvest holds of these recipients and attempts."""
    owners = _owners(harvest)
    return Harvest(
        tuple(a for a in harvest.changed if a.recipient_id in names),
        frozenset(harvest.conclude.intersection(names)),
        tuple(key for key in harvest.keys if owners[key[0]] in names),
        tuple(s for s in harvest.strays if owners[s.attempt_id] in names),
    )
