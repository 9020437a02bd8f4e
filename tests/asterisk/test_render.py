"""Configuration that Asterisk reads: what the settings say, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from automaton.asterisk import render as room
from automaton.asterisk.checkup import serves
from automaton.asterisk.folder import RunFolder
from automaton.asterisk.install import Installation
from automaton.asterisk.render import (
    DIALPLAN_VERSION,
    Node,
    conf_value,
    render,
    sip_uri,
)
from automaton.asterisk.transports import routes
from automaton.errors import ConfigurationError
from automaton.settings import AsteriskSettings, RegistrationSettings, TrunkSettings

PAPER = Installation(
    root=Path("/a"),
    binary=Path("/a/asterisk"),
    loader=None,
    lib_path=None,
    version="22.10.1",
    module_dir=Path("/a/modules"),
    data_dir=Path("/a/data"),
)


def rendered(tmp_path: Path, *trunks: TrunkSettings, **settings: object) -> RunFolder:
    """A folder rendered for these trunks."""
    folder = RunFolder(tmp_path / "node")
    node = Node(PAPER, AsteriskSettings(**settings), trunks, tmp_path / "prompts")
    render(node, folder)
    return folder


def section(folder: RunFolder, file: str, name: str, kind: str) -> dict[str, str]:
    """The options of one section, by its name and its type."""
    for block in (folder.etc / file).read_text().split("\n[")[1:]:
        head, _, body = block.partition("]\n")
        lines = [line for line in body.splitlines() if " = " in line]
        options = dict(line.split(" = ", 1) for line in lines if line[0] != ";")
        if head == name and options.get("type", kind) == kind:
            return options
    raise AssertionError(f"[{name}] of type {kind} is not in {file}")


def loopback(**more: object) -> TrunkSettings:
    """A trunk on this machine."""
    return TrunkSettings(
        **{"name": "town", "contact": "127.0.0.1:5070", "lines": 60, **more}
    )


def abroad(**more: object) -> TrunkSettings:
    """A trunk to an operator."""
    fields = {"name": "oper", "contact": "sip.example.org", "lines": 30}
    return TrunkSettings(**{**fields, **more})


def test_everything_listens_on_loopback_alone(tmp_path):
    folder = rendered(tmp_path, loopback())
    assert section(folder, "manager.conf", "general", "")["bindaddr"] == "127.0.0.1"
    transport = section(folder, "pjsip-trunks.conf", "transport-1", "transport")
    assert transport["bind"].startswith("127.0.0.1:")
    assert (
        section(folder, "pjsip-trunks.conf", r"town\guarded", "endpoint")[
            "media_address"
        ]
        == "127.0.0.1"
    )


def test_loopback_trunk_stays_on_loopback_beside_an_operator(tmp_path):
    sockets, used = routes([loopback(), abroad()], "192.0.2.1", 5060)
    assert [(s.bind, s.port) for s in sockets] == [
        ("127.0.0.1", 5060),
        ("192.0.2.1", 5062),
    ]
    assert [route.transport.name for route in used] == ["transport-1", "transport-2"]


def test_trunks_that_are_reached_alike_share_a_socket():
    sockets, _ = routes([loopback(), loopback(name="other")], "127.0.0.1", 5060)
    assert len(sockets) == 1


def test_registration_is_tried_for_ever(tmp_path):
    account = RegistrationSettings(
        server="sip.example.org", user="mairie", password="a;b c"
    )
    folder = rendered(tmp_path, abroad(contact=None, registration=account))
    told = section(folder, "pjsip-trunks.conf", "oper", "registration")
    assert told["client_uri"] == "sip:mairie@sip.example.org"
    assert told["auth_rejection_permanent"] == "no"
    assert told["expiration"] == "3600"
    assert section(folder, "pjsip-trunks.conf", "oper", "auth")["password"] == "a\\;b c"


def test_operator_behind_nat_by_tls_and_proxy(tmp_path):
    trunk = abroad(
        transport="tls",
        outbound_proxy="proxy.example.org",
        external_address="192.0.2.7",
        local_networks=("10.0.0.0/8",),
        identity="pai",
        from_user="0199000001",
        from_domain="example.org",
        identify=("192.0.2.0/24",),
        dtmf_mode="info",
        codec="ulaw",
    )
    folder = rendered(tmp_path, trunk, sip_bind="0.0.0.0")
    endpoint = section(folder, "pjsip-trunks.conf", r"oper\guarded", "endpoint")
    assert endpoint["send_pai"] == "yes"
    assert endpoint["send_rpid"] == "no"
    assert endpoint["outbound_proxy"] == r"sip:proxy.example.org\;transport=tls\;lr"
    assert (endpoint["dtmf_mode"], endpoint["allow"]) == ("info", "ulaw")
    assert (endpoint["from_user"], endpoint["from_domain"]) == (
        "0199000001",
        "example.org",
    )
    assert (
        section(folder, "pjsip-trunks.conf", "oper", "identify")["match"]
        == "192.0.2.0/24"
    )
    transport = section(folder, "pjsip-trunks.conf", "transport-1", "transport")
    assert transport["external_media_address"] == "192.0.2.7"
    assert transport["local_net"] == "10.0.0.0/8"


def test_daemon_account_has_no_system_and_maintenance_cannot_call(tmp_path):
    folder = rendered(tmp_path)
    daemon = section(folder, "manager-accounts.conf", "automaton", "")
    other = section(folder, "manager-accounts.conf", "automaton-maintenance", "")
    assert daemon["write"] == "call,reporting,originate"
    assert other["write"] == "call"
    assert "read" not in other
    assert daemon["secret"] != other["secret"]
    assert daemon["writetimeout"] == "15000"


def test_secret_and_ports_of_the_settings_are_kept(tmp_path):
    chosen = {"port": 15038, "sip_port": 15060, "rtp_start": 12000, "rtp_end": 12999}
    folder = rendered(tmp_path, secret="a-long-word-of-ours", **chosen)
    access = folder.access()
    assert access.secret == "a-long-word-of-ours"
    assert (access.port, access.sip_port) == (15038, 15060)
    assert (access.rtp_start, access.rtp_end) == (12000, 12999)


def test_only_modules_on_the_list_are_loaded(tmp_path):
    text = (rendered(tmp_path).etc / "modules.conf").read_text()
    assert "autoload = no" in text
    assert "res_pjsip_rfc3326.so" in text
    assert "app_system" not in text
    assert "app_amd" not in text


def test_copies_of_sip_packets_go_to_a_port_of_loopback_or_nowhere(tmp_path):
    folder = rendered(tmp_path / "on")
    told = section(folder, "hep.conf", "general", "")
    assert told["capture_address"] == f"127.0.0.1:{folder.access().hep_port}"
    assert "res_hep_pjsip.so" in (folder.etc / "modules.conf").read_text()
    without = rendered(tmp_path / "off", retry_after=False)
    assert section(without, "hep.conf", "general", "")["enabled"] == "no"
    assert "res_hep" not in (without.etc / "modules.conf").read_text()
    assert without.access().hep_port == 0


def test_calls_are_capped_by_the_lines_and_a_few_more(tmp_path):
    folder = rendered(tmp_path, loopback(), abroad())
    assert section(folder, "asterisk.conf", "options", "")["maxcalls"] == "110"


def test_dialplan_serves_the_version_before_too(tmp_path, monkeypatch):
    newer = DIALPLAN_VERSION + 1
    monkeypatch.setattr(room, "SERVED_VERSIONS", (newer, DIALPLAN_VERSION))
    text = (rendered(tmp_path).etc / "automaton.conf").read_text()
    served = [f"exten => {n},1,Hangup()\n" for n in (newer, DIALPLAN_VERSION)]
    assert "[automaton-version]\n" + "".join(served) in text
    assert serves([str(newer), str(DIALPLAN_VERSION)])
    assert not serves([str(newer)])


def test_dialplan_tells_its_version(tmp_path):
    text = (rendered(tmp_path).etc / "automaton.conf").read_text()
    assert f"[automaton-version]\nexten => {DIALPLAN_VERSION},1," in text
    assert "{{" not in text


def test_asterisk_that_is_not_ours_gets_the_three_files_to_include(tmp_path):
    folder = RunFolder(tmp_path / "node")
    render(Node(None, AsteriskSettings(), [loopback()], tmp_path / "prompts"), folder)
    assert sorted(file.name for file in folder.etc.iterdir()) == sorted(room.PARTS)
    assert "[general]" not in "".join(f.read_text() for f in folder.etc.iterdir())


def test_changed_trunks_make_a_rendered_folder_outdated(tmp_path):
    def node(*trunks: TrunkSettings, **settings: object) -> Node:
        chosen = AsteriskSettings(**settings)
        return Node(PAPER, chosen, trunks, tmp_path / "prompts")

    folder = rendered(tmp_path, loopback())
    assert room.is_current(node(loopback()), folder)
    assert not room.is_current(node(loopback(contact="127.0.0.1:5071")), folder)
    assert not room.is_current(node(loopback(), sip_port=5099), folder)
    (folder.etc / "rtp.conf").unlink()
    assert not room.is_current(node(loopback()), folder)


def test_silences_are_written_once(tmp_path):
    rendered(tmp_path)
    one = tmp_path / "prompts/silence/1.alaw"
    assert one.read_bytes() == b"\xd5" * 8000
    before = one.stat().st_mtime_ns
    rendered(tmp_path)
    assert one.stat().st_mtime_ns == before


@pytest.mark.parametrize("name", ["a,b", "a;b", "a$b", "a'b"])
def test_folder_that_asterisk_would_misread_is_refused(tmp_path, name):
    with pytest.raises(ConfigurationError, match="another folder"):
        rendered(tmp_path / name)


def test_folder_too_deep_for_a_socket_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="too long"):
        rendered(tmp_path / ("x" * 90))


def test_value_with_a_line_end_is_refused():
    with pytest.raises(ConfigurationError):
        conf_value("one\ntwo = three")


@pytest.mark.parametrize(
    ("arguments", "uri"),
    [
        (("127.0.0.1:5070",), "sip:127.0.0.1:5070"),
        (("sip:x@h;transport=tcp", "tcp"), r"sip:x@h\;transport=tcp"),
        (("h:5061", "tls", "me"), r"sip:me@h:5061\;transport=tls"),
        (("sips:you@h", "udp", "me"), "sips:me@h"),
    ],
)
def test_addresses_become_sip_uris(arguments, uri):
    assert sip_uri(*arguments) == uri


def test_installation_without_its_templates_says_so(monkeypatch):
    monkeypatch.setattr(room, "CHECKOUT", Path("/nowhere"))
    with pytest.raises(ConfigurationError, match="install it again"):
        room.template_folder("dialplans")
