"""`automaton town`: a simulated telephone network with its residents, on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automaton.asterisk.install import Installation
from automaton.cli.asterisk import installed
from automaton.cli.shell import AsJson, Shell, new_noun, shell_of
from automaton.lab.command import chosen_plan, town_up
from automaton.lab.installation import AsteriskPaths

app = new_noun()


@app.command("up")
def up(
    context: typer.Context,
    homes: Annotated[int, typer.Option(min=1, max=20_000, help="Homes.")] = 300,
    seed: Annotated[int, typer.Option(help="The same seed, the same town.")] = 7,
    mix: Annotated[
        str, typer.Option(help="Who lives there: realistic, demo, or a TOML file.")
    ] = "realistic",
    script: Annotated[
        Path | None, typer.Option(help="Residents written by hand, one by one.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where its log stays; else a temporary folder.")
    ] = None,
    register: Annotated[
        Path | None, typer.Option(help="Where to write its register (CSV).")
    ] = None,
    port: Annotated[int, typer.Option(help="Its SIP port; 0 is a free one.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Start a town and stay until Ctrl-C; refused beside a trunk to the outside."""
    shell = shell_of(context)
    town_up(
        paths_of(installed(shell)),
        chosen_plan(homes, seed, mix, script),
        run=folder,
        register=register,
        beside=trunk_addresses(shell),
        port=port,
        as_json=as_json,
        say=shell.print,
    )


def paths_of(program: Installation) -> AsteriskPaths:
    """Return an Asterisk as the town takes it."""
    return AsteriskPaths(tuple(program.prefix()), program.module_dir, program.data_dir)


def trunk_addresses(shell: Shell) -> list[str]:
    """Return where the trunks of this node lead."""
    trunks = shell.settings.trunks
    proxies = [trunk.outbound_proxy for trunk in trunks if trunk.outbound_proxy]
    return [*(trunk.address for trunk in trunks), *proxies]
