"""What people write never becomes an order: not in a file, a setting or a service."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from automaton.asterisk.originate import originate
from automaton.asterisk.wire import refuse_unsafe
from automaton.domain.intake import Home
from automaton.domain.phone import to_e164
from automaton.errors import RequestError
from automaton.importers.csv import read
from automaton.services.numbers import written_number
from automaton.settings import AsteriskSettings, TrunkSettings
from tests.ami.test_originate import ORDER

WICKED = (
    "0199000001&PJSIP/0199000002",
    "PJSIP/0199000001@town&PJSIP/0890000001@town",
    "0199000001@elsewhere",
    "0199000001;0890000001",
    "0199000001,30,g",
    "0199000001\r\nAction: Originate\r\nChannel: PJSIP/0890000001",
    "0199000001\nVariable: X=1",
    "${SHELL(id)}",
    "0199000001)Goto(default,112,1",
    "0199000001|x",
    "sip:0199000001@203.0.113.9",
)
TRUNK = {"name": "town", "contact": "127.0.0.1:5070", "lines": 4}


def assert_harmless(number: str) -> None:
    """Look at the bytes that would leave for this number."""
    action = originate(replace(ORDER, dialled=number))
    refuse_unsafe(action)
    assert number.removeprefix("+").isdecimal()
    assert action["Channel"] == rf"PJSIP/{number}@operator\\guarded"


@pytest.mark.parametrize("written", WICKED)
def test_no_cell_of_a_file_becomes_more_than_a_number(written: str) -> None:
    found = read(f'nom;téléphone\nAubrac;"{written}"\n'.encode(), Home("FR"))
    for row in found.rows:
        for point in row.card.points:
            assert_harmless(point.value)


@pytest.mark.parametrize("written", WICKED)
def test_a_name_of_a_file_never_travels(written: str) -> None:
    found = read(f'nom;téléphone\n"{written}";0199000001\n'.encode(), Home("FR"))
    told = str(originate(ORDER))
    assert all(row.card.last_name not in told for row in found.rows)


@pytest.mark.parametrize("written", WICKED)
def test_nobody_at_the_shell_can_write_more_than_a_number(written: str) -> None:
    for reading in (to_e164, written_number):
        try:
            number = reading(written, "FR")
        except RequestError:
            continue
        assert_harmless(number)


@pytest.mark.parametrize("written", WICKED)
@pytest.mark.parametrize(
    "field", ["dialled", "caller_id", "trunk", "message", "codeword", "campaign_id"]
)
def test_whatever_a_service_orders_is_refused_at_the_last_door(
    field: str, written: str
) -> None:
    changed: dict[str, Any] = {field: written}
    with pytest.raises(RequestError) as refused:
        originate(replace(ORDER, **changed))
    assert refused.value.error_id == "order-malformed"


@pytest.mark.parametrize(
    "setting",
    [
        {"name": "town]\n[evil"},
        {"contact": "127.0.0.1\r\nmatch=0.0.0.0/0"},
        {"contact": "127.0.0.1;lr\nx"},
        {"from_user": "a\nb"},
        {"from_user": "a;b"},
        {"auth_user": "a\n", "auth_password": "lune-77-Xk"},
        {"auth_user": "a", "auth_password": "lune\n77-Xk"},
        {"identify": ("0.0.0.0/0\nmatch=::/0",)},
        {"identify": ("bidule",)},
        {"caller_ids": ("0199000001,x",)},
        {"caller_ids": ("Mairie <3117>",)},
        {"prefixes": ("+33&",)},
        {"short_numbers": ("3620,1",)},
        {"from_domain": "a b"},
    ],
)
def test_no_setting_of_a_trunk_writes_a_line_of_its_own(
    setting: dict[str, Any],
) -> None:
    with pytest.raises(ValidationError):
        TrunkSettings(**{**TRUNK, **setting})


@pytest.mark.parametrize(
    "setting",
    [
        {"sip_bind": "1.2.3"},
        {"sip_bind": "0.0.0.0\nport=1"},
        {"sip_bind": "localhost"},
        {"user": "a]\n[b"},
        {"host": "127.0.0.1\n"},
        {"host": "10.0.0"},
    ],
)
def test_no_setting_of_asterisk_does_either(setting: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AsteriskSettings(**setting)
