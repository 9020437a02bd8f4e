"""A call that came in: what there is to tell, whom a key confirms, what came of it.

A caller ID can be forged: it opens what was said to everybody behind that number, and
no name, word or variable of anybody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from automaton.domain.campaign import CampaignClass, CampaignState, SpokenMessage

PUBLIC = frozenset({CampaignClass.ALERT, CampaignClass.EXERCISE})
"""Classes whose message whoever calls may hear; a welfare call is nobody else's."""
GOING_ON = frozenset({CampaignState.RUNNING, CampaignState.PAUSED})
INSTEAD = frozenset({"correction", "all_clear"})
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
    RELATIVES_WORD = "relatives_word"
    CALLED_BACK = "called_back"
    OFFICER = "officer"


RANKS = tuple(CameTo)


@dataclass(frozen=True, slots=True)
class Current:
    """A campaign's message that may still be told. `follow_up` says of what kind it is.

    `expires_at` is the campaign's own.
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

    @property
    def is_public(self) -> bool:
        """Whether its class lets anybody hear it."""
        return self.campaign_class in PUBLIC

    @property
    def goes_on(self) -> bool:
        """Whether it has not ended."""
        return self.state in GOING_ON

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
    def message(self) -> SpokenMessage:
        """What is played."""
        return self.current.message_for(self.language)

    @property
    def is_exercise(self) -> bool:
        """Whether that is said first."""
        return self.current.campaign_class is CampaignClass.EXERCISE


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
    successors = _successors(currents)
    notices: dict[str, Notice] = {}
    for current in currents:
        if current.campaign_id in homes:
            told = successors.get(current.campaign_id, current)
            mine = homes.get(told.campaign_id, [])
            known = mine or homes[current.campaign_id]
            notice = Notice(
                told,
                known[0].language,
                _whom(mine, is_shared=behind.is_shared),
                any(home.was_rung for home in known),
                behind.is_shared or len(known) > 1,
            )
            notices.setdefault(told.campaign_id, notice)
    return tuple(notices[c.campaign_id] for c in currents if c.campaign_id in notices)


def for_everybody(currents: Sequence[Current], language: str) -> tuple[Notice, ...]:
    """Return what whoever calls may hear now: alerts and exercises that go on."""
    replaced = _successors(currents)
    return tuple(
        Notice(current, language)
        for current in currents
        if current.is_public and current.goes_on and current.campaign_id not in replaced
    )


def spoken_for(currents: Sequence[Current], behind: Behind) -> tuple[Confirmed, ...]:
    """Return whom a relative's word is about: homes of public messages alone."""
    public = [current for current in currents if current.is_public]
    found = []
    for current in public:
        mine = [h for h in behind.homes if h.campaign_id == current.campaign_id]
        whom = _whom(mine, is_shared=behind.is_shared)
        if whom is not None:
            found.append(whom)
    return tuple(found)


def _whom(homes: Sequence[Home], *, is_shared: bool) -> Confirmed | None:
    """Return the one home behind a number; None where it may be another's word."""
    if is_shared or len(homes) != 1:
        return None
    return Confirmed(homes[0].campaign_id, homes[0].recipient_id)


def _successors(currents: Sequence[Current]) -> Mapping[str, Current]:
    """Return by what each message was replaced: by the newest of a chain."""
    found: dict[str, Current] = {}
    for current in currents:  # newest first: a correction of a correction is known
        if current.follow_up in INSTEAD and current.parent_id is not None:
            last = found.get(current.campaign_id, current)
            found.setdefault(current.parent_id, last)
    return found
