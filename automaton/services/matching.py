"""Who in a file is who in the register: pure, nothing is read or written here.

Two rows, or a row and a contact, are one person where the name and a contact point are
the same, or (a row and a contact) the name and the address. Birth years that differ
make two people of them. People who only share a number are never joined: they are
proposed as one household, and more than five as an establishment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from automaton.domain.contact import (
    ContactCard,
    address_key,
    is_journalled,
    may_be_same,
    name_key,
    overlaid,
    voice_numbers,
)
from automaton.domain.intake import ContactRow
from automaton.domain.roll import (
    LARGEST_HOUSEHOLD,
    Addition,
    Change,
    KnownContact,
    Proposal,
    ProposalKind,
    Snapshot,
)
from automaton.ids import new_id


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A row that says the same person again as an earlier one; they were joined."""

    line: int
    first_line: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do to a register."""

    additions: tuple[Addition, ...]
    changes: tuple[Change, ...]
    unchanged: int
    duplicates: tuple[Duplicate, ...]
    proposals: tuple[Proposal, ...]


def planned(rows: Iterable[ContactRow], snapshot: Snapshot) -> Plan:
    """Return what these rows would change in a register."""
    people, duplicates = distinct(rows)
    matched = _Matching(snapshot.contacts).matched(people)
    additions = tuple(
        Addition(new_id(), person.card) for person in people if person.known is None
    )
    changes = tuple(
        Change(known.id, card) for known, card in matched if card != known.card
    )
    return Plan(
        additions=additions,
        changes=changes,
        unchanged=len(matched) - len(changes),
        duplicates=tuple(duplicates),
        proposals=tuple(proposed(additions, changes, snapshot)),
    )


@dataclass(slots=True, eq=False)
class Person:
    """One person of a file: the first row, with what later ones add to it.

    Once `known`, the card is the whole contact as it will be.
    """

    line: int
    card: ContactCard
    key: str
    known: KnownContact | None = None


def distinct(rows: Iterable[ContactRow]) -> tuple[list[Person], list[Duplicate]]:
    """Return each person of a file once, and the rows that said one again."""
    people: list[Person] = []
    duplicates: list[Duplicate] = []
    seen: dict[tuple[str, str], list[Person]] = defaultdict(list)
    for row in rows:
        key = name_key(row.card.last_name + " " + row.card.first_name)
        person = _seen_before(row.card, key, seen)
        if person:
            duplicates.append(Duplicate(row.line, person.line))
            person.card = overlaid(row.card, person.card)
        else:
            person = Person(row.line, row.card, key)
            people.append(person)
        for token in _points(row.card):
            if person not in (others := seen[key, token]):
                others.append(person)
    return people, duplicates


def _seen_before(
    card: ContactCard, key: str, seen: dict[tuple[str, str], list[Person]]
) -> Person | None:
    candidates = (p for token in _points(card) for p in seen.get((key, token), ()))
    return next((p for p in candidates if may_be_same(p.card, card)), None)


def _points(card: ContactCard) -> tuple[str, ...]:
    return tuple(point.value for point in card.points)


def _home(card: ContactCard) -> tuple[str, ...]:
    key = address_key(card.address)
    return (key,) if key else ()


class _Matching:
    """The contacts of a register, found by name with number, or name with address.

    Each is taken once: first by the row that changes nothing, then by a number, then
    by an address, so that namesakes under one roof stay who they are.
    """

    def __init__(self, contacts: Sequence[KnownContact]) -> None:
        self.by_token: dict[tuple[str, str], list[KnownContact]] = defaultdict(list)
        self.taken: set[str] = set()
        for contact in contacts:
            key = name_key(contact.card.last_name + " " + contact.card.first_name)
            for token in (*_points(contact.card), *_home(contact.card)):
                self.by_token[key, token].append(contact)

    def matched(
        self, people: Sequence[Person]
    ) -> list[tuple[KnownContact, ContactCard]]:
        """Return the contacts that people of the file are, each with its new card."""
        passes: tuple[tuple[Callable[[ContactCard], tuple[str, ...]], bool], ...] = (
            (_points, True),
            (_points, False),
            (_home, False),
        )
        for tokens, only_same in passes:
            for person in people:
                if person.known is None:
                    self._take(person, tokens(person.card), only_same=only_same)
        return [(p.known, p.card) for p in people if p.known]

    def _take(
        self, person: Person, tokens: tuple[str, ...], *, only_same: bool
    ) -> None:
        for contact in self._candidates(person, tokens):
            updated = _updated(contact, person.card)
            if not only_same or updated == contact.card:
                person.known, person.card = contact, updated
                self.taken.add(contact.id)
                return

    def _candidates(
        self, person: Person, tokens: tuple[str, ...]
    ) -> Iterator[KnownContact]:
        for token in tokens:
            for contact in self.by_token.get((person.key, token), ()):
                free = contact.id not in self.taken
                if free and may_be_same(contact.card, person.card):
                    yield contact


def _updated(known: KnownContact, card: ContactCard) -> ContactCard:
    if card.consent and is_journalled(card.consent, known.consents):
        card = replace(card, consent=None)
    return overlaid(known.card, card)


def proposed(
    additions: Sequence[Addition], changes: Sequence[Change], snapshot: Snapshot
) -> Iterator[Proposal]:
    """Yield what people who share a number may be, each set of people once.

    A set that was proposed before, whatever was decided, is not proposed again.
    """
    done = {(p.kind, frozenset(p.contact_ids)) for p in snapshot.proposals}
    together = _together(snapshot)
    for e164, ids in _sharing(additions, changes, snapshot).items():
        kind = (
            ProposalKind.ESTABLISHMENT
            if len(ids) > LARGEST_HOUSEHOLD
            else ProposalKind.HOUSEHOLD
        )
        homes = {together.get(contact_id, contact_id) for contact_id in ids}
        if len(homes) < 2 or (kind, frozenset(ids)) in done:
            continue
        done.add((kind, frozenset(ids)))
        yield Proposal(new_id(), kind, e164, tuple(ids))


def _together(snapshot: Snapshot) -> dict[str, str]:
    """Return under which one thing each contact of a register lives already."""
    homes = (
        (contact.id, contact.establishment_id or contact.household_id)
        for contact in snapshot.contacts
    )
    return {contact_id: home for contact_id, home in homes if home}


def _sharing(
    additions: Sequence[Addition], changes: Sequence[Change], snapshot: Snapshot
) -> dict[str, list[str]]:
    """Return the numbers that several people have, and who they are."""
    changed = {change.contact_id: change.card for change in changes}
    people: dict[str, list[str]] = defaultdict(list)
    for contact in snapshot.contacts:
        for e164 in set(voice_numbers(changed.get(contact.id, contact.card))):
            people[e164].append(contact.id)
    for addition in additions:
        for e164 in set(voice_numbers(addition.card)):
            people[e164].append(addition.id)
    return {e164: ids for e164, ids in people.items() if len(ids) > 1}
