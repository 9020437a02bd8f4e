"""`town up` in words and in JSON, and the refusal to stand beside a real trunk."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from automaton.errors import ConfigurationError, LineError
from automaton.lab import AsteriskPaths, Town, load_mix, plan_from_mix
from automaton.lab.command import chosen_plan, facts
from automaton.lab.installation import AsteriskPaths as Paths

NOWHERE = AsteriskPaths(("false",), Path("modules"), Path("data"))


def a_town(tmp_path):
    plan = plan_from_mix(30, 7, load_mix("demo"))
    return Town(plan, NOWHERE, tmp_path, port=5070)


def test_a_script_goes_before_the_mix(tmp_path):
    script = tmp_path / "town.toml"
    script.write_text('[[home]]\nnumber = "+33199000001"\n')
    assert len(chosen_plan(300, 7, "demo", script).homes) == 1
    assert len(chosen_plan(300, 7, "demo", None).residents()) == 300


def test_the_town_says_where_it_is(tmp_path):
    town = a_town(tmp_path)
    assert facts(town)["contact"] == "sip:127.0.0.1:5070"
    assert facts(town)["duty"] == list(town.duty_numbers())


def test_the_town_refuses_to_stand_beside_a_real_trunk(tmp_path):
    with pytest.raises(ConfigurationError, match="out of this machine"):
        Town(a_town(tmp_path).plan, NOWHERE, tmp_path, beside=["sip:192.0.2.10:5060"])


def test_a_town_that_was_never_started_stops_quietly(tmp_path):
    town = a_town(tmp_path)
    town.stop()
    assert not town.is_alive
    assert town.pid is None
    assert town.log() == []


def test_a_folder_that_is_named_from_here_is_known_from_everywhere(
    tmp_path, monkeypatch
):
    # Asterisk was started in its own folder and found no file below the other name.
    monkeypatch.chdir(tmp_path)
    town = Town(a_town(tmp_path).plan, NOWHERE, Path("run"))
    assert town.run == tmp_path / "run"


def test_a_port_that_is_taken_is_told_in_a_sentence(tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        town = Town(a_town(tmp_path).plan, NOWHERE, tmp_path, port=port)
        with pytest.raises(LineError, match=f"Port {port} of 127.0.0.1 is taken"):
            town.start()


def test_a_folder_without_asterisk_is_told_in_a_sentence(tmp_path):
    with pytest.raises(ConfigurationError, match="no Asterisk below"):
        Paths.of_tree(tmp_path)
