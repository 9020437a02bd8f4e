"""An Asterisk of our own: started, found again, stopped, and never left behind."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from automaton.asterisk import embedded
from automaton.asterisk.folder import RunFolder
from automaton.asterisk.install import Installation
from automaton.asterisk.render import Node, render
from automaton.errors import ConfigurationError, LineError
from automaton.settings import AsteriskSettings

pytestmark = pytest.mark.asterisk


@pytest.fixture
def folder(installation: Installation, short_folder: Path, request) -> RunFolder:
    """A rendered folder whose Asterisk is stopped after the test."""
    made = RunFolder(short_folder / f"e{abs(hash(request.node.name)) % 10**6}")
    render(Node(installation, AsteriskSettings(), [], short_folder / "prompts"), made)
    yield made
    embedded.stop(made)


def test_two_run_side_by_side_and_stop(installation, folder, exchange):
    running = embedded.start(installation, folder)
    assert embedded.answers(running.access)
    assert embedded.answers(exchange.access)
    assert running.pid != embedded.status(exchange.folder).pid
    assert embedded.stop(folder) is True
    assert not Path(f"/proc/{running.pid}").exists()
    assert embedded.status(folder) is None
    assert embedded.stop(folder) is False


def test_one_that_runs_already_is_returned_as_it_is(installation, folder):
    first = embedded.start(installation, folder)
    assert embedded.start(installation, folder) == first


def test_secrets_and_configuration_are_their_owners_alone(folder):
    for file in (folder.root / "access.json", *folder.etc.iterdir()):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.root.stat().st_mode) == 0o700
    access = folder.access()
    assert len(access.secret) > 20
    assert access.secret not in repr(access)


def test_asterisk_that_cannot_start_says_why(installation, folder):
    (folder.etc / "modules.conf").write_text(
        "[modules]\nautoload=no\nrequire=nothing.so\n"
    )
    with pytest.raises(LineError, match="nothing"):
        embedded.start(installation, folder)
    assert embedded.status(folder) is None


def test_folder_without_configuration_is_refused(installation, short_folder):
    with pytest.raises(ConfigurationError):
        embedded.start(installation, RunFolder(short_folder / "nothing"))


def test_pid_file_of_another_process_is_not_believed(folder):
    folder.pid_file.write_text(str(os.getpid()))
    assert embedded.status(folder) is None
    assert embedded.stop(folder) is False


def test_asterisk_that_is_not_ready_in_time_is_not_left_behind(installation, folder):
    with pytest.raises(LineError, match="not ready after 0 s"):
        embedded.start(installation, folder, deadline=0)
    assert embedded.status(folder) is None


def test_asterisk_that_cannot_be_noted_as_ours_is_not_left_behind(installation, folder):
    (folder.root / "owned").mkdir()  # what a full disk does to the file
    with pytest.raises(OSError, match="owned"):
        embedded.start(installation, folder, owned=True)
    assert embedded.status(folder) is None


def test_manager_port_that_something_else_holds_is_not_an_asterisk(folder):
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = replace(folder.access(), port=server.getsockname()[1])
        server.close()
        assert not embedded.answers(taken)


def test_process_that_refuses_to_end_is_killed():
    order = ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"]
    with subprocess.Popen(order, stdout=subprocess.PIPE, process_group=0) as stubborn:
        stubborn.stdout.readline()
        embedded.end(stubborn.pid, grace=0.1)
        stubborn.returncode = -signal.SIGKILL
    assert not Path(f"/proc/{stubborn.pid}").exists()


def test_process_that_is_gone_needs_no_ending():
    with subprocess.Popen(["true"]) as done:
        done.wait()
    embedded.end(done.pid, grace=0.1)
    assert not Path(f"/proc/{done.pid}").exists()


TIED = """
import sys
from dataclasses import replace
from pathlib import Path
from automaton.asterisk import embedded
from automaton.asterisk.folder import RunFolder
from automaton.asterisk.install import fetched
installation = fetched(Path(sys.argv[1]))
folder = RunFolder(Path(sys.argv[2]))
print(embedded.start(installation, folder, tied=True).pid, flush=True)
sys.stdin.read()
"""


def test_tied_asterisk_dies_with_its_parent(installation, folder):
    if installation.loader is None:
        pytest.fail("this test needs a fetched Asterisk in the cache")
    order = [sys.executable, "-c", TIED, installation.root.parent, folder.root]
    with subprocess.Popen(
        order, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        pid = int(parent.stdout.readline())
        handle = os.pidfd_open(pid)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    assert embedded.has_ended(handle, 5)
    os.close(handle)
