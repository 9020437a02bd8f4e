"""`automaton town`: a simulated telephone network with its residents, on loopback.

Its log also judges what is on record: `automaton town history`.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from automaton.asterisk.install import Installation
from automaton.cli.asterisk import installed
from automaton.cli.history import tell_history
from automaton.cli.shell import AsJson, Shell, new_noun, shell_of
from automaton.lab.command import chosen_plan, facts, say_facts, town_up
from automaton.lab.history import HistoryRules, TrunkRules
from automaton.lab.history_report import read_history
from automaton.lab.installation import AsteriskPaths
from automaton.lab.oracle import oracle
from automaton.lab.script import plan_from_script
from automaton.lab.town import Town

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
    port: Annotated[
        int,
        typer.Option(min=0, max=65_535, help="Its SIP port; 0 is a free one."),
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Start a town and stay until Ctrl-C; refused beside a trunk to the outside."""
    shell = shell_of(context)
    plan = chosen_plan(homes, seed, mix, script)
    town_up(
        paths_of(installed(shell)),
        plan,
        run=folder,
        register=register,
        beside=trunk_addresses(shell),
        port=port,
        say=say_facts if as_json else partial(greet, shell, register),
    )


def greet(shell: Shell, register: Path | None, town: Town) -> None:
    """Say where a town is, and how to end it."""
    shell.tell("The town answers at {contact}.", contact=facts(town)["contact"])
    duty = ", ".join(town.duty_numbers()) or "–"
    homes = len(town.plan.residents())
    shell.tell("{homes:home|homes}; duty list: {duty}", homes=homes, duty=duty)
    shell.tell("Log (at the end): {file}", file=town.run / "town.jsonl")
    if register is not None:
        shell.tell("Register: {file}", file=register)
    shell.tell("Ctrl-C ends it.")


@app.command("history")
def history(
    context: typer.Context,
    report: Annotated[
        list[Path],
        typer.Option(help="The report (JSON); once for each campaign of that time."),
    ],
    log: Annotated[Path, typer.Option(help="The town's log (town.jsonl).")],
    lines: Annotated[
        int | None, typer.Option(min=1, help="Lines of the trunk; else not judged.")
    ] = None,
    cap: Annotated[
        float | None,
        typer.Option(min=0.1, help="Calls per second of the trunk; else not judged."),
    ] = None,
    tries: Annotated[int, typer.Option(min=1, help="Tries per number.")] = 3,
    other: Annotated[
        list[str] | None,
        typer.Option(help="A number that `trunk test` rang meanwhile (+33…)."),
    ] = None,
    script: Annotated[
        Path | None, typer.Option(help="The town's script: judges each home's end too.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Judge reports by the town's log; exit code 1 where an invariant is broken."""
    plan = plan_from_script(script) if script else None
    rules = HistoryRules(
        any_trunk=TrunkRules(lines, cap),
        tries=tries,
        expectations=oracle(plan, tries) if plan else (),
        others=frozenset((*(plan.duty_numbers() if plan else ()), *(other or ()))),
    )
    told = read_history(report, log, rules)
    found = told.violations()
    tell_history(shell_of(context), found, told.rules, as_json)
    if found:
        raise typer.Exit(1)


def paths_of(program: Installation) -> AsteriskPaths:
    """Return an Asterisk as the town takes it."""
    return AsteriskPaths(tuple(program.prefix()), program.module_dir, program.data_dir)


def trunk_addresses(shell: Shell) -> list[str]:
    """Return where the trunks of this node lead."""
    trunks = shell.settings.trunks
    proxies = [trunk.outbound_proxy for trunk in trunks if trunk.outbound_proxy]
    return [*(trunk.address for trunk in trunks), *proxies]
