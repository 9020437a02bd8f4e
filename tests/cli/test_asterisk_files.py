"""`automaton asterisk render`: the files that an Asterisk of one's own includes."""

from __future__ import annotations

import stat

from tests.cli.conftest import SETTINGS, Node

THEIRS = """
[asterisk]
embedded = false
port = 5038
secret = "ours-and-long-enough"
maintenance_secret = "another-long-one"
"""


def settle(node: Node, more: str) -> None:
    """Write the settings of a node."""
    text = SETTINGS.format(port=5070) + more
    (node.folder / "automaton.toml").write_text(text, "utf-8")


def test_the_files_have_the_secrets_and_the_port_of_the_settings(node: Node) -> None:
    settle(node, f"{THEIRS}sip_port = 5090\n")
    output = node.folder / "to-include"
    told = node.json("asterisk", "render", "--output", output)
    names = ["automaton.conf", "manager-accounts.conf", "pjsip-trunks.conf"]
    assert sorted(told["files"]) == [str(output / name) for name in names]
    accounts = output / "manager-accounts.conf"
    assert "secret = ours-and-long-enough" in accounts.read_text("utf-8")
    assert "secret = another-long-one" in accounts.read_text("utf-8")
    assert stat.S_IMODE(accounts.stat().st_mode) == 0o600
    trunks = (output / "pjsip-trunks.conf").read_text("utf-8")
    assert "bind = 127.0.0.1:5090" in trunks
    assert "contact = sip:127.0.0.1:5070" in trunks
    prompts = node.folder / "data" / "prompts"
    assert str(prompts) in (output / "automaton.conf").read_text("utf-8")
    assert (prompts / "silence" / "hello.alaw").is_file()
    assert (prompts / "fr" / "again.alaw").is_file()
    again = node.done("asterisk", "render", "--output", output).out
    assert str(accounts) in again


def test_the_doctor_knows_whose_our_own_numbers_are(commune: Node) -> None:
    def failed() -> list[str]:
        found = commune("doctor", "--json").data["findings"]
        return [one["sentence"] for one in found if "+33199000002" in str(one)]

    dids = 'dids = {{ "+33199000002" = "{}" }}\nnumber_format'
    file = commune.folder / "automaton.toml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("number_format", dids.format("Saintes")), "utf-8")
    (told,) = failed()
    assert "belongs to Saintes" in told
    file.write_text(text.replace("number_format", dids.format("royan")), "utf-8")
    assert failed() == []


def test_the_doctor_warns_where_callers_have_too_few_lines(commune: Node) -> None:
    def warned() -> list[str]:
        found = commune("doctor", "--json").data["findings"]
        return [one["advice"] for one in found if "those on duty share" in str(one)]

    file = commune.folder / "automaton.toml"
    text = file.read_text("utf-8")
    assert warned() == []
    called = 'dids = { "+33199000002" = "royan" }\nnumber_format'
    file.write_text(text.replace("number_format", called), "utf-8")
    (told,) = warned()
    assert "set reserved_lines = 4 or more in [trunk." in told
    enough = f"reserved_lines = 4\n{called}"
    file.write_text(text.replace("number_format", enough), "utf-8")
    assert warned() == []


def test_the_doctor_knows_a_duty_list_that_would_ring_the_node(commune: Node) -> None:
    # The example's own number was the README's number on duty: it would ring itself.
    file = commune.folder / "automaton.toml"
    text = file.read_text("utf-8")
    (on_duty,) = commune.json("duty", "list")
    dids = f'dids = {{ "{on_duty["e164"]}" = "royan" }}\nnumber_format'
    for given, count in ((text, 0), (text.replace("number_format", dids), 1)):
        file.write_text(given, "utf-8")
        assert (
            str(commune("doctor").out).count("that this node answers itself") == count
        )


def test_without_a_port_of_sip_nothing_is_rendered(node: Node) -> None:
    settle(node, THEIRS)
    ended = node("asterisk", "render", "--output", "to-include")
    assert ended.code == 2
    assert "asterisk.sip_port" in ended.err
    assert not (node.folder / "to-include").exists()


def test_an_asterisk_of_ours_is_not_rendered_for_others(node: Node) -> None:
    ended = node("asterisk", "render", "--output", "to-include")
    assert ended.code == 2
    assert "at each start" in ended.err


def test_all_files_are_written_for_an_asterisk_that_has_none(node: Node) -> None:
    settle(node, f"{THEIRS}sip_port = 5090\nrtp_start = 12000\nrtp_end = 12999\n")
    told = node.json("asterisk", "render", "--whole", "--output", "whole")
    etc = node.folder / "whole" / "etc"
    assert {str(etc / "asterisk.conf"), str(etc / "rtp.conf")} <= set(told["files"])
    conf = (etc / "asterisk.conf").read_text("utf-8")
    assert f"astetcdir => {etc}" in conf
    assert f"astdbdir => {node.folder}/whole/db" in conf
    assert "astmoddir" not in conf
    assert "port = 5038" in (etc / "manager.conf").read_text("utf-8")
    assert stat.S_IMODE((node.folder / "whole").stat().st_mode) == 0o700
    said = node.done("asterisk", "render", "--whole", "--output", "whole").out
    assert "asterisk -C" in said


def test_the_ports_of_sound_of_a_whole_asterisk_must_be_known(node: Node) -> None:
    settle(node, f"{THEIRS}sip_port = 5090\n")
    ended = node("asterisk", "render", "--whole", "--output", "whole")
    assert ended.code == 2
    assert "asterisk.rtp_start" in ended.err
    assert not (node.folder / "whole").exists()
