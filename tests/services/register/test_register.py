"""People are found, shown, exported and erased, and somebody answers for it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from sqlalchemy import insert

from automaton.domain.attempt import AttemptState
from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.outcome import Outcome
from automaton.domain.policy import CallPolicy
from automaton.domain.recipient import RecipientState
from automaton.errors import RequestError
from automaton.services.proposals import Decision, accept_proposal
from automaton.services.register import (
    erase_contact,
    export_contact,
    list_contacts,
    search_for,
    show_contact,
)
from automaton.services.sheets import harmless
from automaton.store import tables
from automaton.store.engine import writing
from automaton.voices.cache import PromptCache
from automaton.voices.pico import Pico
from tests.services.register.town_hall import TownHall, file_of
from tests.store.sealing import hashed

EVA = (
    "nom;prénom;rue;cp;ville;tel;portable;notes;mot de code;groupe;consentement\n"
    "Lefèvre;Éva;3 rue du Cœur;17200;Royan;0261910001;0639980001;=1+1;tulipe;bas;oui\n"
    "Noël;Paul;3 rue du Cœur;17200;Royan;0261910001;;;;;\n"
    "Roux;Ana;5 quai de l'Île;17200;Royan;0261910003;;;;;\n"
)


def call(hall: TownHall, name: str, state: RecipientState) -> str:
    """Put a campaign on record that rang this person's home; return the attempt."""
    known = hall.known()[name]
    mine = (row for row in hall.rows("contact_points") if row.contact_id == known.id)
    points = sorted(mine, key=lambda row: row.rank)
    now = hall.clock.now()
    ids = {"register_id": hall.register, "collectivity_id": hall.collectivity.id}
    rows = {
        "messages": {"id": "m1", "created_at": now, **ids},
        "campaigns": {
            "id": "k1",
            "message_id": "m1",
            "name": "Crue",
            "campaign_class": CampaignClass.ALERT,
            "state": CampaignState.FINISHED,
            "policy": CallPolicy(),
            "audience": {"register": hall.register},
            "created_at": now,
            **ids,
        },
        "recipients": {
            "id": "r1",
            "campaign_id": "k1",
            "household_id": known.household_id,
            "state": state,
            "name": "Éva Lefèvre, Paul Noël",
            "address": "3 rue du Cœur, 17200 Royan",
            "points": [[p.id, p.value, i, False] for i, p in enumerate(points)],
        },
        "attempts": {
            "id": "a1",
            "campaign_id": "k1",
            "recipient_id": "r1",
            "contact_point_id": points[0].id,
            "e164": points[0].value,
            "due_at": now,
            "created_at": now,
            "state": AttemptState.ENDED,
            "outcome": Outcome.ACKNOWLEDGED,
            "keys": "1",
        },
        "opt_outs": {"e164": points[-1].value, "at": now, "how": "key", **ids},
    }
    with writing(hall.engine) as connection:
        for table, row in rows.items():
            target = tables.metadata.tables[table]
            kept = {k: v for k, v in row.items() if k in target.c}
            connection.execute(insert(target), kept)
    return "a1"


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("", ["Éva Lefèvre", "Paul Noël", "Ana Roux"]),
        ("lefevre", ["Éva Lefèvre"]),
        ("EVA lef", ["Éva Lefèvre"]),
        ("Mme Lefèvre", ["Éva Lefèvre"]),
        ("rue coeur", ["Éva Lefèvre", "Paul Noël"]),
        ("rue cœur", ["Éva Lefèvre", "Paul Noël"]),
        ("02 61 91 00 03", ["Ana Roux"]),
        ("+33 2 61 91 00 03", ["Ana Roux"]),
        ("0639", ["Éva Lefèvre"]),
        ("17200", ["Éva Lefèvre", "Paul Noël", "Ana Roux"]),
        ("%", ["Éva Lefèvre", "Paul Noël", "Ana Roux"]),
        ("nobody", []),
    ],
)
def test_people_are_found_by_words_and_numbers(
    hall: TownHall, asked: str, names: list[str]
) -> None:
    hall.take(EVA)

    page = hall.page(asked)

    assert [person.name for person in page.contacts] == names
    assert page.total == len(names)


def test_a_list_comes_in_pages(hall: TownHall) -> None:
    hall.take(file_of(5))

    pages = [hall.page(size=2)]
    while pages[-1].after:
        pages.append(hall.page(after=pages[-1].after, size=2))

    assert [len(page.contacts) for page in pages] == [2, 2, 1]
    assert {page.total for page in pages} == {5}


