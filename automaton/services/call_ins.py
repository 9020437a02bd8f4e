"""What may be done for somebody who calls: tell, confirm, opt out, leave a name.

Used by the telephone console from several threads at once, and for the keys that
Asterisk has journalled while the daemon was away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from automaton.domain.call_in import (
    Behind,
    CameTo,
    Confirmed,
    Current,
    Notice,
    confirmed_by,
    for_everybody,
    told_to,
)
from automaton.domain.campaign import CampaignClass
from automaton.domain.collectivity import Act, Collectivity
from automaton.domain.proof import Proof
from automaton.ids import new_id
from automaton.private import make_private_folder
from automaton.services.commands import knocked, leave
from automaton.services.office import Office
from automaton.settings.call_ins import CallInSettings
from automaton.store.call_ins import Bound, CallIn, CallInDesk, RecordingLeft, Room
from automaton.store.chain import TELEPHONE
from automaton.store.drafts import Ask
from automaton.voices.audio import decoded
from automaton.voices.levels import peak
from automaton.voices.voice import LINE_RATE

A_DAY = timedelta(days=1)
HIDDEN_SHARE = 10  # callers who show no number have a tenth of the recordings
SHORTEST_SECONDS = 1.5
QUIETEST_DBFS = -40.0
PREFIX, ALAW = "call-", ".alaw"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A call that came in: whom it called, and who calls (E.164) where that is told.

    `at` is the moment of a key that was pressed without us.
    """

    whose: Collectivity
    e164: str | None
    id: str = field(default_factory=new_id)
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ForCaller:
    """What there is to tell one caller, and what may be offered.

    `notices`: their own messages, and what everybody may hear.
    """

    notices: tuple[Notice, ...]
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
        currents = self._currents(whose)
        behind = Behind() if e164 is None else self._behind(e164)
        is_known = behind.is_known_to(whose.id)
        return ForCaller(
            told_to(currents, behind, whose.id, whose.language),
            may_opt_out=is_known and not behind.is_shared,
            may_speak_for_others=self._may_speak(currents, whose, e164),
            may_leave_name=not is_known and self.settings.most_recordings > 0,
        )

    def for_everybody(self, whose: Collectivity) -> Sequence[Notice]:
        """Return what whoever calls may hear now."""
        return for_everybody(self._currents(whose), whose.language)

    def called_back(self, whom: Confirmed) -> None:
        """Take a key of somebody who calls from a home's own number."""
        leave(self._office, *self._words([whom], Proof.CALLED_BACK))

    def relatives_word(self, call: Incoming, e164: str, told: Sequence[Notice]) -> bool:
        """Take a key of somebody who named the number that was called.

        It is about the messages that the call has told, and no welfare call is among
        them. Nobody learns whether there is such a number; False where this telephone
        has spoken for too many already.
        """
        public = [n.current.campaign_id for n in told if n.current.is_public]
        homes = confirmed_by(public, self._behind(e164, public), call.whose.id)
        since = self._office.clock.now() - A_DAY
        bound = Bound(self.settings.relatives_a_day, since)
        words = self._words(homes, Proof.RELATIVES_WORD)
        return self._take(call, CameTo.RELATIVES_WORD, words, bound)

    def key_without_us(self, call: Incoming, campaign_id: str) -> CameTo | None:
        """Take a key that was journalled while nobody of ours talked with the caller.

        It confirms the campaign whose message Asterisk has played by itself, and no
        other one; None where it was taken before.
        """
        assert call.e164 is not None
        told = [campaign_id] if campaign_id else []
        homes = confirmed_by(told, self._behind(call.e164, told), call.whose.id)
        came_to = CameTo.CALLED_BACK if homes else CameTo.INFORMED
        words = self._words(homes, Proof.CALLED_BACK)
        return came_to if self._take(call, came_to, words) else None

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

    def has_room_for(self, call: Incoming) -> bool:
        """Tell whether a caller may leave a name: not too many, nor too many alike."""
        return self._desk.has_room(call.whose.id, call.e164, self._room)

    def keep_recording(self, call: Incoming, place: Path) -> bool:
        """Keep what a caller said for somebody to hear; False where it was nothing.

        Nothing either where others have taken the last place meanwhile.
        """
        file = place.with_name(f"{place.name}{ALAW}")
        sound = file.read_bytes() if file.is_file() else b""
        if _is_nothing(sound) or not self._is_kept(call, file, len(sound)):
            file.unlink(missing_ok=True)
            return False
        return True

    def note(self, call: Incoming, came_to: CameTo) -> None:
        """Write down that a call came in; what is written of it already stays."""
        self._desk.note(self._noted(call, came_to))

    def _currents(self, whose: Collectivity) -> Sequence[Current]:
        now = self._office.clock.now()
        return self._desk.currents(whose.id, now, now - self.settings.told_for)

    def _behind(self, e164: str, told: Sequence[str] = ()) -> Behind:
        """Return who is behind a number; in campaigns that were told, over or not."""
        now = self._office.clock.now()
        return self._desk.behind(e164, now, now - self.settings.told_for, told)

    def _may_speak(
        self, currents: Sequence[Current], whose: Collectivity, e164: str | None
    ) -> bool:
        """Tell whether a caller may name another number: not withheld, not too often.

        The same is offered to everybody: it tells nothing of who is registered.
        """
        if e164 is None or not for_everybody(currents, whose.language):
            return False
        since = self._office.clock.now() - A_DAY
        made = self._desk.count(e164, CameTo.RELATIVES_WORD, since)
        return made < self.settings.relatives_a_day

    @property
    def _room(self) -> Room:
        most, of_one = self.settings.most_recordings, self.settings.recordings_a_caller
        return Room(most, of_one, -(-most // HIDDEN_SHARE))

    def _is_kept(self, call: Incoming, file: Path, size: int) -> bool:
        """Put a recording on record, where there is room for it."""
        file.chmod(0o600)
        at, id_ = self._office.clock.now(), file.stem.removeprefix(PREFIX)
        seconds, whose = size / LINE_RATE, call.whose.id
        left = RecordingLeft(id_, whose, at, call.e164, file.name, seconds)
        act = Act(TELEPHONE, at, "recording_left", "recording", id_, whose)
        return self._desk.keep_recording(left, act, self._room)

    def _noted(self, call: Incoming, came_to: CameTo) -> CallIn:
        at = call.at or self._office.clock.now()
        return CallIn(call.id, call.whose.id, at, call.e164, came_to)

    def _take(
        self,
        call: Incoming,
        came_to: CameTo,
        words: Sequence[Ask],
        bound: Bound | None = None,
    ) -> bool:
        """Write a call down with its words, once; then let the daemon know."""
        is_taken = self._desk.take(self._noted(call, came_to), words, bound)
        if is_taken and words:
            knocked(self._office.settings.control_socket)
        return is_taken

    def _words(self, whom: Sequence[Confirmed], proof: Proof) -> list[Ask]:
        """Return a word for the daemon about each home."""
        now = self._office.clock.now()
        return [
            Ask(
                "acknowledge",
                one.campaign_id,
                TELEPHONE,
                now,
                {"recipient": one.recipient_id, "proof": proof.value},
            )
            for one in whom
        ]


def offers_opt_out(notice: Notice) -> bool:
    """Tell whether a message is of those that a caller may ask to hear no more."""
    return notice.current.campaign_class is CampaignClass.INFORMATION


def _is_nothing(sound: bytes) -> bool:
    """Tell whether a recording has nobody in it."""
    is_short = len(sound) < SHORTEST_SECONDS * LINE_RATE
    return is_short or peak(decoded(sound)) < QUIETEST_DBFS
