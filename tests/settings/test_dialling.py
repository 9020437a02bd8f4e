"""What a trunk of the settings may dial."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import phonenumbers
import pytest
from phonenumbers import PhoneNumberType

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
PLANS = ["FR", "RE", "GP", "GF", "MQ", "US", "BE", "ES", "LU", "IT", "CH", "GB", "DE"]


def is_dear(number: str) -> bool:
    return phonenumbers.number_type(phonenumbers.parse(number)) in DEAR


@pytest.mark.parametrize(
    "prefix",
    [*costly_numbers().costly["france"], *costly_numbers().costly["neighbours"]],
)
def test_a_costly_range_is_one_for_libphonenumber_too(prefix: str) -> None:
    # Five ranges once stood here that the source they cite did not know.
    tails = (f"{i:03d}" + "4" * more for more in range(7) for i in range(1000))
    assert any(is_dear(prefix + tail) for tail in tails)


@pytest.mark.parametrize("region", PLANS)
@pytest.mark.parametrize("kind", sorted(DEAR))
def test_what_libphonenumber_calls_dear_is_costly(region: str, kind: int) -> None:
    example = phonenumbers.example_number_for_type(region, kind)
    if example is None:
        return
    number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    assert number.startswith(costly_numbers().prefixes)
