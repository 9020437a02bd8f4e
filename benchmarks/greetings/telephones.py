"""The far end: a second Asterisk whose telephones say the greetings of the bank."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from automaton.asterisk import embedded
from automaton.asterisk.folder import RunFolder
from automaton.asterisk.install import Installation
from benchmarks.greetings.bank import Greeting
from benchmarks.greetings.studio import Recording
from tests.asterisk import far_end, sounds

QUIET_SECONDS = 90
READY_SECONDS = 20.0
HEAD = "[general]\n[telephones]\n"
WHO_STAYS = " same => n,Playback({quiet})\n"


@contextmanager
def telephones(
    installation: Installation,
    root: Path,
    port: int,
    recordings: Mapping[Greeting, Recording],
) -> Iterator[None]:
    """Let an Asterisk answer for every greeting of the bank while in its context."""
    root.mkdir()
    far_end.write_files(installation, root, port)
    noises = root / "sounds"
    sounds.write(noises / "stays.alaw", sounds.silence(QUIET_SECONDS))
    for greeting, recording in recordings.items():
        sounds.write(noises / f"{greeting.number[1:]}.alaw", recording.alaw)
    lines = [_extension(greeting, noises) for greeting in recordings]
    (root / "etc" / "extensions.conf").write_text(HEAD + "".join(lines), "utf-8")
    folder = RunFolder(root)
    process = embedded.launch(installation, folder, tied=True)
    try:
        _await_boot(installation, folder)
        yield
    finally:
        embedded.end(process.pid, grace=3)
        process.wait()


def _extension(greeting: Greeting, noises: Path) -> str:
    """Return the telephone of one greeting: only a screener hangs up by itself."""
    text = f"exten => {greeting.number},1,Answer()\n"
    text += f" same => n,Playback({noises / greeting.number[1:]})\n"
    if greeting.who != "screener":
        text += WHO_STAYS.format(quiet=noises / "stays")
    return text + " same => n,Hangup()\n"


def _await_boot(installation: Installation, folder: RunFolder) -> None:
    until = time.monotonic() + READY_SECONDS
    while not embedded.is_booted(installation, folder):
        if time.monotonic() > until:
            raise TimeoutError(embedded.last_words(folder))
        time.sleep(0.05)
