"""`automaton demo`: a simulated town is rung for real, and judges what is on record."""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from automaton.cli.asterisk import installed
from automaton.cli.demo_stage import ENDING, Stage, Wish
from automaton.cli.shell import AsJson, Shell, shell_of
from automaton.cli.town import trunk_addresses
from automaton.domain.campaign import FINAL_CAMPAIGN_STATES
from automaton.errors import LineError, RequestError
from automaton.lab.loopback import refuse_unless_loopback

if TYPE_CHECKING:
    from automaton.cli.demo_end import End
    from automaton.services.progress import Progress

app = typer.Typer(rich_markup_mode=None)

LONGEST_SECONDS = 3600


@app.command()
def demo(
    context: typer.Context,
    homes: Annotated[int, typer.Option(min=1, max=20_000, help="Homes.")] = 300,
    lines: Annotated[
        int, typer.Option(min=1, max=500, help="Simultaneous calls.")
    ] = 60,
    seed: Annotated[int, typer.Option(help="The same seed, the same town.")] = 7,
    mix: Annotated[
        str, typer.Option(help="Who lives there: realistic, demo, or a TOML file.")
    ] = "demo",
    folder: Annotated[
        Path | None,
        typer.Option(help="Where reports and logs go; else a temporary folder."),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the database too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ring a simulated town; exit code 1 where the record contradicts it."""
    began_at = datetime.now(UTC)
    shell = shell_of(context)
    beside = trunk_addresses(shell)
    refuse_unless_loopback(beside)
    program = installed(shell)
    place, cache = own_folder(folder), shell.settings.folders.cache
    wish = Wish(homes, lines, seed, mix, place, cache, keep, tuple(beside))
    with ended_by_signals(), Stage(wish, program) as stage:
        end = rung(shell, stage, began_at, sys.stderr if as_json else sys.stdout)
    if as_json:
        shell.print_json(end.as_plain())
    else:
        end.tell(shell)
    if end.contradictions:
        raise typer.Exit(1)


def own_folder(asked: Path | None) -> Path:
    """Return the folder of a demonstration; RequestError where one was held there."""
    if asked is None:
        return Path(tempfile.mkdtemp(prefix="automaton-demo-"))
    if asked.exists() and any(asked.iterdir()):
        raise RequestError(
            f"{asked} is not empty: a demonstration wants a folder of its own.",
            error_id="demo_folder",
        )
    return asked.absolute()


def rung(shell: Shell, stage: Stage, began_at: datetime, out: TextIO) -> End:
    """Ring the town, show how it goes, and return what came of it."""
    # A second, during which the town comes up.
    from automaton.cli.demo_campaign import launched  # noqa: PLC0415
    from automaton.cli.demo_end import ended  # noqa: PLC0415
    from automaton.cli.live import follow  # noqa: PLC0415

    with shell.progress("The town, Asterisk and the daemon are starting …"):
        campaign = launched(stage)
    launched_at = datetime.now(UTC)
    follow(shell, campaign.view(), until_over(stage), out)
    with shell.progress("The duty list is told of the end …"):
        report = campaign.told_report(stage.refuse_if_dead)
    stage.close()
    files = campaign.write(report, shell.language) | stage.files
    return ended(stage, campaign, report, files, (began_at, launched_at))


def until_over(stage: Stage) -> Callable[[Progress], bool]:
    """Return when to stop looking; LineError where going on looking is in vain."""
    until = time.monotonic() + LONGEST_SECONDS

    def over(progress: Progress) -> bool:
        stage.refuse_if_dead()
        if time.monotonic() > until:
            raise LineError("The campaign does not end.", error_id="demo_endless")
        return progress.state in FINAL_CAMPAIGN_STATES

    return over


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let every signal that asks for an end do what Ctrl-C does; nohup still holds."""
    heard = [n for n in ENDING if signal.getsignal(n) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interrupt) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """Interrupt what is going on: what has been started is ended on the way out."""
    raise KeyboardInterrupt
