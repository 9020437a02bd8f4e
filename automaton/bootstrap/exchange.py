"""The Asterisk of a node, and the one telephone behind all its trunks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from automaton.asterisk.checkup import Expected
from automaton.asterisk.embedded import Running, start, status
from automaton.asterisk.examined import ExaminedTelephone
from automaton.asterisk.folder import Access, RunFolder
from automaton.asterisk.install import Installation, find, install
from automaton.asterisk.link import untimed
from automaton.asterisk.render import Node, is_current, render, render_theirs
from automaton.bootstrap.speech import phrasebook, render_phrases
from automaton.channels.channel import OpenableTelephone, Surroundings
from automaton.channels.choice import telephone_for
from automaton.clock import Clock
from automaton.errors import ConfigurationError
from automaton.settings import Settings
from automaton.voices.voice import Told, untold


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
    settings: Settings, output: Path, is_whole: bool = False, told: Told = untold
) -> list[Path]:
    """Write what an Asterisk that is not ours includes, and the sounds it plays.

    `is_whole`: all that one needs which has no configuration of its own. `told` hears
    how many phrases are rendered, of how many. Raises
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
    render_phrases(settings, told)
    node = replace(rendered_node(settings, None), is_whole=is_whole)
    return render_theirs(node, output)


def rendered_node(settings: Settings, program: Installation | None) -> Node:
    """Return what the configuration of Asterisk is rendered for."""
    return Node(
        program,
        settings.asterisk,
        settings.sip_trunks,
        settings.folders.prompts,
        settings.installation,
        language=settings.language,
        call_ins=settings.call_ins,
    )


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
    languages = phrasebook(settings).languages
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