def test_every_list_is_journalled_without_what_was_asked_for(hall: TownHall) -> None:
    hall.take(EVA)
    search = search_for(hall.register, "lefevre")

    list_contacts(hall.book, hall.clock, search, "Rémi", "json")

    last = hall.rows("audit")[-1]
    assert (last.action, last.by, last.subject) == (
        "contacts_listed",
        hashed(hall.engine, "Rémi"),
        "register",
    )
    assert (last.subject_id, last.collectivity_id) == (
        hall.register,
        hall.collectivity.id,
    )
    assert last.details == {"format": "json", "count": "1"}


def test_a_person_is_shown_with_everything(hall: TownHall) -> None:
    hall.take(EVA)
    (waiting,) = hall.proposals()
    accept_proposal(hall.book, hall.clock, Decision(waiting.proposal.id, "Inès"))
    call(hall, "Éva Lefèvre", RecipientState.ACKNOWLEDGED)
    eva = hall.contacts("eva")[0].id

    found = show_contact(hall.book, hall.clock, eva, "Inès")

    assert (found.collectivity, found.register) == ("Royan-sur-Papier", "alerte")
    assert found.card.codeword == "tulipe"
    assert [(p.kind, p.value, p.rank) for p in found.points] == [
        ("landline", "+33261910001", 0),
        ("mobile", "+33639980001", 1),
    ]
    assert [entry.action for entry in found.consents] == ["given"]
    assert [person.name for person in found.household] == ["Paul Noël"]
    (one,) = found.calls
    assert (one.campaign, one.outcome, one.keys) == ("Crue", "acknowledged", "1")
    last = hall.rows("audit")[-1]
    ines = hashed(hall.engine, "Inès")
    assert (last.action, last.by, last.subject_id) == ("contact_shown", ines, eva)
    assert last.collectivity_id == hall.collectivity.id


def test_an_export_holds_everything_of_one_person_in_two_forms(hall: TownHall) -> None:
    hall.take(EVA)
    call(hall, "Éva Lefèvre", RecipientState.ACKNOWLEDGED)
    eva = hall.contacts("eva")[0].id

    export = export_contact(hall.book, hall.clock, eva, "Inès")

    found = json.loads(export.json)
    assert found["card"]["last_name"] == "Lefèvre"
    assert found["created_at"] == "2026-01-15T09:00:00+00:00"
    assert found["household"] == 0
    assert found["calls"][0]["number"] == "+33261910001"
    cells = dict(csv.reader(io.StringIO(export.csv), delimiter=";"))
    assert cells["card.notes"] == "'=1+1"
    assert cells["points.2.value"] == "'+33639980001"
    assert cells["card.groups.1"] == "bas"
    assert hall.rows("audit")[-1].action == "contact_exported"


