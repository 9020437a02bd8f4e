"""Settings in, wired objects out: the one place that chooses every adapter."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from automaton import __version__
from automaton.asterisk.checkup import Expected
from automaton.asterisk.embedded import Running, start, status
from automaton.asterisk.examined import ExaminedTelephone
from automaton.asterisk.folder import Access, RunFolder
from automaton.asterisk.install import Installation, find, install
from automaton.asterisk.link import untimed
from automaton.asterisk.render import Node as RenderedNode
from automaton.asterisk.render import (
    is_current,
    render,
    render_theirs,
    write_silences,
)
from automaton.channels.channel import OpenableTelephone, Surroundings
from automaton.channels.choice import telephone_for
from automaton.clock import Clock, SharedClock
from automaton.domain.collectivity import Act
from automaton.domain.failing import Known
from automaton.domain.trunk import Trunk
from automaton.engine.node import NodeSettings
from automaton.errors import ConfigurationError, RequestError
from automaton.ports import Fleet
from automaton.services.backups import Safe, make_backup
from automaton.services.failing import keep_failing, known_failing, last_whole
from automaton.services.forecasts import Foresees
from automaton.services.imports import finish_imports
from automaton.services.office import open_office
from automaton.settings import Settings, TrunkSettings
from automaton.store.chain import append, seal_file, sealed
from automaton.store.checkpoints import Checkpoints
from automaton.store.engine import bounded, open_database, sqlite_file, writing
from automaton.store.entry import Entrant, enter
from automaton.store.fleet import (
    Holder,
    SqlFleet,
    instance_in,
)
from automaton.store.ledger import SqlLedger
from automaton.store.living import clock_of_the_database, living
from automaton.store.notes import begin_node, take_over_all
from automaton.store.people import SqlBook
from automaton.store.reserve import Reserve
from automaton.store.schema import prepare
from automaton.store.sounds import SharedSounds
from automaton.store.tenure import Tenure
from automaton.voices.cache import PromptCache, write_whole
from automaton.voices.choice import Speaker, voice_named, voices_from
from automaton.voices.phrases import phrase_languages, spoken_phrases

log = structlog.get_logger(__name__)

BY_ITSELF = "automaton"
MEBIBYTE = 1024 * 1024
LEFT_OPEN = timedelta(seconds=5)  # less than a lease: the fence must not wait


def asterisk_folder(settings: Settings) -> RunFolder:
    """Return where the embedded Asterisk of this node lives."""
    return RunFolder(settings.folders.data / "asterisk")


def installation(settings: Settings) -> Installation:
    """Return the Asterisk program to start, fetched into the cache if need be."""
    return install(settings.folders.cache, binary=settings.asterisk.binary)


def start_asterisk(
    settings: Settings, tied: bool = False, owned: bool = False
) -> Running:
    """Return the embedded Asterisk, started unless it runs already.

    One that runs is left as it is, with its calls: the daemon adopts them. `owned`: a
    daemon starts it, and ends it.
    """
    folder = asterisk_folder(settings)
    running = status(folder)
    if running is not None:
        return running
    program = installation(settings)
    render(rendered_node(settings, program), folder)
    return start(program, folder, tied=tied, owned=owned)


def is_asterisk_current(settings: Settings) -> bool:
    """Tell whether our Asterisk has the configuration that these settings make."""
    program = find(settings.folders.cache, settings.asterisk.binary)
    node = rendered_node(settings, program)
    return program is None or is_current(node, asterisk_folder(settings))


def render_for_theirs(
    settings: Settings, output: Path, is_whole: bool = False
) -> list[Path]:
    """Write what an Asterisk that is not ours includes, and the sounds it plays.

    `is_whole`: all that one needs which has no configuration of its own. Raises
    `ConfigurationError` where a port that must not change is open.
    """
    if not settings.asterisk.sip_port:
        raise ConfigurationError(
            "asterisk.sip_port is not set: write a port of SIP that your Asterisk does "
            "not use yet.",
            error_id="asterisk-sip-port",
        )
    if is_whole and not settings.asterisk.rtp_start:
        raise ConfigurationError(
            "asterisk.rtp_start is not set: write the first and the last port of sound "
            "(rtp_end), those that the firewall lets through.",
            error_id="asterisk-rtp-ports",
        )
    render_phrases(settings)
    node = replace(rendered_node(settings, None), is_whole=is_whole)
    return render_theirs(node, output)


def rendered_node(settings: Settings, program: Installation | None) -> RenderedNode:
    """Return what the configuration of Asterisk is rendered for."""
    return RenderedNode(
        program,
        settings.asterisk,
        settings.sip_trunks,
        settings.folders.prompts,
        settings.installation,
    )


def render_phrases(settings: Settings) -> None:
    """Render the phrases that every call uses; what is there costs nothing.

    `ConfigurationError` where the settings name a voice that is not there.
    """
    for name in settings.voices.named:
        voice_named(name)
    write_silences(settings.folders.prompts)
    for language in phrase_languages():
        voices = voices_from(settings.voices.of(language))
        spoken_phrases(settings.folders.prompts, language, voices)


def access(settings: Settings) -> Access | None:
    """Return how to reach this node's Asterisk, None if ours was never started."""
    asterisk = settings.asterisk
    if asterisk.embedded:
        return asterisk_folder(settings).access()
    assert asterisk.secret is not None
    assert asterisk.maintenance_secret is not None
    return Access(
        asterisk.host,
        asterisk.port,
        asterisk.user,
        asterisk.secret.get_secret_value(),
        asterisk.maintenance_user,
        asterisk.maintenance_secret.get_secret_value(),
    )


