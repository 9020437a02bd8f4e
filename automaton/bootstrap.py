"""Settings in, wired objects out: the one place that chooses every adapter."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import structlog

from automaton.asterisk.checkup import Expected
from automaton.asterisk.embedded import Running, start, status
from automaton.asterisk.examined import ExaminedTelephone
from automaton.asterisk.folder import Access, RunFolder
from automaton.asterisk.install import Installation, find, install
from automaton.asterisk.render import Node as RenderedNode
from automaton.asterisk.render import is_current, render, render_parts, write_silences
from automaton.channels.channel import OpenableTelephone, Surroundings
from automaton.channels.choice import telephone_for
from automaton.clock import Clock
from automaton.domain.collectivity import Act
from automaton.domain.failing import Known
from automaton.domain.trunk import Trunk
from automaton.engine.node import NodeSettings
from automaton.errors import ConfigurationError
from automaton.services.backups import Safe, make_backup
from automaton.services.failing import keep_failing, known_failing, last_whole
from automaton.services.imports import finish_imports
from automaton.settings import Settings, TrunkSettings
from automaton.store.chain import append, open_sealed
from automaton.store.engine import open_database, sqlite_file, writing
from automaton.store.ledger import SqlLedger
from automaton.store.notes import begin_node
from automaton.store.people import SqlBook
from automaton.store.reserve import Reserve
from automaton.store.schema import prepare
from automaton.voices.cache import PromptCache
from automaton.voices.choice import Speaker, voice_named, voices_from
from automaton.voices.phrases import phrase_languages, spoken_phrases

log = structlog.get_logger(__name__)

BY_ITSELF = "automaton"
MEBIBYTE = 1024 * 1024


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


def render_for_theirs(settings: Settings, output: Path) -> list[Path]:
    """Write what an Asterisk that is not ours includes, and the sounds it plays.

    Raises `ConfigurationError` where the port of SIP is open: it must not change.
    """
    if not settings.asterisk.sip_port:
        raise ConfigurationError(
            "asterisk.sip_port is not set: write a port of SIP that your Asterisk does "
            "not use yet.",
            error_id="asterisk-sip-port",
        )
    render_phrases(settings)
    return render_parts(rendered_node(settings, None), output)


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


def telephone(settings: Settings, reached: Access, clock: Clock) -> OpenableTelephone:
    """Return the one telephone behind all trunks, whatever their channels; not open."""
    here = Surroundings(
        settings.trunks,
        settings.folders.data / "channels",
        clock,
        asterisk=lambda: ExaminedTelephone(reached, expected(settings), clock),
    )
    return telephone_for(here)


def ledger(settings: Settings, clock: Clock) -> SqlLedger:
    """Return the database as the engine sees it, its schema up to date.

    The node enters itself with a new epoch: a start is told apart from the one before.
    """
    url = settings.database_url
    prepare(url)
    engine = open_sealed(settings)
    with writing(engine) as connection:
        epoch = begin_node(connection, settings.server.node, os.getpid(), clock.now())
        append(connection, _start(settings, clock.now(), epoch))
    kept = reserve(settings)
    kept.keep()
    return SqlLedger(engine, clock, epoch, kept)


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
        language=settings.language,
        grace=settings.server.shutdown,
        silence=settings.calling.silence_alarm,
        stuck=settings.calling.safeguard_pause,
        installation=settings.installation,
        daily_at=settings.backup.at,
        journal_kept=settings.backup.journal_kept,
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
