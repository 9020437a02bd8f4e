"""The tree of verbs, and its help in the person's language.

Rooms that a verb needs are imported when it runs: `automaton --version` reads none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from automaton import __version__
from automaton.cli import asterisk, config
from automaton.cli.shell import Shell
from automaton.cli.words import LANGUAGES, Language, language_of, said


def command(language: Language) -> Any:
    """Return the whole shell as one command whose help speaks that language."""
    tree = typer.main.get_command(tree_of_verbs())
    _translate(tree, language)
    return tree


def tree_of_verbs() -> typer.Typer:
    """Return every verb under its noun."""
    app = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(automaton)
    for name, part in {"asterisk": asterisk, "config": config}.items():
        app.add_typer(part.app, name=name, no_args_is_help=True)
    return app


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"automaton {__version__}")
        raise typer.Exit


def automaton(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Settings file to read.")
    ] = None,
    lang: Annotated[
        str | None, typer.Option(metavar="fr|en", help="Language of the answers.")
    ] = None,
    _: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_version, help="Show the version."
        ),
    ] = False,
) -> None:
    """Rings a whole town: automatic alert calls for local authorities, on Asterisk."""
    if lang is not None and lang not in LANGUAGES:
        raise typer.BadParameter("fr, en", param_hint="--lang")
    context.obj = Shell(config, language_of(lang))


def _translate(command: Any, language: Language) -> None:
    """Put the help of a command and of everything under it into a language."""
    command.help = said(command.help or "", language)
    for parameter in command.params:
        if getattr(parameter, "help", None):
            parameter.help = said(parameter.help, language)
    for below in getattr(command, "commands", {}).values():
        _translate(below, language)
