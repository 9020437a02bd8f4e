"""`automaton trunk`: the ways out, and one call to try one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import typer

from automaton import bootstrap
from automaton.asterisk.checkup import Finding as Seen
from automaton.asterisk.checkup import doors
from automaton.asterisk.checkup import trunk as seen_trunk
from automaton.asterisk.embedded import status, stop
from automaton.asterisk.folder import Access
from automaton.cli.conditions import condition_told, unsound
from automaton.cli.equipment import findable
from automaton.cli.findings import Finder, as_plain, has_failed
from automaton.cli.rooms import note_act
from automaton.cli.shell import AsJson, Shell, new_noun, shell_of
from automaton.cli.today import minutes, spent_today
from automaton.cli.trial import CONTEXT, Step, Trial, try_out
from automaton.cli.trial_findings import findings_of
from automaton.clock import SystemClock
from automaton.domain.phone import masked, to_e164, written_for
from automaton.domain.trunk import Spent
from automaton.errors import ConfigurationError, RequestError
from automaton.ids import new_id
from automaton.ports import CallOrder
from automaton.services.numbers import carrying, written_number
from automaton.settings import TrunkSettings

app = new_noun()
HEADINGS = (
    *("Name", "Address", "Lines", "Kept back", "Calls/s", "Shows", "Dials"),
    *("Calls today", "Minutes today", "Condition"),
)
RING, TALK = timedelta(seconds=45), timedelta(seconds=60)


@app.command("list")
def list_trunks(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the trunks of the settings, and which of them are slowed or left."""
    shell = shell_of(context)
    trunks = shell.settings.trunks
    used, unwell, zone = spent_today(shell), unsound(shell), shell.settings.calling.zone
    told = [as_told(trunk, used.get(trunk.name, Spent())) for trunk in trunks]
    conditions = [unwell.get(trunk.name) for trunk in trunks]
    both = list(zip(told, conditions, strict=True))
    if as_json:
        return shell.print_json([one | {"condition": how} for one, how in both])
    rows = [(*in_cells(one), condition_told(shell, how, zone)) for one, how in both]
    return shell.print_rows(HEADINGS, rows)


