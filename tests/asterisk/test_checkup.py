"""What `check` says of a running Asterisk, good and bad."""

from __future__ import annotations

import shutil
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from automaton.asterisk import checkup as room
from automaton.asterisk import embedded
from automaton.asterisk.checkup import Expected, Finding, checkup, required_modules
from automaton.asterisk.folder import Access, RunFolder
from automaton.asterisk.render import Node, render
from automaton.clock import SystemClock
from automaton.errors import ConfigurationError
from automaton.loopback import free_port
from automaton.settings import AsteriskSettings, RegistrationSettings, TrunkSettings
from tests.asterisk import far_end
from tests.asterisk.conftest import Exchange
from tests.asterisk.sounds import PHRASES

pytestmark = pytest.mark.asterisk

TOWN = TrunkSettings(name="town", contact="127.0.0.1:5070", lines=60)


async def bad(
    exchange: Exchange, expected: Expected, access: Access | None = None
) -> list[Finding]:
    """The findings that are not good."""
    found = await checkup(access or exchange.access, expected, SystemClock())
    return [finding for finding in found if not finding.is_good]


async def test_our_own_asterisk_has_all_that_is_needed(exchange):
    expected = Expected([TOWN], exchange.prompts)
    found = await checkup(exchange.access, expected, SystemClock())
    assert [finding for finding in found if not finding.is_good] == []
    names = ["version", "modules", "dialplan", "prompts", "trunk town"]
    names += ["permissions", "restraint"]
    assert [finding.name for finding in found] == names
    assert "22." in found[0].says


async def test_older_asterisk_is_refused(exchange, monkeypatch):
    monkeypatch.setattr(room, "OLDEST", (99, 0))
    (finding,) = await bad(exchange, Expected([], exchange.prompts))
    assert "99.0 or later" in finding.says


async def test_later_major_version_is_taken_but_said_to_be_untried(
    exchange, monkeypatch
):
    monkeypatch.setattr(room, "OLDEST", (21, 0))
    found = await checkup(
        exchange.access, Expected([], exchange.prompts), SystemClock()
    )
    assert found[0].is_good
    assert "not the 21 that was tried" in found[0].says


async def test_missing_module_is_named(exchange, monkeypatch):
    monkeypatch.setattr(
        room, "required_modules", lambda: ["app_none.so", "chan_pjsip.so"]
    )
    (finding,) = await bad(exchange, Expected([], exchange.prompts))
    assert finding.says == "Load in modules.conf: app_none.so."


async def test_other_dialplan_version_is_refused(exchange, monkeypatch):
    monkeypatch.setattr(room, "DIALPLAN_VERSION", 7)
    (finding,) = await bad(exchange, Expected([], exchange.prompts))
    assert finding.name == "dialplan"
    assert "version 7 is needed" in finding.says


async def test_absent_dialplan_is_said(exchange, monkeypatch):
    real = room.context
    monkeypatch.setattr(room, "context", lambda at, name: real(at, f"no-{name}"))
    found = await bad(exchange, Expected([], exchange.prompts))
    assert [finding.name for finding in found] == ["dialplan", "prompts"]
    assert "no version" in found[0].says


async def test_prompts_elsewhere_are_not_those_that_are_played(exchange, tmp_path):
    (finding,) = await bad(exchange, Expected([], tmp_path))
    assert finding.name == "prompts"


async def test_phrase_that_was_never_spoken_is_named(exchange):
    file = Path(exchange.prompts, "fr/sure-9.alaw")
    shutil.move(file, file.with_suffix(".away"))
    try:
        (finding,) = await bad(exchange, Expected([], exchange.prompts))
    finally:
        shutil.move(file.with_suffix(".away"), file)
    assert "fr/sure-9.alaw" in finding.says


async def test_unknown_and_unregistered_trunks_are_said(exchange):
    account = RegistrationSettings(server="127.0.0.1", user="mairie", password="a1b2c3")
    other = TrunkSettings(name="other", contact="127.0.0.1", lines=2)
    town = TrunkSettings(name="town", registration=account, lines=2)
    unknown, lost = await bad(exchange, Expected([other, town], exchange.prompts))
    assert "knows no trunk other" in unknown.says
    assert "trunk.town.registration" in lost.says


async def test_account_that_may_too_little_is_said(exchange, monkeypatch):
    monkeypatch.setattr(room, "MAINTENANCE_ACTIONS", ("DBDel",))
    (finding,) = await bad(exchange, Expected([], exchange.prompts))
    assert finding.says == "In manager.conf, allow DBDel (write = …)."
    assert finding.is_vital


async def test_account_that_may_too_much_is_said(exchange):
    access = exchange.access
    rich = replace(
        access, maintenance_user=access.user, maintenance_secret=access.secret
    )
    (finding,) = await bad(exchange, Expected([], exchange.prompts), rich)
    assert "(DBGetTree, Originate)" in finding.says
    assert not finding.is_vital


async def test_trunk_that_would_follow_a_redirect_is_none_of_ours(exchange):
    # As rendered once: the endpoint has the trunk's bare name.
    assert "town\\guarded" in (exchange.folder.etc / "pjsip-trunks.conf").read_text()
    stranger = TOWN.model_copy(update={"name": "townguarded"})
    (finding,) = await bad(exchange, Expected([stranger], exchange.prompts))
    assert "knows no trunk townguarded" in finding.says


async def test_wrong_secret_is_a_fault_of_the_settings(exchange):
    with pytest.raises(ConfigurationError):
        await checkup(
            replace(exchange.access, secret="wrong-all-the-way"),
            Expected([], exchange.prompts),
            SystemClock(),
        )


def test_phrases_of_the_tests_are_those_of_the_dialplan():
    text = (room.template_folder("dialplans") / "automaton.conf.j2").read_text()
    assert set(PHRASES) == set(room.PHRASES)
    for name in room.PHRASES:
        family = name.rpartition("-")[0]
        assert (
            f"/{name}" in text
            or f"={name})" in text
            or f"/{family}-$" in text
            or f":{family}-$" in text
        ), name
    assert len(required_modules()) > 30


async def test_asterisk_that_is_not_ours_does_with_three_lines(
    installation, exchange, short_folder
):
    """Its own files, written by hand as a distribution's; the lines are the guide's."""
    folder = RunFolder(short_folder / "theirs")
    chosen = {"port": free_port(socket.SOCK_STREAM), "secret": "ours-and-long-enough"}
    settings = AsteriskSettings(
        embedded=False, maintenance_secret="another-long-one", **chosen
    )
    town = TOWN.model_copy(update={"contact": "127.0.0.1:5070"})
    access = render(Node(None, settings, [town], exchange.prompts, "node-1"), folder)
    etc = folder.etc
    for name, text in {
        "asterisk.conf": far_end.directories(installation, folder.root),
        "modules.conf": (exchange.folder.etc / "modules.conf").read_text(),
        "manager.conf": f"[general]\nenabled=yes\nbindaddr=127.0.0.1\n"
        f"port={access.port}\n#include {etc}/manager-accounts.conf\n",
        "pjsip.conf": f"[system]\ntype=system\n#include {etc}/pjsip-trunks.conf\n",
        "extensions.conf": f"[general]\n#include {etc}/automaton.conf\n[default]\n",
        "logger.conf": "[logfiles]\nmessages = warning,error\n",
    }.items():
        (etc / name).write_text(text)
    embedded.start(installation, folder, tied=True)
    try:
        assert await bad(exchange, Expected([town], exchange.prompts), access) == []
    finally:
        embedded.stop(folder)
