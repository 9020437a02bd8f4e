"""A contact's card as rows of the register, and as JSON while it waits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter

from automaton.domain.contact import Address, Consent, ContactCard, plain
from automaton.domain.roll import Enrolment
from automaton.ids import new_id

Row = dict[str, Any]
CARD = TypeAdapter(ContactCard)
# What the journal calls a yes, a no, and what is neither.
ACTIONS = {True: "given", False: "withdrawn", None: "recorded"}
LONGEST_KEY = 200
LONGEST_HOW = 60
LONGEST_BY = 200


def contact_values(card: ContactCard) -> Row:
    """Return the columns of a contact that a card decides."""
    return {
        "identity_key": search_key(card),
        "last_name": card.last_name,
        "first_name": card.first_name,
        "birth_year": card.birth_year,
        "codeword": card.codeword or None,
        "notes": card.notes,
        **address_values(card.address),
    }


def address_values(address: Address) -> Row:
    """Return the columns of a place."""
    return {
        "street": address.street,
        "postal_code": address.postal_code,
        "city": address.city,
        "insee": address.insee or None,
        "latitude": address.latitude,
        "longitude": address.longitude,
    }


def search_key(card: ContactCard) -> str:
    """Return what lists are sorted and searched by: plain words, last name first."""
    place = card.address
    written = f"{card.last_name} {card.first_name} {place.street} {place.city}"
    return plain(written)[:LONGEST_KEY]


def point_rows(contact_id: str, card: ContactCard) -> list[Row]:
    """Return the contact points of a new contact."""
    return [
        {
            "id": new_id(),
            "contact_id": contact_id,
            "kind": point.kind.value,
            "value": point.value,
            "rank": rank,
        }
        for rank, point in enumerate(card.points)
    ]


def consent_row(contact_id: str, consent: Consent | None, enrolment: Enrolment) -> Row:
    """Return the entry of the journal for an import; without consent it says so."""
    said = consent or Consent(agreed=None)
    return {
        "id": new_id(),
        "contact_id": contact_id,
        "at": said.at or enrolment.at,
        "by": said.by or enrolment.by,
        "how": said.how or f"import {enrolment.file_name}"[:LONGEST_HOW],
        "action": ACTIONS[said.agreed],
        "text": said.text,
    }


def said_for_all(card: ContactCard, enrolment: Enrolment) -> Consent | None:
    """Return the consent of a whole file as one person's: by them, and who says so.

    The text ends with the import and its operator, who did not agree for anybody.
    """
    consent = enrolment.consent
    if consent is None:
        return None
    source = f"[import {enrolment.file_name}: {enrolment.by}]"
    return replace(
        consent,
        by=consent.by or card.name[:LONGEST_BY],
        text=f"{consent.text} {source}".lstrip(),
    )


def filled_in(consent: Consent, enrolment: Enrolment) -> Consent:
    """Return a consent with what the import itself knows."""
    row = consent_row("", consent, enrolment)
    return Consent(row["by"], row["at"], row["how"], row["text"], consent.agreed)


def names_of(cards: Iterable[ContactCard]) -> list[str]:
    """Return the groups that these cards name, each once."""
    return list(dict.fromkeys(name for card in cards for name in card.groups))
