"""Trunks and caller IDs side by side, and the dated rule of who may show what."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from automaton.settings import (
    Loaded,
    Settings,
    TrunkSettings,
    caller_id_warnings,
    rule_data_warnings,
)
from automaton.settings.checks import contradictions
from automaton.settings.prefixes import caller_id_rules
from tests.settings.conftest import TRUNK

Load = Callable[..., Loaded]
Refuse = Callable[..., list[str]]
SECOND = TRUNK.replace("operator", "second").replace("5070", "5071")


@pytest.mark.parametrize(
    ("caller_id", "verdict"),
    [
        ("+33162000000", "permitted"),
        ("+33271000000", "permitted"),
        ("+33949000000", "permitted"),
        ("+262947800000", "permitted"),
        ("+33800000000", "permitted"),
        ("3117", "permitted"),
        ("+33890000000", "forbidden"),
        ("+33199110000", "forbidden"),
        ("+33947000000", "forbidden"),
        ("+33600000000", "forbidden"),
        ("+262262000000", "forbidden"),
        ("+33199000001", "fiction"),
        ("+33639980001", "fiction"),
        ("+4915000000000", "unknown"),
        ("3317", "unknown"),
        ("+3319900", "unknown"),
    ],
)
def test_the_longest_prefix_decides_who_may_show_a_number(
    caller_id: str, verdict: str
) -> None:
    assert caller_id_rules().verdict(caller_id) == verdict


def test_rules_older_than_a_year_are_told() -> None:
    checked = caller_id_rules().checked
    assert rule_data_warnings(checked + timedelta(days=365)) == ()
    (warning,) = rule_data_warnings(checked + timedelta(days=366))
    assert "more than a year ago" in warning


def test_the_rules_name_their_sources() -> None:
    rules = caller_id_rules()
    assert rules.in_force_since == date(2023, 1, 1)
    assert any("2022-1583" in source for source in rules.sources)


def settings(caller_id: str, contact: str = "192.0.2.7") -> Settings:
    one = TrunkSettings(
        name="operator", contact=contact, lines=4, caller_ids=(caller_id,)
    )
    return Settings(trunks=(one,))


def test_a_doubtful_caller_id_is_a_warning() -> None:
    (warning,) = caller_id_warnings(settings("+33600000000"))
    assert warning.startswith(
        "trunk.operator.caller_ids has +33600000000: an automatic"
    )
    assert caller_id_warnings(settings("+33162000000")) == ()


def test_fiction_is_right_on_loopback_only() -> None:
    assert caller_id_warnings(settings("+33199000001", "127.0.0.1")) == ()
    assert "fiction" in caller_id_warnings(settings("+33199000001"))[0]


def test_a_trunk_that_lists_no_number_is_told(loaded: Load) -> None:
    text = TRUNK.replace('caller_ids = ["+33199000001"]', "")
    (warning,) = caller_id_warnings(loaded(text).settings)
    assert warning.startswith("trunk.operator.caller_ids is empty")


def test_enforced_rule_refuses_a_doubtful_caller_id(refused: Refuse) -> None:
    text = TRUNK.replace("+33199000001", "+33600000000")
    said = refused(f'{text}[calling]\ncaller_id_rule = "enforce"')
    assert "line 5: trunk.operator.caller_ids has +33600000000" in said[0]


def test_a_caller_id_that_no_trunk_lists_is_refused(
    refused: Refuse, loaded: Load
) -> None:
    said = refused(f'{TRUNK}[calling]\ncaller_id = "+33199000009"')
    assert "line 7: calling.caller_id is +33199000009, which no trunk may" in said[0]
    assert loaded(f'{TRUNK}[calling]\ncaller_id = "+33199000001"').settings.trunks


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.0/24", "192.0.2.7"),
        ("sip.operator.example", "SIP.operator.example"),
    ],
)
def test_two_trunks_cannot_answer_the_same_callers(
    refused: Refuse, ours: str, theirs: str
) -> None:
    text = f'{TRUNK}identify = ["{ours}"]\n{SECOND}identify = ["{theirs}"]'
    assert "an incoming call must belong to one trunk" in refused(text)[0]


OPERATOR = TRUNK.replace("127.0.0.1:5070", "192.0.2.7")
TO_IT_TOO = OPERATOR.replace("operator", "second").replace("192.0.2.7", "192.0.2.7:99")
REACHING = '[asterisk]\nsip_bind = "0.0.0.0"\n'


def test_two_trunks_to_one_operator_say_whose_callers_are_whose(
    refused: Refuse, loaded: Load
) -> None:
    said = refused(f"{OPERATOR}{TO_IT_TOO}{REACHING}")
    assert "trunk.second.identify has 192.0.2.7, and trunk operator has" in said[0]
    said = refused(f'{OPERATOR}{SECOND}identify = ["192.0.2.0/24"]\n{REACHING}')
    assert "an incoming call must belong to one trunk" in said[0]
    apart = f'{OPERATOR}{TO_IT_TOO}identify = ["192.0.2.8"]\n{REACHING}'
    assert len(loaded(apart).settings.trunks) == 2


def test_two_trunks_to_ports_of_this_machine_stand_together(loaded: Load) -> None:
    assert len(loaded(TRUNK + SECOND).settings.trunks) == 2


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (TRUNK.replace("127.0.0.1", "[::1]"), "trunk.operator.contact"),
        (f'{TRUNK}outbound_proxy = "[2001:db8::1]"', "trunk.operator.outbound_proxy"),
        (f'{TRUNK}external_address = "2001:db8::1"', "trunk.operator.external_address"),
        (f'{TRUNK}[asterisk]\nsip_bind = "::"', "asterisk.sip_bind"),
    ],
)
def test_ipv6_is_refused_in_one_sentence(refused: Refuse, text: str, key: str) -> None:
    (said,) = [one for one in refused(text) if "IPv6" in one]
    assert f"{key} has the address" in said


def test_trunks_with_callers_of_their_own_stand_together(loaded: Load) -> None:
    ours, theirs = '["192.0.2.7", "::1"]', '["192.0.2.8", "sip.example"]'
    text = f"{TRUNK}identify = {ours}\n{SECOND}identify = {theirs}"
    assert len(loaded(text).settings.trunks) == 2


def test_a_number_belongs_to_one_collectivity(refused: Refuse, loaded: Load) -> None:
    text = '{}dids = {{ "+33199000001" = "one" }}\n{}dids = {{ "+33199000001" = "{}" }}'
    assert "gives +33199000001 to two" in refused(text.format(TRUNK, SECOND, "two"))[0]
    assert loaded(text.format(TRUNK, SECOND, "one")).settings.trunks


def test_two_trunks_of_one_name_are_refused() -> None:
    one = settings("+33199000001").trunks[0]
    with pytest.raises(ValueError, match="two trunks named operator"):
        Settings(trunks=(one, one))


def test_an_outside_trunk_needs_an_address_it_can_reach(
    refused: Refuse, loaded: Load
) -> None:
    outside = TRUNK.replace("127.0.0.1:5070", "192.0.2.7")
    assert "from where trunk operator cannot be reached" in refused(outside)[0]
    assert loaded(f'{outside}[asterisk]\nsip_bind = "0.0.0.0"').settings.trunks
    secrets = 'secret = "a-word-of-ours"\nmaintenance_secret = "another-of-ours"'
    external = f"[asterisk]\nembedded = false\nport = 5038\n{secrets}"
    assert loaded(outside + external).settings.trunks


@pytest.mark.parametrize(("last", "refusals"), [(10038, 1), (10039, 0)])
def test_sound_needs_two_ports_a_line(last: int, refusals: int) -> None:
    found = contradictions(
        Settings.model_validate(
            {
                "asterisk": {"rtp_start": 10000, "rtp_end": last},
                "trunk": {"operator": {"contact": "127.0.0.1", "lines": 20}},
            }
        )
    )
    assert len([fault for fault in found if "for sound" in fault.words]) == refusals
