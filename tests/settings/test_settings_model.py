"""The model: defaults, kinds of value, what one section refuses by itself."""

from datetime import time, timedelta
from math import inf, nan
from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

from automaton.domain.outcome import Outcome
from automaton.settings import (
    AsteriskSettings,
    CallingSettings,
    Hours,
    RegistrationSettings,
    Settings,
    TrunkSettings,
)
from automaton.settings.calling import OfficeWindow, RetryOutcome
from automaton.settings.values import clock_time, duration, network


def trunk(**changes: object) -> TrunkSettings:
    values = {"name": "operator", "contact": "127.0.0.1", "lines": 4, **changes}
    return TrunkSettings.model_validate(values)


def test_untouched_settings_hold_the_rules_of_calls() -> None:
    calling = Settings().calling
    assert calling.ring == timedelta(seconds=30)
    assert calling.talk == timedelta(minutes=5)
    assert (calling.message_repeats, calling.key_wait.seconds) == (3, 8)
    assert (calling.tries_per_contact_point, calling.tries_per_recipient) == (3, 8)
    assert calling.uncounted_per_recipient == 20
    assert calling.number_tries_in_two_hours == 4
    assert calling.number_tries_in_a_day == 6
    assert not calling.machine_counts_as_reached
    assert calling.zone.key == "Europe/Paris"


def test_information_rings_on_working_days_outside_lunch_and_evening() -> None:
    window = Settings().calling.windows.information
    assert window.days == ("mon", "tue", "wed", "thu", "fri")
    assert [(part.start.hour, part.end.hour) for part in window.hours] == [
        (10, 13),
        (14, 20),
    ]
    assert not window.public_holidays


def test_a_window_may_end_with_the_day() -> None:
    evening = Hours(start=time(18), end=time.max)
    for written in (["18:00-24:00"], [evening]):
        assert OfficeWindow.model_validate({"hours": written}).hours == (evening,)


def test_changing_the_hours_of_a_window_does_not_open_its_week_end() -> None:
    window = OfficeWindow.model_validate({"hours": ["09:00-12:00"]})
    assert "sat" not in window.days
    assert not window.public_holidays


def test_alert_rings_at_any_hour() -> None:
    window = Settings().calling.windows.alert
    assert len(window.days) == 7
    assert window.hours[0].start == time(0)
    assert window.hours[0].end == time.max


def test_settings_cannot_be_changed_once_built() -> None:
    with pytest.raises(ValidationError):
        Settings().region = "RE"


def test_database_is_a_file_in_the_data_folder_by_default(tmp_path: Path) -> None:
    settings = Settings.model_validate({"folders": {"data": str(tmp_path)}})
    assert settings.database_url == f"sqlite:///{tmp_path}/automaton.db"
    assert settings.control_socket == tmp_path / "daemon.sock"
    assert settings.folders.prompts == tmp_path / "prompts"


def test_a_named_database_and_socket_are_taken(tmp_path: Path) -> None:
    url = "postgresql+psycopg://automaton:words-of-ours@localhost/automaton"
    settings = Settings.model_validate(
        {"database": {"url": url}, "server": {"socket": str(tmp_path / "d.sock")}}
    )
    assert settings.database_url == url
    assert settings.control_socket == tmp_path / "d.sock"


def test_a_trunk_is_found_by_name_and_by_caller_id() -> None:
    settings = Settings(trunks=(trunk(caller_ids=("+33199000001",)),))
    assert settings.trunk("operator") is settings.trunks[0]
    assert settings.trunk("other") is None
    assert settings.trunks_presenting("+33199000001") == settings.trunks
    assert settings.trunks_presenting("+33199000002") == ()


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        (30, 30),
        (2.5, 2.5),
        ("30", 30),
        ("500 ms", 0.5),
        ("30s", 30),
        ("5 min", 300),
        ("1.5 h", 5400),
        ("2 d", 172800),
        (timedelta(seconds=7), 7),
    ],
)
def test_durations_are_seconds_or_words(raw: object, seconds: float) -> None:
    assert duration(raw) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "raw",
    [
        -1,
        "soon",
        "-5 s",
        "5 weeks",
        "",
        "1.2.3",
        None,
        "367 d",
        "9" * 400,
        inf,
        nan,
    ],
)
def test_what_is_no_duration_is_refused(raw: object) -> None:
    with pytest.raises(ValueError, match="duration"):
        duration(raw)


