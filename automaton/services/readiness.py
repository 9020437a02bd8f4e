"""What is proven end to end: shown to people, asked for anew, and listened to.

A call to one of our own numbers is recorded for some seconds; it is proven where one of
our fixed phrases is recognised in that. The recording is deleted at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from automaton.domain.collectivity import Act
from automaton.domain.errand import PROVE
from automaton.domain.readiness import (
    Kind,
    OwnNumber,
    Phone,
    Proof,
    Way,
    latest,
    proven_phones,
    proven_trunks,
    ways,
)
from automaton.domain.trunk import Trunk
from automaton.errors import RequestError
from automaton.private import make_private_folder
from automaton.services.commands import is_awake, knocked
from automaton.services.naming import not_found
from automaton.services.office import Office
from automaton.store.engine import reading, writing
from automaton.store.errands import Errand, leave_errand
from automaton.store.people.journal import journalise
from automaton.store.readiness import note_heard, phones, read_proofs

ALAW = ".alaw"


@dataclass(frozen=True, slots=True)
class Standing:
    """How one way stands: its latest call, and when it was proven last."""

    way: Way
    last: Proof | None
    proven_at: datetime | None


@dataclass(frozen=True, slots=True)
class Proven:
    """When each trunk, and each officer's telephone by name, was proven last.

    `officers` are by id too: what has no name in it may be shown to anybody.
    """

    trunks: Mapping[str, datetime | None]
    phones: tuple[tuple[Phone, datetime | None], ...] = ()


def standings(
    office: Office, trunks: tuple[Trunk, ...], numbers: tuple[OwnNumber, ...]
) -> list[Standing]:
    """Return how every way stands, those of officers first."""
    proofs = read_proofs(office.desk.engine)
    last, proven = latest(proofs), latest(one for one in proofs if one.is_proven)
    return [
        Standing(
            way,
            last.get(way.key),
            None if (one := proven.get(way.key)) is None else one.asked_at,
        )
        for way in ways(_phones(office, numbers), trunks)
    ]


def proven(
    office: Office,
    trunks: tuple[str, ...],
    until: datetime | None = None,
    collectivity_id: str | None = None,
) -> Proven:
    """Return what was proven last, until a moment; the people of one collectivity."""
    proofs = [
        one
        for one in read_proofs(office.desk.engine)
        if until is None or one.asked_at <= until
    ]
    people = [
        one
        for one in _phones(office, ())
        if collectivity_id in (None, one.collectivity_id)
    ]
    at = proven_phones(proofs, {one.e164 for one in people})
    return Proven(
        proven_trunks(proofs, trunks), tuple((one, at[one.e164]) for one in people)
    )


def ask_to_prove(office: Office, wanted: list[Way], only: str, by: str) -> bool:
    """Leave an errand that rings these now; tell whether a daemon is at work.

    `RequestError` where there is nothing to ring.
    """
    if not wanted:
        raise RequestError(
            "There is nobody to ring: no officer has a telephone that a trunk may "
            "dial, nobody is on duty, and no number is published on another trunk.",
            error_id="readiness-nobody",
        )
    now = office.clock.now()
    told = {"since": now.isoformat(), "only": only}
    with writing(office.desk.engine) as connection:
        leave_errand(connection, Errand(PROVE, by, now, told))
    act = Act(
        by, now, "readiness_asked", "", "", details=(("calls", str(len(wanted))),)
    )
    journalise(office.desk.engine, act)
    knocked(office.settings.control_socket)
    return is_awake(office)


def meant(found: list[Standing], only: str) -> tuple[str, list[Way]]:
    """Return the number that a name means, and its ways; all ways without a name.

    `RequestError` where nobody has that name or number.
    """
    every = [one.way for one in found]
    if not only:
        return "", every
    asked = only.casefold()
    for way in every:
        if asked in (way.phone.name.casefold(), way.phone.e164):
            number = way.phone.e164
            return number, [one for one in every if one.phone.e164 == number]
    raise not_found("telephone", only, sorted({one.phone.name for one in every}))


@contextmanager
def listening(office: Office, prompts: Path, proof_id: str) -> Iterator[Path]:
    """Give where our own number is recorded; what is heard there is put on record.

    Also where the call breaks off meanwhile. The recording is deleted.
    """
    folder = office.settings.folders.recordings
    make_private_folder(folder)
    path = folder / f"readiness-{proof_id}{ALAW}"
    try:
        yield path
    finally:
        note_heard(office.desk.engine, proof_id, _heard(path, prompts))
        path.unlink(missing_ok=True)


def _heard(path: Path, prompts: Path) -> str:
    """Return the phrase that was recognised, with its language; empty for none."""
    from automaton.voices.likeness import recognised  # noqa: PLC0415 - 0.1 s

    found = recognised(path, prompts.glob(f"[a-z][a-z]*/*{ALAW}"))
    return "" if found is None else f"{found.path.parent.name}/{found.path.stem}"


def _phones(office: Office, numbers: tuple[OwnNumber, ...]) -> list[Phone]:
    with reading(office.desk.engine) as connection:
        return phones(connection, numbers)


def is_officer(phone: Phone) -> bool:
    """Tell whether a telephone is an officer's own."""
    return phone.kind is Kind.OFFICER
