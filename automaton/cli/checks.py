"""The checks of `automaton doctor`, each of them short and changing nothing."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime

from automaton import bootstrap
from automaton.asterisk.install import find
from automaton.cli.conditions import condition_warnings, unsound
from automaton.cli.database_checks import foundations
from automaton.cli.diagnosis import checkup_findings, is_reachable
from automaton.cli.equipment import (
    carried,
    findable,
    lines_kept,
    rendered,
    sound_files,
    voices,
)
from automaton.cli.findings import Finder, Finding
from automaton.cli.fleet_checks import nodes
from automaton.cli.officer_checks import officers
from automaton.cli.readiness_check import readiness
from automaton.cli.rooms import is_absent, open_book
from automaton.cli.safety_checks import backup
from automaton.cli.shell import Shell
from automaton.cli.today import day_ceilings, spent_today
from automaton.cli.watch_check import watching
from automaton.daemon import is_running
from automaton.domain.collectivity import Collectivity, DutyEntry
from automaton.domain.phone import masked
from automaton.domain.trunk import Spent
from automaton.errors import AutomatonError
from automaton.services.duty import undiallable_duty_numbers
from automaton.settings import caller_id_warnings, rule_data_warnings
from automaton.store.engine import check_writable, open_database
from automaton.store.revision import check_schema
from automaton.store.surroundings import server_of

Check = Callable[[Shell, Finder], Iterable[Finding]]
MEGABYTE = 1_000_000
LITTLE_ROOM, TOO_LITTLE_ROOM = 2_000 * MEGABYTE, 200 * MEGABYTE
CLOCK_UNSYNCHRONISED = 5
EARLIEST_DATE = date(2026, 1, 1)


def findings_of(shell: Shell, subject: str, check: Check) -> Iterator[Finding]:
    """Yield what one check finds; an error is a finding too."""
    finder = Finder(shell, subject)
    try:
        yield from check(shell, finder)
    except AutomatonError as error:
        yield finder.fail("{error}", error=shell.refusal(str(error), error.error_id))
    except OSError as error:
        yield finder.fail("{error}", error=shell.refusal(_said(error), "file"))


def _said(error: OSError) -> str:
    """Return what the system says of a file; what is there may be no folder."""
    is_no_folder = isinstance(error, FileExistsError | NotADirectoryError)
    why = os.strerror(errno.ENOTDIR) if is_no_folder else error.strerror or str(error)
    return f"{error.filename}: {why}." if error.filename else f"{why}."


def settings(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Tell which file was read."""
    path = shell.loaded.path
    if path is None:
        yield find.warn(
            "no settings file, only defaults", "write automaton.toml (docs/settings.md)"
        )
    else:
        yield find.ok("{path} is sound", path=path)


