"""The message of a campaign: texts or recordings in, prompts and a preview out.

Everything is rendered when the campaign is made, long before the first call; the same
content is rendered once (`voices.cache`). Blocking, seconds for a long text.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from automaton.domain.campaign import CampaignClass
from automaton.domain.contact import plain
from automaton.domain.menu import keys_offered
from automaton.domain.message import (
    MOST_PARTS,
    VARIABLES,
    RenderedText,
    addressed,
    segments,
    strange_braces,
    variable_of,
    variables_of,
)
from automaton.errors import LineError, RequestError, unwritable
from automaton.private import make_private_folder
from automaton.settings import Settings
from automaton.voices.cache import PASSING, WORDS, PromptCache, PromptId
from automaton.voices.chain import Chains
from automaton.voices.choice import spoken_by_first
from automaton.voices.crowd import render_many
from automaton.voices.phrasebook import Phrasebook
from automaton.voices.phrases import phrase_seconds, spoken_phrases
from automaton.voices.voice import LINE_RATE, Told, Voice, untold

LONG_MESSAGE = timedelta(seconds=45)
PREVIEW = PromptId("preview")
CROWDED = 200  # texts that are worth processes of their own
VARIABLE_SECONDS = 1.5  # about what a name takes
Voices = Callable[[str], Sequence[Voice]]


@dataclass(frozen=True, slots=True)
class MessageWish:
    """What shall be said: a text or a recording for each language.

    `machine_texts` replace what an answering machine is told; with a `subject`, a
    text begins with who calls and why. With `introduced` so does whatever does not say
    who calls, a recording too: about that, where there is no `subject`.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    recordings: Mapping[str, Path] = field(default_factory=dict)
    machine_texts: Mapping[str, str] = field(default_factory=dict)
    subject: str = ""
    introduced: str = ""

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the languages, in the order in which they were given."""
        return tuple(dict.fromkeys([*self.texts, *self.recordings]))


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and the number to call back where there is one."""

    name: str
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message ready to be played; `notices` are what its author should know."""

    texts: tuple[RenderedText, ...]
    notices: tuple[str, ...] = ()


class Studio:
    """Renders messages into the prompts folder of the settings."""

    def __init__(self, settings: Settings, voices: Voices | None = None) -> None:
        self._settings = settings
        self._voices = voices or Chains(settings)
        # What a call looks for: the sound of a voice that may speak in it.
        self._at_once = voices or Chains(settings, at_once=True)
        self._alone = voices is not None
        self.told: Told = untold
        self.cache = PromptCache(settings.folders.prompts)
        self.passing = PromptCache(settings.folders.prompts, shelf=PASSING)
        self._words = PromptCache(settings.folders.prompts, shelf=WORDS)
        self.phrases = Phrasebook(settings.folders.phrases, settings.language)

    def rendered(
        self, wish: MessageWish, caller: Caller, longest: timedelta | None = None
    ) -> Rendered:
        """Render every language; `RequestError` where one cannot be said.

        `longest`: a longer message is refused; the settings have the last word.
        """
        _refuse_unclear(wish, self.phrases.languages)
        refuse_strange_variables(wish)
        own = self._settings.voices.longest_message
        longest = own if longest is None else min(own, longest)
        notices: list[str] = []
        texts = []
        for done, language in enumerate(wish.languages, 1):
            text = self._one(wish, language, caller, notices)
            _refuse_longer(text, longest)
            texts.append(text)
            self.told(done, len(wish.languages))
        return Rendered(tuple(texts), (*dict.fromkeys(notices), *_long(texts)))

    @contextmanager
    def telling(self, told: Told) -> Iterator[None]:
        """Let somebody hear how many prompts are rendered, of how many."""
        self.told = told
        try:
            yield
        finally:
            self.told = untold

    def code_word(self, word: str, language: str, otherwise: str) -> PromptId:
        """Render an agreed word; `otherwise` in a language without phrases."""
        spoken = language if language in self.phrases.languages else otherwise
        text = self.phrases.filled("codeword", spoken, word=word)
        return spoken_by_first(self._words, text, spoken, self._voices(spoken)).prompt

    def is_rendered(self, text: RenderedText) -> bool:
        """Tell whether the prompts of a message are still there to be played."""
        words = (part for part in text.parts or () if variable_of(part) is None)
        prompts = [p for p in (text.prompt, text.machine_prompt, *words) if p]
        return all(self.cache.path(PromptId(prompt)).is_file() for prompt in prompts)

    def phrase_seconds(self, language: str, names: Iterable[str]) -> dict[str, float]:
        """Return how long phrases play that every call of a language uses."""
        folder = self.cache.folder
        return phrase_seconds(self.phrases, folder, language, names, self._voices)

    def seconds_of(self, prompt: str) -> float:
        """Return how long a prompt plays, 0 where it is not kept any more."""
        path = self.cache.path(PromptId(prompt))
        return path.stat().st_size / LINE_RATE if path.is_file() else 0.0

    def preview(
        self,
        text: RenderedText,
        campaign_class: CampaignClass,
        help_key: bool,
        path: Path,
    ) -> timedelta:
        """Write a WAV of what a resident hears, once through; return its length."""
        language = text.language
        folder = self.cache.folder
        phrases = spoken_phrases(self.phrases, folder, language, self._voices)
        heard = [PromptId(text.prompt)]
        if campaign_class is CampaignClass.EXERCISE:
            heard.insert(0, phrases["exercise"])
        keys = keys_offered(campaign_class, help_key)
        heard += [phrases[f"ask-{key}"] for key in keys]
        return self.written(heard, path)

    def _one(
        self, wish: MessageWish, language: str, caller: Caller, notices: list[str]
    ) -> RenderedText:
        """Render one language, with the short text for answering machines."""
        machine = wish.machine_texts.get(language, "")
        if not machine and caller.number is not None:
            blanks = {"caller": caller.name, "number": caller.number}
            machine = self.phrases.filled("machine-number", language, **blanks)
        machine_prompt = self._say(machine, language, notices) if machine else None
        text, recording, parts = "", None, None
        if language in wish.recordings:
            prompt = self.cache.render_recording(wish.recordings[language])
            if wish.introduced:
                opening = self._opening(wish, language, caller)
                prompt = self.cache.joined(
                    self._say(opening, language, notices), prompt
                )
            recording = self._kept(wish.recordings[language], prompt)
        else:
            text = self._whole_text(wish, language, caller)
            prompt = self._say(addressed(text, {}), language, notices)
            parts = self._parts(text, language, notices)
        seconds = self.cache.duration(prompt).total_seconds()
        seconds += VARIABLE_SECONDS * sum(map(bool, map(variable_of, parts or ())))
        return RenderedText(
            language, text, prompt, seconds, machine, machine_prompt, recording, parts
        )

    def _parts(
        self, text: str, language: str, notices: list[str]
    ) -> tuple[str, ...] | None:
        """Render the words around variables; None where there are no variables."""
        pieces = segments(text)
        if not variables_of(pieces):
            return None
        parts = []
        for piece in pieces:
            words = piece.lstrip(" \t\r\n,.;:!?…")
            if variable_of(piece) is not None:
                parts.append(piece)
            elif any(sign.isalnum() for sign in words):
                parts.append(self._say(words, language, notices))
        return tuple(parts)

    def render_values(self, texts: Sequence[tuple[str, str]]) -> None:
        """Render what variables stand for, each with its language; many by a crowd.

        What cannot be said is left to the call, which says the message without it.
        """
        if self._alone or len(texts) < CROWDED:
            for done, (text, language) in enumerate(texts, 1):
                with suppress(LineError, RequestError):
                    voices = self._at_once(language)
                    spoken_by_first(self.passing, text, language, voices)
                self.told(done, len(texts))
        else:
            render_many(self.cache.folder, self._settings, texts, self.told)

    def _whole_text(self, wish: MessageWish, language: str, caller: Caller) -> str:
        text = wish.texts[language].strip()
        is_told = plain(caller.name) in plain(text)
        begins = wish.subject.strip() or (wish.introduced.strip() and not is_told)
        if not text or not begins:
            return text
        return f"{self._opening(wish, language, caller)} {text}"

    def _opening(self, wish: MessageWish, language: str, caller: Caller) -> str:
        """Return who calls, and why."""
        subject = wish.subject.strip() or wish.introduced.strip()
        blanks = {"caller": caller.name, "subject": subject}
        return self.phrases.filled("opening", language, **blanks)

    def _say(self, text: str, language: str, notices: list[str]) -> PromptId:
        spoken = spoken_by_first(self.cache, text, language, self._voices(language))
        notices.extend(spoken.notices)
        return spoken.prompt

    def _kept(self, recording: Path, prompt: str) -> str:
        """Keep the file that somebody gave, under the name of its prompt."""
        folder = self._settings.folders.recordings
        make_private_folder(folder)
        kept = folder / f"{prompt}{recording.suffix.lower()}"
        if not kept.is_file():
            shutil.copyfile(recording, kept)
        return kept.name

    def written(self, prompts: Sequence[PromptId], path: Path) -> timedelta:
        """Write a WAV of prompts as the telephone plays them, one after another."""
        with tempfile.TemporaryDirectory(prefix="automaton-") as folder:
            joined = PromptCache(Path(folder))
            sound = b"".join(self.cache.path(p).read_bytes() for p in prompts)
            joined.path(PREVIEW).write_bytes(sound)
            whole = Path(folder) / "preview.wav"
            joined.preview(PREVIEW, whole)
            try:
                shutil.copyfile(whole, path)
            except OSError as error:
                raise unwritable(path, error, "preview-path") from error
            return joined.duration(PREVIEW)


def refuse_strange_variables(wish: MessageWish) -> None:
    """Refuse braces that are no variable, and any in what a machine is told."""
    for text in wish.texts.values():
        if strange := strange_braces(text):
            known = ", ".join(f"{{{name}}}" for name in VARIABLES)
            raise _refused(f"{strange} stands for nothing: there are {known}.")
        if len(segments(text)) > MOST_PARTS:
            raise _refused("The text has more than a dozen variables: take some out.")
    for text in wish.machine_texts.values():
        if strange_braces(text) or variables_of(segments(text)):
            raise _refused(
                "An answering machine is told nothing personal: take what is in braces"
                " out of its text."
            )


def unsigned_notices(texts: Sequence[RenderedText], caller: Caller) -> tuple[str, ...]:
    """Say which texts do not tell who calls."""
    return tuple(
        f"The message in {text.language} does not say {caller.name}: with --subject it"
        " begins with who calls."
        for text in texts
        if text.text and plain(caller.name) not in plain(text.text)
    )


def outdated_notices(texts: Sequence[RenderedText], caller: str) -> tuple[str, ...]:
    """Say which texts of an older message do not tell who calls, as it is called now.

    What an answering machine is told begins with the name of that time.
    """
    return tuple(
        f"The message in {text.language} is said as it was, and does not name {caller}:"
        " if that is the new name, write the message anew with --text."
        for text in texts
        if any(
            said and plain(caller) not in plain(said)
            for said in (text.text, text.machine_text)
        )
    )


def _refuse_unclear(wish: MessageWish, known: Sequence[str]) -> None:
    """Refuse a wish without words, with both for one language, or in a strange one."""
    if not wish.languages:
        raise _refused("Say what the message is: a text or a recording.")
    if both := [language for language in wish.recordings if language in wish.texts]:
        raise _refused(f"The message in {both[0]} is a text or a recording, not both.")
    if strange := [language for language in wish.languages if language not in known]:
        raise _refused(f"{strange[0]} is not spoken here: {', '.join(known)} are.")


def _refuse_longer(text: RenderedText, longest: timedelta) -> None:
    if timedelta(seconds=text.seconds) > longest:
        raise _refused(
            f"The message in {text.language} lasts {text.seconds:.0f} s, and"
            f" {longest.total_seconds():.0f} s are allowed: shorten it."
        )


def _long(texts: Sequence[RenderedText]) -> list[str]:
    return [
        f"The message in {text.language} lasts {text.seconds:.0f} s: over"
        f" {LONG_MESSAGE.total_seconds():.0f} s many people hang up before the end."
        for text in texts
        if text.seconds > LONG_MESSAGE.total_seconds()
    ]


def _refused(sentence: str) -> RequestError:
    return RequestError(sentence, error_id="message")
