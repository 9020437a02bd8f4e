"""What the cells about consent say: only an explicit yes is one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from automaton.domain.contact import Consent
from automaton.domain.intake import Fault
from automaton.importers.consent import consent_in
from automaton.importers.headings import meaning
from tests.importers.reading import rows

YES, NO, UNCLEAR = True, False, None
ACCEPTS = "J'accepte d'être appelé."
RIGHTS = "J'ai connaissance de mon droit d'opposition et de refus."


def only(heading: str, cell: str) -> Consent:
    """Return the consent of a row that says nothing else of it."""
    (row,) = rows(f"nom;tel;{heading}\nA;0261910001;{cell}\n").rows
    assert row.card.consent is not None
    return row.card.consent


@pytest.mark.parametrize(
    ("cell", "agreed"),
    [
        *((yes, YES) for yes in ("oui", "OUI", "o", "X", "1", "yes", "Accepté")),
        *((yes, YES) for yes in ("d'accord", "agreed", "Vrai", "donné")),
        *((no, NO) for no in ("non", "N", "0", "faux", "no", "refus", "Refusé")),
        *((no, NO) for no in ("refusée", "REFUS le 3 mai", "opposition", "opposée")),
        *((no, NO) for no in ("s'oppose", "sans accord", "pas d'accord", "declined")),
        *((no, NO) for no in ("ne souhaite pas", "ne souhaite plus être appelée")),
        *((no, NO) for no in ("pas de consentement", "sans consentement", "retiré")),
        *((no, NO) for no in ("ne veut pas", "n'accepte pas", "non merci", "opt-out")),
        *((no, NO) for no in ("ne pas appeler", "does not wish", "doesn't want")),
        *((no, NO) for no in ("withdrawn", "no consent", "Non (refus)", "do not call")),
        *((it, UNCLEAR) for it in ("en attente", "à demander", "?", "pending", "-")),
        *((it, UNCLEAR) for it in ("non renseigné", "sans opposition", "non opposé")),
        *(
            (it, UNCLEAR)
            for it in ("pas encore", "Jean Roux", "sa fille", "oui ?! non")
        ),
        *((it, UNCLEAR) for it in ("ne s'oppose pas", "oui sauf la nuit", "NC", "2")),
        *((it, UNCLEAR) for it in ("formulaire", "02/01/2026", "peut-être", "unknown")),
    ],
)
def test_a_cell_of_consent_is_a_yes_only_where_it_says_so(
    cell: str, agreed: bool | None
) -> None:
    assert only("consentement", cell).agreed is agreed


@pytest.mark.parametrize(
    ("heading", "cell", "agreed"),
    [
        ("mode de consentement", "refus", NO),
        ("mode de consentement", "courrier", UNCLEAR),
        ("texte du consentement", "Je refuse", NO),
        ("texte du consentement", "Je ne souhaite pas être appelé", NO),
        ("texte du consentement", ACCEPTS, UNCLEAR),
        ("date de consentement", "02/01/2026", UNCLEAR),
    ],
)
def test_one_cell_beside_an_empty_consent_is_never_a_yes(
    heading: str, cell: str, agreed: bool | None
) -> None:
    assert only(heading, cell).agreed is agreed


@pytest.mark.parametrize(
    ("by", "how", "text", "agreed"),
    [
        ("", "courrier", ACCEPTS, YES),
        ("sa fille", "courrier", ACCEPTS, YES),
        ("oui", "guichet", RIGHTS, YES),
        ("oui", "refus", "", NO),
        ("oui", "à demander", "", UNCLEAR),
        ("oui", "", "Je refuse", UNCLEAR),
        ("sa fille", "courrier", "Elle ne souhaite pas", NO),
        ("non", "courrier", ACCEPTS, NO),
        ("refusé", "courrier", ACCEPTS, NO),
        ("en attente", "courrier", ACCEPTS, UNCLEAR),
        ("à demander", "courrier", ACCEPTS, UNCLEAR),
        ("?", "courrier", ACCEPTS, UNCLEAR),
        ("sa fille", "courrier", "Il faudra voir", UNCLEAR),
    ],
)
def test_cells_are_weighed_together(
    by: str, how: str, text: str, agreed: bool | None
) -> None:
    assert consent_in(by, how, text, None).agreed is agreed


def test_what_is_not_understood_is_told_and_kept_for_a_person_to_read() -> None:
    reading = rows(
        "nom;tel;consentement;date de consentement\n"
        "A;0261910001;à demander;\nB;0261910002;;02/01/2026\n"
        "C;0261910003;refus écrit;\nD;0261910004;;\n"
    )

    assert [row.card.consent for row in reading.rows] == [
        Consent(text="à demander", agreed=None),
        Consent(at=datetime(2026, 1, 2, tzinfo=UTC), text="2026-01-02", agreed=None),
        Consent(text="refus écrit", agreed=False),
        None,
    ]
    told = [(p.line, p.fault, p.value, p.refused) for p in reading.problems]
    assert told == [
        (2, Fault.BAD_CONSENT, "à demander", False),
        (3, Fault.BAD_CONSENT, "2026-01-02", False),
    ]


def test_the_day_of_an_enrolment_is_no_date_of_consent() -> None:
    assert meaning("Date inscription") is None
    assert meaning("Date d'inscription") is None
