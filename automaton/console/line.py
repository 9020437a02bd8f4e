"""A telephone line as a conversation sees it: say, ask, record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from automaton.console.wire import Wire
from automaton.ports import Person, Sentences, Speaker

log = structlog.get_logger(__name__)

ALL_KEYS = "0123456789*#"
DIGITS = re.compile(r"\+?[0-9]{3,15}")
TO_ANSWER = timedelta(seconds=8)
BETWEEN_DIGITS = timedelta(seconds=5)


@dataclass(frozen=True)
class Voice:
    """What a line speaks with: the folder of prompts, and who makes new ones."""

    prompts: Path
    speaker: Speaker
    sentences: Sentences


class Line:
    """One call that came in; `CallEndedError` from any method once it is over.

    What is said is the id of a phrase, or that of a prompt after a slash. A phrase is
    said in the line's `language`. Whatever is said ends at the first key
    that is waited for.
    """

    def __init__(self, wire: Wire, voice: Voice, language: str = "fr") -> None:
        self._wire, self._voice = wire, voice
        self.language = language

    @property
    def id(self) -> str:
        """What Asterisk calls the channel, fit for a log."""
        return self._wire.env.get("agi_uniqueid", "")

    @property
    def called(self) -> str:
        """The published number that was called, in E.164."""
        return self._wire.env.get("agi_arg_1", "")

    @property
    def errand(self) -> str:
        """The id of the errand that we have rung for; empty where we were called."""
        return self._wire.env.get("agi_arg_2", "")

    @property
    def rung(self) -> str:
        """The id of the officer whom we have rung."""
        return self._wire.env.get("agi_arg_3", "")

    @property
    def caller(self) -> str | None:
        """The number that the network tells of the caller, as it is written there."""
        told = self._wire.env.get("agi_callerid", "")
        return told if DIGITS.fullmatch(told) else None

    def known(self, language: str, otherwise: str) -> str:
        """Return a language where there are phrases in it, else the other one."""
        return language if (self._voice.prompts / language).is_dir() else otherwise

    def has(self, word: str) -> bool:
        """Tell whether there is a sound of a phrase or of a prompt."""
        path = self._path(word)
        return path.with_name(f"{path.name}.alaw").is_file()

    def text(self, text: str) -> str:
        """Return words of our own as something to say; rendered once, by a voice."""
        return f"/{self._voice.speaker.say(text, self.language)}"

    def words(self, phrase: str, language: str = "") -> str:
        """Return what a phrase says, to be written down; also in another language."""
        return self._voice.sentences.filled(phrase, language or self.language)

    def sentence(self, phrase: str, **blanks: str) -> str:
        """Return a phrase, its blanks filled, as something to say."""
        return self.text(self._voice.sentences.filled(phrase, self.language, **blanks))

    def say(self, *words: str, keys: str = ALL_KEYS) -> str:
        """Say one thing after another; return the key that ended it, else nothing."""
        for word in words:
            if key := self._played(word, keys):
                return key
        return ""

    def ask(
        self, *words: str, keys: str = ALL_KEYS, wait: timedelta = TO_ANSWER
    ) -> str:
        """Say something, then wait for one of the keys; nothing where none came."""
        if key := self.say(*words, keys=keys):
            return key
        key = str(self._wire.wait_for_digit(wait // timedelta(milliseconds=1)))
        return key if key in keys else ""

    def digits(self, word: str, most: int, wait: timedelta = BETWEEN_DIGITS) -> str:
        """Say one thing and take up to `most` digits, also while it is said; # ends."""
        milliseconds = wait // timedelta(milliseconds=1)
        path = self._path(word)
        return str(self._wire.get_data(f'"{path}"', milliseconds, most))

    def record(self, path: Path, longest: timedelta) -> None:
        """Record the caller to `path` (A-law, `.alaw` is added) until #.

        What was said before a hang-up is kept there.
        """
        milliseconds = longest // timedelta(milliseconds=1)
        self._wire.execute("RECORD FILE", f'"{path}"', "alaw", '"#"', milliseconds)

    def pause(self, length: timedelta) -> None:
        """Say nothing for so long; keys that are pressed meanwhile are forgotten."""
        if length:
            self._wire.execute("EXEC Wait", f"{length.total_seconds():.1f}")

    def put_through(self, person: Person) -> str:
        """Ring somebody, and let both talk; return what it came to (DIALSTATUS).

        That is nothing where all lines are taken. Only digits and opaque names travel.
        """
        told = (person.dialled, person.trunk, person.lines, person.caller_id or "")
        where = ("automaton-person", "s", "1")
        self._wire.execute("GOSUB", *where, f'"{",".join(map(str, told))}"')
        return str(self._wire.get_variable("AUT_MET"))

    def hang_up(self) -> None:
        """End the call."""
        self._wire.hangup()

    def _played(self, word: str, keys: str) -> str:
        return str(self._wire.stream_file(f'"{self._path(word)}"', keys))

    def _path(self, word: str) -> Path:
        """Return the file of a phrase or of a prompt, without its suffix."""
        kept, prompt = word.startswith("/"), word.removeprefix("/")
        path = self._voice.prompts / (prompt if kept else f"{self.language}/{word}")
        if not path.with_name(f"{path.name}.alaw").is_file():
            log.error("a prompt is missing", prompt=word, language=self.language)
        return path
