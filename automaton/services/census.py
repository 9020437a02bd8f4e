"""Who would be rung by a campaign as it would be planned now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from automaton.domain.dialling import AllowList
from automaton.domain.put_off import Held, free_at, together
from automaton.domain.recipient import RecipientState
from automaton.services.office import Office
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


def first_look(office: Office, card: CampaignCard) -> Census:
    """Count until somebody is found who can be rung, or else everybody.

    Where nobody can be, that tells why; else only that there is somebody.
    """
    return census(office, card, until_somebody=True)


def census(
    office: Office, card: CampaignCard, *, until_somebody: bool = False
) -> Census:
    """Count the audience of a campaign as it would be planned now."""
    trunks = _trunks(office, card)
    states: Counter[RecipientState] = Counter()
    by_trunk: Counter[str] = Counter()
    carriers: dict[str, str | None] = {}
    waiting: list[tuple[str, ...]] = []
    for one in future_recipients(office.desk.engine, question_of(card)):
        states[one.state] += 1
        if one.state is RecipientState.WAITING:
            for number in one.numbers:
                if number not in carriers:
                    carriers[number] = _carrier(number, trunks)
            able = tuple(number for number in one.numbers if carriers[number])
            by_trunk.update(carriers[number] or "" for number in able[:1])
            if able or not trunks:  # without any trunk that is what is told
                waiting.append(able or one.numbers)
                if until_somebody:
                    break
    undialled = sum(name is None for name in carriers.values())
    return Census(states, by_trunk, len(carriers), undialled, waiting)


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
    return together((at, 0) for at in moments if at > begin)


def question_of(card: CampaignCard) -> Question:
    """Return the question "who" of a campaign."""
    owner = card.register.collectivity.id
    return Question(card.audience, card.campaign_class, owner)


def _trunks(office: Office, card: CampaignCard) -> list[tuple[str, AllowList]]:
    return [(trunk.name, trunk.allowed) for trunk in office.trunks_of(card.policy)]


def _carrier(number: str, trunks: Sequence[tuple[str, AllowList]]) -> str | None:
    """Return the first trunk that may dial a number."""
    return next((name for name, allowed in trunks if allowed.names(number)), None)
