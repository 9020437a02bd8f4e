"""What Asterisk needs to answer by itself while the daemon is away.

Out: for each published number a sound with the last public message, whole or not at
all; it is gone once nothing goes on. In: the keys that were pressed meanwhile.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from automaton.clock import Clock
from automaton.domain.call_in import Notice
from automaton.domain.collectivity import Collectivity
from automaton.domain.phone import caller_number
from automaton.errors import RequestError
from automaton.ports import CallInKey, Sounds
from automaton.services.call_ins import CallIns
from automaton.services.collectivities import CollectivityBook, find_collectivity
from automaton.voices.cache import ALAW, write_whole

PUBLIC = "public"
CONFIRMS = "1"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Standby:
    """One node's; `owners`: whose a published number is. Blocks: keep it off the loop.

    `sounds` brings prompts from other nodes, where there are any.
    """

    call_ins: CallIns
    book: CollectivityBook
    owners: Mapping[str, str]
    prompts: Path
    installation: str
    clock: Clock
    sounds: Sounds | None = None

    def keep_public(self) -> None:
        """Put the last public message of each number where Asterisk finds it."""
        for did, owner in self._owners():
            notices = self.call_ins.for_everybody(owner)
            self._bring(notices)
            self._put(did, owner, notices[:1])

    def take_up(self, keys: Sequence[CallInKey]) -> list[CallInKey]:
        """Let journalled keys count; return those that are on record, to be deleted.

        Those of another installation stay where they are.
        """
        mine = [key for key in keys if key.installation == self.installation]
        whose = dict(self._owners())
        for key in sorted(mine, key=lambda one: (one.at, one.channel, one.seq)):
            owner = whose.get(key.did)
            if owner is not None and key.key == CONFIRMS:
                self._take(key, owner)
        return mine

    def _take(self, key: CallInKey, owner: Collectivity) -> None:
        number = caller_number(key.caller, owner.region)
        if number is None:
            return
        came_to = self.call_ins.key_without_us(owner, number, key.at)
        self.call_ins.note(owner, number, came_to, key.at)
        log.info("a key of a call that came in is taken up", came_to=came_to.value)

    def _owners(self) -> Iterable[tuple[str, Collectivity]]:
        """Yield published numbers whose collectivity there is."""
        for did, name in self.owners.items():
            try:
                yield did, find_collectivity(self.book, name)
            except RequestError:
                continue  # `automaton doctor` tells it

    def _bring(self, notices: Sequence[Notice]) -> None:
        """Fetch what another node has rendered."""
        prompts = [notice.message.prompt for notice in notices]
        if self.sounds is not None and prompts:
            self.sounds.bring(prompts)

    def _put(self, did: str, owner: Collectivity, notices: Sequence[Notice]) -> None:
        file = public_file(self.prompts, did)
        parts = [self._parts(notice, owner.language) for notice in notices]
        if not parts or not all(part.is_file() for part in parts[0]):
            file.unlink(missing_ok=True)
            return
        sound = b"".join(part.read_bytes() for part in parts[0])
        if not file.is_file() or file.read_bytes() != sound:
            write_whole(file, sound)
        until = self._until(notices[0]).timestamp()
        os.utime(file, (until, until))

    def _parts(self, notice: Notice, language: str) -> list[Path]:
        """Return the sounds of a message, an exercise said first."""
        phrase = self.prompts / language / f"exercise{ALAW}"
        message = self.prompts / f"{notice.message.prompt}{ALAW}"
        return [phrase, message] if notice.is_exercise else [message]

    def _until(self, notice: Notice) -> datetime:
        """Return until when Asterisk may tell it by itself: its file is as young."""
        latest = self.clock.now() + self.call_ins.settings.told_for
        expires_at = notice.current.expires_at
        return latest if expires_at is None else min(latest, expires_at)


def public_file(prompts: Path, did: str) -> Path:
    """Return the sound that Asterisk plays at a number while the daemon is away."""
    return prompts / PUBLIC / f"{did.removeprefix('+')}{ALAW}"
