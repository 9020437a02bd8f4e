"""Who may watch a node, as its settings say it."""

from __future__ import annotations

import pytest

from automaton.settings import Settings


def test_only_this_machine_may_watch_by_default() -> None:
    watch = Settings().watch
    assert watch.address == ("127.0.0.1", 9108)
    assert watch.is_private


@pytest.mark.parametrize(
    ("bind", "address", "is_private"),
    [
        ("", None, True),
        ("127.0.0.1:0", ("127.0.0.1", 0), True),
        ("[::1]:9108", ("::1", 9108), True),
        ("0.0.0.0:9108", ("0.0.0.0", 9108), False),
        ("192.0.2.10:80", ("192.0.2.10", 80), False),
    ],
)
def test_an_address_and_a_port(loaded, bind, address, is_private) -> None:
    watch = loaded(f'[watch]\nbind = "{bind}"').settings.watch
    assert (watch.address, watch.is_private) == (address, is_private)


@pytest.mark.parametrize(
    "bind", ["9108", "localhost:9108", "127.0.0.1", "127.0.0.1:70000", "300.1.1.1:80"]
)
def test_what_is_no_place_is_refused(refused, bind: str) -> None:
    (sentence,) = refused(f'[watch]\nbind = "{bind}"')
    assert "watch.bind" in sentence
    assert "127.0.0.1:9108" in sentence


def test_a_log_has_one_of_two_forms(loaded, refused) -> None:
    assert loaded("").settings.log_format == "json"
    assert loaded('log_format = "text"').settings.log_format == "text"
    assert refused('log_format = "xml"')
