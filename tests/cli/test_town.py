"""A town says where it is in the language of whoever started it, and in that alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from automaton.cli.shell import Shell
from automaton.cli.town import greet
from automaton.lab import AsteriskPaths, Town, load_mix, plan_from_mix

NOWHERE = AsteriskPaths(("false",), Path("modules"), Path("data"))


def test_a_town_speaks_one_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # "Foyers / Homes: 30" was told whatever --lang said.
    town = Town(plan_from_mix(30, 7, load_mix("demo")), NOWHERE, tmp_path, port=5070)
    greet(Shell(chosen="fr"), tmp_path / "r.csv", town)
    french = capsys.readouterr().out
    assert "La ville répond à sip:127.0.0.1:5070." in french
    assert f"Registre : {tmp_path / 'r.csv'}" in french
    assert "30 foyers ; astreinte : +33" in french
    greet(Shell(chosen="en"), None, town)
    english = capsys.readouterr().out
    assert "30 homes; duty list: +33" in english
    assert not {"ville", "Foyers", "Register:"} & set(english.split())