@pytest.mark.parametrize("text", ["25:00", "9:00", "12:60", "noon"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="time of day"):
        clock_time(text)


@pytest.mark.parametrize(
    "contact",
    [
        "192.0.2.7",
        "192.0.2.7:5080",
        "sip.operator.example",
        "sip:sip.operator.example:5060;transport=tcp",
        "sips:account@sip.operator.example",
        "[2001:db8::7]:5060",
    ],
)
def test_a_contact_is_a_host_or_a_sip_uri(contact: str) -> None:
    assert trunk(contact=contact).address == contact


@pytest.mark.parametrize(
    "contact",
    [
        "",
        "a host",
        "http://operator.example",
        "sip:account:word@operator.example",
        "operator.example:70000",
        "operator.example\nX: 1",
        "-operator",
    ],
)
def test_what_is_no_sip_address_is_refused(contact: str) -> None:
    with pytest.raises(ValidationError, match=r"nor a SIP URI|nor an address"):
        trunk(contact=contact)


@pytest.mark.parametrize(
    ("changes", "loopback"),
    [
        ({"contact": "127.0.0.1:5070"}, True),
        ({"contact": "sip:[::1]:5070"}, True),
        ({"contact": "192.0.2.7"}, False),
        ({"contact": "localhost"}, False),
        ({"contact": "127.0.0.1", "outbound_proxy": "192.0.2.7"}, False),
    ],
)
def test_only_addresses_of_this_machine_are_loopback(
    changes: dict[str, object], loopback: bool
) -> None:
    assert trunk(**changes).is_loopback is loopback


def test_a_registration_is_where_the_calls_go() -> None:
    account = RegistrationSettings.model_validate(
        {"server": "sip.operator.example:5061", "user": "us", "password": "w8rds-of-us"}
    )
    registered = trunk(contact=None, registration=account)
    assert registered.host == "sip.operator.example"
    with pytest.raises(ValidationError, match="one of the two"):
        trunk(registration=account)
    with pytest.raises(ValidationError, match="one of the two"):
        trunk(contact=None)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "My Trunk"},
        {"transport": "sctp"},
        {"codec": "g729"},
        {"lines": 0},
        {"lines": 2, "reserved_lines": 2},
        {"calls_per_second": 0},
        {"calls_per_second": float("inf")},
        {"calls_per_second": float("nan")},
        {"caller_ids": ("0199000001",)},
        {"prefixes": ()},
        {"prefixes": ("33",)},
        {"dids": {"0199000001": "exampleville"}},
        {"identify": ("192.0.2.7/40",)},
        {"from_user": "us;them"},
        {"from_user": ""},
        {"auth_password": "two\nlines"},
    ],
)
def test_a_wrong_trunk_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        trunk(**changes)


def test_a_short_number_may_be_shown() -> None:
    assert trunk(caller_ids=("3117",)).caller_ids == ("3117",)


def test_networks_are_hosts_addresses_or_networks() -> None:
    assert network("192.0.2.0/24") == "192.0.2.0/24"
    assert network("sip.operator.example") == "sip.operator.example"


@pytest.mark.parametrize(
    "secret",
    [
        "secret",
        "changeme",
        "amp111",
        "password",
        "admin",
        "Password123!",
        "abcdefgh",
        "123456789",
        "xxxxxxxxxx",
        "",
    ],
)
def test_default_and_short_secrets_are_refused(secret: str) -> None:
    with pytest.raises(ValidationError, match=r"default secret|too short"):
        AsteriskSettings.model_validate({"secret": secret})


def test_an_operators_password_may_be_short_but_no_default() -> None:
    assert trunk(auth_user="us", auth_password="k7-x2").auth_password is not None
    with pytest.raises(ValidationError, match="default secret"):
        trunk(auth_user="us", auth_password="changeme")


@pytest.mark.parametrize("half", [{"auth_user": "us"}, {"auth_password": "k7-x2"}])
def test_half_an_account_is_refused_unless_a_registration_fills_it(
    half: dict[str, str],
) -> None:
    with pytest.raises(ValidationError, match="auth_user and auth_password together"):
        trunk(**half)
    account = {"server": "sip.example", "user": "them", "password": "x2-k7"}
    assert trunk(contact=None, registration=account, **half)


def test_an_external_asterisk_needs_port_and_both_secrets() -> None:
    with pytest.raises(ValidationError, match="port, secret, maintenance_secret"):
        AsteriskSettings(embedded=False)
    external = AsteriskSettings.model_validate(
        {
            "embedded": False,
            "port": 5038,
            "secret": "a-word-of-ours",
            "maintenance_secret": "another-of-ours",
        }
    )
    assert external.port == 5038


@pytest.mark.parametrize(
    "changes",
    [
        {"maintenance_user": "automaton"},
        {"rtp_start": 10000},
        {"rtp_start": 20000, "rtp_end": 10000},
        {"port": 70000},
    ],
)
def test_a_wrong_asterisk_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AsteriskSettings.model_validate(changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"timezone": "Europe/Atlantis"},
        {"timezone": "../etc"},
        {"ring": 0},
        {"ring": float("inf")},
        {"ring": "4 s"},
        {"ring": "3 min"},
        {"talk": 0},
        {"key_wait": "5 min"},
        {"silence_alarm": 0},
        {"safeguard_pause": 0},
        {"second_officer_wait": "11 min"},  # longer than a call that comes in
        {"retry_delays": {"busy": ["0 s"]}},
        {"retry_delays": {"bsy": [10]}},
        {"windows": {"information": {"hours": ["13:00-10:00"]}}},
        {"windows": {"information": {"hours": ["morning"]}}},
        {"windows": {"information": {"days": []}}},
    ],
)
def test_a_wrong_policy_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CallingSettings.model_validate(changes)


def test_retry_delays_are_kept_in_order() -> None:
    calling = CallingSettings.model_validate({"retry_delays": {"busy": ["10 s", 20]}})
    assert [delay.seconds for delay in calling.retry_delays["busy"]] == [10, 20]


def test_every_outcome_that_may_be_retried_has_delays_to_set() -> None:
    ended = {"acknowledged", "opted_out"}
    assert set(get_args(RetryOutcome)) == {*Outcome} - ended


@pytest.mark.parametrize("name", ["XX", "fr", "FRANCE", "ZZ"])
def test_a_region_is_one_whose_numbers_are_known(name: str) -> None:
    with pytest.raises(ValidationError, match="is no country"):
        Settings.model_validate({"region": name})
    assert Settings.model_validate({"region": "RE"}).region == "RE"
