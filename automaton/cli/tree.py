"""The tree of nouns and verbs, and its help in the person's language.

A noun's file is imported when one of its verbs is called, so that `--version` and the
list of nouns cost nothing, and each file imports what it needs at its top.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from automaton import __version__
from automaton.cli.manual import FrenchContext
from automaton.cli.shell import Shell
from automaton.cli.usage import complaints_in
from automaton.cli.words import LANGUAGES, Language, language_of, said

NOUNS = {
    "alarm": "Who asked for help by key 3, until somebody closes it.",
    "asterisk": "The Asterisk of this node.",
    "audit": "Who did what, and whether that record is whole.",
    "backup": "Everything that is kept, encrypted, off this machine.",
    "calls": "What callers left to be registered.",
    "campaign": "Messages to many homes.",
    "collectivity": "Communes and others whose homes are rung.",
    "config": "The settings.",
    "contacts": "The people of a register.",
    "daemon": "Run this node until it is told to stop.",
    "demo": "Ring a simulated town; exit code 1 where the record contradicts it.",
    "database": "The tables of this node.",
    "doctor": "Check everything; exit code 1 where something must be mended.",
    "duty": "The telephones that are rung when something is wrong.",
    "message": "What will be said.",
    "nodes": "Who is in the fleet of this database, and who leads.",
    "officer": "Who may launch by telephone, with a short number and a code.",
    "readiness": "Whether the telephones that must ring do, proven end to end.",
    "register": "The lists of contacts of a collectivity.",
    "scenario": "Campaigns prepared for a bad day, with a number for the telephone.",
    "restore": "Put a backup back, into an empty installation or into this one.",
    "report": "Everything that is on record of a campaign.",
    "town": "A simulated town that can be rung, on this machine alone.",
    "trunk": "The connections to operators.",
    "upgrade": "Back up, bring the tables to this program's shape, check, or go back.",
    "user": "People with an account.",
    "voice": "Who reads the messages aloud.",
}


COMPLETION = frozenset({"install_completion", "show_completion"})
"""Options of the shell alone, which typer gives to each noun."""


def command(language: Language) -> Any:
    """Return the whole shell as one command whose help speaks that language."""
    app = typer.Typer(
        cls=Tree,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(automaton)
    tree = typer.main.get_command(app)
    translate(tree, language)
    tree.language = language  # type: ignore[attr-defined]
    return tree


class Tree(TyperGroup):
    """The nouns, each in a file of its own, read when it is called."""

    language: Language = "fr"

    def make_context(self, *args: Any, **more: Any) -> Any:
        """Read the command line; what is wrong with it is told in the language."""
        with complaints_in(self.language):
            return super().make_context(*args, **more)

    def invoke(self, ctx: Any) -> Any:
        """Carry it out; what is wrong with a verb's line is told in the language."""
        with complaints_in(self.language):
            return super().invoke(ctx)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """Return the nouns in alphabetical order."""
        return sorted(NOUNS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """Return what the list of nouns shows of one of them."""
        if cmd_name not in NOUNS:
            return None
        return TyperGroup(name=cmd_name, help=said(NOUNS[cmd_name], self.language))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the noun that is called, its verbs read from its file."""
        name, found, rest = super().resolve_command(ctx, args)
        return name, (found and noun(name or "", self.language)), rest


def noun(name: str, language: Language) -> Any:
    """Return one noun with its verbs; a file with a single verb is that verb."""
    app = import_module(f"automaton.cli.{name.replace('-', '_')}").app
    if "structlog" in sys.modules:
        import_module("automaton.cli.logs").errors_only()
    found = typer.main.get_command(app)
    found.name = name
    found.params = [one for one in found.params if one.name not in COMPLETION]
    translate(found, language)
    found.help = said(NOUNS[name], language)
    return found


def translate(command: Any, language: Language) -> None:
    """Put the help of a command and of everything under it into a language."""
    command.help = said(command.help or "", language)
    if language == "fr":
        command.context_class = FrenchContext
    if hasattr(command, "subcommand_metavar"):
        command.subcommand_metavar = said(command.subcommand_metavar, language)
    for parameter in command.params:
        translate_parameter(parameter, language)
    for below in getattr(command, "commands", {}).values():
        translate(below, language)


def translate_parameter(parameter: Any, language: Language) -> None:
    """Put what an option or an argument is called and means into a language."""
    if getattr(parameter, "help", None):
        parameter.help = said(parameter.help, language)
    if parameter.metavar or parameter.param_type_name == "argument":
        parameter.metavar = said(parameter.metavar or parameter.name, language)


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
    context.call_on_close(context.obj.closing.close)
