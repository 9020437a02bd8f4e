"""The doctor names what keeps a node from ringing anybody."""

from __future__ import annotations

import os

import pytest

from tests.cli.conftest import Node


def failed(node: Node) -> dict[str, str]:
    """Return what the doctor finds wrong, by subject."""
    return {
        one["subject"]: one["sentence"]
        for one in node("doctor", "--json").data["findings"]
        if one["verdict"] == "fail"
    }


def test_the_doctor_names_a_voice_and_a_channel_that_are_not_there(node: Node) -> None:
    add(node, '[voices]\nby_language = { en = "nobody" }\n')
    add(node, '[trunk.other]\nchannel = "pigeon"\nlines = 2\n')
    told = failed(node)
    assert "nobody" in told["voices"]
    assert "there is no channel pigeon" in told["trunks"]


def test_the_doctor_sees_that_asterisk_has_older_settings(node: Node) -> None:
    conf = node.folder / "data" / "asterisk" / "etc" / "asterisk.conf"
    conf.parent.mkdir(parents=True)
    conf.touch()
    os.utime(conf, (1, 1))
    assert "older than the settings" in node("doctor").out


def test_a_data_folder_that_is_a_file_is_told_in_french(node: Node) -> None:
    # The doctor gave the words of Python, and the others "it exists already".
    (file := node.folder / "data").touch()
    told = node("--lang", "fr", "doctor").out
    assert f"{file} n’est pas un dossier" in told
    assert "Errno" not in told
    assert "il existe déjà" not in told
    ended = node("--lang", "fr", "collectivity", "list")
    assert (ended.code, ended.out) == (1, "")
    assert f"{file} n’est pas un dossier" in ended.err


def test_what_the_doctor_finds_in_the_settings_is_told_in_french(node: Node) -> None:
    file = node.folder / "automaton.toml"
    text = file.read_text("utf-8").replace("127.0.0.1:5060", "192.0.2.7")
    file.write_text(text + '[asterisk]\nsip_bind = "0.0.0.0"\n', "utf-8")
    told = node("--lang", "fr", "doctor").out
    assert "trunk.town.caller_ids a +33199000001 : il est réservé à la fiction" in told


def test_an_address_of_ipv6_is_told_in_french(node: Node) -> None:
    file = node.folder / "automaton.toml"
    text = file.read_text("utf-8").replace("127.0.0.1:5060", "sip:[::1]:5060")
    file.write_text(text, "utf-8")
    told = node("--lang", "fr", "config", "show").err
    assert "a l’adresse ::1 d’IPv6, qui n’est pas prise en charge" in told


def add(node: Node, text: str) -> None:
    """Add sections to the settings of a node."""
    file = node.folder / "automaton.toml"
    file.write_text(file.read_text("utf-8") + text, "utf-8")


def test_the_doctor_says_what_keeps_the_reserve_from_being_made(node: Node) -> None:
    in_the_way = node.folder / "data" / "reserve"
    in_the_way.mkdir(parents=True)
    assert str(in_the_way) in failed(node)["reserve"]


@pytest.mark.parametrize(
    "chosen", ['default = "nobody"', 'by_language = { de = "nobody" }']
)
def test_a_daemon_does_not_start_with_a_voice_that_is_not_there(
    node: Node, chosen: str
) -> None:
    add(node, f"[voices]\n{chosen}\n")
    ended = node("daemon")
    assert ended.code == 2
    assert "nobody" in ended.err


def test_the_doctor_says_in_plain_french_what_ails_the_database(node: Node) -> None:
    file = node.folder / "data" / "automaton.db"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"no database, and long enough to be looked at" * 100)
    told = node("doctor", "--lang", "fr")
    assert told.code == 1
    assert "Le fichier de la base de données est abîmé" in told.out
    assert "réserve : elle n’existe pas encore" in told.out


def test_a_check_has_one_name_in_every_language(node: Node) -> None:
    # A program found "base de données" in French, and no name that stays.
    spoken = {
        language: node("--lang", language, "doctor", "--json").data["findings"]
        for language in ("en", "fr")
    }
    checks = {
        language: [(one["check"], one["verdict"]) for one in found]
        for language, found in spoken.items()
    }
    assert checks["fr"] == checks["en"]
    assert [one["check"] for one in spoken["en"]] == [
        one["subject"] for one in spoken["en"]
    ]
    assert "base de données" in [one["subject"] for one in spoken["fr"]]
