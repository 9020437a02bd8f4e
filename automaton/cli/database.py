"""`automaton database`: the tables of this node, made and moved on."""

from __future__ import annotations

import typer

from automaton.cli.rooms import is_absent
from automaton.cli.shell import AsJson, new_noun, shell_of
from automaton.errors import ConfigurationError
from automaton.store.engine import open_database
from automaton.store.revision import check_schema
from automaton.store.schema import upgrade

app = new_noun()


@app.command("upgrade")
def upgrade_database(context: typer.Context) -> None:
    """Make the tables, or bring them to the shape that this program needs."""
    shell = shell_of(context)
    with shell.progress("Preparing the database …"):
        upgrade(shell.settings.database_url)
    shell.tell("The database is ready.")


@app.command("status")
def database_status(context: typer.Context, as_json: AsJson = False) -> None:
    """Tell whether the database can be used; exit code 1 where it cannot."""
    shell = shell_of(context)
    fault = fault_of(shell.settings.database_url)
    if as_json:
        shell.print_json({"ready": not fault, "fault": fault})
    elif fault:
        shell.print(shell.refusal(fault, "database"))
    else:
        shell.tell("The database is ready.")
    if fault:
        raise typer.Exit(1)


def fault_of(url: str) -> str:
    """Return what is wrong with a database, nothing where it can be used."""
    if is_absent(url):
        return f"There is no database yet ({url}): the first use makes it."
    engine = open_database(url)
    try:
        check_schema(engine)
    except ConfigurationError as error:
        return str(error)
    finally:
        engine.dispose()
    return ""