@pytest.mark.parametrize(
    "cell", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "＝1", "＠a"]
)
def test_formulas_are_made_harmless(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless("a=1") == "a=1"


def test_an_erased_person_is_nowhere(hall: TownHall) -> None:
    hall.take(EVA)
    call(hall, "Éva Lefèvre", RecipientState.ACKNOWLEDGED)
    hall.set("contacts", codeword_prompt="sound-of-tulipe")
    eva = hall.contacts("eva")[0].id

    erased = erase_contact(hall.book, hall.clock, eva, "Inès")

    assert (erased.calls_anonymised, erased.prompts) == (1, ())
    kept = "\n".join(
        str(row) for table in tables.metadata.tables for row in hall.rows(table)
    )
    for personal in ("Éva", "Lefèvre", "tulipe", "+33639980001", "lefevre"):
        assert personal not in kept.replace("sound-of-tulipe", "")
    (attempt,) = hall.rows("attempts")
    assert (attempt.e164, attempt.outcome) == ("", Outcome.ACKNOWLEDGED)
    (recipient,) = hall.rows("recipients")
    assert (recipient.name, recipient.address, recipient.points) == ("", "", [])
    assert recipient.state is RecipientState.ACKNOWLEDGED
    assert hall.count("opt_outs") == 0
    assert hall.count("proposals") == 0
    assert hall.count("households") == 2
    last = hall.rows("audit")[-1]
    assert (last.action, last.subject_id) == ("contact_erased", eva)
    assert last.details == {"calls_anonymised": "1"}
    with pytest.raises(RequestError, match="no such contact"):
        show_contact(hall.book, hall.clock, eva, "Inès")


def test_the_sounds_of_an_erased_name_go_with_it(
    hall: TownHall, tmp_path: Path
) -> None:
    hall.take(EVA)
    call(hall, "Éva Lefèvre", RecipientState.ACKNOWLEDGED)
    said = {"name": "Éva Lefèvre, Paul Noël", "street": "3 rue du Cœur"}
    hall.set("recipients", said=said)
    text = {"id": "t1", "message_id": "m1", "language": "fr", "prompt": "p1"}
    with writing(hall.engine) as connection:
        connection.execute(insert(tables.message_texts), text)
    sounds = PromptCache(tmp_path)
    name, street = (sounds.render_text(t, "fr", Pico()) for t in said.values())
    eva = hall.contacts("eva")[0].id

    erased = erase_contact(hall.book, hall.clock, eva, "Inès", sounds)

    assert (sounds.path(name).exists(), sounds.path(street).exists()) == (False, True)
    assert (erased.said, hall.rows("recipients")[0].said) == ((), None)


def test_what_an_erased_person_left_by_telephone_goes_with_them(
    hall: TownHall, tmp_path: Path
) -> None:
    # The row went, and the sound stayed a day or for ever.
    hall.take(EVA)
    (owner,) = hall.book.collectivities()
    theirs, others = tmp_path / "call-1.alaw", tmp_path / "call-2.alaw"
    for file, e164 in ((theirs, "+33639980001"), (others, "+33199000042")):
        file.write_bytes(b"sound")
        row = {"id": file.stem, "collectivity_id": owner.id, "e164": e164}
        row |= {"at": hall.clock.now(), "file": file.name, "seconds": 3.0}
        with writing(hall.engine) as connection:
            connection.execute(insert(tables.recordings_left), row)
    eva = hall.contacts("eva")[0].id

    sounds = PromptCache(tmp_path)
    erased = erase_contact(hall.book, hall.clock, eva, "Inès", sounds, tmp_path)

    assert erased.recordings == (theirs.name,)
    assert (theirs.exists(), others.exists()) == (False, True)


def test_the_others_of_a_home_stay_when_one_is_erased(hall: TownHall) -> None:
    hall.take(EVA + "Petit;Lou;;;;0261910001;;;;;\n")
    (waiting,) = hall.proposals()
    accept_proposal(hall.book, hall.clock, Decision(waiting.proposal.id, "Inès"))
    call(hall, "Éva Lefèvre", RecipientState.ACKNOWLEDGED)
    eva = hall.contacts("eva")[0].id

    erase_contact(hall.book, hall.clock, eva, "Inès")

    (recipient,) = hall.rows("recipients")
    assert recipient.name == "Paul Noël, Lou Petit"
    assert recipient.address == "3 rue du Cœur, 17200 Royan"
    (left,) = hall.every_proposal()
    assert eva not in left.contact_ids
    assert hall.take(EVA.replace(EVA.splitlines()[1] + "\n", "")).import_id == ""


def test_a_person_without_a_home_is_erased_from_calls_of_their_own(
    hall: TownHall,
) -> None:
    hall.take(EVA)
    call(hall, "Éva Lefèvre", RecipientState.ACKNOWLEDGED)
    eva = hall.contacts("eva")[0].id
    hall.set("contacts", household_id=None)
    hall.set("recipients", household_id=None, contact_id=eva)

    erase_contact(hall.book, hall.clock, eva, "Inès")

    (recipient,) = hall.rows("recipients")
    assert (recipient.name, recipient.points) == ("", [])
    assert hall.rows("attempts")[0].e164 == ""


def test_a_person_without_a_home_is_shown(hall: TownHall) -> None:
    hall.take(EVA)
    hall.set("contacts", household_id=None)
    ana = hall.contacts("ana")[0].id

    assert show_contact(hall.book, hall.clock, ana, "Inès").household == ()


def test_nobody_is_erased_while_being_called(hall: TownHall) -> None:
    hall.take(EVA)
    call(hall, "Éva Lefèvre", RecipientState.TRYING)
    eva = hall.contacts("eva")[0].id

    # The question came first, and the campaign that was in the way had no name.
    for refused in (
        lambda: hall.book.check_erasable(eva),
        lambda: erase_contact(hall.book, hall.clock, eva, "Inès"),
    ):
        with pytest.raises(RequestError, match=r"called by « .+ »: stop") as refusal:
            refused()
        assert refusal.value.error_id == "being_called"
    assert len(hall.contacts()) == 3


def test_the_sound_of_a_code_word_is_told_when_nobody_else_has_it(
    hall: TownHall,
) -> None:
    hall.take("nom;tel;mot de code\nA;0261910001;tulipe\nB;0261910002;tulipe\n")
    hall.set("contacts", codeword_prompt="abc")
    a, b = hall.contacts()

    assert erase_contact(hall.book, hall.clock, a.id, "Inès").prompts == ()
    assert erase_contact(hall.book, hall.clock, b.id, "Inès").prompts == ("abc",)


def test_somebody_unknown_is_refused(hall: TownHall) -> None:
    for act in (show_contact, export_contact, erase_contact):
        with pytest.raises(RequestError) as refusal:
            act(hall.book, hall.clock, "nobody", "Inès")
        assert refusal.value.error_id == "no_contact"
