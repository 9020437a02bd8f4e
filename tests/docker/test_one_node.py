"""One node in containers, as compose.yaml has it, rings a town; `make containers`."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from automaton.asterisk.install import Installation
from automaton.loopback import free_port
from tests.docker.composed import ACCOUNT, Composed, composed, write_secrets
from tests.docker.engine import Engine
from tests.system.stage import CALLER_ID, DUTY, home, on_duty, until

pytestmark = pytest.mark.containers

HOMES = 20
SERVICES = ("settings", "asterisk", "daemon")
SETTINGS = """
installation = "contained"
[asterisk]
port = {ami}
sip_port = {sip}
rtp_start = 42000
rtp_end = 42999
[watch]
bind = "127.0.0.1:{watch}"
[server]
shutdown = "2 s"
[readiness]
monthly = false
[trunk.town]
contact = "sip:127.0.0.1:{town}"
lines = 8
caller_ids = ["{shown}"]
"""


@pytest.fixture(scope="module")
def node(engine: Engine, installation: Installation) -> Iterator[Composed]:
    """A node that is up, and its town."""
    script = "".join(home(n) for n in range(1, HOMES + 1)) + on_duty(DUTY)
    with composed(engine, "compose.yaml", script, installation) as here:
        ports = {name: free_port(socket.SOCK_STREAM) for name in ("ami", "watch")}
        ports |= {"sip": free_port(socket.SOCK_DGRAM), "town": here.town.port}
        here.settings.write_text(SETTINGS.format(shown=CALLER_ID, **ports), "utf-8")
        write_secrets(here.folder, {"ami": ACCOUNT, "ami-maintenance": ACCOUNT})
        try:
            here.once("settings")
            here.up("asterisk")
            here.healthy("asterisk")
            here.up("daemon")
            here.healthy("daemon")
            yield here
        finally:
            sys.stdout.write(here.said(*SERVICES))
            here.down()


def started_again(node: Composed, service: str) -> None:
    """End a service as a fault would, and wait until it has been started again."""
    before = node.pid(service)
    os.kill(before, signal.SIGKILL)
    again = f"{service} is started again"
    until(lambda: node.pid(service) not in {0, before}, 60, again)


def test_asterisk_and_daemon_are_healthy(node: Composed) -> None:
    assert node.is_healthy("asterisk")
    assert node.is_healthy("daemon")
    assert "ready" in node.shell("daemon", "asterisk", "check", "--json")


@pytest.mark.parametrize("service", ["asterisk", "daemon"])
def test_nobody_is_root_and_nothing_else_can_be_written(
    node: Composed, service: str
) -> None:
    assert node.within(service, "id", "-u").strip() == "10001"
    status = node.within(service, "cat", "/proc/1/status")
    assert "CapEff:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status
    assert "Read-only" in node.refused(service, "touch", "/opt/new")


def test_asterisk_plays_prompts_and_cannot_change_them(node: Composed) -> None:
    prompts = "/var/lib/automaton-prompts"
    assert node.within("asterisk", "ls", f"{prompts}/fr")
    assert "Read-only" in node.refused("asterisk", "touch", f"{prompts}/new")
    assert "No such file" in node.refused("asterisk", "ls", "/var/lib/automaton")


def test_a_town_is_rung_and_a_killed_daemon_comes_back_in_the_middle(
    node: Composed,
) -> None:
    node.launched("daemon")
    until(lambda: node.happened("key") >= 4, 60, "the first ones confirm")
    started_again(node, "daemon")
    node.healthy("daemon")
    records = node.records("daemon", 180)
    assert {one["state"] for one in records} == {"acknowledged"}
    assert len(records) == HOMES
    assert node.town.compare(records) == []


def test_a_killed_asterisk_comes_back_and_the_daemon_finds_it(node: Composed) -> None:
    started_again(node, "asterisk")
    node.healthy("asterisk")
    check = ("asterisk", "check", "--json")
    until(lambda: "ready" in node.shell("daemon", *check), 30, "it is found")


def test_asked_to_stop_it_ends_by_itself_and_well(node: Composed) -> None:
    node.compose("stop", "--timeout", "30")
    state = node.engine.inspected(node.name("daemon"))["State"]
    assert (state["Running"], state["ExitCode"]) == (False, 0)


def test_taken_down_it_leaves_nothing(node: Composed) -> None:
    node.up("asterisk", "daemon")
    node.healthy("daemon")
    pids = [node.pid(service) for service in ("asterisk", "daemon")]
    assert all(pids)
    node.down()
    assert node.engine.done("podman", "ps", "--all", "--quiet") == ""
    assert node.engine.done("podman", "volume", "ls", "--quiet") == ""
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), 10, "ended")


def test_nothing_of_the_build_is_left_in_the_image(engine: Engine) -> None:
    order = ["podman", "run", "--rm", "--entrypoint", "sh"]
    ask = "command -v gcc pip uv; ls /build /opt/uv 2>/dev/null; true"
    found = engine.done(*order, "localhost/automaton-daemon", "-c", ask)
    assert found == ""
