"""A call that came in: what there is to tell, whom a key confirms, what came of it.

A caller ID can be forged: it opens what was said to everybody behind that number, and
no name, word or variable of anybody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from automaton.domain.campaign import CampaignClass, CampaignState, SpokenMessage

PUBLIC = frozenset({CampaignClass.ALERT, CampaignClass.EXERCISE})
"""Classes whose message whoever calls may hear; a welfare call is nobody else's."""
GOING_ON = frozenset({CampaignState.RUNNING, CampaignState.PAUSED})
CORRECTION, ALL_CLEAR = "correction", "all_clear"
INSTEAD = frozenset({CORRECTION, ALL_CLEAR})
"""Follow-ups after which what they follow is not told any more."""
AT_THE_DOOR = "officers"
"""What stands for an errand where a caller who found no place asked for the door."""


class CameTo(StrEnum):
    """What a call that came in came to; of several things the last of this list."""

    HUNG_UP = "hung_up"
    NO_MESSAGE = "no_message"
    INFORMED = "informed"
    OPTED_OUT = "opted_out"
    WORD_LEFT = "word_left"
    CALLED_BACK = "called_back"
    OFFICER = "officer"
    RELATIVES_WORD = "relatives_word"


RANKS = tuple(CameTo)


@dataclass(frozen=True, slots=True)
class Current:
    """A campaign's message that may still be told. `follow_up` says of what kind it is.

    `expires_at` is the campaign's own. One that is not current has begun and is over:
    it is here for what it replaces.
    """

    campaign_id: str
    collectivity_id: str
    campaign_class: CampaignClass
    state: CampaignState
    started_at: datetime
    messages: tuple[SpokenMessage, ...]
    parent_id: str | None = None
    follow_up: str | None = None
    expires_at: datetime | None = None
    is_current: bool = True

    @property
    def is_public(self) -> bool:
        """Whether its class lets anybody hear it."""
        return self.campaign_class in PUBLIC

    @property
    def goes_on(self) -> bool:
        """Whether it has not ended."""
        return self.is_current and self.state in GOING_ON

    def message_for(self, language: str) -> SpokenMessage:
        """Return the message in a language, else in the campaign's first one."""
        matching = (m for m in self.messages if m.language == language)
        return next(matching, self.messages[0])


@dataclass(frozen=True, slots=True)
class Home:
    """A recipient that has the number among its points, in one campaign."""

    recipient_id: str
    campaign_id: str
    collectivity_id: str
    language: str
    is_establishment: bool = False
    was_rung: bool = False


@dataclass(frozen=True, slots=True)
class Behind:
    """What is known of a number: homes of current campaigns, and what registers say.

    `owners`: collectivities in whose registers the number stands.
    """

    homes: tuple[Home, ...] = ()
    owners: frozenset[str] = frozenset()
    has_establishment: bool = False

    @property
    def is_shared(self) -> bool:
        """Whether an establishment or several collectivities share the number."""
        owners = self.owners | {home.collectivity_id for home in self.homes}
        of_many = self.has_establishment or any(h.is_establishment for h in self.homes)
        return of_many or len(owners) > 1

    def is_known_to(self, collectivity_id: str) -> bool:
        """Tell whether a collectivity has the number, or has rung it."""
        mine = {home.collectivity_id for home in self.homes}
        return collectivity_id in self.owners | mine


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Whom a key confirms: one recipient of one campaign."""

    campaign_id: str
    recipient_id: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One message as a caller hears it; a key confirms nobody where `whom` is None.

    `is_shared`: that is because several share the number.
    """

    current: Current
    language: str
    whom: Confirmed | None = None
    was_rung: bool = False
    is_shared: bool = False

    @property
    def id(self) -> str:
        """Which campaign it is of."""
        return self.current.campaign_id

    @property
    def message(self) -> SpokenMessage:
        """What is played."""
        return self.current.message_for(self.language)

    @property
    def is_exercise(self) -> bool:
        """Whether that is said first."""
        return self.current.campaign_class is CampaignClass.EXERCISE


