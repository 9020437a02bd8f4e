"""`automaton asterisk`: the Asterisk of this node, fetched, started, asked, stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automaton.asterisk.embedded import Running, status, stop
from automaton.asterisk.install import Installation, install
from automaton.cli.findings import as_plain as plain
from automaton.cli.findings import has_failed
from automaton.cli.shell import AsJson, Shell, Yes, new_noun, shell_of
from automaton.errors import RequestError

app = new_noun()


@app.command("install")
def install_asterisk(context: typer.Context, as_json: AsJson = False) -> None:
    """Make sure that there is an Asterisk; fetch one where there is none."""
    shell = shell_of(context)
    found = installed(shell)
    if as_json:
        return shell.print_json({"version": found.version, "binary": found.binary})
    return shell.tell(
        "Asterisk {version}: {binary}", version=found.version, binary=found.binary
    )


@app.command("start")
def start_asterisk(context: typer.Context, as_json: AsJson = False) -> None:
    """Write the configuration of this node and start its Asterisk."""
    from automaton import bootstrap  # noqa: PLC0415 - store and sound take a second

    shell = shell_of(context)
    refuse_external(shell)
    installed(shell)
    with shell.progress("Starting Asterisk …"):
        found = bootstrap.start_asterisk(shell.settings)
    if as_json:
        return shell.print_json(as_plain(found))
    return tell_running(shell, found)


@app.command("render")
def render_files(
    context: typer.Context,
    output: Annotated[Path, typer.Option(help="Folder for the files.")],
    whole: Annotated[
        bool, typer.Option("--whole", help="All files, for one that has none.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write the files that an Asterisk of your own includes (docs/asterisk.md)."""
    from automaton import bootstrap  # noqa: PLC0415 - store and sound take a second

    shell = shell_of(context)
    if shell.settings.asterisk.embedded:
        sentence = shell.words(
            "The Asterisk of this node is ours (asterisk.embedded = true): its "
            "configuration is written at each start."
        )
        raise RequestError(sentence, error_id="asterisk-embedded")
    with shell.bar("Getting the voice ready …") as told:
        files = bootstrap.render_for_theirs(shell.settings, output, whole, told)
    if as_json:
        return shell.print_json({"files": files})
    for file in files:
        shell.print(str(file))
    if whole:
        return shell.tell(
            "Start it on them (asterisk -C …/etc/asterisk.conf), then: automaton "
            "asterisk check"
        )
    return shell.tell("Have Asterisk include them, then: automaton asterisk check")


@app.command("stop")
def stop_asterisk(context: typer.Context, yes: Yes = False) -> None:
    """Stop the Asterisk of this node; calls that live are cut."""
    shell = shell_of(context)
    found = running(shell)
    if found is None:
        return shell.tell("No Asterisk of this node is running.")
    shell.confirm(yes, "Every call of this node will be cut.")
    stop(found.folder)
    return shell.tell("Asterisk has stopped.")


@app.command("status")
def asterisk_status(context: typer.Context, as_json: AsJson = False) -> None:
    """Tell whether the Asterisk of this node runs; exit code 1 where it does not."""
    shell = shell_of(context)
    found = running(shell)
    if as_json:
        shell.print_json(as_plain(found))
    elif found is None:
        shell.tell("No Asterisk of this node is running.")
    else:
        tell_running(shell, found)
    if found is None:
        raise typer.Exit(1)


@app.command("check")
def check_asterisk(context: typer.Context, as_json: AsJson = False) -> None:
    """Ask a running Asterisk for all that the daemon needs; exit code 1 if it lacks."""
    from automaton.cli.diagnosis import checkup_findings  # noqa: PLC0415 - a second

    shell = shell_of(context)
    found = checkup_findings(shell)
    if as_json:
        shell.print_json({"ready": not has_failed(found), "findings": plain(found)})
    else:
        for finding in found:
            shell.print(finding.line(shell))
    if has_failed(found):
        raise typer.Exit(1)


def as_plain(found: Running | None) -> dict[str, object]:
    """Return what a program wants to know of an Asterisk."""
    if found is None:
        return {"running": False}
    return {
        "running": True,
        "pid": found.pid,
        "manager_port": found.access.port,
        "sip_port": found.access.sip_port,
    }


def tell_running(shell: Shell, found: Running) -> None:
    """Say that it runs, and where it listens."""
    shell.tell(
        "Asterisk is running: process {pid}, manager port {port}, SIP port {sip}.",
        pid=found.pid,
        port=found.access.port,
        sip=found.access.sip_port,
    )


def installed(shell: Shell) -> Installation:
    """Return the Asterisk to start, fetched where there is none."""
    settings = shell.settings
    with shell.progress("Looking for an Asterisk …") as say:
        return install(settings.folders.cache, say, settings.asterisk.binary)


def running(shell: Shell) -> Running | None:
    """Return the Asterisk of this node where it runs."""
    from automaton import bootstrap  # noqa: PLC0415 - store and sound take a second

    refuse_external(shell)
    return status(bootstrap.asterisk_folder(shell.settings))


def refuse_external(shell: Shell) -> None:
    """Raise `RequestError` where the Asterisk is not ours to start and stop."""
    if not shell.settings.asterisk.embedded:
        sentence = shell.words(
            "The Asterisk of this node is not ours (asterisk.embedded = false): "
            "start and stop it by its own means."
        )
        raise RequestError(sentence, error_id="asterisk-external")
