"""Somebody calls us: what was said to their home is said again, and a key confirms.

Nothing is spoken here that is about one person. Whoever presses `*`, at any moment,
goes to the officers' door.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from automaton.console.line import Line
from automaton.domain.call_in import RANKS, CameTo, Notice
from automaton.domain.phone import to_e164
from automaton.errors import RequestError
from automaton.services.call_ins import (
    CallIns,
    ForCaller,
    Incoming,
    offers_opt_out,
)

OFFICERS, GO_ON = "*", "#"
ROUNDS = 2  # so often one thing is said to somebody who presses nothing
MOST_TIMES = 8  # so often one message is said to somebody who asks for it
LONGEST_NUMBER = 15


class Caller(Protocol):
    """A call that came in, as the conversation needs it."""

    @property
    def line(self) -> Line:
        """What is spoken into."""
        ...

    @property
    def call(self) -> Incoming:
        """Whom it called, and who calls."""
        ...


class OfficersAskedError(Exception):
    """The caller pressed `*`: an officer, or somebody who would be one."""


@dataclass
class CallBack:
    """One conversation; `came_to` is what it came to so far."""

    visit: Caller
    desk: CallIns
    came_to: CameTo = CameTo.HUNG_UP
    _line: Line = field(init=False)

    def __post_init__(self) -> None:
        self._line = self.visit.line

    def talk(self) -> None:
        """Carry it through; `OfficersAskedError` where it is to go on elsewhere."""
        name = self._line.text(self.visit.call.whose.name)
        self._say("call-greeting", name)
        self._offer(self._tell())
        self._say("goodbye")

    def comes_to(self, what: CameTo) -> None:
        """Note what it came to; of several things the greatest stays."""
        self.came_to = max(self.came_to, what, key=RANKS.index)

    # What there is to tell.

    def _tell(self) -> ForCaller:
        """Tell the messages; return what else there is for this caller.

        Each is looked up when its turn comes: nothing is told that was replaced while
        others were, and what has begun meanwhile is.
        """
        times: Counter[str] = Counter()
        while True:
            told = self._for_caller()
            left = [n for n in told.notices if times[n.id] < MOST_TIMES]
            if not left:
                break
            is_asked_for = self._one(left[0], told, times)
            times[left[0].id] += 1 if is_asked_for else MOST_TIMES
        if not times:
            self._say("no-message")
            self.comes_to(CameTo.NO_MESSAGE)
        return told

    def _for_caller(self) -> ForCaller:
        return self.desk.for_caller(self.visit.call.whose, self.visit.call.e164)

    def _one(self, notice: Notice, told: ForCaller, times: Counter[str]) -> bool:
        """Say one message and take a key for it; tell whether it is wanted again.

        No key is taken before the message has begun: it would be about nothing.
        """
        own = self._line.language
        self._line.language = self._line.known(notice.message.language, own)
        may_end = told.may_opt_out and offers_opt_out(notice)
        key = ""
        if self._begun(notice, _opening(notice, is_first=not times)):
            key = self._asked(notice, may_end=may_end)
        if key == "1" and notice.whom is not None:
            self.desk.called_back(notice.whom)
            self.comes_to(CameTo.CALLED_BACK)
            self._say("thanks-1")
        elif key == "9":
            self._opt_out()
        self._line.language = own
        return key == "2"

    def _begun(self, notice: Notice, opening: Iterable[str]) -> bool:
        """Say what comes before a message; False where its sound is not there.

        Then nothing was told, and there is nothing to confirm.
        """
        if not self._line.has(_sound(notice)):
            self._say("not-now")
            return False
        self._say(*opening)
        return True

    def _asked(self, notice: Notice, *, may_end: bool) -> str:
        """Say a message and what may be pressed; return the key."""
        confirms = notice.whom is not None
        questions = ["ask-1", "ask-2"] if confirms else ["ask-2"]
        if notice.is_shared:
            questions.insert(0, "shared-number")
        if may_end:
            questions.append("ask-9")
        offered = "2" + "1" * confirms + "9" * may_end
        key = self._choice([_sound(notice)], questions, offered)
        self.comes_to(CameTo.INFORMED)
        return key

    # What else may be asked for.

    def _offer(self, told: ForCaller) -> None:
        """Offer what there is, until it was taken or nothing is wanted."""
        wishes = {
            "4": ("menu-number", self._for_another, told.may_speak_for_others),
            "5": ("menu-register", self._leave_name, told.may_leave_name),
            "9": ("ask-9", self._opt_out, told.may_opt_out),
        }
        open_ = {key: wish for key, wish in wishes.items() if wish[2]}
        while open_:
            questions = [wish[0] for wish in open_.values()]
            key = self._choice([], questions, "".join(open_))
            if not key:
                return
            open_.pop(key)[1]()

    def _for_another(self) -> None:
        """Let a relative name the number that was called, and confirm for it.

        Everybody hears the same, whether there is such a number or not.
        """
        number = self._number()
        if number is None:
            return
        notices = self.desk.for_everybody(self.visit.call.whose)
        if not notices:
            self._say("no-message")
        told = [notice for notice in notices if self._told(notice)]
        if told and self._choice([], ["number-ask-1"], "1"):
            is_taken = self.desk.relatives_word(self.visit.call, number, told)
            if is_taken:
                self.comes_to(CameTo.RELATIVES_WORD)
            self._say("number-noted" if is_taken else "number-enough")

    def _told(self, notice: Notice) -> bool:
        """Say a message to its end; tell whether it was there."""
        opening = _opening(notice, is_first=False)
        if is_there := self._begun(notice, opening):
            self._say(_sound(notice))
        return is_there

    def _number(self) -> str | None:
        """Ask for a number, twice at most; None where there was none."""
        region = self.visit.call.whose.region
        for _ in range(ROUNDS):
            written = self._line.digits("ask-number", LONGEST_NUMBER)
            if OFFICERS in written:
                raise OfficersAskedError
            try:
                return to_e164(written, region)
            except RequestError:
                self._say("wrong-number")
        return None

    def _leave_name(self) -> None:
        """Record a name and an address; kept too where the caller hangs up in it."""
        if not self.desk.has_room_for(self.visit.call):
            return self._say("names-enough")
        place = self.desk.place_for_recording()
        self._say("leave-name")
        is_kept = False
        try:
            self._line.record(place, self.desk.settings.longest_recording)
        finally:
            is_kept = self.desk.keep_recording(self.visit.call, place)
            if is_kept:
                self.comes_to(CameTo.WORD_LEFT)
        has_room = is_kept or self.desk.has_room_for(self.visit.call)
        unkept = "nothing-heard" if has_room else "names-enough"
        return self._say("name-left" if is_kept else unkept)

    def _opt_out(self) -> None:
        """Ask a second time, then say back that it is so."""
        e164 = self.visit.call.e164
        if e164 is None or not self._choice([], ["sure-9"], "9"):
            return
        self.desk.opt_out(self.visit.call.whose, e164)
        self.comes_to(CameTo.OPTED_OUT)
        self._say("thanks-9")

    # How it is said.

    def _say(self, *words: str) -> None:
        """Say something that no key but the officers' stops."""
        if self._line.say(*words, keys=OFFICERS):
            raise OfficersAskedError

    def _choice(
        self, words: Iterable[str], questions: Iterable[str], offered: str
    ) -> str:
        """Say something, ask, and return one of the offered keys; else nothing.

        A wrong key is answered in a friendly way, and the questions are asked anew;
        whoever presses # need not hear them out.
        """
        said, questions = [*words, *questions], list(questions)
        for _ in range(ROUNDS):
            key = self._line.ask(*said)
            if key == OFFICERS:
                raise OfficersAskedError
            if key == GO_ON:
                return ""
            if key and key in offered:
                return key
            said = ["wrong-key", *questions] if key else [*said]
        return ""


def _sound(notice: Notice) -> str:
    return f"/{notice.message.prompt}"


def _opening(notice: Notice, *, is_first: bool) -> list[str]:
    """Return what comes before a message: an exercise first, then why we called."""
    again = is_first and notice.was_rung
    return ["exercise"] * notice.is_exercise + ["again"] * again