@app.command("test")
def ring_one(
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="The telephone to ring.")],
    trunk: Annotated[
        str | None, typer.Option(help="By which trunk; else the first that may.")
    ] = None,
    caller_id: Annotated[
        str | None, typer.Option(help="Number to show; else that of the settings.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ring one telephone, ask for a key, and say what to change where it failed."""
    shell = shell_of(context)
    known = shell.settings.trunks
    e164 = written_number(number, shell.settings.region, known)
    chosen = trunk_for(shell, e164, trunk)
    shown = caller_id_of(shell, chosen, caller_id)
    note_act(shell, ("trunk_tested", "trunk", chosen.name), ("number", e164))
    with shell.progress("Getting Asterisk and the voice ready …"):
        order = order_of(shell, chosen, e164, shown)
        running = asterisk_running(shell)
        with running as access:
            seen, trial = asyncio.run(
                _try(access, chosen, order, progress_of(shell, chosen, e164))
            )
    found = [
        *findable(Finder(shell, "address"), chosen),
        *findings_of(shell, chosen, seen, trial),
    ]
    passed = not has_failed(found)
    if as_json:
        shell.print_json(
            {"trunk": chosen.name, "passed": passed, "findings": as_plain(found)}
        )
    else:
        for finding in found:
            shell.print(finding.line(shell))
    if not passed:
        raise typer.Exit(1)


async def _try(
    access: Access,
    trunk: TrunkSettings,
    order: CallOrder,
    tell: Callable[[Step], None],
) -> tuple[Seen, Trial]:
    clock = SystemClock()
    async with doors(access, clock) as open_doors:
        seen = await seen_trunk(open_doors, trunk)
        return seen, await try_out(open_doors, order, clock, tell)


def as_told(trunk: TrunkSettings, today: Spent) -> dict[str, object]:
    """Return what people want to know of a trunk."""
    return {
        "name": trunk.name,
        "address": trunk.address,
        "lines": trunk.lines,
        "reserved_lines": trunk.reserved_lines,
        "calls_per_second": trunk.calls_per_second,
        "caller_ids": trunk.caller_ids,
        "prefixes": (*trunk.prefixes, *trunk.countries, *trunk.short_numbers),
        "calls_today": today.calls,
        "calls_per_day": trunk.calls_per_day,
        "minutes_today": minutes(today),
        "minutes_per_day": trunk.minutes_per_day,
    }


def in_cells(told: dict[str, object]) -> Iterator[object]:
    """Yield the same for a table: what was used today against the day's most."""
    for name, value in told.items():
        what = name.removesuffix("_today")
        if what != name:
            yield f"{value} / {told[f'{what}_per_day']}"
        elif not name.endswith("_per_day"):
            yield value


def trunk_for(shell: Shell, e164: str, name: str | None) -> TrunkSettings:
    """Return the trunk to try; `RequestError` where none may dial the number."""
    if name is not None:
        found = shell.settings.trunk(name)
        if found is None:
            raise RequestError(
                shell.words("There is no trunk {name} in the settings.", name=name),
                error_id="trunk-unknown",
            )
        candidates: tuple[TrunkSettings, ...] = (found,)
    else:
        candidates = shell.settings.sip_trunks
    return carrying(candidates, e164)[0]


def caller_id_of(shell: Shell, trunk: TrunkSettings, wanted: str | None) -> str | None:
    """Return the number to show; `RequestError` where the trunk may not show it."""
    own = shell.settings.calling.caller_id
    if wanted is None:
        candidates = [number for number in (own, *trunk.caller_ids) if number]
        return next((one for one in candidates if one in trunk.caller_ids), None)
    number = to_e164(wanted, shell.settings.region) if len(wanted) > 6 else wanted
    if number not in trunk.caller_ids:
        sentence = "The trunk {name} may not show {number}: see its caller_ids."
        raise RequestError(
            shell.words(sentence, name=trunk.name, number=number),
            error_id="caller-id",
        )
    return number


def order_of(
    shell: Shell, trunk: TrunkSettings, e164: str, shown: str | None
) -> CallOrder:
    """Return the call to place; its message says the trunk's name."""
    settings = shell.settings
    bootstrap.render_phrases(settings)
    text = shell.words(
        "Hello. This is a test of the telephone line {name}. There is no danger.",
        name=trunk.name.replace("-", " "),
    )
    return CallOrder(
        attempt_id=new_id(),
        campaign_id="trunk-test",
        recipient_id="trunk-test",
        trunk=trunk.name,
        dialled=written_for(e164, trunk.number_format),
        caller_id=shown and written_for(shown, trunk.identity_format),
        ring=RING,
        talk=TALK,
        message=bootstrap.speaker(settings).say(text, shell.language),
        language=shell.language,
        keys="1",
        repeats=2,
        context=CONTEXT,
    )


@contextmanager
def asterisk_running(shell: Shell) -> Iterator[Access]:
    """Give a running Asterisk; one that was started for this is stopped again."""
    settings = shell.settings
    folder = bootstrap.asterisk_folder(settings)
    ours = settings.asterisk.embedded and status(folder) is None
    if ours:
        bootstrap.start_asterisk(settings)
    try:
        access = bootstrap.access(settings)
        if access is None:
            raise ConfigurationError("Asterisk was never started on this node.")
        yield access
    finally:
        if ours:
            stop(folder)


def progress_of(
    shell: Shell, trunk: TrunkSettings, e164: str
) -> Callable[[Step], None]:
    """Return what tells, step by step, how the call goes."""
    told = {
        Step.RINGS: "It rings.",
        Step.ANSWERED: "Somebody answered; waiting for key 1.",
        Step.KEY: "A key was pressed.",
        Step.ENDED: "The call has ended.",
    }
    shell.note(
        "Calling {number} by the trunk {name} …", number=masked(e164), name=trunk.name
    )
    return lambda step: shell.note(told[step])
