"""The register as it stands, and what an import would make of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from automaton.domain.contact import Address, Consent, ContactCard, Origin

# A number shared by more people than this is proposed as an establishment.
LARGEST_HOUSEHOLD = 5


@dataclass(frozen=True, slots=True)
class KnownContact:
    """A contact that the register holds, as an import compares it.

    What was agreed is in `consents`, and not in the card.
    """

    id: str
    card: ContactCard
    consents: tuple[Consent, ...] = ()
    household_id: str | None = None
    establishment_id: str | None = None


@dataclass(frozen=True, slots=True)
class Addition:
    """A contact that an import adds; its id is chosen before it is written."""

    id: str
    card: ContactCard


@dataclass(frozen=True, slots=True)
class Change:
    """A contact that an import changes: the whole card as it will be.

    Its consent, where there is one, is a new entry for the journal.
    """

    contact_id: str
    card: ContactCard


class ProposalKind(StrEnum):
    """What people who share a number may be."""

    HOUSEHOLD = "household"
    ESTABLISHMENT = "establishment"


class ProposalState(StrEnum):
    """What a person decided; a newer proposal about a number replaces an open one."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Proposal:
    """People who share a number, for a person to decide."""

    id: str
    kind: ProposalKind
    e164: str
    contact_ids: tuple[str, ...]
    state: ProposalState = ProposalState.OPEN


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A register at one moment; `generation` grows with each published import."""

    contacts: tuple[KnownContact, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a whole file says of its people, where its rows say nothing.

    `consent` None: the journal records the import, and no agreement.
    """

    by: str
    at: datetime
    file_name: str
    origin: Origin = Origin.DIRECTORY
    consent: Consent | None = None
    language: str = "fr"


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: every word in name or address, or digits of a number.

    `after`: the id at which the previous page ended.
    """

    register_id: str
    words: tuple[str, ...] = ()
    digits: str = ""
    after: str = ""
    limit: int = 50


@dataclass(frozen=True, slots=True)
class ContactSummary:
    """One line of a list of contacts."""

    id: str
    name: str
    address: Address
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContactPage:
    """Some contacts of a list; `after` fetches the next ones, "" at the end."""

    total: int
    contacts: tuple[ContactSummary, ...]
    after: str = ""


@dataclass(frozen=True, slots=True)
class PointOnFile:
    """A contact point with what is known of it; a flagged one waits for a person."""

    id: str
    kind: str
    value: str
    rank: int
    flagged_at: datetime | None = None
    flag_reason: str = ""


@dataclass(frozen=True, slots=True)
class ConsentOnFile:
    """One line of the consent journal; action: given, withdrawn, recorded."""

    at: datetime
    by: str
    how: str
    action: str
    text: str


@dataclass(frozen=True, slots=True)
class CallOnFile:
    """One try to reach a contact, or its household."""

    campaign: str
    number: str
    due_at: datetime
    state: str
    claimed_at: datetime | None
    rang_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: str
    keys: str
    heard_seconds: float


@dataclass(frozen=True, slots=True)
class ContactFile:
    """Everything that is kept of one person."""

    id: str
    register_id: str
    register: str
    collectivity: str
    collectivity_id: str
    card: ContactCard
    created_at: datetime
    points: tuple[PointOnFile, ...]
    consents: tuple[ConsentOnFile, ...]
    calls: tuple[CallOnFile, ...]
    household: tuple[ContactSummary, ...] = ()
    establishment: str = ""


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did; `prompts` are sounds of code words that nobody uses now.

    `said`: what variables of messages stood for, each in a language. `recordings`: the
    files of what they left by telephone.
    """

    contact_id: str
    calls_anonymised: int
    prompts: tuple[str, ...] = ()
    said: tuple[tuple[str, str], ...] = ()
    recordings: tuple[str, ...] = ()
