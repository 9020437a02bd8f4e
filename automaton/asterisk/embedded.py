"""An Asterisk of our own: started, asked how it is, and stopped, as an ordinary user.

In: an `Installation` and a `RunFolder` that `render` has filled. Several run side by
side. An Asterisk outlives the program that started it (calls go on while the daemon is
restarted) unless it is started `tied`.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from automaton.asterisk.folder import Access, RunFolder
from automaton.asterisk.install import Installation
from automaton.errors import ConfigurationError, LineError

READY_SECONDS = 20.0
STEP_SECONDS = 0.05
BANNER = b"Asterisk Call Manager"


@dataclass(frozen=True)
class Running:
    """An Asterisk that runs: its process id and how to reach it."""

    pid: int
    folder: RunFolder
    access: Access


def start(
    installation: Installation,
    folder: RunFolder,
    tied: bool = False,
    deadline: float = READY_SECONDS,
    owned: bool = False,
) -> Running:
    """Start Asterisk on the rendered folder and wait until it takes orders.

    One that runs there already is returned as it is. `tied`: it is ended when the
    calling thread ends, so start it from the main one. `owned`: a daemon starts it,
    and one ends it. Raises LineError with Asterisk's own last words where it is not
    ready within `deadline` seconds.
    """
    found = status(folder)
    if found is not None:
        return found
    access = folder.access()
    if access is None or not folder.conf.exists():
        raise ConfigurationError(
            f"{folder.root} holds no rendered configuration.",
            error_id="asterisk-not-rendered",
        )
    folder.pid_file.unlink(missing_ok=True)
    process = launch(installation, folder, tied)
    try:
        if owned:
            folder.own(process.pid)
        wait_ready(installation, folder, access, process, deadline)
    except BaseException:
        end(process.pid, 0.0)
        process.wait()
        raise
    process.returncode = 0  # its end is awaited by `stop`; no warning when forgotten
    return Running(process.pid, folder, access)


def status(folder: RunFolder) -> Running | None:
    """Return the Asterisk that runs on this folder, if one does."""
    access = folder.access()
    try:
        pid = int(folder.pid_file.read_text("ascii"))
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    if access is None or os.fsencode(folder.conf) not in command:
        return None
    return Running(pid, folder, access)


def stop(folder: RunFolder, grace: float = 5.0) -> bool:
    """Stop the Asterisk of this folder; whether one was running.

    Live calls end at once: hang them up first where that matters. After `grace`
    seconds it is killed.
    """
    found = status(folder)
    if found is None:
        return False
    end(found.pid, grace)
    folder.pid_file.unlink(missing_ok=True)
    return True


def launch(
    installation: Installation, folder: RunFolder, tied: bool
) -> subprocess.Popen[bytes]:
    """Start the process; what it says goes to `folder.console_log`."""
    order = installation.command(folder.conf)
    if tied and (setpriv := shutil.which("setpriv")):
        order = [setpriv, "--pdeathsig", "TERM", *order]
    folder.console_log.touch(mode=0o600)
    with folder.console_log.open("ab") as log:
        return subprocess.Popen(
            order,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder.root,
            start_new_session=True,
            env=_environment(),
            umask=0o077,
        )


def _environment() -> dict[str, str]:
    """Return our environment without settings, some of which may be secrets."""
    return {k: v for k, v in os.environ.items() if not k.startswith("AUTOMATON_")}


def wait_ready(
    installation: Installation,
    folder: RunFolder,
    access: Access,
    process: subprocess.Popen[bytes],
    deadline: float,
) -> None:
    """Return when Asterisk is fully booted and its manager interface answers."""
    until = time.monotonic() + deadline
    while time.monotonic() < until:
        if process.poll() is not None:
            raise LineError(
                f"Asterisk ended while it started. {last_words(folder)}",
                error_id="asterisk-start",
            )
        if is_booted(installation, folder) and answers(access):
            return
        time.sleep(STEP_SECONDS)
    raise LineError(
        f"Asterisk was not ready after {deadline:.0f} s. {last_words(folder)}",
        error_id="asterisk-start",
    )


def is_booted(installation: Installation, folder: RunFolder) -> bool:
    """Tell whether every module is loaded; asks by the control socket."""
    if not (folder.run / "asterisk.ctl").exists():
        return False
    order = installation.console(folder.conf, "core waitfullybooted")
    try:
        said = subprocess.run(
            order,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=10,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return said.returncode == 0 and b"fully booted" in said.stdout


def answers(access: Access) -> bool:
    """Tell whether an Asterisk greets on the manager port."""
    try:
        with socket.create_connection((access.host, access.port), timeout=1.0) as link:
            return link.recv(64).startswith(BANNER)
    except OSError:
        return False


def end(pid: int, grace: float) -> None:
    """End a process: a request, `grace` seconds, then the signal nobody can refuse."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        os.kill(pid, signal.SIGTERM)
        if not has_ended(handle, grace):
            os.kill(pid, signal.SIGKILL)
            has_ended(handle, 5.0)
    except ProcessLookupError:
        pass
    finally:
        os.close(handle)
        forget_child(pid)


def has_ended(handle: int, seconds: float) -> bool:
    """Wait at most so long for the end of a process that need not be our child."""
    return bool(select.select([handle], [], [], seconds)[0])


def forget_child(pid: int) -> None:
    """Let the system forget a process where it was ours."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def last_words(folder: RunFolder) -> str:
    """Return the last lines of Asterisk's own logs."""
    lines: list[str] = []
    for file in (folder.log / "messages", folder.console_log):
        if file.exists():
            lines += file.read_text("utf-8", "replace").splitlines()[-3:]
    return " | ".join(line.strip() for line in lines)[-600:]
