"""Which numbers a trunk may ring; an emergency number never, in whatever writing."""

from __future__ import annotations

import pytest

from automaton.domain.dialling import AllowList, country_of, is_emergency
from automaton.domain.phone import to_e164, written_for
from automaton.errors import RequestError

EMERGENCIES = ("15", "17", "18", "112", "114", "115", "119", "110", "196", "116117")


@pytest.mark.parametrize("number", EMERGENCIES)
@pytest.mark.parametrize(
    "form",
    ["{}", "0{}", "00{}", "+{}", "+33{}", "0033{}", "+33 0{}", "+33 (0) {}", "+262{}"],
)
def test_an_emergency_number_is_known_in_every_writing(form: str, number: str) -> None:
    assert is_emergency(form.format(number))
    assert is_emergency(" ".join(form.format(number)))


@pytest.mark.parametrize(
    "number",
    [
        *("+33199000112", "+33100116000", "0100116000", "0990116000", "+33150000017"),
        *("3117", "3620", "0199000015", "0033199000015", "", "+", "+331", "0112 34"),
    ],
)
def test_an_ordinary_number_is_none(number: str) -> None:
    assert not is_emergency(number)


@pytest.mark.parametrize("number", EMERGENCIES)
@pytest.mark.parametrize("region", ["FR", "RE", "PM", "PF", "DE"])
def test_an_emergency_number_is_refused_as_a_persons_number(
    number: str, region: str
) -> None:
    for written in (number, f"0033{number}", f"+33 {number}"):
        with pytest.raises(RequestError) as refused:
            to_e164(written, region)
        assert refused.value.error_id == "emergency_number"


@pytest.mark.parametrize("number", EMERGENCIES)
def test_no_trunk_dials_an_emergency_number_whatever_it_names(number: str) -> None:
    everything = AllowList(("+",), ("FR",), (number, f"0{number}"), ("+33",))
    for written in (number, f"0{number}", f"+33{number}"):
        assert not everything.names(written)
        for form in ("e164", "00", "national"):
            assert is_emergency(written_for(written, form))


COSTLY = ("+3389", "+3381", "+870", "+881")


@pytest.mark.parametrize(
    ("prefixes", "number", "may"),
    [
        (("+33",), "+33199000001", True),
        (("+32", "+331"), "+33199000001", True),
        (("+336",), "+33199000001", False),
        ((), "+33199000001", False),
        (("+",), "+33199000001", True),
        (("+33",), "+33890000001", False),
        (("+338",), "+33890000001", False),
        (("+33", "+3389"), "+33890000001", True),
        (("+33", "+33899"), "+33890000001", False),
        (("+33", "+33899"), "+33899000001", True),
        (("+",), "+870301234567", False),
        (("+870",), "+870301234567", True),
        (("+33",), "+33800000001", True),
    ],
)
def test_the_longest_beginning_decides(
    prefixes: tuple[str, ...], number: str, may: bool
) -> None:
    assert AllowList(prefixes, costly=COSTLY).names(number) is may


@pytest.mark.parametrize(
    ("number", "may"),
    [
        ("+32470000000", True),
        ("+33199000001", True),
        ("+262692123456", True),
        ("+262639123456", False),
        ("+44199000000", False),
        ("+3290000000", False),
    ],
)
def test_a_country_is_dialled_without_its_costly_numbers(
    number: str, may: bool
) -> None:
    allowed = AllowList(("+33",), ("BE", "RE"), (), ("+3290",))
    assert allowed.names(number) is may


def test_what_is_no_number_is_of_no_country() -> None:
    assert country_of("+") == ""


def test_a_short_number_is_dialled_only_where_it_is_named() -> None:
    allowed = AllowList(("+",), ("FR",), ("3620",))
    assert allowed.names("3620")
    assert not allowed.names("3621")
