"""Whether the telephones that must ring do: rung monthly, by every trunk, with a key.

In: the telephones of officers and of those on duty, our own numbers, the trunks, and
what was proven before. Out: which call is to be made now, and what was proven last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from automaton.domain.attempt import Attempt
from automaton.domain.trunk import Trunk
from automaton.domain.window import CallingHours

KEPT = timedelta(days=400)
OLD = timedelta(days=40)
"""What was not proven for longer is told to whoever looks after the machine."""
LISTENING = "readiness"
"""What stands for an errand where the console listens to our own number."""


class Kind(StrEnum):
    """Whose telephone is rung; `number`: one of ours, which must answer."""

    OFFICER = "officer"
    DUTY = "duty"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class OwnNumber:
    """A published number, the name of whose it is, and the trunks that it is on."""

    e164: str
    owner: str
    trunks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Monthly:
    """When telephones are rung for a proof: from a day of the month on, in `hours`."""

    is_wanted: bool = False
    day: int = 1
    hours: CallingHours = field(default_factory=CallingHours)
    numbers: tuple[OwnNumber, ...] = ()


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone that must ring, of a collectivity, whose name is `owner`.

    `not_by`: the trunks that are no way to it.
    """

    collectivity_id: str
    owner: str
    kind: Kind
    name: str
    e164: str
    language: str = "fr"
    not_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Way:
    """One telephone by one trunk: what is proven by one call."""

    phone: Phone
    trunk: str

    @property
    def key(self) -> tuple[str, str]:
        """Return what tells it from other ways."""
        return self.phone.e164, self.trunk


@dataclass(frozen=True, slots=True)
class Proof:
    """One call that was to prove a way, and what came of it; without `ended_at`: open.

    `rang`: a telephone rang, or the network answered for it. `sound`: packets of sound
    came back; of our own number, that what it says was heard and recognised, which
    `heard` names; None where nobody could tell.
    """

    id: str
    collectivity_id: str
    kind: Kind
    e164: str
    trunk: str
    asked_at: datetime
    ended_at: datetime | None = None
    outcome: str | None = None
    rang: bool = False
    answered: bool = False
    key: bool = False
    sound: bool | None = None
    heard: str = ""

    @property
    def is_proven(self) -> bool:
        """Whether it was proven end to end."""
        has_key = self.key or self.kind is Kind.NUMBER
        return bool(self.answered and has_key and self.sound)

    def ended(self, attempt: Attempt, rang: bool, packets: int | None) -> Proof:
        """Return it after its call; `packets` of sound came back, None: unknown.

        What our own number said, whoever listened has written down.
        """
        is_ours = self.kind is Kind.NUMBER
        return replace(
            self,
            ended_at=attempt.ended_at or attempt.due_at,
            outcome="unknown" if attempt.outcome is None else attempt.outcome.value,
            rang=rang,
            answered=attempt.answered_at is not None,
            key=attempt.has_key,
            sound=None if is_ours or packets is None else packets > 0,
        )


def ways(phones: Iterable[Phone], trunks: Sequence[Trunk]) -> list[Way]:
    """Return every way to prove, each telephone and trunk once, whosever it is."""
    found: dict[tuple[str, str], Way] = {}
    for phone in phones:
        for trunk in trunks:
            may = trunk.rings and trunk.may_dial(phone.e164)
            if may and trunk.name not in phone.not_by:
                way = Way(phone, trunk.name)
                found.setdefault(way.key, way)
    return list(found.values())


def due(
    wanted: Iterable[Way], proofs: Iterable[Proof], since: datetime, today: datetime
) -> list[Way]:
    """Return the ways not asked for since a moment.

    What rang nobody is tried again on another day; what a daemon was about that died
    may have rung, and counts.
    """
    asked = {
        (one.e164, one.trunk)
        for one in proofs
        if one.asked_at >= since
        and (one.rang or one.ended_at is None or one.asked_at >= today)
    }
    return [way for way in wanted if way.key not in asked]


def may_ask(monthly: Monthly, now: datetime) -> bool:
    """Tell whether telephones may be rung for a monthly proof at this moment."""
    local = now.astimezone(ZoneInfo(monthly.hours.zone))
    is_time = local.day >= monthly.day and monthly.hours.is_open(now)
    return monthly.is_wanted and is_time


def month_of(now: datetime, zone: str) -> tuple[datetime, datetime]:
    """Return when this month and this day have begun in a place."""
    today = now.astimezone(ZoneInfo(zone)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    return today.replace(day=1), today


def proven_trunks(
    proofs: Iterable[Proof], trunks: Collection[str]
) -> Mapping[str, datetime | None]:
    """Return when each trunk was proven last, None for never."""
    return _last(trunks, ((one.trunk, one) for one in proofs))


def proven_phones(
    proofs: Iterable[Proof], numbers: Collection[str]
) -> Mapping[str, datetime | None]:
    """Return when each telephone was proven last, by whatever trunk."""
    return _last(numbers, ((one.e164, one) for one in proofs))


def latest(proofs: Iterable[Proof]) -> dict[tuple[str, str], Proof]:
    """Return the latest proof of each way."""
    ordered = sorted(proofs, key=lambda one: one.asked_at)
    return {(one.e164, one.trunk): one for one in ordered}


def _last(
    names: Collection[str], proofs: Iterable[tuple[str, Proof]]
) -> dict[str, datetime | None]:
    found: dict[str, datetime | None] = dict.fromkeys(names)
    for name, one in proofs:
        before = found.get(name)
        if name in found and one.is_proven:
            found[name] = one.asked_at if before is None else max(before, one.asked_at)
    return found


TEXTS = {
    "fr": "Bonjour. Ceci est l'essai mensuel de l'automate d'alerte de {name}. "
    "Il n'y a aucun danger.",
    "en": "Hello. This is the monthly trial of the alert automaton of {name}. "
    "There is no danger.",
}


def spoken(language: str, name: str) -> str:
    """Return what is said to whoever is rung for a proof; the key is asked after it."""
    return TEXTS.get(language, TEXTS["fr"]).format(name=name)
