"""Somebody calls us: what was said to their home is said again, and a key confirms.

Nothing is spoken here that is about one person. Whoever presses `*`, at any moment,
goes to the officers' door.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from automaton.console.line import Line
from automaton.domain.call_in import RANKS, CameTo, Notice
from automaton.domain.collectivity import Collectivity
from automaton.domain.phone import to_e164
from automaton.errors import RequestError
from automaton.services.call_ins import CallIns, ForCaller, offers_opt_out

OFFICERS, GO_ON = "*", "#"
ROUNDS = 2  # so often one thing is said to somebody who presses nothing
MOST_PRESSES = 8  # keys about one message, again and again included
LONGEST_NUMBER = 15


class Caller(Protocol):
    """A call that came in, as the conversation needs it."""

    @property
    def line(self) -> Line:
        """What is spoken into."""
        ...

    @property
    def collectivity(self) -> Collectivity:
        """Whose number was called."""
        ...

    @property
    def caller(self) -> str | None:
        """Who calls, in E.164; None where that is not told."""
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
        told = self.desk.for_caller(self.visit.collectivity, self.visit.caller)
        name = self._line.text(self.visit.collectivity.name)
        self._say("call-greeting", name)
        self._tell(told)
        self._offer(told)
        self._say("goodbye")

    # What there is to tell.

    def _tell(self, told: ForCaller) -> None:
        if not told.notices:
            self._say("no-message")
            self._comes_to(CameTo.NO_MESSAGE)
        own = self._line.language
        for place, notice in enumerate(told.notices):
            self._line.language = self._line.known(notice.message.language, own)
            self._one(notice, is_first=place == 0, is_theirs=told.may_opt_out)
            self._line.language = own

    def _one(self, notice: Notice, *, is_first: bool, is_theirs: bool) -> None:
        """Say one message, again as often as is asked for, and take a key for it."""
        message = f"/{notice.message.prompt}"
        words = [*_opening(notice, is_first=is_first), message]
        confirms = notice.whom is not None
        questions = ["ask-1", "ask-2"] if confirms else ["ask-2"]
        if notice.is_shared:
            questions.insert(0, "shared-number")
        if may_end := is_theirs and offers_opt_out(notice):
            questions.append("ask-9")
        offered = "2" + "1" * confirms + "9" * may_end
        for _ in range(MOST_PRESSES):
            key = self._choice(words, questions, offered)
            self._comes_to(CameTo.INFORMED)
            if key != "2":
                break
            words = [message]
        if key == "1" and notice.whom is not None:
            self.desk.called_back(notice.whom)
            self._comes_to(CameTo.CALLED_BACK)
            self._say("thanks-1")
        elif key == "9":
            self._opt_out()

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
        notices = self.desk.for_everybody(self.visit.collectivity)
        for notice in notices if number is not None else ():
            self._say(*_opening(notice, is_first=False), f"/{notice.message.prompt}")
        if number is not None and self._choice([], ["number-ask-1"], "1"):
            self.desk.relatives_word(self.visit.collectivity, number)
            self._comes_to(CameTo.RELATIVES_WORD)
            self._say("number-noted")

    def _number(self) -> str | None:
        """Ask for a number, twice at most; None where there was none."""
        region = self.visit.collectivity.region
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
        place = self.desk.place_for_recording()
        self._say("leave-name")
        is_kept = False
        try:
            self._line.record(place, self.desk.settings.longest_recording)
        finally:
            is_kept = self.desk.keep_recording(
                self.visit.collectivity, self.visit.caller, place
            )
            if is_kept:
                self._comes_to(CameTo.WORD_LEFT)
        self._say("name-left" if is_kept else "nothing-heard")

    def _opt_out(self) -> None:
        """Ask a second time, then say back that it is so."""
        if self.visit.caller is None or not self._choice([], ["sure-9"], "9"):
            return
        self.desk.opt_out(self.visit.collectivity, self.visit.caller)
        self._comes_to(CameTo.OPTED_OUT)
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

    def _comes_to(self, what: CameTo) -> None:
        self.came_to = max(self.came_to, what, key=RANKS.index)


def _opening(notice: Notice, *, is_first: bool) -> list[str]:
    """Return what comes before a message: an exercise first, then why we called."""
    again = is_first and notice.was_rung
    return ["exercise"] * notice.is_exercise + ["again"] * again
