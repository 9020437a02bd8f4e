"""What a trunk of the settings may dial."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import phonenumbers
import pytest
from phonenumbers import PhoneNumberType

from automaton.errors import RequestError
from automaton.services.numbers import carrying, written_number
from automaton.settings import Loaded, rule_data_warnings
from automaton.settings.costly import costly_numbers
from tests.settings.conftest import TRUNK

Load = Callable[..., Loaded]
Refuse = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("more", "number", "may"),
    [
        ("", "+33199000001", True),
        ("", "+262692123456", False),
        ("", "+33890000001", False),
        ("", "+33820000001", False),
        ("", "+33810000001", False),
        ("", "+33801000001", True),
        ("", "+870301234567", False),
        ("", "3620", False),
        ('prefixes = ["+33", "+338"]', "+33890000001", False),
        ('prefixes = ["+33", "+3389"]', "+33890000001", True),
        ('prefixes = ["+262"]', "+262890000001", False),
        ('prefixes = ["+88"]', "+881612345678", False),
        ('prefixes = ["+8816"]', "+881612345678", True),
        ('countries = ["BE"]', "+32470000000", True),
        ('countries = ["BE"]', "+3290000000", False),
        ('countries = ["BE"]', "+33199000001", True),
        ('short_numbers = ["3620"]', "3620", True),
    ],
)
def test_a_trunk_dials_what_its_settings_name(
    loaded: Load, more: str, number: str, may: bool
) -> None:
    (trunk,) = loaded(TRUNK + more).settings.trunks
    assert trunk.allowed.names(number) is may


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('short_numbers = ["112"]', "has the emergency number 112 in short_numbers"),
        ('short_numbers = ["015"]', "has the emergency number 015 in short_numbers"),
        ('caller_ids = ["119"]', "has the emergency number 119 in caller_ids"),
        ('dids = {"+33116117" = "Royan"}', "emergency number +33116117 in dids"),
        ('short_numbers = ["36"]', "is no short number"),
        ('countries = ["France"]', "is no country"),
        ("calls_per_day = 0", "must be at least 1"),
    ],
)
def test_what_no_trunk_may_dial_is_refused_in_the_settings(
    refused: Refuse, more: str, told: str
) -> None:
    (sentence,) = refused(TRUNK.replace("caller_ids", "# ") + more)
    assert told in sentence


def test_the_costly_ranges_name_their_sources_and_grow_old() -> None:
    costly = costly_numbers()
    assert len(costly.sources) >= 3
    warnings = rule_data_warnings(costly.checked + timedelta(days=366))
    assert any("costly numbers" in warning for warning in warnings)


DEAR = {PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST}
PERSONAL = {PhoneNumberType.PERSONAL_NUMBER}
OVERSEAS = ["RE", "YT", "GP", "GF", "MQ", "PM", "NC", "PF", "WF", "BL", "MF"]
NEIGHBOURS = ["BE", "ES", "LU", "IT", "CH", "GB", "DE", "AD", "MC"]
PLANS = ["FR", "US", *OVERSEAS, *NEIGHBOURS]


def is_dear(number: str) -> bool:
    return phonenumbers.number_type(phonenumbers.parse(number)) in DEAR | PERSONAL


@pytest.mark.parametrize(
    "prefix",
    [
        prefix
        for kind in ("france", "neighbours", "personal")
        for prefix in costly_numbers().costly[kind]
    ],
)
def test_a_costly_range_is_one_for_libphonenumber_too(prefix: str) -> None:
    # Five ranges once stood here that the source they cite did not know.
    tails = (f"{i:03d}" + "4" * more for more in range(7) for i in range(1000))
    assert any(is_dear(prefix + tail) for tail in tails)


@pytest.mark.parametrize("region", PLANS)
@pytest.mark.parametrize("kind", sorted(DEAR | PERSONAL))
def test_what_libphonenumber_calls_dear_is_costly(region: str, kind: int) -> None:
    example = phonenumbers.example_number_for_type(region, kind)
    if example is None:
        return
    number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    assert number.startswith(costly_numbers().prefixes)


@pytest.mark.parametrize(
    "number",
    [
        *("+33890000001", "+33899000001", "+33820000001", "+33836000001"),
        *("+262890000001", "+590890000001", "+594890000001", "+596890000001"),
        *("+508890000001", "+687360001"),
        *("+3290012345", "+3270212345", "+49900112345", "+491371234567"),
        *("+41900123456", "+41901123456", "+41840123456", "+41878123456"),
        *("+34803123456", "+34806123456", "+34807123456", "+34701234567"),
        *("+39892000001", "+39899123456", "+391991234567", "+391781234567"),
        *("+35290012345", "+35290512345", "+376912345"),
        *("+449012345678", "+448712345678", "+447012345678"),
        *("+870301234567", "+8816123456789", "+88213123456", "+883510012345"),
        *("+878101234567", "+979123456789", "+80812345678", "+888123456789"),
    ],
)
def test_a_trunk_that_may_dial_everywhere_dials_no_costly_number(
    loaded: Load, number: str
) -> None:
    # +44 70 was missing once: a personal number costs as much as a premium one.
    every = ["BE", "CH", "DE", "ES", "FR", "GB", "IT", "LU", "RE", "GP", "GF", "MQ"]
    world = [f"+{digit}" for digit in range(1, 10)]
    for more in (f"prefixes = {world}", f"countries = {every}"):
        (trunk,) = loaded(TRUNK + more).settings.trunks
        assert not trunk.allowed.names(number), more


@pytest.mark.parametrize("number", ["118218", "3620", "0890", "1044", "+33118218"])
def test_a_short_number_is_dialled_by_no_trunk_that_does_not_name_it(
    loaded: Load, number: str
) -> None:
    (trunk,) = loaded(TRUNK + 'prefixes = ["+33"]').settings.trunks
    with pytest.raises(RequestError):
        carrying([trunk], written_number(number, "FR", [trunk]))
