"""What Asterisk needs to answer by itself while the daemon is away.

Out: for each published number a sound with the last public message, whole or not at
all, named by its campaign; it is gone once nothing goes on. In: the keys that were
pressed meanwhile, each about the campaign that was played.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

import structlog

from automaton.clock import Clock
from automaton.domain.call_in import Notice
from automaton.domain.collectivity import Collectivity
from automaton.domain.phone import caller_number
from automaton.errors import RequestError
from automaton.ports import CallInKey, Sounds
from automaton.services.call_ins import CallIns, Incoming
from automaton.services.collectivities import CollectivityBook, find_collectivity
from automaton.voices.cache import ALAW, write_whole

PUBLIC, CAMPAIGN = "public", ".campaign"
CONFIRMS = "1"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Standby:
    """One node's; `owners`: whose a published number is. Blocks: keep it off the loop.

    Entries of an `installation` are ours; a channel is known by the `node` that had it.

    `sounds` brings prompts from other nodes, where there are any.
    """

    call_ins: CallIns
    book: CollectivityBook
    owners: Mapping[str, str]
    prompts: Path
    installation: str
    node: str
    clock: Clock
    sounds: Sounds | None = None

    def keep_public(self) -> None:
        """Put the last public message of each number where Asterisk finds it."""
        for did, owner in self._owners():
            last = self.call_ins.for_everybody(owner)[:1]
            self._bring(last)
            sounds = [self._put(did, owner, notice) for notice in last]
            if None in sounds or not sounds:
                public_campaign(self.prompts, did).unlink(missing_ok=True)
            for file in _sounds(self.prompts, did) - set(sounds):
                file.unlink(missing_ok=True)

    def take_up(self, keys: Sequence[CallInKey]) -> list[CallInKey]:
        """Let journalled keys count; return those that are on record, to be deleted.

        Those of another installation stay where they are, and those at a number of
        nobody until it is somebody's. One that could not be deleted, and comes again,
        changes nothing.
        """
        mine = [key for key in keys if key.installation == self.installation]
        whose = dict(self._owners())
        done = [key for key in mine if key.did in whose]
        for key in sorted(done, key=lambda one: (one.at, one.channel, one.seq)):
            if key.key == CONFIRMS:
                self._take(key, whose[key.did])
        return done

    def _take(self, key: CallInKey, owner: Collectivity) -> None:
        number = caller_number(key.caller, owner.region)
        if number is None:
            return
        call = Incoming(owner, number, self._id_of(key), key.at)
        came_to = self.call_ins.key_without_us(call, key.campaign)
        if came_to is not None:
            told = {"campaign": key.campaign, "came_to": came_to.value}
            log.info("a key of a call that came in is taken up", **told)

    def _id_of(self, key: CallInKey) -> str:
        """Return the same id whenever the same entry of a journal is taken up.

        The caller's number is not in it: it would outlive an erasure.
        """
        entry = (self.installation, self.node, key.channel, key.seq, key.at.timestamp())
        return str(uuid5(NAMESPACE_OID, "|".join(map(str, entry))))

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

    def _put(self, did: str, owner: Collectivity, notice: Notice) -> Path | None:
        """Put a message there, its sound first; None where a part of it is missing."""
        parts = self._parts(notice, owner.language)
        if not all(part.is_file() for part in parts):
            return None
        file = public_sound(self.prompts, did, notice.id)
        _keep(file, b"".join(part.read_bytes() for part in parts))
        until = self._until(notice).timestamp()
        os.utime(file, (until, until))
        _keep(public_campaign(self.prompts, did), notice.id.encode())
        return file

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


def public_campaign(prompts: Path, did: str) -> Path:
    """Return the file that tells which campaign is played while the daemon is away."""
    return _public(prompts, did, CAMPAIGN)


def public_sound(prompts: Path, did: str, campaign_id: str) -> Path:
    """Return the sound of a campaign that Asterisk plays then at a number."""
    return _public(prompts, did, f"-{campaign_id}{ALAW}")


def _sounds(prompts: Path, did: str) -> set[Path]:
    """Return every sound of a number, also that of an older daemon."""
    return {
        *prompts.glob(f"{PUBLIC}/{did.removeprefix('+')}-*{ALAW}"),
        _public(prompts, did, ALAW),
    }


def _public(prompts: Path, did: str, end: str) -> Path:
    return prompts / PUBLIC / f"{did.removeprefix('+')}{end}"


def _keep(file: Path, content: bytes) -> None:
    """Write a file whole where it is not so already."""
    if not file.is_file() or file.read_bytes() != content:
        write_whole(file, content)
