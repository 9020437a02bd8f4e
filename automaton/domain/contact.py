"""A person in a register: what is known, how to reach them, what they agreed to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")

TITLES = {"m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle", "dr", "mrs"}


_ACCENTS = re.compile("[\u0300-\u036f]+")
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE"})
_WORDS = re.compile(r"[^\W_]+")


class Origin(StrEnum):
    """From whom we have a contact (CASF L121-6-1; docs/import.md)."""

    SELF = "self"
    THIRD_PARTY = "third_party"
    DIRECTORY = "directory"
    LAW = "transmitted"


class PointKind(StrEnum):
    """The ways to reach somebody."""

    LANDLINE = "landline"
    MOBILE = "mobile"
    SMS = "sms"
    EMAIL = "email"
    FAX = "fax"


VOICE_KINDS = frozenset({PointKind.LANDLINE, PointKind.MOBILE})


@dataclass(frozen=True, slots=True)
class Reach:
    """One way to reach a contact: a number in E.164, or an e-mail address."""

    kind: PointKind
    value: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where a contact lives; what is not known is empty."""

    street: str = ""
    postal_code: str = ""
    city: str = ""
    insee: str = ""
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """One entry of the consent journal: who agreed, when, how, to which text.

    `agreed` is false where the person said no, or no more; None where what was written
    is neither yes nor no.
    """

    by: str = ""
    at: datetime | None = None
    how: str = ""
    text: str = ""
    agreed: bool | None = True


@dataclass(frozen=True, slots=True)
class ContactCard:
    """Everything a register keeps of one person; empty means "not known"."""

    last_name: str
    first_name: str = ""
    address: Address = field(default_factory=Address)
    points: tuple[Reach, ...] = ()
    language: str = ""
    birth_year: int | None = None
    codeword: str = ""
    notes: str = ""
    origin: Origin | None = None
    consent: Consent | None = None
    groups: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the whole name, as it is written on an envelope."""
        return f"{self.first_name} {self.last_name}".strip()


def voice_numbers(card: ContactCard) -> tuple[str, ...]:
    """Return the numbers that can be rung, the preferred one first."""
    return tuple(p.value for p in card.points if p.kind in VOICE_KINDS)


def name_key(name: str) -> str:
    """Return what two ways of writing one name have in common.

    "Mme Éloïse LE GOFF" and "Le Goff Eloise" are the same person.
    """
    words = [word for word in plain(name).split() if word not in TITLES]
    return " ".join(sorted(words))


def address_key(address: Address) -> str:
    """Return what two ways of writing one address have in common; "" without street."""
    street = plain(address.street)
    if not street:
        return ""
    return f"{street}|{address.postal_code or address.insee or plain(address.city)}"


def plain(text: str) -> str:
    """Return the words of a text without case, accents and signs."""
    if not text.isascii():
        text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
        text = text.translate(_LIGATURES)
    return " ".join(_WORDS.findall(text.casefold()))


def may_be_same(one: ContactCard, other: ContactCard) -> bool:
    """Tell whether nothing says that two cards are of two people.

    A father and a son may share name, address and number, not the birth year.
    """
    known = one.birth_year is not None and other.birth_year is not None
    return not known or one.birth_year == other.birth_year


def is_journalled(said: Consent, journal: Sequence[Consent]) -> bool:
    """Tell whether the journal holds what a file says again.

    What the file leaves empty was filled in when it came the first time. An older yes
    that comes again does not undo a later no.
    """
    parts = ("by", "at", "how", "text")
    stated = [(part, value) for part in parts if (value := getattr(said, part))]
    return any(
        entry.agreed == said.agreed and all(getattr(entry, p) == v for p, v in stated)
        for entry in journal
    )


def overlaid(base: ContactCard, top: ContactCard) -> ContactCard:
    """Return `base` with everything that `top` knows laid over it.

    What `top` leaves empty stays; its contact points come first, in its order, and
    those that only `base` has stay behind them: an import never loses anything.
    """
    changes = {
        name: value
        for name in ("first_name", "language", "birth_year", "codeword", "notes")
        if (value := getattr(top, name))
    }
    return replace(
        base,
        last_name=top.last_name,
        address=_overlaid_address(base.address, top.address),
        points=_joined(top.points, base.points),
        groups=_joined(base.groups, top.groups),
        origin=top.origin or base.origin,
        consent=_more_careful(top.consent, base.consent),
        **changes,
    )


def _joined(first: tuple[T, ...], then: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*first, *then)))


def _more_careful(one: Consent | None, other: Consent | None) -> Consent | None:
    """Return a no before what is unclear, and that before a yes: no row undoes a no."""
    said = [consent for consent in (one, other) if consent]
    order = (False, None, True)
    return min(said, key=lambda consent: order.index(consent.agreed), default=None)


def _overlaid_address(base: Address, top: Address) -> Address:
    here = top.latitude is not None
    return Address(
        street=top.street or base.street,
        postal_code=top.postal_code or base.postal_code,
        city=top.city or base.city,
        insee=top.insee or base.insee,
        latitude=top.latitude if here else base.latitude,
        longitude=top.longitude if here else base.longitude,
    )
