"""What is wrong with a command line, in the person's language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import typer

from automaton.cli.words import Language
from automaton.refusals import refused_in_french

UsageError: Any = typer.BadParameter.__base__
USAGE = "usage"


class FrenchUsageError(UsageError):  # type: ignore[misc]
    """A wrong command line, shown in French."""

    def show(self, file: IO[Any] | None = None) -> None:  # noqa: ARG002
        """Write how the command is used, where its help is, and what is wrong."""
        if self.ctx is not None:
            typer.echo(self.ctx.get_usage(), err=True)
            typer.echo(f"Aide : {self.ctx.command_path} --help\n", err=True)
        typer.echo(f"Erreur : {self.format_message()}", err=True)


@contextmanager
def complaints_in(language: Language) -> Iterator[None]:
    """Turn a complaint about the command line into French where that is spoken."""
    try:
        yield
    except UsageError as error:
        error.message = error.message.replace("Value error, ", "")
        shows_help = type(error).__name__ == "NoArgsIsHelpError"
        if language == "en" or shows_help or isinstance(error, FrenchUsageError):
            raise
        told = " ".join(error.format_message().split())  # choices stand one a line
        raise FrenchUsageError(refused_in_french(told, USAGE), error.ctx) from error
