"""What may be done for somebody who calls: tell, confirm, opt out, leave a name.

Used by the telephone console from several threads at once, and for the keys that
Asterisk has journalled while the daemon was away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from automaton.domain.call_in import (
    Behind,
    CameTo,
    Confirmed,
    Current,
    Notice,
    addressed,
    for_everybody,
    spoken_for,
)
from automaton.domain.campaign import CampaignClass
from automaton.domain.collectivity import Act, Collectivity
from automaton.domain.proof import Proof
from automaton.ids import new_id
from automaton.private import make_private_folder
from automaton.services.commands import leave
from automaton.services.office import Office
from automaton.settings.call_ins import CallInSettings
from automaton.store.call_ins import CallIn, CallInDesk, RecordingLeft
from automaton.store.chain import TELEPHONE
from automaton.store.drafts import Ask
from automaton.voices.audio import decoded
from automaton.voices.levels import peak
from automaton.voices.voice import LINE_RATE

A_DAY = timedelta(days=1)
SHORTEST_SECONDS = 1.5
QUIETEST_DBFS = -40.0
PREFIX, ALAW = "call-", ".alaw"


@dataclass(frozen=True, slots=True)
class ForCaller:
    """What there is to tell one caller, and what may be offered.

    `notices`: their own messages; where there are none, what everybody may hear.
    """

    notices: tuple[Notice, ...]
    is_known: bool = False
    may_opt_out: bool = False
    may_speak_for_others: bool = False
    may_leave_name: bool = False


class CallIns:
    """The use cases; each is one transaction or two, and may raise `LineError`."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._desk = CallInDesk(office.desk.engine)

    @property
    def settings(self) -> CallInSettings:
        """What the settings say of calls that come in."""
        return self._office.settings.call_ins

    def for_caller(self, whose: Collectivity, e164: str | None) -> ForCaller:
        """Return what a caller hears; nothing is told to a number but its own."""
        now = self._office.clock.now()
        currents = self._currents(whose, now)
        behind = Behind() if e164 is None else self._behind(e164, now)
        own = addressed(currents, behind, whose.id)
        is_known = behind.is_known_to(whose.id)
        return ForCaller(
            own or for_everybody(currents, whose.language),
            is_known,
            may_opt_out=is_known and not behind.is_shared,
            may_speak_for_others=self._may_speak(currents, e164, now),
            may_leave_name=not is_known and self._has_room(whose),
        )

    def for_everybody(self, whose: Collectivity) -> Sequence[Notice]:
        """Return what whoever calls may hear now."""
        return for_everybody(
            self._currents(whose, self._office.clock.now()), whose.language
        )

    def public_then(self, whose: Collectivity, at: datetime) -> Sequence[Notice]:
        """Return what whoever called at a moment heard, as far as it still matters."""
        then = [c for c in self._currents(whose, at) if c.started_at <= at]
        return [Notice(c, whose.language) for c in then if c.is_public][:1]

    def called_back(self, whom: Confirmed) -> None:
        """Take a key of somebody who calls from a home's own number."""
        self._take_word((whom,), Proof.CALLED_BACK)

    def relatives_word(self, whose: Collectivity, e164: str) -> None:
        """Take a key of somebody who named the number that was called.

        Nobody is told whether there is such a number, and a welfare call is none.
        """
        now = self._office.clock.now()
        homes = spoken_for(self._currents(whose, now), self._behind(e164, now))
        self._take_word(homes, Proof.RELATIVES_WORD)

    def key_without_us(self, whose: Collectivity, e164: str, at: datetime) -> CameTo:
        """Take a key that was journalled while nobody of ours talked with the caller.

        It confirms the message that Asterisk played by itself: the last public one.
        """
        now = self._office.clock.now()
        behind = self._behind(e164, now)
        told = {n.current.campaign_id for n in self.public_then(whose, at)}
        own = addressed(self._currents(whose, now), behind, whose.id)
        homes = [n.whom for n in own if n.whom and n.whom.campaign_id in told]
        self._take_word(homes, Proof.CALLED_BACK)
        return CameTo.CALLED_BACK if homes else CameTo.INFORMED

    def opt_out(self, whose: Collectivity, e164: str) -> None:
        """Write that a number wants no more information calls; alerts stay."""
        at = self._office.clock.now()
        act = Act(TELEPHONE, at, "opted_out", "collectivity", whose.id, whose.id)
        self._desk.opt_out(whose.id, e164, act)

    def place_for_recording(self) -> Path:
        """Return where the next recording goes, without its suffix."""
        folder = self._office.settings.folders.recordings
        make_private_folder(folder)
        return folder.absolute() / f"{PREFIX}{new_id()}"

    def keep_recording(
        self, whose: Collectivity, e164: str | None, place: Path
    ) -> bool:
        """Keep what a caller said for somebody to hear; False where it was nothing."""
        file = place.with_name(f"{place.name}{ALAW}")
        sound = file.read_bytes() if file.is_file() else b""
        if _is_nothing(sound):
            file.unlink(missing_ok=True)
            return False
        file.chmod(0o600)
        at, seconds = self._office.clock.now(), len(sound) / LINE_RATE
        id_ = place.name.removeprefix(PREFIX)
        left = RecordingLeft(id_, whose.id, at, e164, file.name, seconds)
        act = Act(TELEPHONE, at, "recording_left", "recording", id_, whose.id)
        self._desk.keep_recording(left, act)
        return True

    def note(
        self,
        whose: Collectivity,
        e164: str | None,
        came_to: CameTo,
        at: datetime | None = None,
        id_: str = "",
    ) -> None:
        """Write down that a call came in; of one id only the first is kept."""
        now = self._office.clock.now()
        call = CallIn(id_ or new_id(), whose.id, at or now, e164, came_to)
        self._desk.note(call)

    def purge(self) -> None:
        """Delete what was kept for long enough, and sounds that belong to nothing."""
        now, settings = self._office.clock.now(), self.settings
        self._desk.purge(now - settings.calls_kept, now - settings.recordings_kept)
        folder = self._office.settings.folders.recordings
        kept = self._desk.files()
        for file in folder.glob(f"{PREFIX}*{ALAW}"):
            is_old = now.timestamp() - file.stat().st_mtime > A_DAY.total_seconds()
            if file.name not in kept and is_old:
                file.unlink(missing_ok=True)

    def _currents(self, whose: Collectivity, now: datetime) -> Sequence[Current]:
        return self._desk.currents(whose.id, now, now - self.settings.told_for)

    def _behind(self, e164: str, now: datetime) -> Behind:
        return self._desk.behind(e164, now, now - self.settings.told_for)

    def _may_speak(
        self, currents: Sequence[Current], e164: str | None, now: datetime
    ) -> bool:
        """Tell whether a caller may name another number: not withheld, not too often.

        The same is offered to everybody: it tells nothing of who is registered.
        """
        if e164 is None or not any(current.is_public for current in currents):
            return False
        word = CameTo.RELATIVES_WORD
        made = self._desk.count(e164, word, now - A_DAY)
        return made < self.settings.relatives_a_day

    def _has_room(self, whose: Collectivity) -> bool:
        return self._desk.waiting(whose.id) < self.settings.most_recordings

    def _take_word(self, whom: Sequence[Confirmed], proof: Proof) -> None:
        """Leave the daemon a word about each home, all in one transaction."""
        now = self._office.clock.now()
        asked = [
            Ask(
                "acknowledge",
                one.campaign_id,
                TELEPHONE,
                now,
                {"recipient": one.recipient_id, "proof": proof.value},
            )
            for one in whom
        ]
        if asked:
            leave(self._office, *asked)


def offers_opt_out(notice: Notice) -> bool:
    """Tell whether a message is of those that a caller may ask to hear no more."""
    return notice.current.campaign_class is CampaignClass.INFORMATION


def _is_nothing(sound: bytes) -> bool:
    """Tell whether a recording has nobody in it."""
    is_short = len(sound) < SHORTEST_SECONDS * LINE_RATE
    return is_short or peak(decoded(sound)) < QUIETEST_DBFS