def expected(settings: Settings) -> Expected:
    """Return what an Asterisk must have before anybody is called through it."""
    languages = phrase_languages()
    return Expected(settings.sip_trunks, settings.folders.prompts, languages)


def telephone(
    settings: Settings,
    reached: Access,
    clock: Clock,
    timed: Callable[[float], None] = untimed,
) -> OpenableTelephone:
    """Return the one telephone behind all trunks, whatever their channels; not open.

    `timed` is told how many seconds each answer of Asterisk took.
    """
    here = Surroundings(
        settings.trunks,
        settings.folders.data / "channels",
        clock,
        asterisk=lambda: ExaminedTelephone(
            reached, expected(settings), clock, timed=timed
        ),
    )
    return telephone_for(here)


def ledger(settings: Settings, clock: Clock) -> SqlLedger:
    """Return the database as the engine sees it, its schema up to date.

    The node enters itself with a new epoch: a start is told apart from the one before.
    """
    url, name = settings.database_url, settings.server.node
    prepare(url)
    engine = sealed(bounded(open_database(url), LEFT_OPEN), seal_file(settings))
    tenure = None
    if isinstance(clock, SharedClock):
        tenure = enter(engine, _entrant(settings, clock), clock)
    with writing(engine) as connection:
        if tenure is None:
            take_over_all(connection, name)
            epoch = begin_node(connection, name, os.getpid(), clock.now())
        else:
            epoch = tenure.epoch
        append(connection, _start(settings, clock.now(), epoch))
    kept = reserve(settings)
    kept.keep()
    aside = None if sqlite_file(url) is None else Checkpoints(engine, clock)
    return SqlLedger(engine, clock, epoch, kept, tenure, aside)


def node_lock(settings: Settings) -> Path | None:
    """Return what the only node of a database holds; None where it may have several."""
    file = sqlite_file(settings.database_url)
    return None if file is None else file.with_name(f"{file.name}.node")


def refuse_living(settings: Settings) -> None:
    """Raise `RequestError` while another node of the database is at work."""
    if node_lock(settings) is not None:
        return
    engine = open_database(settings.database_url)
    try:
        others = living(engine, settings.server.node)
    finally:
        engine.dispose()
    if others:
        raise RequestError(
            f"Other nodes of this database are at work ({', '.join(others)}): stop"
            " them first.",
            error_id="nodes-at-work",
        )


def clock_of(settings: Settings, own: Clock) -> Clock:
    """Return the clock to go by: the server's, where several nodes may share it."""
    is_alone = sqlite_file(settings.database_url) is not None
    return own if is_alone else SharedClock(own)


def fleet(settings: Settings, clock: Clock, epoch: int) -> Fleet | None:
    """Return our place among the nodes of the database; None where we are alone."""
    if not isinstance(clock, SharedClock):
        return None
    lease = settings.server.lease
    engine = bounded(open_database(settings.database_url), LEFT_OPEN, lease / 4)
    return SqlFleet(engine, Tenure(settings.server.node, epoch), lease)


def sounds(settings: Settings, clock: Clock) -> SharedSounds | None:
    """Return what brings prompts from node to node; None where we are alone."""
    if not isinstance(clock, SharedClock):
        return None
    engine, folder = open_database(settings.database_url), settings.folders.prompts
    return SharedSounds(engine, folder, write_whole, clock.now)


