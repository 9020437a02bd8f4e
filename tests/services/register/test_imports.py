"""A file of contacts is looked at, taken whole or not at all, and taken once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automaton.domain.contact import Consent, Origin
from automaton.domain.intake import Fault, Home, Problem
from automaton.domain.roll import (
    KnownContact,
    ProposalKind,
    Snapshot,
)
from automaton.errors import RequestError
from automaton.importers.csv import read
from automaton.services.imports import import_contacts
from automaton.services.matching import distinct, planned
from automaton.services.previews import importer_for, preview_import
from automaton.services.wording import TEXTS, told
from tests.services.register.town_hall import TownHall

TWO = (
    "nom;prénom;rue;cp;ville;tel;portable;origine;groupe;mot de code\n"
    "Lefèvre;Éloïse;3 rue du Cœur;17200;Royan;0261910001;0639980001;tiers;bas;tulipe\n"
    "Noël;Anaïs;5 quai de l'Île;17200;Royan;0261910002;;;bas,haut;\n"
)


def test_a_preview_writes_nothing(hall: TownHall) -> None:
    preview = hall.preview(TWO + ";;;;;0261910003;;;;\nX;;;;;12;;;;\n")

    assert set(hall.everything().values()) == {0}
    assert (preview.added, preview.refused) == (2, 2)
    assert [row.card.name for row in preview.first] == ["Éloïse Lefèvre", "Anaïs Noël"]
    assert preview.problems[0] == Problem(4, Fault.NO_NAME, refused=True)
    assert preview.counts() == {
        "read": 4,
        "added": 2,
        "changed": 0,
        "unchanged": 0,
        "duplicates": 0,
        "refused": 2,
        "proposals": 0,
    }


def test_an_import_shows_its_people(hall: TownHall) -> None:
    result = hall.take(TWO)

    known = hall.known()
    card = known["Éloïse Lefèvre"].card
    assert card.address.street == "3 rue du Cœur"
    assert [point.value for point in card.points] == ["+33261910001", "+33639980001"]
    assert (card.origin, card.codeword) == (Origin.THIRD_PARTY, "tulipe")
    assert known["Anaïs Noël"].card.origin is Origin.DIRECTORY
    assert known["Anaïs Noël"].card.groups == ("bas", "haut")
    assert len({one.household_id for one in known.values()}) == 2
    (row,) = hall.rows("imports")
    assert (row.id, row.state, row.counts["added"]) == (
        result.import_id,
        "published",
        2,
    )


def test_every_contact_gets_an_entry_in_the_consent_journal(hall: TownHall) -> None:
    hall.take(
        "nom;tel;consentement;consentement le;mode de consentement;texte consentement\n"
        "A;0261910001;;;;\n"
        "B;0261910002;sa fille;02/01/2026;courrier;J'accepte\n"
        "C;0261910003;oui;;;\n"
        "D;0261910004;non;;;\n"
    )

    names = {row.id: row.last_name for row in hall.rows("contacts")}
    entries = {names[row.contact_id]: row for row in hall.rows("consents")}
    assert {name: row.action for name, row in entries.items()} == {
        "A": "recorded",
        "B": "given",
        "C": "given",
        "D": "withdrawn",
    }
    b, c = entries["B"], entries["C"]
    assert (b.by, b.how, b.text) == ("sa fille", "courrier", "J'accepte")
    assert b.at.isoformat() == "2026-01-02T00:00:00+00:00"
    assert (c.by, c.how, c.at) == ("Inès", "import habitants.csv", hall.clock.now())


def test_consent_of_a_whole_file_is_journalled_for_each(hall: TownHall) -> None:
    agreed = Consent(by="chacun", how="formulaire", text="J'accepte")
    request = hall.request("nom;tel\nA;0261910001\n", consent=agreed)

    import_contacts(hall.book, hall.clock, request, read)

    (row,) = hall.rows("consents")
    assert (row.action, row.by, row.how) == ("given", "chacun", "formulaire")


def test_consent_of_a_whole_file_is_each_persons_and_names_its_operator(
    hall: TownHall,
) -> None:
    agreed = Consent(how="formulaire", text="J'accepte")
    text = "nom;prénom;tel;consentement\nRoux;Ana;0261910001;\nNoël;;0261910002;non\n"

    import_contacts(hall.book, hall.clock, hall.request(text, consent=agreed), read)

    given, refused = sorted(hall.rows("consents"), key=lambda row: row.action)
    assert (given.action, given.by) == ("given", "Ana Roux")
    assert given.text == "J'accepte [import habitants.csv: Inès]"
    assert refused.action == "withdrawn"


def test_no_word_short_of_a_yes_lets_a_campaign_ring(hall: TownHall) -> None:
    text = (
        "nom;tel;consentement;date de consentement\n"
        "A;0261910001;refusé;\nB;0261910002;en attente;\nC;0261910003;;02/01/2026\n"
    )
    agreed = Consent(how="formulaire", text="J'accepte")
    request = hall.request(text, consent=agreed)

    import_contacts(hall.book, hall.clock, request, read)

    actions = {row.text: row.action for row in hall.rows("consents")}
    assert actions == {
        "refusé": "withdrawn",
        "en attente": "recorded",
        "2026-01-02": "recorded",
    }
    assert hall.take(text).import_id == ""


def test_a_no_outweighs_a_yes_for_one_person_of_a_file(hall: TownHall) -> None:
    yes, no = "A;0261910001;oui\n", "A;0261910001;ne souhaite pas\n"
    for lines in (yes + no, no + yes):
        (one,) = hall.preview(f"nom;tel;consentement\n{lines}").plan.additions
        assert one.card.consent is not None
        assert one.card.consent.agreed is False


def test_the_same_file_again_changes_nothing(hall: TownHall) -> None:
    hall.take(TWO)
    before = hall.everything()
    hall.clock.move(timedelta(days=1))

    again = hall.take(TWO)

    assert again.import_id == ""
    assert again.preview.unchanged == 2
    assert hall.everything() == before


def test_consent_that_comes_again_is_not_journalled_again(hall: TownHall) -> None:
    text = "nom;tel;consentement;date de consentement\nA;0261910001;oui;\n"
    hall.take(text)
    hall.clock.move(timedelta(days=1))

    assert hall.take(text).import_id == ""

    hall.take(text.replace("oui", "non"))
    assert [row.action for row in hall.rows("consents")] == ["given", "withdrawn"]
    # An old file does not undo what was said since.
    assert hall.take(text).import_id == ""


def test_what_changed_is_changed_and_what_is_empty_stays(hall: TownHall) -> None:
    hall.take(TWO)
    ids = {name: one.id for name, one in hall.known().items()}

    result = hall.take(
        "nom;prénom;rue;cp;ville;tel;notes;groupe;consentement\n"
        "LEFEVRE;Eloise;3 rue du Cœur;17200;Royan;0261910099;sourde;quai;oui\n"
        "Noël;Anaïs;8 rue Neuve;;;0261910002;;;\n"
    )

    assert (result.preview.changed, result.preview.added) == (2, 0)
    known = hall.known()
    eloise = known["Eloise LEFEVRE"]
    assert eloise.id == ids["Éloïse Lefèvre"]
    assert [point.value for point in eloise.card.points] == [
        "+33261910099",
        "+33261910001",
        "+33639980001",
    ]
    assert (eloise.card.notes, eloise.card.codeword) == ("sourde", "tulipe")
    assert eloise.card.groups == ("bas", "quai")
    assert [consent.agreed for consent in eloise.consents] == [True]
    anais = known["Anaïs Noël"].card
    assert (anais.address.street, anais.address.postal_code) == ("8 rue Neuve", "17200")
    homes = {row.street for row in hall.rows("households")}
    assert homes == {"3 rue du Cœur", "8 rue Neuve"}
    assert hall.count("import_changes") == 0


def test_a_changed_code_word_is_to_be_rendered_anew(hall: TownHall) -> None:
    hall.take("nom;tel;mot de code\nA;0261910001;tulipe\nB;0261910002;rose\n")
    hall_ids = {row.last_name: row.id for row in hall.rows("contacts")}
    hall.set("contacts", codeword_prompt="abc")

    hall.take("nom;tel;mot de code;notes\nA;0261910001;lilas;\nB;0261910002;rose;n\n")

    prompts = {row.id: row.codeword_prompt for row in hall.rows("contacts")}
    assert prompts == {hall_ids["A"]: None, hall_ids["B"]: "abc"}


def test_same_number_and_same_name_is_one_person(hall: TownHall) -> None:
    preview = hall.take(
        "nom;prénom;tel;portable;notes\n"
        "Martin;Zoé;0261910001;;\n"
        "B;;0261910002;;\n"
        "MARTIN;Zoe;02 61 91 00 01;0639980001;sourde\n"
    ).preview

    assert [(d.line, d.first_line) for d in preview.duplicates] == [(4, 2)]
    assert preview.added == 2
    zoe = hall.known()["Zoé Martin"].card
    assert [point.value for point in zoe.points] == ["+33261910001", "+33639980001"]
    assert zoe.notes == "sourde"


def test_birth_years_tell_father_and_son_apart(hall: TownHall) -> None:
    text = "nom;tel;naissance\nJean Roux;0261910001;1938\nJean Roux;0261910001;1970\n"

    hall.take(text)

    assert len(hall.contacts()) == 2
    assert hall.take(text).import_id == ""


def test_same_number_and_another_name_is_proposed_as_one_household(
    hall: TownHall,
) -> None:
    hall.take("nom;tel\nA Roux;0261910001\nB Roux;0261910001\nC;0261910002\n")

    (waiting,) = hall.proposals()
    assert waiting.proposal.kind is ProposalKind.HOUSEHOLD
    assert waiting.proposal.e164 == "+33261910001"
    assert [person.name for person in waiting.people] == ["A Roux", "B Roux"]
    assert len({one.household_id for one in hall.known().values()}) == 3


@pytest.mark.parametrize(
    ("people", "kind"),
    [(5, ProposalKind.HOUSEHOLD), (6, ProposalKind.ESTABLISHMENT)],
)
def test_more_than_five_on_one_number_are_an_establishment(
    hall: TownHall, people: int, kind: ProposalKind
) -> None:
    lines = [f"Personne {chr(65 + i)};0261910001" for i in range(people)]

    hall.take("\n".join(["nom;tel", *lines]))

    assert [w.proposal.kind for w in hall.proposals()] == [kind]
    assert len(hall.contacts()) == people


def test_a_larger_proposal_replaces_the_open_one_about_a_number(hall: TownHall) -> None:
    hall.take("nom;tel\nA;0261910001\nB;0261910001\n")

    hall.take("nom;tel\nC;0261910001\n")

    assert [len(w.people) for w in hall.proposals()] == [3]
    assert [p.state.value for p in hall.every_proposal()] == ["replaced", "open"]


def test_two_shared_numbers_of_the_same_people_are_one_proposal(hall: TownHall) -> None:
    hall.take("nom;tel;tel 2\nA;0261910001;0261910002\nB;0261910001;0261910002\n")

    assert len(hall.proposals()) == 1


def test_overseas_numbers_have_the_region_of_the_collectivity(
    hall: TownHall,
) -> None:
    island = TownHall(hall.engine, name="Saint-Papier", insee="97411")

    island.take("nom;tel\nA;0262 12 34 56\nB;0692 12 34 56\n")

    values = [p.value for one in island.snapshot().contacts for p in one.card.points]
    assert sorted(values) == ["+262262123456", "+262692123456"]
    assert island.collectivity.timezone == "Indian/Reunion"


def test_an_unknown_register_is_refused(hall: TownHall) -> None:
    hall.register = "nowhere"

    with pytest.raises(RequestError, match="register"):
        hall.preview(TWO)


def test_importers_are_found_by_the_ending_of_the_file() -> None:
    assert importer_for("a/b/Habitants.CSV") is read
    assert importer_for("habitants.txt") is read
    with pytest.raises(RequestError, match=r"\.docx"):
        importer_for("habitants.docx")


def test_a_preview_finds_its_importer(hall: TownHall) -> None:
    assert preview_import(hall.book, hall.request(TWO)).added == 2


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_has_its_words_in_both_languages(fault: Fault) -> None:
    problem = Problem(7, fault, "x", refused=True)

    assert TEXTS[fault][0] in told(problem, "fr")
    assert TEXTS[fault][1] in told(problem, "en")
    assert told(problem, "fr").startswith("Ligne 7")
    assert "«" not in told(Problem(7, fault), "de")


def files() -> st.SearchStrategy[str]:
    names = st.sampled_from(["A", "B", "A B", "B A"])
    numbers = st.sampled_from([f"026191000{i}" for i in range(4)] + [""])
    streets = st.sampled_from(["", "1 rue X", "2 rue X"])
    years = st.sampled_from(["", "1938", "1970"])
    line = st.tuples(names, numbers, numbers, streets, years).map(";".join)
    return st.lists(line, max_size=12).map(
        lambda lines: "\n".join(["nom;tel;tel 2;rue;naissance", *lines])
    )


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=files())
def test_whatever_the_file_the_second_time_changes_nothing(text: str) -> None:
    rows = read(text.encode(), Home()).rows
    first = planned(rows, Snapshot())
    known = tuple(
        KnownContact(a.id, a.card, household_id=f"home of {a.id}")
        for a in first.additions
    )

    second = planned(rows, Snapshot(known, first.proposals))

    assert (second.additions, second.changes, second.proposals) == ((), (), ())
    assert len(distinct(rows)[0]) == len(known)
