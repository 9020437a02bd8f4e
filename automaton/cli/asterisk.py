"""`automaton asterisk`: the Asterisk of this node, fetched, started, asked, stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from automaton.cli.shell import AsJson, Shell, Yes, shell_of
from automaton.errors import RequestError

if TYPE_CHECKING:
    from automaton.asterisk.folder import RunFolder
    from automaton.asterisk.install import Installation

app = typer.Typer(help="The Asterisk of this node.")


@app.command("install")
def install_asterisk(context: typer.Context, as_json: AsJson = False) -> None:
    """Make sure that there is an Asterisk: the settings' own, the PATH's, or fetch it."""
    shell = shell_of(context)
    found = installed(shell)
    if as_json:
        return shell.print_json({"version": found.version, "binary": found.binary})
    return shell.tell(
        "Asterisk {version}: {binary}", version=found.version, binary=found.binary
    )


@app.command("start")
def start_asterisk(context: typer.Context) -> None:
    """Write the configuration of this node and start its Asterisk."""
    from automaton.asterisk.embedded import start, status
    from automaton.asterisk.render import Node, render

    shell = shell_of(context)
    refuse_external(shell)
    settings, folder = shell.settings, run_folder(shell)
    found = status(folder)
    if found is None:
        asterisk = installed(shell)
        with shell.progress("Starting Asterisk …"):
            node = Node(
                asterisk,
                settings.asterisk,
                settings.trunks,
                settings.folders.prompts,
                settings.installation,
            )
            render(node, folder)
            found = start(asterisk, folder)
    tell_running(shell, found.pid, found.access.port, found.access.sip_port)


@app.command("stop")
def stop_asterisk(context: typer.Context, yes: Yes = False) -> None:
    """Stop the Asterisk of this node; calls that live are cut."""
    from automaton.asterisk.embedded import status, stop

    shell = shell_of(context)
    refuse_external(shell)
    folder = run_folder(shell)
    if status(folder) is None:
        return shell.tell("No Asterisk of this node is running.")
    shell.confirm(yes, "Every call of this node will be cut.")
    stop(folder)
    return shell.tell("Asterisk has stopped.")


@app.command("status")
def asterisk_status(context: typer.Context, as_json: AsJson = False) -> None:
    """Tell whether the Asterisk of this node runs; exit code 1 where it does not."""
    from automaton.asterisk.embedded import status

    shell = shell_of(context)
    refuse_external(shell)
    found = status(run_folder(shell))
    if as_json:
        shell.print_json(
            {
                "running": found is not None,
                "pid": found.pid if found else None,
                "manager_port": found.access.port if found else None,
                "sip_port": found.access.sip_port if found else None,
            }
        )
    elif found is None:
        shell.tell("No Asterisk of this node is running.")
    else:
        tell_running(shell, found.pid, found.access.port, found.access.sip_port)
    if found is None:
        raise typer.Exit(1)


def tell_running(shell: Shell, pid: int, port: int, sip_port: int) -> None:
    """Say that it runs, and where it listens."""
    shell.tell(
        "Asterisk is running: process {pid}, manager port {port}, SIP port {sip}.",
        pid=pid,
        port=port,
        sip=sip_port,
    )


def installed(shell: Shell) -> Installation:
    """Return the Asterisk to start, fetched where there is none."""
    from automaton.asterisk.install import install

    settings = shell.settings
    with shell.progress("Looking for an Asterisk …") as say:
        return install(settings.folders.cache, say, settings.asterisk.binary)


def run_folder(shell: Shell) -> RunFolder:
    """Return the folder in which the node's Asterisk runs."""
    from automaton.asterisk.folder import RunFolder

    return RunFolder(shell.settings.folders.data / "asterisk")


def refuse_external(shell: Shell) -> None:
    """Raise `RequestError` where the Asterisk is not ours to start and stop."""
    if not shell.settings.asterisk.embedded:
        raise RequestError(
            shell.words(
                "This node uses an Asterisk that is not ours (asterisk.embedded = false)"
                ": start and stop it by its own means."
            ),
            error_id="asterisk-external",
        )