def _entrant(settings: Settings, clock: SharedClock) -> Entrant:
    """Return who we are among the nodes; the clock follows what the server says."""

    def now(connection: Any) -> datetime:
        asked = clock.boottime()
        told = clock_of_the_database(connection)
        clock.follow(told, asked, clock.boottime())
        return told

    holder = Holder(
        instance_in(settings.folders.data),
        socket.gethostname(),
        __version__,
        {one.name: one.terms(settings.calling.timezone) for one in trunks(settings)},
        settings.server.lease,
    )
    return Entrant(settings.server.node, os.getpid(), holder, now)


def reserve(settings: Settings) -> Reserve:
    """Return the room that is kept beside the database, or in the data folder."""
    file = sqlite_file(settings.database_url)
    folder = settings.folders.data if file is None else file.parent
    return Reserve(folder / "reserve", settings.database.reserve * MEBIBYTE)


def _start(settings: Settings, now: datetime, epoch: int) -> Act:
    """Return a start as the audit tells it: other settings, another keyed hash."""
    details = (("epoch", str(epoch)), ("settings", settings.model_dump_json()))
    node = settings.server.node
    return Act("automaton", now, "daemon_started", "node", node, details=details)


def finish_started_imports(settings: Settings, clock: Clock) -> None:
    """Lay what a killed import had published over the contacts it had not reached."""
    finish_imports(SqlBook(open_database(settings.database_url)), clock)


def speaker(settings: Settings) -> Speaker:
    """Return what turns the automaton's own words into prompts."""
    cache = PromptCache(settings.folders.prompts)
    return Speaker(cache, lambda language: voices_from(settings.voices.of(language)))


def foreseer(settings: Settings, clock: Clock) -> Foresees:
    """Return who works forecasts out for the engine, on connections of its own."""
    return Foresees(open_office(settings, clock))


class DailySafe:
    """The node's backups as the engine sees them; makes way for it while it works."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock

    def keep(self) -> Mapping[str, str]:
        """Make one and read it back; return what is wrong, by place."""
        safe = Safe(self._settings, self._clock, BY_ITSELF, breathe=make_way)
        made = make_backup(safe)
        for path, why in made.manifest.left_out:
            log.warning("not in the backup", path=path, why=why)
        for remark in made.remarks:
            log.warning("the oldest backups are still there", error=str(remark))
        return {one.place: one.fault for one in made.records if one.fault}

    def last_at(self) -> Mapping[str, datetime | None]:
        """Return when each place had a whole one last."""
        return last_whole(self._settings)

    def failing(self) -> Known:
        """Return which places have failed and not worked since."""
        return known_failing(self._settings)

    def note_failing(self, known: Known) -> None:
        """Remember that beside the keys of the backups."""
        keep_failing(self._settings, known)


def make_way() -> None:
    """Let the other threads of this process have their turn."""
    time.sleep(0.002)


def safe(settings: Settings, clock: Clock) -> DailySafe | None:
    """Return what makes the daily backup, None where the settings want none."""
    return DailySafe(settings, clock) if settings.backup.is_daily else None


def trunks(settings: Settings) -> tuple[Trunk, ...]:
    """Return the trunks as the engine sees them."""
    return tuple(_trunk(one, settings.calling.caller_id) for one in settings.trunks)


def node_settings(settings: Settings) -> NodeSettings:
    """Return what a node must know of itself."""
    return NodeSettings(
        name=settings.server.node,
        trunks=trunks(settings),
        zone=settings.calling.timezone,
        learn_rates=settings.calling.learn_rates,
        language=settings.language,
        grace=settings.server.shutdown,
        silence=settings.calling.silence_alarm,
        stuck=settings.calling.safeguard_pause,
        installation=settings.installation,
        daily_at=settings.backup.at,
        journal_kept=settings.backup.journal_kept,
        small_first=settings.calling.small_first,
    )


def _trunk(trunk: TrunkSettings, shown: str | None) -> Trunk:
    """Return one trunk; the number that the settings show comes first in its list."""
    caller_ids = sorted(trunk.caller_ids, key=lambda number: number != shown)
    return Trunk(
        trunk.name,
        trunk.lines,
        trunk.reserved_lines,
        trunk.calls_per_second,
        trunk.allowed,
        tuple(caller_ids),
        trunk.number_format,
        trunk.is_sip,
        trunk.identity_format,
        trunk.calls_per_day,
        trunk.minutes_per_day,
    )
