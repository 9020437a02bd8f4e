"""Who would be rung by a campaign as it would be planned now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from automaton.domain.put_off import Held, free_at
from automaton.domain.recipient import RecipientState
from automaton.services.office import Office
from automaton.settings.trunk import TrunkSettings
from automaton.store.drafts import CampaignCard
from automaton.store.rings import rings_since
from automaton.store.tally import Question, future_recipients


@dataclass(frozen=True, slots=True)
class Census:
    """Who would become a recipient, by state; who is to be rung, by first trunk.

    `numbers` are to be rung, `undialled` of them no trunk of the campaign may dial.
    `waiting`: the numbers of each home that is to be rung, and can be.
    """

    states: Counter[RecipientState]
    by_trunk: Counter[str]
    numbers: int
    undialled: int
    waiting: Sequence[tuple[str, ...]] = ()

    @property
    def homes(self) -> int:
        """Return how many recipients would be rung."""
        return len(self.waiting)

    @property
    def undialled_homes(self) -> int:
        """Return how many have no number that a trunk of the campaign may dial."""
        return self.states[RecipientState.WAITING] - self.homes


def census(office: Office, card: CampaignCard) -> Census:
    """Count the audience of a campaign as it would be planned now."""
    trunks = office.trunks_of(card.policy)
    states: Counter[RecipientState] = Counter()
    by_trunk: Counter[str] = Counter()
    numbers: set[str] = set()
    waiting: list[tuple[str, ...]] = []
    for one in future_recipients(office.desk.engine, question_of(card)):
        states[one.state] += 1
        if one.state is RecipientState.WAITING:
            numbers.update(one.numbers)
            carriers = {n: name for n in one.numbers if (name := _carrier(n, trunks))}
            by_trunk.update(list(carriers.values())[:1])
            if carriers or not trunks:  # without any trunk that is what is told
                waiting.append(tuple(carriers) or one.numbers)
    undialled = sum(_carrier(number, trunks) is None for number in numbers)
    return Census(states, by_trunk, len(numbers), undialled, waiting)


def held_homes(
    office: Office,
    card: CampaignCard,
    homes: Sequence[tuple[str, ...]],
    begin: datetime | None,
) -> tuple[Held, ...]:
    """Return the homes whose every number has rung too often to be rung at `begin`."""
    ceilings = card.policy.ceilings
    if not ceilings:
        return ()
    begin = begin or office.clock.now()
    since = begin - max(ceiling.within for ceiling in ceilings)
    numbers = sorted({number for home in homes for number in home})
    rings = rings_since(office.desk.engine, numbers, since)
    free = {number: free_at(past, ceilings) or begin for number, past in rings.items()}
    moments = (min(free.get(number, begin) for number in home) for home in homes)
    return tuple(Held(at) for at in sorted(moments) if at > begin)


def question_of(card: CampaignCard) -> Question:
    """Return the question "who" of a campaign."""
    owner = card.register.collectivity.id
    return Question(card.audience, card.campaign_class, owner)


def _carrier(number: str, trunks: Sequence[TrunkSettings]) -> str | None:
    able = (trunk.name for trunk in trunks if trunk.allowed.names(number))
    return next(able, None)