def caller_ids(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Tell whether the numbers that we show may be shown, and how old the rule is."""
    warnings = [
        *rule_data_warnings(datetime.now(UTC).date()),
        *caller_id_warnings(shell.settings),
    ]
    for warning in warnings:
        yield find.warn("{warning}", warning=shell.refusal(warning, "settings"))
    if not warnings:
        yield find.ok("every number may be shown; the rules are recent")


def data_folder(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Tell whether the data folder can be written, and how much room is left."""
    folder = shell.settings.folders.data
    place = next(path for path in (folder, *folder.parents) if path.exists())
    if not place.is_dir():
        yield find.fail(
            "{place} is no folder", "choose another folders.data", place=place
        )
        return
    if not os.access(place, os.W_OK | os.X_OK):
        yield find.fail(
            "{place} cannot be written",
            "give it to this user, or choose another folders.data",
            place=place,
        )
        return
    free = shutil.disk_usage(place).free
    values = {"place": folder, "free": free // MEGABYTE}
    if free < TOO_LITTLE_ROOM:
        yield find.fail("{place}: only {free} MB are free", "make room", **values)
    elif free < LITTLE_ROOM:
        yield find.warn("{place}: only {free} MB are free", "make room", **values)
    else:
        yield find.ok("{place}: {free} MB are free", **values)


def database(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Tell whether the database answers, keeps what it commits and has our tables."""
    url = shell.settings.database_url
    if is_absent(url):
        yield find.warn("there is none yet", "the first use makes it")
        return
    engine = open_database(url)
    try:
        yield find.ok("it answers and keeps what it commits")
        check_schema(engine)
        yield find.ok("its tables are those of this program")
        check_writable(engine)
        yield find.ok("it takes what is written")
        yield from foundations(url, server_of(engine), find)
    finally:
        engine.dispose()


def reserve(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Tell whether the room that is kept for the keys is there."""
    kept = bootstrap.reserve(shell.settings)
    size = kept.size // MEGABYTE
    if kept.is_kept:
        yield find.ok("{size} MB are kept for a full disk", size=size)
    elif kept.obstacle:
        yield find.fail(
            "{place} keeps it from being made, and no call starts",
            "it must be a file, in a folder that can be written",
            place=kept.obstacle,
        )
    elif is_running(shell.settings):
        yield find.fail(
            "it had to be given up: the disk was full, and no call starts",
            "make room: twice {size} MB must be free",
            size=size,
        )
    else:
        yield find.warn("it is not made yet", "the daemon makes it when it starts")


def prompts(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Tell whether every phrase is rendered."""
    folder = shell.settings.folders.prompts
    book = bootstrap.phrasebook(shell.settings)
    missing = [
        f"{spoken}/{name}"
        for spoken in book.languages
        for name in book.fixed(spoken)
        if not (folder / spoken / f"{name}.alaw").is_file()
    ]
    if missing:
        yield find.warn(
            "{count:phrase is|phrases are} not rendered yet",
            "the daemon renders them when it starts",
            count=len(missing),
        )
    else:
        yield find.ok("every phrase is rendered")
    for spoken in book.languages:
        if lacking := book.missing(spoken):
            yield find.warn(
                "{count:phrase is|phrases are} not said in {language} yet",
                "write in its catalogue: {ids}",
                count=len(lacking),
                language=spoken,
                ids=", ".join(lacking),
            )


def asterisk(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Tell whether there is an Asterisk, and what the running one lacks."""
    if shell.settings.asterisk.embedded:
        program = find_program(shell)
        if program is None:
            yield find.fail("there is none", "run: automaton asterisk install")
            return
        yield find.ok("{version} is installed", version=program)
        yield from rendered(shell, find)
    if is_reachable(shell.settings):
        yield from checkup_findings(shell)
    else:
        yield find.warn("it does not run", "the daemon starts it")


def find_program(shell: Shell) -> str | None:
    """Return the version of the Asterisk that would be started, if there is one."""
    chosen = shell.settings
    found = find(chosen.folders.cache, chosen.asterisk.binary)
    return found.version if found else None


def trunks(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Tell whether there is a way out."""
    known = shell.settings.trunks
    if not known:
        yield find.fail("there is none", "add a section [trunk.NAME] to the settings")
        return
    used, unwell = spent_today(shell), unsound(shell)
    for trunk in known:
        yield from carried(find, trunk)
        yield from findable(find, trunk)
        yield from lines_kept(find, trunk)
        yield from day_ceilings(find, trunk, used.get(trunk.name, Spent()))
        yield from condition_warnings(shell, find, unwell.get(trunk.name))
        yield find.ok(
            "{name}: {lines:line|lines} to {address}",
            name=trunk.name,
            lines=trunk.lines,
            address=trunk.address,
        )
    yield from own_numbers(shell, find)


def own_numbers(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Tell whether each of our own numbers (dids) belongs to somebody we know."""
    told = [
        (trunk.name, number, owner)
        for trunk in shell.settings.trunks
        for number, owner in trunk.dids.items()
    ]
    if not told:
        return
    absent = is_absent(shell.settings.database_url)
    known = () if absent else open_book(shell).collectivities()
    names = {name.casefold() for one in known for name in (one.id, one.name)}
    for trunk, number, owner in told:
        if owner.casefold() not in names:
            yield find.fail(
                "{name}: {number} belongs to {owner}, which is no collectivity",
                "write its name in dids, or run: automaton collectivity add NAME",
                name=trunk,
                number=number,
                owner=owner,
            )


def duty_lists(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Tell whether each collectivity has somebody to be rung in trouble."""
    if is_absent(shell.settings.database_url):
        known: Sequence[Collectivity] = ()
    else:
        book = open_book(shell)
        known = book.collectivities()
    if not known:
        yield find.fail(
            "there is no collectivity", "run: automaton collectivity add NAME"
        )
    for one in known:
        entries = book.duty_list(one.id)
        if entries:
            yield find.ok(
                "{name}: {count:number|numbers}", name=one.name, count=len(entries)
            )
        else:
            yield find.fail(
                "{name} has none, so no alert can start",
                "run: automaton duty add NAME NUMBER",
                name=one.name,
            )
        yield from unreachable_duty(shell, find, entries)


def unreachable_duty(
    shell: Shell, find: Finder, entries: Sequence[DutyEntry]
) -> Iterator[Finding]:
    """Tell which telephones of a duty list are ours, or dialled by no trunk."""
    trunks = shell.settings.sip_trunks
    ours = {number for trunk in trunks for number in trunk.dids}
    for entry in (one for one in entries if one.e164 in ours):
        yield find.fail(
            "{number} of {name} is a number that this node answers itself",
            "give the telephone of a person: automaton duty remove, automaton duty add",
            number=masked(entry.e164),
            name=entry.name,
        )
    for entry in undiallable_duty_numbers(entries, trunks) if trunks else ():
        yield find.fail(
            "no trunk may dial {number} of {name}",
            "add it to prefixes, countries or short_numbers of a trunk",
            number=masked(entry.e164),
            name=entry.name,
        )


def clock(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Tell whether the clock can be right, and what the time zone makes of it."""
    now = datetime.now(shell.settings.calling.zone)
    zone = shell.settings.calling.timezone
    told = {"time": f"{now:%Y-%m-%d %H:%M}", "zone": zone}
    if now.date() < EARLIEST_DATE:
        yield find.fail("it is {time} in {zone}?", "set the clock", **told)
    elif not is_synchronised():
        yield find.warn(
            "it is {time} in {zone}; nothing keeps this clock right",
            "run a time service (systemd-timesyncd, chrony)",
            **told,
        )
    else:
        yield find.ok("it is {time} in {zone}", **told)


def is_synchronised() -> bool:
    """Tell whether the kernel believes that a time service keeps its clock right."""
    state: int = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))
    return state != CLOCK_UNSYNCHRONISED


def daemon(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Tell whether the node is alive and can be woken."""
    if not is_running(shell.settings):
        yield find.fail("it does not run", "start it: automaton daemon")
    elif not shell.settings.control_socket.is_socket():
        yield find.warn("it runs, but its socket is missing", "start it again")
    else:
        yield find.ok("it runs")


CHECKS: dict[str, Check] = {
    "settings": settings,
    "caller IDs": caller_ids,
    "data folder": data_folder,
    "database": database,
    "reserve": reserve,
    "voices": voices,
    "recordings": sound_files,
    "prompts": prompts,
    "Asterisk": asterisk,
    "trunks": trunks,
    "duty list": duty_lists,
    "officers": officers,
    "readiness": readiness,
    "backup": backup,
    "clock": clock,
    "nodes": nodes,
    "daemon": daemon,
    "watching": watching,
}