def told_to(
    currents: Sequence[Current], behind: Behind, whose: str, language: str
) -> tuple[Notice, ...]:
    """Return what a caller hears, the newest first: their own, and what is public.

    `whose`: the collectivity that was called; `language`: its own.
    """
    own = {n.current.campaign_id: n for n in addressed(currents, behind, whose)}
    public = {n.current.campaign_id: n for n in for_everybody(currents, language)}
    told = public | own
    return tuple(told[c.campaign_id] for c in currents if c.campaign_id in told)


def addressed(
    currents: Sequence[Current], behind: Behind, collectivity_id: str
) -> tuple[Notice, ...]:
    """Return what is told to a known number, in the order of the messages.

    A message that was corrected, or ended by an all-clear, is told by that.
    """
    homes: defaultdict[str, list[Home]] = defaultdict(list)
    for home in behind.homes:
        if home.collectivity_id == collectivity_id:
            homes[home.campaign_id].append(home)
    instead = _instead(currents)
    notices: dict[str, Notice] = {}
    for current in currents:
        known = homes.get(current.campaign_id)
        told = instead.get(current.campaign_id, current)
        if known and told is not None:
            notice = _notice(told, homes.get(told.campaign_id, []), known, behind)
            notices.setdefault(told.campaign_id, notice)
    return tuple(notices[c.campaign_id] for c in currents if c.campaign_id in notices)


def for_everybody(currents: Sequence[Current], language: str) -> tuple[Notice, ...]:
    """Return what whoever calls may hear now: alerts and exercises that go on.

    One that was corrected is told by its correction, also where that is over.
    """
    instead = _instead(currents)
    going_on = (c for c in currents if c.is_public and c.goes_on)
    told = (instead.get(current.campaign_id, current) for current in going_on)
    ids = {
        current.campaign_id
        for current in told
        if current and (current.goes_on or current.follow_up == CORRECTION)
    }
    return tuple(Notice(c, language) for c in currents if c.campaign_id in ids)


def confirmed_by(
    told: Iterable[str], behind: Behind, collectivity_id: str
) -> tuple[Confirmed, ...]:
    """Return whom a key confirms after campaigns were told that everybody may hear."""
    found = []
    for campaign_id in told:
        mine = [
            home
            for home in behind.homes
            if (home.campaign_id, home.collectivity_id)
            == (campaign_id, collectivity_id)
        ]
        whom = _whom(mine, is_shared=behind.is_shared)
        if whom is not None:
            found.append(whom)
    return tuple(found)


def _notice(
    told: Current, mine: Sequence[Home], known: Sequence[Home], behind: Behind
) -> Notice:
    """Return a message as the homes behind a number hear it.

    `mine`: the homes that it is for; `known`: those that it is told to, since it may
    stand for another one. Whether we have called is about this very message.
    """
    return Notice(
        told,
        known[0].language,
        _whom(mine, is_shared=behind.is_shared),
        any(home.was_rung for home in mine),
        behind.is_shared or len(known) > 1,
    )


def _whom(homes: Sequence[Home], *, is_shared: bool) -> Confirmed | None:
    """Return the one home behind a number; None where it may be another's word."""
    if is_shared or len(homes) != 1:
        return None
    return Confirmed(homes[0].campaign_id, homes[0].recipient_id)


def _instead(currents: Sequence[Current]) -> Mapping[str, Current | None]:
    """Return what is told in the place of each message that was replaced.

    The newest correction or all-clear stands for all that began before it and hangs
    together with it: follow-ups of one campaign, and of these. An all-clear stays what
    it is: once it is over nothing is told of the danger any more. A correction is told
    for as long as there is something that it corrects.
    """
    roots, last = _roots(currents), dict[str, Current]()
    found: dict[str, Current | None] = {}
    for current in currents:  # the newest first
        root = roots[current.campaign_id]
        if (newer := last.get(root)) is not None:
            is_told = newer.is_current or newer.follow_up == CORRECTION
            found[current.campaign_id] = newer if is_told else None
        elif current.follow_up in INSTEAD:
            last[root] = current
    return found


def _roots(currents: Sequence[Current]) -> Mapping[str, str]:
    """Return of each message the first one that it follows, known here or not."""
    roots: dict[str, str] = {}
    for current in reversed(currents):  # what is followed has begun before
        parent = current.parent_id or current.campaign_id
        roots[current.campaign_id] = roots.get(parent, parent)
    return roots
