"""The doctor's checks of what is installed: voices, sound files, channels, files."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator

from automaton import bootstrap
from automaton.channels.choice import channel_named
from automaton.cli.findings import Finder, Finding
from automaton.cli.shell import Shell
from automaton.errors import AutomatonError
from automaton.settings import TrunkSettings
from automaton.voices.choice import voice_named

ENOUGH_KEPT = 4
"""Lines kept back of a trunk that is called: residents, an officer, the duty list."""


def voices(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Tell whether every voice that the settings name is there, and speaks."""
    chosen = shell.settings.voices
    languages = bootstrap.phrasebook(shell.settings).languages
    asked = dict.fromkeys((*languages, *chosen.by_language))
    pairs = [(name, language) for language in asked for name in chosen.of(language)]
    for name, language in dict.fromkeys(pairs):
        told = {"voice": name, "language": language}
        try:
            voice_named(name, shell.settings).render("Essai 1.", language)
        except AutomatonError as error:
            reason = shell.refusal(str(error), error.error_id)
            yield find.fail("{language}: {reason}", reason=reason, **told)
        else:
            yield find.ok("the voice {voice} speaks ({language})", **told)


def sound_files(shell: Shell, find: Finder) -> Iterator[Finding]:  # noqa: ARG001
    """Tell whether recordings of every kind can be read."""
    if shutil.which("ffmpeg"):
        yield find.ok("recordings of every kind can be read")
    else:
        yield find.warn(
            "no M4A or WebM recording can be read", "run: sudo apt-get install ffmpeg"
        )


def carried(find: Finder, trunk: TrunkSettings) -> Iterator[Finding]:
    """Yield a fault where nothing here can carry the calls of a trunk."""
    try:
        channel_named(trunk.channel)
    except AutomatonError:
        told = {"name": trunk.name, "channel": trunk.channel}
        yield find.fail(
            "{name}: there is no channel {channel}",
            "run: make setup, or install what brings it",
            **told,
        )


def findable(find: Finder, trunk: TrunkSettings) -> Iterator[Finding]:
    """Yield what is wrong with every host of a trunk whose name leads nowhere.

    Where no port is written, Asterisk may still find it by an SRV record.
    """
    say = find.fail if trunk.names_port else find.warn
    for key, host in trunk.hosts.items() if trunk.is_sip else ():
        try:
            socket.getaddrinfo(host, None, socket.AF_INET)
        except OSError:
            yield say(
                "{name}: no address is known for {host} ({key})",
                "mend {key} of the trunk, or the machine's name service",
                name=trunk.name,
                host=host,
                key=key,
            )


def lines_kept(find: Finder, trunk: TrunkSettings) -> Iterator[Finding]:
    """Warn where residents, officers and those on duty must share too few lines."""
    enough = min(ENOUGH_KEPT, trunk.lines // 2)
    if trunk.dids and trunk.reserved_lines < enough:
        yield find.warn(
            "{name}: callers, officers and those on duty share {count:line|lines}",
            "set reserved_lines = {enough} or more in [trunk.{name}], then start anew",
            name=trunk.name,
            count=trunk.reserved_lines,
            enough=enough,
        )


def rendered(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Warn where the settings are younger than what Asterisk was started on."""
    written, path = bootstrap.asterisk_folder(shell.settings).conf, shell.loaded.path
    if path is None or not written.exists():
        return
    if written.stat().st_mtime < path.stat().st_mtime:
        yield find.warn(
            "its configuration is older than the settings",
            "run: automaton asterisk stop, then start",
        )
