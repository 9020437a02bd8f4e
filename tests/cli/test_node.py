"""The shell on a node that really calls: a town, an Asterisk, a daemon."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from automaton.asterisk.install import install
from automaton.cli.town import paths_of
from automaton.lab.script import plan_from_script
from automaton.lab.town import Town
from tests.cli.conftest import SETTINGS, Node, drafted

pytestmark = [pytest.mark.asterisk, pytest.mark.slow]
SCRIPT = """
[[home]]
number = "+33639980011"
[[home]]
number = "+33639980012"
attempts = ["unallocated"]
[[home]]
number = "+33639980013"
attempts = ["no_key"]
[[home]]
number = "+33639980014"
attempts = ["busy"]
[[home]]
number = "+33199000001"
duty = true
"""
CONTACTS = "nom;tel\nAubrac;0639980011\n"
RINGS_SOON = 'ring = "5 s"\nretry_every = "1 s"\n'


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """Five telephones that answer in different ways."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    cache = Path(os.environ.get("AUTOMATON_CACHE") or Path(home, "automaton"))
    with Town(plan_from_script(SCRIPT), paths_of(install(cache))) as running:
        yield running


@pytest.fixture(scope="module")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the phrases are rendered once for all these tests."""
    return tmp_path_factory.mktemp("prompts")


@pytest.fixture
def calling(town: Town, prompts: Path, node: Node) -> Iterator[Node]:
    """A node whose trunk leads to the town; its data folder has a short name."""
    data = Path(tempfile.mkdtemp(prefix="aut-"))
    text = SETTINGS.format(port=town.port).replace(
        '"data"', f'"{data}"\nprompts = "{prompts}"'
    )
    text += '[watch]\nbind = "127.0.0.1:0"\n'
    (node.folder / "automaton.toml").write_text(text, "utf-8")
    yield node
    node("asterisk", "stop", "--yes")
    shutil.rmtree(data)


def test_asterisk_is_started_checked_and_stopped(calling: Node) -> None:
    assert calling("asterisk", "status").code == 1
    assert calling("asterisk", "check").code == 1
    started = calling.json("asterisk", "start")
    assert calling.json("asterisk", "status") == started
    assert started["running"]
    ended = calling("asterisk", "check", "--json")
    found = {one["subject"]: one["verdict"] for one in ended.data["findings"]}
    assert found["Asterisk, version"] == "ok"
    assert found["Asterisk, trunk town"] == "ok"
    assert "other settings" not in calling("asterisk", "check").out
    file = calling.folder / "automaton.toml"
    file.write_text(file.read_text("utf-8").replace("lines = 20", "lines = 21"))
    told = calling("asterisk", "check").out
    assert "it still runs with other settings" in told
    refused = calling("asterisk", "stop")
    assert refused.code == 2
    assert "will be cut" in refused.err
    assert "has stopped" in calling.done("asterisk", "stop", "--yes").out
    assert calling("asterisk", "status", "--json").data == {"running": False}


@pytest.mark.parametrize(
    ("number", "code", "verdicts", "advice"),
    [
        ("0639980011", 0, ["ok"] * 6, ""),
        ("0639980012", 1, ["ok", "fail"], "trunk.town: number_format"),
        ("0639980013", 1, ["ok"] * 5 + ["fail"], "trunk.town.dtmf_mode"),
        ("0639980014", 1, ["ok", "fail"], "pick up"),
    ],
)
def test_a_trunk_is_tried_out_on_one_telephone(
    calling: Node, number: str, code: int, verdicts: list[str], advice: str
) -> None:
    calling.done("asterisk", "start")
    ended = calling("trunk", "test", number, "--json")
    assert ended.code == code
    found = ended.data["findings"]
    assert [one["verdict"] for one in found] == verdicts
    assert advice in found[-1]["advice"]
    assert number[-8:] not in ended.err


def test_an_asterisk_that_was_started_for_a_test_call_is_stopped_again(
    calling: Node,
) -> None:
    told = calling.done("trunk", "test", "0639980011").out
    assert "key 1 was heard" in told
    assert calling("asterisk", "status").code == 1


def test_what_no_trunk_may_carry_is_not_tried(calling: Node) -> None:
    assert calling("trunk", "test", "12").code == 2
    assert calling("trunk", "test", "+12125550100").code == 2
    assert calling("trunk", "test", "0639980011", "--trunk", "no").code == 2
    shown = ("--caller-id", "0199000077")
    assert calling("trunk", "test", "0639980011", *shown).code == 2
    assert [one["name"] for one in calling.json("trunk", "list")] == ["town"]
    assert "town" in calling.done("trunk", "list").out


@pytest.fixture
def daemon(calling: Node) -> Iterator[subprocess.Popen[bytes]]:
    """A daemon on a node that is ready for an alert."""
    (calling.folder / "contacts.csv").write_text(CONTACTS, "utf-8")
    (calling.folder / "policy.toml").write_text(RINGS_SOON, "utf-8")
    calling.done("collectivity", "add", "Royan")
    calling.done("duty", "add", "Astreinte", "0199000001")
    calling.done("contacts", "import", "contacts.csv")
    main = [sys.executable, "-c", "from automaton.cli import main; main()"]
    with subprocess.Popen([*main, "daemon"], stderr=subprocess.PIPE) as process:
        try:
            assert process.stderr is not None
            for line in process.stderr:
                if b"node is ready" in line:
                    break
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)


def test_a_campaign_is_launched_awaited_and_reported(
    calling: Node, daemon: subprocess.Popen[bytes]
) -> None:
    assert calling.done("doctor").out.splitlines()[-1] == "ready"
    assert calling.json("doctor")["ready"]
    made = drafted(calling, "--policy", "policy.toml")
    assert calling("campaign", "launch", made, "--wait").code == 0
    shown = calling.json("campaign", "show", made)
    assert shown["state"] == "finished"
    assert shown["progress"]["by_state"] == {"acknowledged": 1}
    assert calling.json("report", made)["figures"]["acknowledged"] == 1
    assert calling("campaign", "pause", made).code == 2
    again = calling.done("--lang", "fr", "doctor").out
    assert again.splitlines()[-1] == "prêt"


def test_a_second_daemon_is_refused(
    calling: Node, daemon: subprocess.Popen[bytes]
) -> None:
    refused = calling("daemon")
    assert refused.code == 2
    assert "already runs" in refused.err


def test_the_doctor_names_what_is_missing(node: Node) -> None:
    (node.folder / "automaton.toml").write_text('[folders]\ndata = "data"\n', "utf-8")
    ended = node("doctor", "--json")
    assert ended.code == 1
    failed = {
        one["subject"] for one in ended.data["findings"] if one["verdict"] == "fail"
    }
    assert failed >= {"trunks", "duty list", "daemon"}
    told = node("--lang", "fr", "doctor").out
    assert told.splitlines()[-1] == "pas prêt"
