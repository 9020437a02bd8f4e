"""When two ways of writing are one person, and what one card adds to another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automaton.domain.contact import (
    Address,
    Consent,
    ContactCard,
    Origin,
    PointKind,
    Reach,
    address_key,
    is_journalled,
    may_be_same,
    name_key,
    overlaid,
    voice_numbers,
)
from tests.domain.builders import HOME, MOBILE, NIGHT

LANDLINE = Reach(PointKind.LANDLINE, HOME)
CELL = Reach(PointKind.MOBILE, MOBILE)
MAIL = Reach(PointKind.EMAIL, "rose.dubreuil@example.org")
ROSE = ContactCard("Dubreuil", "Rose", points=(LANDLINE,))


def test_a_whole_name_is_written_as_on_an_envelope():
    assert ROSE.name == "Rose Dubreuil"
    assert replace(ROSE, first_name="").name == "Dubreuil"


def test_only_landlines_and_mobiles_can_be_rung():
    sms = Reach(PointKind.SMS, MOBILE)
    card = replace(ROSE, points=(MAIL, CELL, sms, LANDLINE))
    assert voice_numbers(card) == (MOBILE, HOME)


@pytest.mark.parametrize(
    "written",
    ["Mme Éloïse LE GOFF", "Le Goff Eloise", "le-goff, ÉLOÏSE", "LE GOFF éloïse"],
)
def test_a_name_is_the_same_in_any_order_case_and_accent(written):
    assert name_key(written) == "eloise goff le"


@pytest.mark.parametrize(
    "written", ["3, rue du Cœur", "3 RUE DU CŒUR", "3 rue  du cœur."]
)
def test_an_address_is_the_same_however_its_street_is_written(written):
    one = address_key(Address(written, "17200"))
    assert one == address_key(Address("3 rue du cœur", "17200"))


@pytest.mark.parametrize(
    ("address", "place"),
    [
        (Address("1 quai", "17200", "Royan", "17306"), "17200"),
        (Address("1 quai", "", "Royan", "17306"), "17306"),
        (Address("1 quai", "", "Royan"), "royan"),
    ],
)
def test_a_street_is_looked_for_in_its_place(address, place):
    assert address_key(address) == f"1 quai|{place}"


def test_without_a_street_there_is_no_address_to_compare():
    assert address_key(Address("", "17200", "Royan")) == ""


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [(1931, 1931, True), (1931, 1962, False), (1931, None, True), (None, None, True)],
)
def test_only_two_known_birth_years_tell_father_and_son_apart(one, other, same):
    first, second = replace(ROSE, birth_year=one), replace(ROSE, birth_year=other)
    assert may_be_same(first, second) is same


YES = Consent("Rose", NIGHT, "form", "I agree to be called.")


NO = Consent("Rose", NIGHT, "form", "No more.", agreed=False)


@pytest.mark.parametrize(
    ("said", "journal", "known"),
    [
        (YES, (), False),
        (YES, (YES,), True),
        (YES, (NO, YES), True),
        (YES, (YES, NO), True),
        (Consent(by="Rose"), (YES,), True),
        (Consent(by="Paul"), (YES,), False),
        (Consent(), (YES,), True),
        (Consent(agreed=False), (YES,), False),
        (NO, (YES, NO), True),
    ],
)
def test_what_the_journal_holds_is_not_written_twice(said, journal, known):
    assert is_journalled(said, journal) is known


def test_what_a_newer_card_leaves_empty_stays():
    known = replace(
        ROSE,
        address=Address("1 quai", "17200", "Royan", "17306", 45.6, -1.0),
        language="fr",
        birth_year=1931,
        notes="à l’étage",
        origin=Origin.SELF,
        consent=YES,
        groups=("quai",),
    )
    assert overlaid(known, ContactCard("Dubreuil")) == known


def test_what_a_newer_card_knows_is_laid_over_and_nothing_is_lost():
    newer = ContactCard(
        "Dubreuil-Roy",
        address=Address("2 quai", latitude=45.7, longitude=-1.1),
        points=(CELL, LANDLINE),
        language="en",
        groups=("quai", "canicule"),
    )
    known = replace(ROSE, points=(LANDLINE, MAIL), groups=("quai",))
    found = overlaid(replace(known, address=Address("1 quai", "17200")), newer)
    assert (found.last_name, found.first_name) == ("Dubreuil-Roy", "Rose")
    assert found.points == (CELL, LANDLINE, MAIL)
    assert found.groups == ("quai", "canicule")
    assert found.address == Address("2 quai", "17200", latitude=45.7, longitude=-1.1)
